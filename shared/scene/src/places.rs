//! Kinds of place: an airport, a marina, a river ... each lays out its main thing and blocks around it.

use super::airport;
use super::blocks::{Block, fill};
use super::geometry::{Frame, Shape};
use super::paint::Paint;
use super::plan::{Plan, level};
use super::region::Region;
use super::roads::{self, AVENUE, LANE, RURAL, STREET};
use super::roundabout;
use super::sports;
use super::vegetation;
use super::water;
use std::f32::consts::{FRAC_PI_2, PI};

pub(super) fn extent(plan: &mut Plan, low: f32, high: f32) {
    plan.extent = plan.range(low, high);
}

/// Grass everywhere, to be built on.
pub(super) fn base(plan: &mut Plan) {
    let palette = &plan.palette;
    let paint =
        Paint::Meadow { fresh: palette.grass, dry: palette.dry_grass, bare: palette.soil, dryness: palette.dryness };
    plan.add(level::GROUND, Frame::WORLD, Shape::Plane, paint);
}

/// The region on one side (`side` 1 or -1) of a line along `u`, from `gap` metres on.
pub(super) fn beside(plan: &Plan, frame: Frame, side: f32, gap: f32) -> Region {
    let turned = if side > 0.0 { 0.0 } else { PI };
    Region::new(frame.at(0.0, side * gap, turned), plan.extent * 0.8, plan.extent * 0.75)
}

pub(super) fn airport_scene(plan: &mut Plan, frame: Frame) {
    if plan.chance(0.28) {
        extent(plan, 60.0, 100.0);
        base(plan);
        let edge = plan.range(0.38, 0.5) * plan.extent;
        let region = Region::new(frame.at(0.0, -edge, 0.0), plan.extent * 0.75, plan.extent * 1.25);
        airport::airfield(plan, &region);
    } else {
        extent(plan, 80.0, 165.0);
        base(plan);
        let edge = plan.range(0.32, 0.5) * plan.extent;
        let region = Region::new(frame.at(0.0, -edge, 0.0), plan.extent * 0.75, plan.extent * 1.25);
        airport::apron(plan, &region);
    }
}

pub(super) fn street_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 60.0, 130.0);
    base(plan);
    let kind = plan.pick(&[STREET, STREET, AVENUE]);
    let line = frame.at(0.0, plan.range(-0.2, 0.2) * plan.extent, 0.0);
    let points = vec![[-plan.extent, 0.0], [plan.extent, 0.0]];
    let blocks = [
        Block::Homes,
        Block::LeafyHomes,
        Block::Offices,
        Block::Parking,
        Block::Courts,
        Block::Diamond,
        Block::LeafyHomes,
    ];
    let gap = kind.half + kind.walk + 1.0;
    for side in [1.0f32, -1.0] {
        let block = plan.pick(&blocks);
        let region = beside(plan, line, side, gap);
        fill(plan, &region, block);
    }
    roads::road(plan, line, points.clone(), kind, false);
    let spacing = plan.range(10.0, 50.0);
    roads::traffic(plan, line, &points, kind, spacing, level::LOW);
    if plan.chance(0.5) {
        let at = line.at(plan.range(-0.3, 0.3) * plan.extent, 0.0, 0.0);
        roads::crossing(plan, at, kind.half);
    }
}

pub(super) fn roundabout_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 80.0, 135.0);
    base(plan);
    let centre = frame.at(plan.range(-0.12, 0.12) * plan.extent, plan.range(-0.12, 0.12) * plan.extent, 0.0);
    let four = plan.chance(0.6);
    let mut arms = vec![0.0, FRAC_PI_2, PI];
    if four {
        arms.push(-FRAC_PI_2);
    }
    let kind = plan.pick(&[STREET, RURAL]);
    let corner = kind.half + kind.walk + 3.0;
    let blocks = [
        Block::Homes,
        Block::LeafyHomes,
        Block::Meadow,
        Block::Wood,
        Block::Parking,
        Block::Fields,
        Block::Bare,
        Block::Diamond,
        Block::Offices,
    ];
    for quarter in 0..if four { 4 } else { 2 } {
        let turned = centre.at(0.0, 0.0, quarter as f32 * FRAC_PI_2);
        let start = corner + plan.range(8.0, 13.0);
        let half = plan.extent * 0.4;
        let region = Region::new(turned.at(start + half, corner, 0.0), half, plan.extent * 0.8);
        let block = plan.pick(&blocks);
        fill(plan, &region, block);
    }
    if !four {
        let block = plan.pick(&blocks);
        let region = beside(plan, centre, -1.0, 27.0);
        fill(plan, &region, block);
    }
    let outer = roundabout::roundabout(plan, centre, &arms, kind);
    for &arm in &arms {
        let points = vec![[outer + 14.0, 0.0], [plan.extent, 0.0]];
        roads::traffic(plan, centre.at(0.0, 0.0, arm), &points, kind, 24.0, level::LOW);
    }
    let all = Region::new(centre.at(0.0, -plan.extent * 0.7, 0.0), plan.extent * 0.7, plan.extent * 1.4);
    let many = plan.range(10.0, 90.0);
    vegetation::scatter(plan, &all, many, [1.5, 3.8]);
}

pub(super) fn tennis_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 60.0, 115.0);
    base(plan);
    let count = 1 + plan.rng.below(4);
    let middle = frame.at(plan.range(-0.1, 0.1) * plan.extent, plan.range(-0.05, 0.05) * plan.extent, 0.0);
    sports::tennis(plan, middle, count);
    if plan.chance(0.55) {
        let side = plan.pick(&[-1.0f32, 1.0]);
        let next = frame.at(side * 39.5, plan.range(-8.0, 8.0), FRAC_PI_2);
        sports::basketball(plan, next, 1 + usize::from(count > 2));
    }
    surroundings(plan, frame, 24.0 + 17.0 * 0.5 * count as f32);
}

/// What lies around sports grounds: a street or a car park on one side, trees elsewhere.
fn surroundings(plan: &mut Plan, frame: Frame, gap: f32) {
    let side = plan.pick(&[-1.0f32, 1.0]);
    let region = beside(plan, frame, side, gap.min(plan.extent * 0.34));
    match plan.rng.below(5) {
        0 => fill(plan, &region.beyond((gap - plan.extent * 0.34).max(0.0)), Block::Parking),
        1 => fill(plan, &region.beyond((gap - plan.extent * 0.34).max(0.0)), Block::Homes),
        2 => {
            let line = frame.at(0.0, side * gap, 0.0);
            let points = vec![[-plan.extent, 0.0], [plan.extent, 0.0]];
            roads::road(plan, line, points.clone(), STREET, false);
            roads::traffic(plan, line, &points, STREET, 20.0, level::LOW);
        }
        _ => {}
    }
    let all = Region::new(frame.at(0.0, -plan.extent * 0.7, 0.0), plan.extent * 0.7, plan.extent * 1.4);
    let many = plan.range(30.0, 150.0);
    vegetation::scatter(plan, &all, many, [1.8, 4.6]);
}

pub(super) fn diamond_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 75.0, 140.0);
    base(plan);
    let scale = plan.range(0.65, 1.0);
    let home = frame.at(-0.32 * plan.extent, plan.range(-0.12, 0.12) * plan.extent, plan.range(-0.2, 0.2));
    sports::baseball(plan, home, scale);
    if plan.chance(0.35) {
        let corner = frame.at(plan.range(-0.25, 0.0) * plan.extent, -0.42 * plan.extent, 0.0);
        sports::basketball(plan, corner, 1);
    }
    surroundings(plan, frame, 0.40 * plan.extent);
}

pub(super) fn track_scene(plan: &mut Plan, frame: Frame) {
    let scale = plan.range(0.72, 1.0);
    plan.extent = plan.range(165.0, 225.0) * scale;
    base(plan);
    let at = frame.at(plan.range(-0.1, 0.1) * plan.extent, plan.range(-0.1, 0.1) * plan.extent, 0.0);
    sports::track(plan, at, scale);
    let next = at.at(plan.range(-40.0, 40.0), 74.0 * scale, 0.0);
    match plan.rng.below(5) {
        0 | 1 => sports::basketball(plan, next, 2),
        2 => sports::tennis(plan, next.at(0.0, 6.0, FRAC_PI_2), 4),
        3 => sports::baseball(plan, at.at(-60.0 * scale, 62.0 * scale, FRAC_PI_2 - 0.3), 0.6 * scale),
        _ => {}
    }
    surroundings(plan, at, 92.0 * scale);
}

pub(super) fn tank_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 85.0, 165.0);
    base(plan);
    let line = frame.at(0.0, plan.range(0.05, 0.3) * plan.extent, 0.0);
    let tanks = beside(plan, line, -1.0, 8.0);
    fill(plan, &tanks, Block::Tanks);
    let block =
        plan.pick(&[Block::Containers, Block::Containers, Block::Containers, Block::Offices, Block::Bare, Block::Wood]);
    let other = beside(plan, line, 1.0, 6.0);
    fill(plan, &other, block);
    let points = vec![[-plan.extent, 0.0], [plan.extent, 0.0]];
    roads::road(plan, line, points.clone(), RURAL, false);
    roads::traffic(plan, line, &points, RURAL, 40.0, level::LOW);
}

pub(super) fn country_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 110.0, 230.0);
    base(plan);
    let line = frame.at(0.0, plan.range(-0.3, 0.3) * plan.extent, 0.0);
    let kind = plan.pick(&[RURAL, LANE]);
    for side in [1.0f32, -1.0] {
        let region = beside(plan, line, side, kind.half + 3.0);
        let block = plan.pick(&[Block::Fields, Block::Fields, Block::Fields, Block::Farmyard, Block::Wood]);
        fill(plan, &region, block);
        if plan.chance(0.3) {
            let from = region.frame.out([-region.half_u, 1.5]);
            let to = region.frame.out([region.half_u, 1.5]);
            vegetation::row(plan, from, to, 9.0, 2.6);
        }
    }
    if plan.chance(0.25) {
        let region = beside(plan, line, 1.0, 0.2 * plan.extent);
        let radius = plan.range(0.06, 0.12) * plan.extent;
        water::pond(plan, &region.near(radius * 2.5), radius);
    }
    let points = vec![[-plan.extent, 0.0], [plan.extent, 0.0]];
    roads::road(plan, line, points.clone(), kind, false);
    roads::traffic(plan, line, &points, kind, 70.0, level::LOW);
}
