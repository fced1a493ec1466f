//! Streets of houses, shops and offices.

use super::buildings::{block, hall, house};
use super::geometry::{Frame, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{Colour, blend, scaled};
use super::parking::parking;
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::roads::{STREET, road, traffic};
use super::vegetation::{bush, row, tree_if_free};
use super::vehicles::car;

const POOL: Colour = [0.28, 0.66, 0.74];

/// A pool with its paved surround.
pub(super) fn pool(plan: &mut Plan, frame: Frame, half_u: f32, half_v: f32) {
    let terrace = plan.pick(&[[0.78, 0.75, 0.69], [0.70, 0.64, 0.56], [0.82, 0.81, 0.78]]);
    let border = plan.range(1.2, 2.6);
    let patio = Shape::Rect(half_u + border, half_v + border, 0.6);
    plan.block(frame, patio.clone());
    plan.add(level::PAVED, frame, patio, Paint::Concrete { tone: terrace, slab: 1.2 });
    let round = if plan.chance(0.5) { half_v * plan.range(0.7, 1.0) } else { 0.3 };
    let water = blend(POOL, [0.36, 0.62, 0.66], plan.range(0.0, 0.7));
    plan.object(labels::POOL, |plan| {
        let rim = Shape::Rect(half_u + 0.35, half_v + 0.35, round);
        plan.add(level::MARKING, frame, rim, Paint::Plain([0.90, 0.89, 0.86], 0.03));
        let basin = Shape::Rect(half_u, half_v, round.min(half_v));
        let paint =
            Paint::Water { deep: scaled(water, 0.82), shallow: scaled(water, 1.12), shore: half_v * 1.3, ripple: 0.07 };
        plan.add(level::MARKING, frame, basin, paint);
    });
    for _ in 0..plan.rng.below(5) {
        let side = plan.pick(&[-1.0f32, 1.0]);
        let chair = frame.at(plan.range(-0.9, 0.9) * half_u, side * (half_v + border * 0.6), 0.0);
        plan.cast(level::LOW, chair, &Shape::Rect(0.35, 0.8, 0.0), 0.4);
        plan.add(level::LOW, chair, Shape::Rect(0.35, 0.8, 0.0), Paint::Plain([0.92, 0.92, 0.92], 0.0)).cover =
            Cover::Keep;
    }
}

/// Rows of lots with houses; the first row faces `v = 0`.
pub(super) fn homes(plan: &mut Plan, region: &Region, pools: f64, trees: f64) {
    let lawn = Paint::Meadow {
        fresh: plan.palette.grass,
        dry: plan.palette.dry_grass,
        bare: plan.palette.soil,
        dryness: plan.palette.dryness,
    };
    region.ground(plan, lawn, Cover::Nothing);
    let width = plan.range(14.0, 23.0);
    let depth = plan.range(25.0, 34.0);
    let house_scale = plan.range(0.85, 1.1);
    let mut v = 0.0;
    let mut facing_back = false;
    while v < region.depth {
        let count = (region.half_u / width) as i32 + 1;
        for number in -count..count {
            let u = (number as f32 + 0.5) * width;
            // The lot's own frame: v = 0 at its street.
            let lot = if facing_back { region.at(u, v + depth, std::f32::consts::PI) } else { region.at(u, v, 0.0) };
            if plan.is_near(lot.out([0.0, depth * 0.5]), depth) && u.abs() < region.half_u {
                fill_lot(plan, lot, [width, depth], house_scale, pools, trees);
            }
        }
        v += depth;
        if facing_back {
            let line = v + STREET.half + STREET.walk;
            if line + depth * 0.4 < region.depth {
                let street = region.at(0.0, line, 0.0);
                let points = vec![[-region.half_u, 0.0], [region.half_u, 0.0]];
                road(plan, street, points.clone(), STREET, false);
                traffic(plan, street, &points, STREET, 45.0, level::LOW);
            }
            v = line + STREET.half + STREET.walk;
        }
        facing_back = !facing_back;
    }
}

fn fill_lot(plan: &mut Plan, lot: Frame, [width, depth]: [f32; 2], scale: f32, pools: f64, trees: f64) {
    let palette = plan.palette.clone();
    // Neighbours water their lawns differently.
    let dryness = palette.dryness + plan.range(-0.3, 0.25);
    let yard = Paint::Meadow {
        fresh: scaled(palette.grass, plan.range(0.92, 1.12)),
        dry: palette.dry_grass,
        bare: palette.soil,
        dryness,
    };
    let middle = lot.at(0.0, depth * 0.5, 0.0);
    plan.add(level::GROUND, middle, Shape::Rect(width * 0.5 - 0.2, depth * 0.5 - 0.2, 0.0), yard);
    if plan.chance(0.55) {
        let fence = Shape::Edge(Box::new(Shape::Rect(width * 0.5, depth * 0.32, 0.0)), 0.09);
        let back = lot.at(0.0, depth * 0.67, 0.0);
        plan.cast_floating(level::LOW, back, fence.clone(), 1.0);
        plan.add(level::LOW, back, fence, Paint::Plain([0.55, 0.48, 0.40], 0.1)).cover = Cover::Keep;
    }
    let half_u = (width * 0.5 - plan.range(1.6, 3.0)).min(8.5) * scale.min(1.0);
    let half_v = plan.range(4.2, 5.8) * scale;
    let set_back = plan.range(6.5, 9.0);
    let turn = if plan.chance(0.25) && half_u < depth * 0.22 { std::f32::consts::FRAC_PI_2 } else { 0.0 };
    let drive_u = plan.pick(&[-1.0f32, 1.0]) * (half_u - 1.4);
    let drive = lot.at(drive_u, set_back * 0.5, 0.0);
    let tone = scaled(palette.concrete, plan.range(0.85, 1.08));
    plan.add(level::PAVED, drive, Shape::Rect(1.9, set_back * 0.5, 0.0), Paint::Concrete { tone, slab: 3.0 });
    plan.block(drive, Shape::Rect(1.9, set_back * 0.5, 0.0));
    if plan.chance(0.5) {
        let way = plan.pick(&[-1.0f32, 1.0]) * std::f32::consts::FRAC_PI_2;
        let spot = lot.at(drive_u + plan.range(-0.5, 0.5), set_back * plan.range(0.4, 0.65), way);
        car(plan, spot, level::LOW);
    }
    let place = lot.at(plan.range(-0.6, 0.6), set_back + half_v, turn + plan.range(-0.02, 0.02));
    house(plan, place, half_u, half_v);
    let behind = set_back + 2.0 * half_v;
    let space = depth - behind;
    if space > 9.0 && plan.chance(pools) {
        let half_v = plan.range(1.7, 2.4).min(space * 0.22);
        let half_u = plan.range(3.0, 4.6).min(width * 0.3);
        let at = lot.at(
            plan.range(-0.12, 0.12) * width,
            behind + space * 0.5,
            plan.pick(&[0.0, 0.0, std::f32::consts::FRAC_PI_2, 0.3]),
        );
        pool(plan, at, half_u, half_v);
    } else if plan.chance(0.4) {
        let shed = lot.at(plan.range(-0.35, 0.35) * width, depth - 3.0, 0.0);
        let roof = scaled(plan.pick(&super::palette::ROOFS), 1.1);
        let paint = Paint::Gable { roof, half_u: 1.8, half_v: 1.4, slope: 0.4, hip: false, wall: roof };
        plan.block(shed, Shape::Rect(1.8, 1.4, 0.0));
        plan.solid(level::LOW, shed, Shape::Rect(1.8, 1.4, 0.0), 2.2, [0.6, 0.55, 0.5], paint);
    }
    for _ in 0..5 {
        if plan.chance(trees) {
            let at = lot.out([plan.range(-0.48, 0.48) * width, plan.range(0.05, 0.98) * depth]);
            let radius = plan.range(1.4, 4.2);
            tree_if_free(plan, at, radius);
        }
        if plan.chance(0.5) {
            let at = lot.out([plan.range(-0.45, 0.45) * width, plan.range(0.1, 0.97) * depth]);
            let radius = plan.range(0.5, 1.1);
            bush(plan, at, radius);
        }
    }
}

/// Blocks with flat roofs around paved yards.
pub(super) fn offices(plan: &mut Plan, region: &Region, with_parking: bool) {
    let tone = blend(plan.palette.concrete, plan.palette.asphalt, plan.range(0.2, 0.8));
    region.ground(plan, Paint::Concrete { tone, slab: 4.0 }, Cover::Nothing);
    let pitch_u = plan.range(26.0, 48.0);
    let pitch_v = plan.range(24.0, 42.0);
    let halls = plan.chance(0.4);
    let high = plan.chance(0.3);
    let mut v = 0.0;
    while v < region.depth {
        let mut u = -region.half_u;
        while u < region.half_u {
            let plot = Region::new(region.at(u + pitch_u * 0.5, v, 0.0), pitch_u * 0.5 - 1.0, pitch_v - 2.0);
            let middle = plot.at(0.0, plot.depth * 0.5, 0.0);
            if plan.is_near(middle.origin, pitch_u) {
                if with_parking && plan.chance(0.25) {
                    parking(plan, &plot, 0.6);
                } else if plan.chance(0.08) {
                    let paint = Paint::Meadow {
                        fresh: plan.palette.grass,
                        dry: plan.palette.dry_grass,
                        bare: plan.palette.soil,
                        dryness: plan.palette.dryness,
                    };
                    plot.ground(plan, paint, Cover::Nothing);
                } else if halls {
                    let (a, b) = (pitch_u * plan.range(0.34, 0.45), pitch_v * plan.range(0.3, 0.42));
                    hall(plan, middle, a, b);
                } else {
                    let height = if high { plan.range(12.0, 30.0) } else { plan.range(4.5, 13.0) };
                    let (a, b) = (pitch_u * plan.range(0.28, 0.44), pitch_v * plan.range(0.26, 0.42));
                    block(plan, middle, a, b, height);
                    if plan.chance(0.35) {
                        let annex = middle.at(a * 0.5, b * plan.pick(&[-1.0, 1.0]), 0.0);
                        block(plan, annex, a * 0.45, b * 0.4, height * 0.6);
                    }
                }
                for _ in 0..3 {
                    let at = plot.frame.out([plan.range(-0.5, 0.5) * pitch_u, plan.range(0.0, 1.0) * pitch_v]);
                    let radius = plan.range(1.2, 2.8);
                    if plan.chance(0.4) {
                        tree_if_free(plan, at, radius);
                    }
                    let spot = plot.at(plan.range(-0.48, 0.48) * pitch_u, plan.range(0.0, 0.08) * pitch_v, 0.0);
                    if plan.chance(0.35) && plan.is_free(spot.origin, 2.5) {
                        car(plan, spot, level::LOW);
                    }
                }
            }
            u += pitch_u;
        }
        v += pitch_v;
    }
    if plan.chance(0.5) {
        let (from, to) = (region.frame.out([-region.half_u, 1.0]), region.frame.out([region.half_u, 1.0]));
        row(plan, from, to, 9.0, 2.2);
    }
}
