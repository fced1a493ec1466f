//! Roundabouts.

use super::geometry::{Frame, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{blend, scaled};
use super::plan::{Cover, Plan, level};
use super::roads::{RoadKind, WHITE, crossing, road};
use super::vehicles::car;

/// A roundabout with arms at the given angles; returns its outer radius.
pub(super) fn roundabout(plan: &mut Plan, frame: Frame, arms: &[f32], kind: RoadKind) -> f32 {
    let island = plan.range(7.0, 15.0);
    let lane = plan.range(6.5, 8.5);
    let outer = island + lane;
    let tone = plan.palette.asphalt;
    let reach = plan.extent;
    let concrete = scaled(plan.palette.concrete, 0.92);
    plan.add(level::GROUND, frame, Shape::Disc(outer + 2.2), Paint::Concrete { tone: concrete, slab: 2.4 });
    for &angle in arms {
        let arm = frame.at(0.0, 0.0, angle);
        road(plan, arm, vec![[outer - 1.5, 0.0], [reach, 0.0]], kind, false);
    }
    for &angle in arms {
        let arm = frame.at(0.0, 0.0, angle);
        // The mouth of the arm widens into the circle.
        let mouth = Shape::Polygon(vec![
            [island + 1.0, -outer * 0.62],
            [outer + 6.0, -kind.half],
            [outer + 6.0, kind.half],
            [island + 1.0, outer * 0.62],
        ]);
        plan.add(level::PAVED, arm, mouth, Paint::Asphalt { tone }).cover = Cover::Label(labels::ROAD);
    }
    plan.block(frame, Shape::Disc(outer + 1.0));
    for &angle in arms {
        let arm = frame.at(0.0, 0.0, angle);
        let splitter =
            Shape::Polygon(vec![[outer + 0.6, -1.5], [outer + 9.0, -0.2], [outer + 9.0, 0.2], [outer + 0.6, 1.5]]);
        plan.add(level::MARKING, arm, splitter, Paint::Plain(concrete, 0.06));
        let give_way = arm.at(outer + 0.4, -kind.half * 0.5, 0.0);
        plan.add(level::MARKING, give_way, Shape::Rect(0.22, kind.half * 0.42, 0.0), Paint::Plain(WHITE, 0.05))
            .opacity = 0.8;
        crossing(plan, arm.at(outer + 12.0, 0.0, 0.0), kind.half);
    }
    let palette = plan.palette.clone();
    plan.object(labels::ROUNDABOUT, |plan| {
        plan.add(level::PAVED, frame, Shape::Disc(outer), Paint::Asphalt { tone }).cover = Cover::Label(labels::ROAD);
        let edge = Shape::Edge(Box::new(Shape::Disc(outer - 0.5)), 0.1);
        plan.add(level::MARKING, frame, edge, Paint::Plain(WHITE, 0.05)).opacity = 0.5;
        plan.add(
            level::MARKING,
            frame,
            Shape::Disc(island + 1.6),
            Paint::Plain(blend(concrete, [0.60, 0.42, 0.36], 0.35), 0.06),
        );
        plan.add(level::MARKING, frame, Shape::Disc(island + 0.3), Paint::Plain([0.84, 0.83, 0.80], 0.04));
        let paint = Paint::Meadow {
            fresh: scaled(palette.grass, 1.05),
            dry: palette.dry_grass,
            bare: palette.soil,
            dryness: palette.dryness * 0.6,
        };
        plan.add(level::MARKING, frame, Shape::Disc(island), paint);
        if plan.chance(0.4) {
            let bed = plan.pick(&[[0.50, 0.30, 0.26], [0.55, 0.48, 0.30], [0.36, 0.42, 0.26]]);
            let ring = Shape::Edge(Box::new(Shape::Disc(island * 0.55)), 1.0);
            plan.add(level::MARKING, frame, ring, Paint::Plain(bed, 0.2)).wobble = 0.2;
        }
    });
    let on_ring = island + lane * 0.5;
    for _ in 0..plan.rng.below(4) {
        let angle = plan.range(0.0, std::f32::consts::TAU);
        let spot = frame.at(0.0, 0.0, angle).at(on_ring, 0.0, -std::f32::consts::FRAC_PI_2);
        car(plan, spot, level::LOW);
    }
    match plan.rng.below(3) {
        0 => {
            for _ in 0..3 + plan.rng.below(6) {
                let at = frame
                    .at(0.0, 0.0, plan.range(0.0, std::f32::consts::TAU))
                    .out([plan.range(0.0, island * 0.75), 0.0]);
                let radius = plan.range(1.2, 2.8);
                super::vegetation::tree(plan, at, radius);
            }
        }
        1 => {
            let stone = Paint::Tank { colour: [0.75, 0.73, 0.68], radius: 2.2, floating: true };
            plan.solid(level::LOW, frame, Shape::Disc(2.2), 2.5, [0.7, 0.68, 0.64], stone);
        }
        _ => {}
    }
    outer
}
