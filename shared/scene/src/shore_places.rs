//! Kinds of place by water: marina, port, beach, river, open sea.

use super::blocks::{Block, fill};
use super::geometry::{Frame, Shape};
use super::harbour;
use super::places::{base, beside, extent};
use super::plan::{Plan, level};
use super::region::Region;
use super::roads::{self, AVENUE, RURAL, RoadKind, STREET};
use super::ships::boat;
use super::vegetation;
use super::water;
use std::f32::consts::{FRAC_PI_2, PI};

/// The land behind a shore at `u = 0`, as a region.
fn behind_shore(plan: &Plan, frame: Frame, gap: f32) -> Region {
    Region::new(frame.at(gap, 0.0, -FRAC_PI_2), plan.extent * 0.8, plan.extent * 0.9)
}

/// A street along the shore with `block` behind it.
fn shore_side(plan: &mut Plan, frame: Frame, gap: f32, block: Block, with_road: bool) {
    if with_road {
        let line = frame.at(gap + 8.0, 0.0, FRAC_PI_2);
        let points = vec![[-plan.extent, 0.0], [plan.extent, 0.0]];
        roads::road(plan, line, points.clone(), STREET, false);
        roads::traffic(plan, line, &points, STREET, 25.0, level::LOW);
        let land = behind_shore(plan, frame, gap + 15.0);
        fill(plan, &land, block);
    } else {
        let land = behind_shore(plan, frame, gap + 1.0);
        fill(plan, &land, block);
    }
}

pub(super) fn marina_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 65.0, 130.0);
    base(plan);
    let shore = frame.at(plan.range(0.12, 0.45) * plan.extent, 0.0, 0.0);
    let block = plan.pick(&[Block::Parking, Block::Offices, Block::Meadow, Block::Homes]);
    let with_road = plan.chance(0.25);
    shore_side(plan, shore, 5.0, block, with_road);
    harbour::basin(plan, shore);
    harbour::marina(plan, shore);
}

pub(super) fn port_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 110.0, 180.0);
    base(plan);
    let shore = frame.at(plan.range(-0.12, 0.18) * plan.extent, 0.0, 0.0);
    let block = plan.pick(&[
        Block::Containers,
        Block::Containers,
        Block::Containers,
        Block::Containers,
        Block::Tanks,
        Block::Offices,
    ]);
    let land = behind_shore(plan, shore, 13.0);
    fill(plan, &land, block);
    harbour::basin(plan, shore);
    harbour::port(plan, shore);
}

pub(super) fn beach_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 80.0, 160.0);
    base(plan);
    let width = plan.range(0.14, 0.4) * plan.extent;
    let line = frame.at(width * 0.5 + plan.range(-0.15, 0.3) * plan.extent, 0.0, 0.0);
    let block = plan.pick(&[
        Block::Homes,
        Block::Parking,
        Block::Meadow,
        Block::Bare,
        Block::Bare,
        Block::Wood,
        Block::Offices,
    ]);
    let with_road = plan.chance(0.35);
    shore_side(plan, line, 5.0, block, with_road);
    water::beach(plan, line, width);
}

pub(super) fn river_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 85.0, 180.0);
    base(plan);
    let half = plan.range(0.06, 0.16) * plan.extent;
    let bend = plan.range(0.0, 0.12) * plan.extent;
    let points = roads::bend(plan, plan.extent * 0.85, bend);
    let blocks = [
        Block::Wood,
        Block::Fields,
        Block::Fields,
        Block::Meadow,
        Block::Bare,
        Block::Homes,
        Block::Offices,
        Block::Tanks,
    ];
    let with_bridge = plan.chance(0.94);
    let kind: RoadKind = plan.pick(&[STREET, RURAL, AVENUE, STREET]);
    // The river and the road come first so that nothing is planted in them; painting goes by height.
    let across = frame.at(plan.range(-0.18, 0.18) * plan.extent, 0.0, FRAC_PI_2 + plan.range(-0.25, 0.25));
    let sides: Vec<Block> = [0, 1].iter().map(|_| plan.pick(&blocks)).collect();
    for (side, block) in [1.0f32, -1.0].into_iter().zip(sides) {
        let gap = half + bend + plan.range(3.0, 9.0);
        let region = beside(plan, frame, side, gap);
        if with_bridge {
            let cut = kind.half + kind.walk + 1.0;
            plan.block(across, Shape::Rect(plan.extent, cut, 0.0));
            let u = side * (across.origin[0] * frame.cos + across.origin[1] * frame.sin);
            fill(plan, &region.between(-region.half_u, u - cut - 4.0), block);
            let other = if plan.chance(0.5) { block } else { plan.pick(&blocks) };
            fill(plan, &region.between(u + cut + 4.0, region.half_u), other);
        } else {
            fill(plan, &region, block);
        }
    }
    water::river(plan, frame, points, half);
    if with_bridge {
        let span = half + bend * 0.6 + plan.range(4.0, 9.0);
        water::bridge(plan, across, span, kind);
    }
    vegetation::scatter(plan, &beside(plan, frame, 1.0, half), 10.0, [1.6, 3.6]);
    if plan.chance(0.4) {
        let spot = frame.at(plan.range(-0.3, 0.3) * plan.extent, 0.0, plan.pick(&[0.0, PI]));
        let length = plan.range(9.0, 18.0);
        boat(plan, spot, length, true, level::LOW);
    }
}

pub(super) fn sea_scene(plan: &mut Plan, frame: Frame) {
    extent(plan, 90.0, 220.0);
    water::open_water(plan, frame);
}
