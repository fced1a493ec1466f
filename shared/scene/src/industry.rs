//! Storage tanks and container yards.

use super::geometry::Shape;
use super::labels;
use super::paint::Paint;
use super::palette::{CONTAINERS, blend, scaled};
use super::plan::{Cover, Plan, level};
use super::region::Region;

/// A tank farm: tanks in bunds, pipes between.
pub(super) fn tanks(plan: &mut Plan, region: &Region) {
    let ground = plan.pick(&[0, 1, 2]);
    let floor = match ground {
        0 => Paint::Concrete { tone: scaled(plan.palette.concrete, 0.9), slab: 6.0 },
        1 => Paint::Plain(scaled(plan.palette.pale_soil, 0.97), 0.09),
        _ => Paint::Plain(blend(plan.palette.soil, plan.palette.concrete, 0.5), 0.09),
    };
    region.ground(plan, floor, Cover::Nothing).wobble = 0.4;
    let radius = plan.range(6.0, 15.0);
    let pitch = radius * 2.0 + plan.range(5.0, 10.0);
    let colour = plan.pick(&[[0.90, 0.90, 0.88], [0.86, 0.85, 0.80], [0.78, 0.79, 0.80], [0.80, 0.74, 0.64]]);
    let floating = plan.chance(0.4);
    let (columns, rows) = ((2.0 * region.half_u / pitch) as i32, ((region.depth - 4.0) / pitch) as i32);
    let start = plan.range(0.0, 0.5) * pitch;
    for row in 0..rows {
        for column in 0..columns {
            if plan.chance(0.12) {
                continue;
            }
            let u = -region.half_u + start + (column as f32 + 0.5) * pitch;
            let v = 4.0 + (row as f32 + 0.5) * pitch;
            let here = region.at(u, v, 0.0);
            if !plan.is_near(here.origin, radius * 2.5) {
                continue;
            }
            let bund = Shape::Edge(Box::new(Shape::Rect(pitch * 0.5 - 0.6, pitch * 0.5 - 0.6, 1.0)), 0.5);
            let berm = scaled(plan.palette.concrete, 1.05);
            plan.cast_floating(level::LOW, here, bund.clone(), 0.9);
            plan.add(level::LOW, here, bund, Paint::Plain(berm, 0.06)).cover = Cover::Keep;
            if plan.chance(0.15) {
                // Four small ones in the place of a large one.
                for (a, b) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                    let small = here.at(a * radius * 0.52, b * radius * 0.52, 0.0);
                    tank(plan, small, radius * 0.42, colour, false);
                }
            } else {
                let size = radius * plan.pick(&[1.0, 1.0, 0.9, 0.72]);
                tank(plan, here, size, colour, floating);
            }
        }
    }
    for row in 0..=rows {
        let v = 4.0 + row as f32 * pitch;
        let pipe = region.at(0.0, v, 0.0);
        for across in [-0.9f32, -0.3, 0.3, 0.9] {
            let lane = pipe.at(0.0, across, 0.0);
            let shape = Shape::Rect(region.half_u, 0.2, 0.0);
            plan.cast_floating(level::LOW, lane, shape.clone(), 0.8);
            plan.add(level::LOW, lane, shape, Paint::Plain([0.72, 0.72, 0.70], 0.05)).cover = Cover::Keep;
        }
    }
    plan.block(region.at(0.0, 0.5 * region.depth, 0.0), Shape::Rect(region.half_u, 0.5 * region.depth, 0.0));
}

fn tank(plan: &mut Plan, frame: super::geometry::Frame, radius: f32, colour: super::palette::Colour, floating: bool) {
    let angle = plan.range(0.0, std::f32::consts::TAU);
    let height = (radius * plan.range(0.7, 1.2)).clamp(5.0, 16.0);
    plan.object(labels::TANKS, |plan| {
        let paint = Paint::Tank { colour, radius, floating };
        let top = plan.solid(level::HOUSE, frame, Shape::Disc(radius), height, scaled(colour, 0.85), paint);
        let stair = top.at(0.0, 0.0, angle).at(radius * 0.55, 0.0, 0.0);
        plan.add(level::HOUSE, stair, Shape::Rect(radius * 0.45, 0.3, 0.0), Paint::Plain([0.55, 0.55, 0.54], 0.04))
            .opacity = 0.7;
    });
}

/// Stacks of containers in blocks with lanes between.
pub(super) fn containers(plan: &mut Plan, region: &Region) {
    let tone = blend(plan.palette.concrete, plan.palette.asphalt, plan.range(0.3, 0.9));
    region.ground(plan, Paint::Concrete { tone, slab: 9.0 }, Cover::Nothing);
    let (long, wide) = (plan.pick(&[6.06, 12.19, 12.19]), 2.44);
    let (per_row, per_column) = (2 + plan.rng.below(4), 3 + plan.rng.below(5));
    let (block_u, block_v) = (per_row as f32 * (long + 0.5), per_column as f32 * (wide + 0.25));
    let (lane_u, lane_v) = (plan.range(9.0, 16.0), plan.range(6.0, 10.0));
    let mut v = 6.0 + block_v * 0.5;
    let shift = plan.range(0.0, 0.5) * block_u;
    while v + block_v * 0.5 < region.depth {
        let mut u = -region.half_u + block_u * 0.5 + shift;
        while u + block_u * 0.5 < region.half_u {
            let here = region.at(u, v, 0.0);
            if plan.chance(0.86) && plan.is_near(here.origin, block_u) {
                plan.object(labels::CONTAINERS, |plan| {
                    for row in 0..per_column {
                        let usual = plan.pick(&CONTAINERS);
                        for column in 0..per_row {
                            let tiers = plan.rng.below(5);
                            if tiers == 0 {
                                continue;
                            }
                            let colour = if plan.chance(0.35) { usual } else { plan.pick(&CONTAINERS) };
                            let colour = scaled(colour, plan.range(0.82, 1.12));
                            let at = here.at(
                                (column as f32 - 0.5 * (per_row as f32 - 1.0)) * (long + 0.5),
                                (row as f32 - 0.5 * (per_column as f32 - 1.0)) * (wide + 0.25),
                                0.0,
                            );
                            let shape = Shape::Rect(long * 0.5, wide * 0.5, 0.0);
                            let wall = scaled(colour, 0.8);
                            let height = tiers as f32 * 2.6;
                            plan.solid(level::LOW, at, shape, height, wall, Paint::Ribbed { colour });
                        }
                    }
                });
            }
            u += block_u + lane_u;
        }
        let lane = region.at(0.0, v + block_v * 0.5 + lane_v * 0.5, 0.0);
        let line = Shape::Rect(region.half_u, 0.12, 0.0);
        plan.add(level::MARKING, lane, line, Paint::Plain([0.80, 0.70, 0.35], 0.08)).cover = Cover::Keep;
        for _ in 0..2 {
            let at = lane.at(plan.range(-region.half_u, region.half_u), plan.range(-1.5, 1.5), 0.0);
            if plan.chance(0.6) {
                super::vehicles::lorry(plan, at, level::LOW);
            }
        }
        v += block_v + lane_v;
    }
    plan.block(region.at(0.0, 0.5 * region.depth, 0.0), Shape::Rect(region.half_u, 0.5 * region.depth, 0.0));
}
