//! Marinas and ports.

use super::geometry::{Frame, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{blend, scaled};
use super::plan::{Cover, Plan, level};
use super::ships::{boat, ship};

/// Harbour water to the left (`u` negative) of a quay wall along `v`.
pub(super) fn basin(plan: &mut Plan, frame: Frame) {
    let water = blend(plan.palette.sea_deep, plan.palette.fresh_water, plan.range(0.0, 0.8));
    let shallow = scaled(water, 1.12);
    let paint = Paint::Water { deep: water, shallow, shore: 14.0, ripple: plan.range(0.06, 0.13) };
    let stamp = plan.add(level::GROUND, frame, Shape::HalfPlane, paint);
    stamp.cover = Cover::Label(labels::WATER);
    plan.block(frame, Shape::HalfPlane);
    let tone = scaled(plan.palette.concrete, 1.02);
    let reach = plan.extent;
    let quay = frame.at(2.5, 0.0, 0.0);
    // The wall shades the water where the sun stands over land.
    plan.cast(level::PAVED, quay, &Shape::Rect(2.5, reach, 0.0), 2.2);
    plan.add(level::PAVED, quay, Shape::Rect(2.5, reach, 0.0), Paint::Concrete { tone, slab: 5.0 });
    plan.add(
        level::MARKING,
        frame.at(0.3, 0.0, 0.0),
        Shape::Rect(0.3, reach, 0.0),
        Paint::Plain(scaled(tone, 1.15), 0.06),
    );
}

/// Floating piers with moored boats, from a quay at `u = 0` towards negative `u`.
pub(super) fn marina(plan: &mut Plan, frame: Frame) {
    let wood = plan.pick(&[[0.64, 0.60, 0.54], [0.72, 0.70, 0.66], [0.56, 0.50, 0.43]]);
    let length = plan.range(8.5, 14.0);
    let berth = length * plan.range(0.42, 0.5);
    let spacing = 2.0 * length + plan.range(9.0, 15.0);
    let reach = plan.extent * plan.range(0.5, 0.72);
    let count = (plan.extent * 0.75 / spacing) as i32 + 1;
    let shift = plan.range(-0.4, 0.4) * spacing;
    let filled = plan.range(0.6, 0.95);
    for number in -count..=count {
        let pier = frame.at(0.0, number as f32 * spacing + shift, std::f32::consts::PI);
        plan.object(labels::HARBOR, |plan| {
            let spine = pier.at(reach * 0.5, 0.0, 0.0);
            plan.cast_floating(level::LOW, spine, Shape::Rect(reach * 0.5, 1.3, 0.0), 0.7);
            plan.add(level::LOW, spine, Shape::Rect(reach * 0.5, 1.3, 0.0), Paint::Planks { wood });
            let mut u = 5.0;
            while u < reach {
                for side in [-1.0f32, 1.0] {
                    let finger = pier.at(u, side * (1.3 + length * 0.42), std::f32::consts::FRAC_PI_2);
                    if plan.is_near(finger.origin, length) {
                        plan.add(level::LOW, finger, Shape::Rect(length * 0.42, 0.4, 0.0), Paint::Planks { wood });
                    }
                }
                u += 2.0 * berth;
            }
        });
        let mut u = 5.0;
        while u + berth < reach {
            for side in [-1.0f32, 1.0] {
                for slot in [0.5f32, 1.5] {
                    if !plan.chance(f64::from(filled)) {
                        continue;
                    }
                    let size = length * plan.range(0.72, 1.0);
                    let facing = if plan.chance(0.75) { side } else { -side };
                    let spot = pier.at(
                        u + slot * berth,
                        side * (2.0 + size * 0.5),
                        facing * std::f32::consts::FRAC_PI_2 + plan.range(-0.04, 0.04),
                    );
                    boat(plan, spot, size, false, level::LOW);
                }
            }
            u += 2.0 * berth;
        }
    }
    if plan.chance(0.4) {
        let spot = frame.at(-plan.extent * 0.55, plan.range(-0.3, 0.3) * plan.extent, std::f32::consts::FRAC_PI_2);
        boat(plan, spot, length * 1.1, true, level::LOW);
    }
}

/// Large ships along a quay at `u = 0`, cranes on it, a jetty now and then.
pub(super) fn port(plan: &mut Plan, frame: Frame) {
    let length = plan.range(45.0, 95.0);
    let cranes = plan.chance(0.6);
    let reach = plan.extent * 0.7;
    let mut v = -reach + plan.range(0.0, 0.4) * length;
    plan.object(labels::HARBOR, |plan| {
        let tone = scaled(plan.palette.concrete, 0.97);
        plan.add(
            level::PAVED,
            frame.at(6.0, 0.0, 0.0),
            Shape::Rect(6.0, plan.extent * 0.5, 0.0),
            Paint::Concrete { tone, slab: 6.0 },
        );
        for rail in [2.5f32, 9.5] {
            plan.add(
                level::MARKING,
                frame.at(rail, 0.0, 0.0),
                Shape::Rect(0.12, reach, 0.0),
                Paint::Plain([0.35, 0.34, 0.33], 0.05),
            );
        }
    });
    while v < reach {
        let size = length * plan.range(0.75, 1.1);
        let way = plan.pick(&[-1.0f32, 1.0]);
        if plan.chance(0.8) {
            let spot = frame.at(-size * 0.085 - 2.0, v + size * 0.5, way * std::f32::consts::FRAC_PI_2);
            if plan.is_near(spot.origin, size * 0.6) {
                ship(plan, spot, size, false, level::LOW);
            }
        }
        if cranes {
            let crane = frame.at(6.0, v + size * plan.range(0.3, 0.7), 0.0);
            gantry(plan, crane);
        }
        v += size + plan.range(6.0, 20.0);
    }
    if plan.chance(0.5) {
        let spot = frame.at(
            -plan.extent * plan.range(0.36, 0.5),
            plan.range(-0.3, 0.3) * plan.extent,
            plan.range(-0.2, 0.2) + std::f32::consts::FRAC_PI_2,
        );
        ship(plan, spot, length * 0.8, true, level::LOW);
    }
    if plan.chance(0.6) {
        let spot = frame.at(
            -plan.extent * plan.range(0.2, 0.3),
            plan.range(-0.4, 0.4) * plan.extent,
            plan.range(0.0, std::f32::consts::TAU),
        );
        boat(plan, spot, 13.0, true, level::LOW);
    }
}

/// A portal crane whose boom reaches over the water.
fn gantry(plan: &mut Plan, frame: Frame) {
    let colour = plan.pick(&[[0.24, 0.36, 0.56], [0.72, 0.34, 0.18], [0.80, 0.78, 0.74], [0.64, 0.20, 0.16]]);
    let height = 18.0;
    let lift = [plan.lean[0] * height, plan.lean[1] * height];
    for (u, v, half_u, half_v) in [
        (-10.0f32, -1.2f32, 22.0f32, 0.5f32),
        (-10.0, 1.2, 22.0, 0.5),
        (-3.5, 0.0, 0.7, 8.0),
        (3.5, 0.0, 0.7, 8.0),
        (5.0, 0.0, 3.0, 2.2),
    ] {
        let beam = frame.at(u, v, 0.0);
        let shape = Shape::Rect(half_u, half_v, 0.0);
        plan.cast_floating(level::HOUSE, beam, shape.clone(), height);
        plan.add(level::HOUSE, beam.moved(lift), shape, Paint::Plain(colour, 0.05)).cover = Cover::Keep;
    }
}
