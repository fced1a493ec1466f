//! Car parks.

use super::geometry::Shape;
use super::labels;
use super::paint::Paint;
use super::palette::scaled;
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::vegetation::tree_if_free;
use super::vehicles::car;

/// A paved car park with rows of bays; `fill` is the share of bays taken.
pub(super) fn parking(plan: &mut Plan, region: &Region, fill: f64) {
    let tone = scaled(plan.palette.asphalt, plan.range(0.85, 1.1));
    let stamp = region.ground(plan, Paint::Asphalt { tone }, Cover::Label(labels::PARKING));
    stamp.level = level::PAVED;
    let middle = region.frame.at(0.0, 0.5 * region.depth, 0.0);
    let kerb = Shape::Edge(Box::new(Shape::Rect(region.half_u, 0.5 * region.depth, 0.0)), 0.25);
    plan.add(level::PAVED, middle, kerb, Paint::Plain([0.72, 0.71, 0.68], 0.05)).cover = Cover::Keep;
    let pitch = plan.range(2.55, 2.85);
    let bay = 5.1;
    let aisle = plan.range(6.2, 7.2);
    let trees = plan.chance(0.55);
    let mut v = aisle + bay;
    while v + bay < region.depth {
        let strip = region.frame.at(0.0, v, 0.0);
        let half_u = region.half_u - 3.0;
        if half_u < 3.0 {
            break;
        }
        let stamp = plan.add(level::MARKING, strip, Shape::Rect(half_u, bay, 0.0), Paint::Bays { pitch, half: bay });
        stamp.cover = Cover::Keep;
        let count = (half_u / pitch) as i32;
        for side in [-1.0f32, 1.0] {
            let facing = if side > 0.0 { -std::f32::consts::FRAC_PI_2 } else { std::f32::consts::FRAC_PI_2 };
            for slot in -count..count {
                // Popular ends fill first, so that the rows are not evenly dotted.
                let chance = fill + 0.35 * f64::from(super::maths::noise(slot as f32 * 0.21, v * 0.3 + side, 7));
                if plan.rng.uniform() > chance {
                    continue;
                }
                let u = (slot as f32 + 0.5) * pitch + plan.range(-0.15, 0.15);
                let flip = if plan.chance(0.25) { std::f32::consts::PI } else { 0.0 };
                let spot = strip.at(u, side * (2.6 + plan.range(-0.3, 0.3)), facing + flip + plan.range(-0.04, 0.04));
                car(plan, spot, level::LOW);
            }
        }
        if trees {
            let mut u = -half_u;
            while u <= half_u {
                let bed = strip.at(u, 0.0, 0.0);
                let ground = plan.palette.grass;
                plan.add(level::MARKING, bed, Shape::Rect(1.0, bay * 0.9, 0.8), Paint::Plain(ground, 0.12));
                for along in [-0.5f32, 0.5] {
                    let at = bed.out([0.0, along * bay]);
                    let radius = plan.range(1.3, 2.4);
                    if plan.chance(0.8) {
                        super::vegetation::tree(plan, at, radius);
                    }
                }
                u += pitch * 9.0;
            }
        }
        v += 2.0 * bay + aisle;
    }
    plan.block(middle, Shape::Rect(region.half_u, 0.5 * region.depth, 0.0));
    for _ in 0..2 + plan.rng.below(4) {
        let at = region.frame.out([plan.range(-region.half_u, region.half_u), -1.5]);
        let radius = plan.range(1.6, 3.0);
        tree_if_free(plan, at, radius);
    }
}
