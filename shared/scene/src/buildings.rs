//! Houses, blocks, sheds.

use super::geometry::{Frame, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{FLAT_ROOFS, ROOFS, scaled};
use super::plan::{Plan, level};

/// A dwelling with a pitched roof, ridge along `u`, sometimes with a wing.
pub(super) fn house(plan: &mut Plan, frame: Frame, half_u: f32, half_v: f32) {
    if !plan.is_near(frame.origin, half_u * 3.0) {
        return;
    }
    let roof = scaled(plan.pick(&ROOFS), plan.range(0.88, 1.12));
    let wall = plan.pick(&[[0.80, 0.77, 0.70], [0.72, 0.64, 0.56], [0.62, 0.44, 0.36], [0.86, 0.85, 0.82]]);
    let slope = plan.range(0.32, 0.75);
    let height = plan.range(3.6, 6.6);
    let hip = plan.chance(0.45);
    let wing = plan.chance(0.5);
    let side = plan.pick(&[-1.0f32, 1.0]);
    let end = plan.pick(&[-1.0f32, 1.0]);
    plan.block(frame, Shape::Rect(half_u, half_v, 0.0));
    plan.object(labels::BUILDINGS, |plan| {
        if wing {
            let (wing_u, wing_v) = (half_v * 0.85, half_u * 0.42);
            let at = frame.at(end * (half_u - wing_v), side * half_v * 0.8, std::f32::consts::FRAC_PI_2);
            let paint = Paint::Gable { roof, half_u: wing_u, half_v: wing_v, slope, hip, wall };
            plan.block(at, Shape::Rect(wing_u, wing_v, 0.0));
            plan.solid(level::HOUSE, at, Shape::Rect(wing_u, wing_v, 0.0), height * 0.9, wall, paint);
        }
        let paint = Paint::Gable { roof, half_u, half_v, slope, hip, wall };
        let top = plan.solid(level::HOUSE, frame, Shape::Rect(half_u, half_v, 0.0), height, wall, paint);
        // The ridge is higher than the eaves: its shadow reaches further.
        if !hip {
            plan.cast(level::LOW, frame, &Shape::Rect(half_u, half_v * 0.1, 0.0), height + slope * half_v);
        }
        if plan.chance(0.5) {
            let chimney = top.at(plan.range(-0.6, 0.6) * half_u, half_v * 0.3, 0.0);
            plan.cast(level::HOUSE, chimney, &Shape::Rect(0.45, 0.45, 0.0), 1.6);
            plan.add(level::HOUSE, chimney, Shape::Rect(0.45, 0.45, 0.0), Paint::Plain([0.50, 0.38, 0.33], 0.05));
        }
        if plan.chance(0.2) {
            let panels = top.at(plan.range(-0.3, 0.3) * half_u, -half_v * 0.5, 0.0);
            plan.add(
                level::HOUSE,
                panels,
                Shape::Rect(half_u * 0.4, half_v * 0.3, 0.0),
                Paint::FlatRoof { roof: [0.16, 0.20, 0.30], half_u: 99.0, half_v: 99.0, ribs: 1.1 },
            );
        }
    });
}

/// A building with a flat roof and plant on it.
pub(super) fn block(plan: &mut Plan, frame: Frame, half_u: f32, half_v: f32, height: f32) {
    if !plan.is_near(frame.origin, half_u + half_v + height * 2.0) {
        return;
    }
    let roof = scaled(plan.pick(&FLAT_ROOFS), plan.range(0.88, 1.08));
    let wall = plan.pick(&[[0.72, 0.70, 0.66], [0.60, 0.52, 0.46], [0.80, 0.78, 0.74], [0.50, 0.52, 0.54]]);
    plan.block(frame, Shape::Rect(half_u, half_v, 0.0));
    plan.object(labels::BUILDINGS, |plan| {
        let paint = Paint::FlatRoof { roof, half_u, half_v, ribs: 0.0 };
        let top = plan.solid(level::HOUSE, frame, Shape::Rect(half_u, half_v, 0.0), height, wall, paint);
        let storey = plan.chance(0.4) && half_u > 7.0;
        if storey {
            let (u, v) = (half_u * plan.range(0.3, 0.5), half_v * plan.range(0.4, 0.7));
            let at = top.at(plan.range(-0.4, 0.4) * half_u, plan.range(-0.2, 0.2) * half_v, 0.0);
            let paint = Paint::FlatRoof { roof: scaled(roof, 0.95), half_u: u, half_v: v, ribs: 0.0 };
            plan.solid(level::HOUSE, at, Shape::Rect(u, v, 0.0), 3.4, wall, paint);
        }
        let plant = (half_u * half_v / 38.0) as usize + 1;
        for _ in 0..plant.min(12) {
            let at = top.at(plan.range(-0.8, 0.8) * half_u, plan.range(-0.75, 0.75) * half_v, 0.0);
            let shape = Shape::Rect(plan.range(0.6, 1.9), plan.range(0.6, 1.4), 0.0);
            let tone = plan.range(0.55, 0.9);
            plan.cast(level::HOUSE, at, &shape, 1.5);
            plan.add(level::HOUSE, at, shape, Paint::Plain([tone, tone, tone * 0.98], 0.04));
        }
    });
}

/// A hall with a metal roof: low gable, ribs, rooflights.
pub(super) fn hall(plan: &mut Plan, frame: Frame, half_u: f32, half_v: f32) {
    if !plan.is_near(frame.origin, half_u + half_v + 20.0) {
        return;
    }
    let roof = scaled(plan.pick(&FLAT_ROOFS), plan.range(0.9, 1.08));
    let wall = plan.pick(&[[0.70, 0.72, 0.73], [0.78, 0.76, 0.70], [0.45, 0.52, 0.58]]);
    let pitched = plan.chance(0.55);
    plan.block(frame, Shape::Rect(half_u, half_v, 0.0));
    plan.object(labels::BUILDINGS, |plan| {
        let paint = if pitched {
            Paint::Gable { roof, half_u, half_v, slope: 0.14, hip: false, wall }
        } else {
            Paint::FlatRoof { roof, half_u, half_v, ribs: plan.range(2.5, 6.0) }
        };
        let height = plan.range(6.0, 10.5);
        let top = plan.solid(level::HOUSE, frame, Shape::Rect(half_u, half_v, 0.0), height, wall, paint);
        let rows = plan.rng.below(3);
        let pitch = plan.range(6.0, 10.0);
        let glass = plan.pick(&[[0.90, 0.92, 0.92], [0.52, 0.60, 0.64]]);
        for row in 0..rows {
            let v = half_v * ((row as f32 + 0.5) / rows as f32 - 0.5) * 1.5 + half_v * 0.08;
            let mut u = -half_u + pitch * 0.5;
            while u < half_u - 1.5 {
                let light = top.at(u, v, 0.0);
                plan.add(level::HOUSE, light, Shape::Rect(0.6, 1.3, 0.1), Paint::Plain(glass, 0.02));
                u += pitch;
            }
        }
        for _ in 0..plan.rng.below(6) {
            let at = top.at(plan.range(-0.85, 0.85) * half_u, plan.range(-0.8, 0.8) * half_v, 0.0);
            let shape = Shape::Rect(plan.range(0.7, 1.6), plan.range(0.7, 1.4), 0.0);
            plan.cast(level::HOUSE, at, &shape, 1.4);
            plan.add(level::HOUSE, at, shape, Paint::Plain([0.72, 0.72, 0.70], 0.04));
        }
    });
}
