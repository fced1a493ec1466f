//! Aprons and airfields.

use super::airplane::airplane;
use super::buildings::{block, hall};
use super::geometry::{Frame, Shape};
use super::paint::Paint;
use super::palette::{Colour, scaled};
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::vehicles::{car, lorry};

const LINE: Colour = [0.82, 0.68, 0.22];

/// Airliners at their stands, nose to a terminal at `v = 0` or in the open.
pub(super) fn apron(plan: &mut Plan, region: &Region) {
    let tone = scaled(plan.palette.concrete, plan.range(0.82, 1.06));
    let slab = plan.range(4.5, 7.5);
    region.ground(plan, Paint::Concrete { tone, slab }, Cover::Nothing);
    let length = plan.range(26.0, 46.0);
    let pitch = length * plan.range(1.12, 1.32);
    let terminal = plan.chance(0.6);
    let first = if terminal { 20.0 } else { plan.range(2.0, 10.0) };
    let count = (region.half_u / pitch) as i32 + 1;
    let lead = first + length * 1.25;
    let shift = plan.range(-0.4, 0.4) * pitch;
    for number in -count..=count {
        let u = number as f32 * pitch + shift;
        let stand = region.at(u, first + length * 0.5, 0.0);
        taxi_line(plan, region.at(u, first + length * 0.62, std::f32::consts::FRAC_PI_2), length * 0.63);
        if !plan.is_near(stand.origin, length * 0.7) {
            continue;
        }
        // The stand nearest the middle is always taken.
        if plan.chance(0.82) || number == 0 {
            let angle = -std::f32::consts::FRAC_PI_2 + plan.range(-0.03, 0.03);
            let size = length * plan.range(0.85, 1.05);
            let parked = stand.at(0.0, plan.range(-1.0, 2.0), angle);
            airplane(plan, parked, size, level::LOW);
            service(plan, stand, length);
        }
        if terminal {
            // The bridge from the building to the door.
            let bridge = region.at(u - length * 0.13, first * 0.5 + length * 0.09, 1.75);
            let shape = Shape::Rect(first * 0.42 + length * 0.06, 1.7, 0.2);
            let roof = Paint::FlatRoof { roof: [0.74, 0.74, 0.73], half_u: 40.0, half_v: 40.0, ribs: 2.4 };
            plan.solid(level::HOUSE, bridge, shape, 4.6, [0.6, 0.6, 0.6], roof);
        }
    }
    taxi_line(plan, region.at(0.0, lead, 0.0), region.half_u);
    let taxi = region.at(0.0, lead, 0.0);
    if plan.chance(0.45) {
        let way = plan.pick(&[0.0, std::f32::consts::PI]);
        let at = taxi.at(plan.range(-0.35, 0.35) * plan.extent, length * 0.36, way);
        let size = length * plan.range(0.8, 1.0);
        airplane(plan, at, size, level::LOW);
    }
    if terminal {
        let half = 13.0;
        let pier = region.at(0.0, 6.0 - half, 0.0);
        let mut u = -region.half_u;
        while u < region.half_u {
            let width = plan.range(22.0, 50.0);
            let height = plan.range(8.0, 14.0);
            let wing = pier.at(u + width * 0.5, plan.range(-1.5, 1.5), 0.0);
            block(plan, wing, width * 0.5, half, height);
            u += width + 0.5;
        }
    }
    // Grass beyond the taxiway, then perhaps the runway.
    let beyond = region.beyond(lead + length * 0.92 + 4.0);
    if beyond.depth > 4.0 {
        meadow(plan, &beyond);
        if plan.chance(0.7) {
            runway(plan, beyond.at(0.0, 26.0, 0.0), region.half_u, 15.0);
        }
    }
}

fn meadow(plan: &mut Plan, region: &Region) {
    let paint = Paint::Meadow {
        fresh: plan.palette.grass,
        dry: plan.palette.dry_grass,
        bare: plan.palette.soil,
        dryness: plan.palette.dryness + 0.1,
    };
    region.ground(plan, paint, Cover::Nothing).wobble = 0.3;
}

fn taxi_line(plan: &mut Plan, frame: Frame, half: f32) {
    let stamp = plan.add(level::MARKING, frame, Shape::Rect(half, 0.16, 0.0), Paint::Plain(LINE, 0.06));
    stamp.cover = Cover::Keep;
    stamp.opacity = 0.85;
}

/// Vehicles around an aeroplane whose nose points to `-v`.
fn service(plan: &mut Plan, stand: Frame, length: f32) {
    for _ in 0..2 + plan.rng.below(4) {
        let side = plan.pick(&[-1.0f32, 1.0]);
        let at = stand.at(
            side * length * plan.range(0.12, 0.40),
            length * plan.range(-0.45, -0.14),
            plan.range(0.0, std::f32::consts::TAU),
        );
        if plan.chance(0.6) {
            lorry(plan, at, level::LOW);
        } else {
            car(plan, at, level::LOW);
        }
    }
    for _ in 0..plan.rng.below(4) {
        let cart = stand.at(length * plan.range(0.08, 0.3), length * plan.range(-0.3, 0.3), plan.range(0.0, 3.0));
        plan.cast(level::LOW, cart, &Shape::Rect(1.6, 0.8, 0.1), 1.5);
        plan.add(level::LOW, cart, Shape::Rect(1.6, 0.8, 0.1), Paint::Plain([0.7, 0.7, 0.68], 0.04)).cover =
            Cover::Keep;
    }
}

/// A runway along `u`.
fn runway(plan: &mut Plan, frame: Frame, reach: f32, half: f32) {
    let tone = scaled(plan.palette.asphalt, 0.9);
    plan.add(level::PAVED, frame, Shape::Rect(reach, half + 4.0, 0.0), Paint::Asphalt { tone: scaled(tone, 1.12) });
    plan.add(level::PAVED, frame, Shape::Rect(reach, half, 0.0), Paint::Asphalt { tone });
    // Rubber along the wheel paths.
    for v in [-3.5f32, 3.5] {
        let stamp = plan.add(
            level::PAVED,
            frame.at(0.0, v, 0.0),
            Shape::Rect(reach, 2.6, 0.0),
            Paint::Plain(scaled(tone, 0.7), 0.1),
        );
        stamp.opacity = 0.5;
        stamp.wobble = 1.2;
    }
    let white = Paint::Plain([0.90, 0.90, 0.88], 0.06);
    for side in [-1.0f32, 1.0] {
        plan.add(level::MARKING, frame.at(0.0, side * (half - 1.0), 0.0), Shape::Rect(reach, 0.45, 0.0), white.clone());
    }
    let mut u = -reach;
    while u < reach {
        plan.add(level::MARKING, frame.at(u, 0.0, 0.0), Shape::Rect(15.0, 0.45, 0.0), white.clone());
        u += 50.0;
    }
    if plan.chance(0.6) {
        let threshold = plan.range(-0.3, 0.3) * plan.extent;
        let mut v = -half + 3.0;
        while v < half - 2.0 {
            if v.abs() > 1.5 {
                plan.add(level::MARKING, frame.at(threshold, v, 0.0), Shape::Rect(12.0, 0.9, 0.0), white.clone());
            }
            v += 3.6;
        }
    }
}

/// Small aeroplanes tied down in rows beside hangars.
pub(super) fn airfield(plan: &mut Plan, region: &Region) {
    let tone = scaled(plan.palette.asphalt, plan.range(1.0, 1.3));
    region.ground(plan, Paint::Asphalt { tone }, Cover::Nothing);
    let pitch = plan.range(13.0, 17.0);
    let gap = plan.range(17.0, 24.0);
    if plan.chance(0.8) {
        let mut u = -region.half_u;
        while u < region.half_u {
            let half = plan.range(9.0, 16.0);
            let depth = plan.range(7.0, 9.0);
            hall(plan, region.at(u + half, 9.5, 0.0), half, depth);
            u += 2.0 * half + plan.range(4.0, 12.0);
        }
    }
    let mut v = 30.0;
    let rows = 2 + plan.rng.below(4);
    for row in 0..rows {
        let count = (region.half_u / pitch) as i32;
        for number in -count..=count {
            let stand = region.at(number as f32 * pitch, v, 0.0);
            if plan.is_near(stand.origin, 8.0) && plan.chance(0.7) {
                let angle = if row % 2 == 0 { -std::f32::consts::FRAC_PI_2 } else { std::f32::consts::FRAC_PI_2 };
                let length = plan.range(7.5, 11.5);
                let parked = stand.at(0.0, 0.0, angle + plan.range(-0.12, 0.12));
                airplane(plan, parked, length, level::LOW);
            }
        }
        if row % 2 == 1 {
            taxi_line(plan, region.at(0.0, v + gap * 0.6, 0.0), region.half_u);
        }
        v += if row % 2 == 0 { gap * 0.7 } else { gap * 1.2 };
    }
    let beyond = region.beyond(v + 4.0);
    if beyond.depth > 4.0 {
        meadow(plan, &beyond);
        runway(plan, beyond.at(0.0, 22.0, 0.0), region.half_u, 11.0);
    }
}
