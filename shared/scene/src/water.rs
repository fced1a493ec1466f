//! Rivers and bridges, beaches, harbours, open sea.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{blend, scaled};
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::roads::{RoadKind, road, traffic};
use super::ships::{boat, ship};

/// A river along points of `frame`.
pub(super) fn river(plan: &mut Plan, frame: Frame, points: Vec<Point>, half: f32) {
    let palette = plan.palette.clone();
    let bank = Shape::Path { points: points.clone(), half: half + plan.range(2.0, 5.0), offset: 0.0 };
    let colour = blend(palette.pale_soil, palette.soil, plan.range(0.0, 1.0));
    let stamp = plan.add(level::GROUND, frame, bank, Paint::Plain(colour, 0.13));
    stamp.wobble = 2.2;
    let water = palette.fresh_water;
    let paint = Paint::Water { deep: water, shallow: blend(water, colour, 0.55), shore: half * 0.45, ripple: 0.10 };
    let stamp = plan.add(level::GROUND, frame, Shape::Path { points: points.clone(), half, offset: 0.0 }, paint);
    stamp.wobble = 1.6;
    stamp.cover = Cover::Label(labels::WATER);
    plan.block(frame, Shape::Path { points, half: half + 1.0, offset: 0.0 });
}

/// A bridge along `u` over water that reaches `half` metres each way, with its road beyond both ends.
pub(super) fn bridge(plan: &mut Plan, frame: Frame, half: f32, kind: RoadKind) {
    let reach = plan.extent;
    let points = vec![[-reach, 0.0], [reach, 0.0]];
    road(plan, frame, points.clone(), kind, false);
    let wide = kind.half + kind.walk.max(1.0);
    let height = plan.range(5.0, 10.0);
    let concrete = scaled(plan.palette.concrete, plan.range(0.95, 1.15));
    let truss = plan.chance(0.25);
    plan.object(labels::BRIDGE, |plan| {
        let shape = Shape::Rect(half, wide, 0.0);
        plan.cast_floating(level::DECK, frame, shape.clone(), height);
        let away = plan.lean;
        let side = [away[0] * 1.6, away[1] * 1.6];
        plan.add(
            level::DECK,
            frame.moved([-side[0], -side[1]]),
            shape.clone(),
            Paint::Plain(scaled(concrete, 0.5), 0.05),
        );
        plan.add(level::DECK, frame, shape, Paint::Concrete { tone: concrete, slab: 8.0 });
        let tone = scaled(plan.palette.asphalt, 1.06);
        let paint = Paint::Road { tone, half: kind.half, lanes: kind.lanes, markings: [0.88; 3], median: concrete };
        let deck = Shape::Rect(half + 0.2, kind.half, 0.0);
        plan.add(level::DECK, frame, deck, paint).cover = Cover::Label(labels::ROAD);
    });
    for edge in [-1.0f32, 1.0] {
        let rail = frame.at(0.0, edge * (wide - 0.25), 0.0);
        plan.cast_floating(level::DECK, rail, Shape::Rect(half, 0.2, 0.0), 1.1);
        plan.add(level::DECK, rail, Shape::Rect(half, 0.22, 0.0), Paint::Plain(scaled(concrete, 1.18), 0.05)).cover =
            Cover::Keep;
        if truss {
            let mut u = -half;
            while u < half {
                let post = frame.at(u, edge * (wide - 0.25), 0.0);
                plan.cast(level::ON_DECK, post, &Shape::Rect(0.25, 0.25, 0.0), 6.0);
                plan.add(level::ON_DECK, post, Shape::Rect(0.35, 0.35, 0.0), Paint::Plain([0.46, 0.50, 0.48], 0.05))
                    .cover = Cover::Keep;
                let beam =
                    frame.at(u, 0.0, std::f32::consts::FRAC_PI_2).moved([plan.lean[0] * 6.0, plan.lean[1] * 6.0]);
                if edge > 0.0 {
                    plan.cast_floating(level::ON_DECK, beam, Shape::Rect(wide, 0.2, 0.0), 6.0);
                    plan.add(
                        level::ON_DECK,
                        beam,
                        Shape::Rect(wide, 0.25, 0.0),
                        Paint::Plain([0.50, 0.54, 0.52], 0.05),
                    )
                    .cover = Cover::Keep;
                }
                u += 6.5;
            }
        }
    }
    let joint = if plan.chance(0.6) { half * 0.5 } else { half * 0.66 };
    for u in [-half, -joint, 0.0, joint, half] {
        let seam = plan.add(
            level::DECK,
            frame.at(u, 0.0, 0.0),
            Shape::Rect(0.15, kind.half, 0.0),
            Paint::Plain([0.3, 0.3, 0.3], 0.05),
        );
        seam.cover = Cover::Keep;
        seam.opacity = 0.6;
    }
    let gap = plan.range(16.0, 60.0);
    traffic(plan, frame, &points, kind, gap, level::ON_DECK);
}

/// Sea to the left (`u` negative), beach of a width, `frame` at the landward end of the beach.
pub(super) fn beach(plan: &mut Plan, frame: Frame, width: f32) {
    let palette = plan.palette.clone();
    let sand = palette.sand;
    let fringe = plan.add(
        level::GROUND,
        frame.at(4.0, 0.0, 0.0),
        Shape::HalfPlane,
        Paint::Soil {
            dark: blend(sand, palette.dry_grass, 0.4),
            pale: sand,
            shrubs: -0.05,
            shrub: scaled(palette.crowns[2], 1.15),
        },
    );
    fringe.wobble = 5.0;
    fringe.cover = Cover::Label(labels::SAND);
    let stamp = plan.add(level::GROUND, frame, Shape::HalfPlane, Paint::Sand { dry: sand });
    stamp.wobble = 2.5;
    stamp.cover = Cover::Label(labels::SAND);
    let wet = plan.range(4.0, 9.0);
    let surf = plan.range(0.5, 1.25);
    let shore = frame.at(-width, 0.0, 0.0);
    let paint = Paint::Sea { deep: palette.sea_deep, shallow: palette.sea_shallow, sand, surf, wet };
    plan.add(level::GROUND, shore.at(wet, 0.0, 0.0), Shape::HalfPlane, paint).cover = Cover::Keep;
    // For the labels the water starts behind the swash.
    let mark = plan.add(level::GROUND, shore.at(-1.5, 0.0, 0.0), Shape::HalfPlane, Paint::Plain([0.0; 3], 0.0));
    mark.opacity = 0.0;
    mark.cover = Cover::Label(labels::WATER);
    plan.block(frame, Shape::HalfPlane);
    let reach = plan.extent * 0.7;
    if plan.chance(0.5) {
        // Parasols and towels.
        for _ in 0..plan.rng.below(45) {
            let spot = frame.at(-width * plan.range(0.15, 0.75), plan.range(-reach, reach), plan.range(0.0, 3.0));
            if !plan.is_near(spot.origin, 3.0) {
                continue;
            }
            let colour = plan.pick(&[
                [0.75, 0.22, 0.20],
                [0.20, 0.38, 0.62],
                [0.90, 0.88, 0.82],
                [0.85, 0.70, 0.25],
                [0.25, 0.52, 0.42],
            ]);
            plan.cast_floating(level::LOW, spot, Shape::Disc(1.15), 2.0);
            plan.add(level::LOW, spot, Shape::Disc(1.2), Paint::Plain(colour, 0.05)).cover = Cover::Keep;
            let towel = spot.at(2.0, 0.3, 0.4);
            plan.add(level::MARKING, towel, Shape::Rect(0.9, 0.4, 0.0), Paint::Plain(scaled(colour, 1.1), 0.02))
                .cover = Cover::Keep;
        }
    }
    for _ in 0..plan.rng.below(4) {
        let spot = shore.at(
            -plan.range(0.15, 0.5) * plan.extent,
            plan.range(-0.6, 0.6) * reach,
            plan.range(0.0, std::f32::consts::TAU),
        );
        let length = plan.range(7.0, 14.0);
        let moving = plan.chance(0.6);
        boat(plan, spot, length, moving, level::LOW);
    }
}

/// Water everywhere, ships under way, perhaps an island of trees.
pub(super) fn open_water(plan: &mut Plan, frame: Frame) {
    let palette = plan.palette.clone();
    let paint = Paint::Water {
        deep: palette.sea_deep,
        shallow: palette.sea_shallow,
        shore: 30.0,
        ripple: plan.range(0.10, 0.20),
    };
    plan.add(level::GROUND, frame, Shape::Plane, paint).cover = Cover::Label(labels::WATER);
    plan.block(frame, Shape::Plane);
    let count = 1 + plan.rng.below(3);
    let course = plan.range(0.0, std::f32::consts::TAU);
    for number in 0..count {
        let lane = (number as f32 + 0.5) / count as f32 - 0.5;
        let spot = frame.at(
            plan.range(-0.28, 0.28) * plan.extent,
            lane * 0.75 * plan.extent,
            course + plan.range(-0.25, 0.25),
        );
        if plan.chance(0.55) {
            let length = plan.extent * plan.range(0.25, 0.5);
            ship(plan, spot, length.clamp(30.0, 150.0), true, level::LOW);
        } else {
            let length = plan.range(9.0, 18.0);
            boat(plan, spot, length, true, level::LOW);
        }
    }
}

/// A pond with a soft edge.
pub(super) fn pond(plan: &mut Plan, region: &Region, radius: f32) {
    let at = region.at(0.0, region.depth * 0.5, 0.0);
    let palette = plan.palette.clone();
    let rim = plan.add(level::GROUND, at, Shape::Disc(radius + 2.0), Paint::Plain(scaled(palette.soil, 1.0), 0.13));
    rim.wobble = radius * 0.3;
    let water = palette.fresh_water;
    let paint =
        Paint::Water { deep: water, shallow: blend(water, palette.soil, 0.5), shore: radius * 0.4, ripple: 0.08 };
    let stamp = plan.add(level::GROUND, at, Shape::Disc(radius), paint);
    stamp.wobble = radius * 0.3;
    stamp.cover = Cover::Label(labels::WATER);
    plan.block(at, Shape::Disc(radius * 1.15));
}
