//! What fills one side of a road, a river or a shore.

use super::farmland;
use super::homes;
use super::industry;
use super::paint::Paint;
use super::parking::parking;
use super::plan::{Cover, Plan};
use super::region::Region;
use super::roads;
use super::sports;
use super::vegetation;
use std::f32::consts::FRAC_PI_2;

/// What fills one side of a road, a river or a shore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Homes,
    LeafyHomes,
    Offices,
    Parking,
    Courts,
    Diamond,
    Fields,
    Wood,
    Meadow,
    Bare,
    Tanks,
    Containers,
    Farmyard,
}

pub(super) fn fill(plan: &mut Plan, region: &Region, block: Block) {
    match block {
        Block::Homes => {
            let pools = plan.rng.range(0.0, 0.4);
            homes::homes(plan, region, pools, 0.25);
        }
        Block::LeafyHomes => homes::homes(plan, region, 0.4, 0.7),
        Block::Offices => homes::offices(plan, region, true),
        Block::Parking => {
            let fill = plan.rng.range(0.3, 0.95);
            let depth = plan.range(34.0, 62.0);
            parking(plan, &region.near(depth), fill);
            let rest = region.beyond(depth + 2.0);
            if rest.depth > 12.0 {
                let next = plan.pick(&[Block::Offices, Block::Meadow, Block::Wood]);
                fill_rest(plan, &rest, next);
            }
        }
        Block::Courts => {
            let count = 1 + plan.rng.below(3);
            let place = region.at(plan.range(-0.12, 0.12) * plan.extent, 26.0, plan.pick(&[0.0, FRAC_PI_2]));
            if plan.chance(0.5) {
                sports::basketball(plan, place, count.min(2));
            } else {
                sports::tennis(plan, place, count);
            }
            vegetation::scatter(plan, region, 30.0, [1.8, 4.2]);
        }
        Block::Diamond => {
            let scale = plan.range(0.6, 0.85);
            let home = region.at(plan.range(-0.1, 0.1) * plan.extent, 16.0, FRAC_PI_2 + plan.range(-0.3, 0.3));
            sports::baseball(plan, home, scale);
            vegetation::scatter(plan, region, 20.0, [1.8, 4.2]);
        }
        Block::Fields => {
            let size = plan.range(0.3, 0.7) * plan.extent;
            farmland::fields(plan, region, size);
        }
        Block::Wood => {
            let density = plan.rng.range(0.6, 0.95);
            vegetation::wood(plan, region, density);
        }
        Block::Meadow => {
            let many = plan.range(5.0, 120.0);
            roads::footpath(plan, region);
            vegetation::scatter(plan, region, many, [1.5, 4.4]);
        }
        Block::Bare => {
            let palette = plan.palette.clone();
            let paint = Paint::Soil {
                dark: palette.soil,
                pale: palette.pale_soil,
                shrubs: plan.range(-0.3, 0.2),
                shrub: palette.crowns[2],
            };
            region.ground(plan, paint, Cover::Nothing).wobble = 2.0;
            if plan.chance(0.4) {
                vegetation::scatter(plan, region, 8.0, [1.2, 2.6]);
            }
        }
        Block::Tanks => industry::tanks(plan, &region.near(90.0)),
        Block::Containers => industry::containers(plan, region),
        Block::Farmyard => {
            let yard = Region::new(region.at(plan.range(-0.15, 0.15) * plan.extent, 3.0, 0.0), 26.0, 44.0);
            farmland::farmyard(plan, &yard);
            let size = plan.range(0.3, 0.5) * plan.extent;
            farmland::fields(plan, &region.beyond(50.0), size);
        }
    }
}

fn fill_rest(plan: &mut Plan, region: &Region, block: Block) {
    match block {
        Block::Offices => homes::offices(plan, region, false),
        Block::Wood => vegetation::wood(plan, region, 0.8),
        _ => vegetation::scatter(plan, region, 15.0, [1.6, 3.6]),
    }
}
