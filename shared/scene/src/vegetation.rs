//! Trees, hedges and woods.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::scaled;
use super::plan::{Cover, Plan, level};
use super::region::Region;

/// One tree with its shadow.
pub(super) fn tree(plan: &mut Plan, at: Point, radius: f32) {
    if !plan.is_near(at, radius * 4.0) {
        return;
    }
    let angle = plan.range(0.0, std::f32::consts::TAU);
    let bare = plan.palette.bare_trees > 0.0 && plan.rng.uniform() < f64::from(plan.palette.bare_trees);
    let mut rng = plan.rng.clone();
    let colour = plan.palette.crown(&mut rng);
    plan.rng = rng;
    let salt = plan.rng.next_u64() as u32;
    let height = radius * plan.range(1.3, 2.2);
    // A tree's crown leans as its height asks, a little less than a wall would since its middle is lower.
    let frame = Frame::new([at[0] + plan.lean[0] * height * 0.6, at[1] + plan.lean[1] * height * 0.6], angle);
    let away = frame.turn([-plan.sun[0] * height, -plan.sun[1] * height]);
    let shadow = Shape::Path { points: vec![[0.0, 0.0], away], half: radius * 0.86, offset: 0.0 };
    let veil = if bare { 0.45 } else { 0.95 };
    let stamp = plan.add(level::TALL, Frame { origin: at, ..frame }, shadow, Paint::Shadow);
    stamp.wobble = radius * 0.22;
    stamp.opacity = veil;
    let bare = if bare { 1.0 } else { 0.0 };
    plan.add(level::TALL, frame, Shape::Disc(radius * 1.12), Paint::Crown { colour, radius, salt, bare }).cover =
        Cover::Label(labels::TREES);
}

/// A tree where there is space for it.
pub(super) fn tree_if_free(plan: &mut Plan, at: Point, radius: f32) {
    if plan.is_free(at, radius * 0.7) {
        tree(plan, at, radius);
    }
}

/// A low bush of `radius` metres, where the ground is free.
pub(super) fn bush(plan: &mut Plan, at: Point, radius: f32) {
    if !plan.is_near(at, radius) || !plan.is_free(at, radius * 0.6) {
        return;
    }
    let colour = scaled(plan.palette.crowns[1], plan.range(0.9, 1.3));
    let salt = plan.rng.next_u64() as u32;
    let frame = Frame::new(at, 0.0);
    plan.cast(level::LOW, frame, &Shape::Disc(radius * 0.8), radius * 0.9);
    plan.add(level::LOW, frame, Shape::Disc(radius), Paint::Crown { colour, radius, salt, bare: 0.0 }).cover =
        Cover::Keep;
}

/// Single trees and bushes strewn over a region, `per_hectare` on average, more in clumps than evenly.
pub(super) fn scatter(plan: &mut Plan, region: &Region, per_hectare: f32, radii: [f32; 2]) {
    let area = 2.0 * region.half_u * region.depth;
    let mut left = (area * per_hectare / 10_000.0 + plan.range(0.0, 1.0)) as usize;
    while left > 0 {
        let middle = region.anywhere(plan);
        let clump = (1 + plan.rng.below(5)).min(left);
        left -= clump;
        for _ in 0..clump {
            let radius = plan.range(radii[0], radii[1]);
            let spread = if clump > 1 { radii[1] * 2.6 } else { 0.0 };
            let at = [middle[0] + plan.range(-spread, spread), middle[1] + plan.range(-spread, spread)];
            if plan.chance(0.25) {
                bush(plan, at, radius * 0.4);
            } else {
                tree_if_free(plan, at, radius);
            }
        }
    }
}

/// A row of trees between two points.
pub(super) fn row(plan: &mut Plan, from: Point, to: Point, spacing: f32, radius: f32) {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = (dx * dx + dy * dy).sqrt();
    let count = (length / spacing) as usize;
    for step in 0..=count {
        let share = step as f32 * spacing / length.max(1e-3);
        let jitter = spacing * 0.18;
        let at =
            [from[0] + dx * share + plan.range(-jitter, jitter), from[1] + dy * share + plan.range(-jitter, jitter)];
        if plan.chance(0.88) {
            let radius = radius * plan.range(0.75, 1.2);
            tree_if_free(plan, at, radius);
        }
    }
}

/// Dense wood with gaps.
pub(super) fn wood(plan: &mut Plan, region: &Region, density: f64) {
    let floor = scaled(plan.palette.crowns[2], 0.75);
    let soil = scaled(plan.palette.soil, 0.8);
    let paint = Paint::Meadow { fresh: floor, dry: scaled(plan.palette.dry_grass, 0.7), bare: soil, dryness: 0.45 };
    region.ground(plan, paint, Cover::Nothing).wobble = 4.0;
    let radius = plan.range(2.6, 4.8);
    let step = radius * 1.45;
    let (columns, rows) = ((2.0 * region.half_u / step) as i32, (region.depth / step) as i32);
    for row in 0..=rows {
        for column in 0..=columns {
            if !plan.chance(density) {
                continue;
            }
            let shift = if row % 2 == 0 { 0.0 } else { step * 0.5 };
            let u = -region.half_u + column as f32 * step + shift + plan.range(-0.45, 0.45) * step;
            let v = row as f32 * step + plan.range(-0.45, 0.45) * step;
            let at = region.frame.out([u, v]);
            if plan.is_near(at, radius) {
                let radius = radius * plan.range(0.6, 1.35);
                tree_if_free(plan, at, radius);
            }
        }
    }
}
