//! Courts, diamonds, tracks.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::maths::sin_cos;
use super::paint::Paint;
use super::palette::{blend, scaled};
use super::plan::{Cover, Plan, level};

/// A row of tennis courts side by side along `v`.
pub(super) fn tennis(plan: &mut Plan, frame: Frame, count: usize) {
    let court = plan.pick(&[
        [0.25, 0.40, 0.33],
        [0.24, 0.36, 0.50],
        [0.30, 0.44, 0.36],
        [0.62, 0.40, 0.30],
        [0.33, 0.40, 0.46],
    ]);
    let apron = plan.pick(&[[0.36, 0.47, 0.38], [0.30, 0.43, 0.36], [0.52, 0.34, 0.29], [0.42, 0.52, 0.44]]);
    let pitch = plan.range(16.2, 17.6);
    let (half_u, half_v) = (18.2, 0.5 * count as f32 * pitch + 0.8);
    plan.add(level::PAVED, frame, Shape::Rect(half_u, half_v, 0.0), Paint::Plain(apron, 0.05));
    plan.block(frame, Shape::Rect(half_u + 1.0, half_v + 1.0, 0.0));
    for at in 0..count {
        let here = frame.at(0.0, (at as f32 + 0.5 - 0.5 * count as f32) * pitch, 0.0);
        plan.object(labels::TENNIS, |plan| {
            plan.add(level::MARKING, here, Shape::Rect(13.2, 6.6, 0.0), Paint::Tennis { court, apron });
        });
    }
    fence(plan, frame, half_u, half_v);
    if plan.chance(0.5) {
        for side in [-1.0f32, 1.0] {
            let lamp = frame.at(0.0, side * (half_v - 0.4), 0.0);
            plan.cast(level::LOW, lamp, &Shape::Disc(0.16), 9.0);
        }
    }
}

fn fence(plan: &mut Plan, frame: Frame, half_u: f32, half_v: f32) {
    let outline = || Shape::Edge(Box::new(Shape::Rect(half_u, half_v, 0.0)), 0.10);
    let shadow = Shape::Edge(Box::new(Shape::Rect(half_u, half_v, 0.0)), 0.5);
    plan.cast_floating(level::LOW, frame, shadow, 1.4);
    if let Some(stamp) = plan.stamps.last_mut() {
        stamp.opacity = 0.35;
    }
    plan.add(level::LOW, frame, outline(), Paint::Plain([0.34, 0.36, 0.35], 0.05)).cover = Cover::Keep;
}

/// One or two basketball courts.
pub(super) fn basketball(plan: &mut Plan, frame: Frame, count: usize) {
    let court = plan.pick(&[
        [0.56, 0.55, 0.52],
        [0.34, 0.44, 0.40],
        [0.58, 0.38, 0.32],
        [0.28, 0.38, 0.50],
        [0.46, 0.46, 0.46],
    ]);
    let key = plan.pick(&[[0.55, 0.30, 0.26], [0.26, 0.36, 0.52], [0.30, 0.45, 0.36], [0.62, 0.52, 0.32]]);
    let pitch = 18.4;
    let half_v = 0.5 * count as f32 * pitch;
    plan.block(frame, Shape::Rect(17.5, half_v + 0.8, 0.0));
    for at in 0..count {
        let here = frame.at(0.0, (at as f32 + 0.5 - 0.5 * count as f32) * pitch, 0.0);
        plan.object(labels::BASKETBALL, |plan| {
            plan.add(level::MARKING, here, Shape::Rect(16.4, 9.2, 0.0), Paint::Basketball { court, paint: key });
        });
        for side in [-1.0f32, 1.0] {
            let board = here.at(side * 13.1, 0.0, 0.0);
            plan.cast(level::LOW, board, &Shape::Rect(0.15, 0.9, 0.0), 3.4);
        }
    }
}

fn arc(radius: f32, from: f32, to: f32, middle: Point) -> Vec<Point> {
    (0..=20)
        .map(|step| {
            let (sin, cos) = sin_cos(from + (to - from) * step as f32 / 20.0);
            [middle[0] + radius * cos, middle[1] + radius * sin]
        })
        .collect()
}

/// A baseball diamond whose home plate is the frame's origin; the field opens along `u`.
pub(super) fn baseball(plan: &mut Plan, frame: Frame, scale: f32) {
    let side = 27.43 * scale;
    let quarter = std::f32::consts::FRAC_PI_4;
    let dirt =
        blend(plan.palette.pale_soil, plan.pick(&[[0.66, 0.48, 0.36], [0.74, 0.62, 0.46], [0.58, 0.40, 0.30]]), 0.7);
    let grass = plan.palette.grass;
    let all_dirt = plan.chance(0.4);
    let fence_at = side * plan.range(2.6, 3.4);
    let mut sector = arc(fence_at, -quarter, quarter, [0.0, 0.0]);
    sector.push([-side * 0.35, side * 0.35]);
    sector.push([-side * 0.35, -side * 0.35]);
    let mown = Paint::Pitch { light: scaled(grass, 1.10), dark: scaled(grass, 0.97), half_u: 1e4, half_v: 1e4 };
    plan.block(frame, Shape::Polygon(sector.clone()));
    plan.add(level::GROUND, frame, Shape::Polygon(sector.clone()), mown.clone()).wobble = 0.4;
    if plan.chance(0.6) {
        let warning = Shape::Edge(Box::new(Shape::Polygon(sector)), 1.8);
        plan.add(level::GROUND, frame, warning, Paint::Plain(scaled(dirt, 0.97), 0.08)).wobble = 0.3;
    }
    let paint = Paint::Plain(dirt, 0.09);
    let mound = 18.44 * scale;
    let reach = 28.9 * scale;
    plan.object(labels::BASEBALL, |plan| {
        // The skin: within the arc around the mound and between the foul lines, with a margin.
        let margin = 2.2 * scale;
        let mut skin: Vec<Point> =
            arc(reach, -2.0, 2.0, [mound, 0.0]).into_iter().filter(|&[u, v]| v.abs() < u + 2.5 * margin).collect();
        skin.push([-margin * 1.4, margin * 1.4]);
        skin.push([-margin * 1.4, -margin * 1.4]);
        plan.add(level::GROUND, frame, Shape::Polygon(skin), paint.clone()).wobble = 0.35;
        if !all_dirt {
            let half = 0.5 * side - 2.4 * scale;
            let infield = frame.at(side * std::f32::consts::FRAC_1_SQRT_2, 0.0, quarter);
            plan.add(level::GROUND, infield, Shape::Rect(half, half, 2.5 * scale), mown.clone()).wobble = 0.2;
            plan.add(level::GROUND, frame.at(mound, 0.0, 0.0), Shape::Disc(2.74 * scale), paint.clone()).wobble = 0.2;
        } else {
            let mound = frame.at(mound, 0.0, 0.0);
            plan.add(level::GROUND, mound, Shape::Disc(2.2 * scale), Paint::Plain(scaled(dirt, 1.06), 0.08)).wobble =
                0.2;
        }
        plan.add(level::GROUND, frame, Shape::Disc(4.2 * scale), Paint::Plain(scaled(dirt, 1.03), 0.08)).wobble = 0.25;
    });
    for line in [-quarter, quarter] {
        let foul = frame.at(0.0, 0.0, line).at(0.5 * fence_at, 0.0, 0.0);
        let stamp = plan.add(
            level::MARKING,
            foul,
            Shape::Rect(0.5 * fence_at, 0.12, 0.0),
            Paint::Plain([0.92, 0.91, 0.88], 0.05),
        );
        stamp.cover = Cover::Keep;
        stamp.opacity = 0.85;
    }
    for base in [
        [side * std::f32::consts::FRAC_1_SQRT_2, side * std::f32::consts::FRAC_1_SQRT_2],
        [side * std::f32::consts::SQRT_2, 0.0],
        [side * std::f32::consts::FRAC_1_SQRT_2, -side * std::f32::consts::FRAC_1_SQRT_2],
        [0.0, 0.0],
    ] {
        let at = frame.at(base[0], base[1], quarter);
        plan.add(level::MARKING, at, Shape::Rect(0.35, 0.35, 0.0), Paint::Plain([0.95, 0.95, 0.94], 0.0)).cover =
            Cover::Keep;
    }
    // Backstop and benches.
    let back = frame.at(-9.0 * scale, 0.0, 0.0);
    plan.cast(level::LOW, back, &Shape::Rect(0.2, 7.0 * scale, 0.0), 5.0);
    plan.add(level::LOW, back, Shape::Rect(0.15, 7.0 * scale, 0.0), Paint::Plain([0.42, 0.43, 0.42], 0.05)).cover =
        Cover::Keep;
    for side in [-1.0f32, 1.0] {
        let bench = frame.at(5.0 * scale, side * 17.0 * scale, side * quarter);
        let roof = Paint::Plain([0.62, 0.63, 0.62], 0.04);
        plan.solid(level::LOW, bench, Shape::Rect(5.0 * scale, 1.4, 0.0), 2.6, [0.5, 0.5, 0.5], roof);
    }
}

/// A ground track around a pitch, the straights along `u`.
pub(super) fn track(plan: &mut Plan, frame: Frame, scale: f32) {
    let (straight, radius, width) = (42.2 * scale, 36.5 * scale, 9.8 * scale);
    let lane = plan.pick(&[
        [0.60, 0.31, 0.25],
        [0.66, 0.38, 0.30],
        [0.48, 0.27, 0.24],
        [0.30, 0.42, 0.52],
        [0.58, 0.46, 0.38],
    ]);
    let grass = plan.palette.grass;
    let green = blend(grass, [0.27, 0.43, 0.22], plan.range(0.0, 0.8));
    let outer = radius + width;
    plan.block(frame, Shape::Rect(straight + outer + 1.5, outer + 1.5, outer));
    plan.object(labels::TRACK, |plan| {
        let rim = Shape::Rect(straight + outer, outer, outer);
        plan.add(level::PAVED, frame, rim, Paint::Track { lane, radius, width, straight });
        let inner = Shape::Rect(straight + radius, radius, radius);
        let turf = if plan.chance(0.3) { scaled(lane, 0.95) } else { scaled(green, 1.04) };
        plan.add(level::MARKING, frame, inner, Paint::Plain(turf, 0.09));
        let (half_u, half_v) = (straight * 1.12 + 5.0, radius * 0.88);
        let paint = Paint::Pitch { light: scaled(green, 1.12), dark: scaled(green, 0.96), half_u, half_v };
        plan.add(level::MARKING, frame, Shape::Rect(half_u, half_v, 0.0), paint);
        for side in [-1.0f32, 1.0] {
            let pit = frame.at(side * (straight + radius * 0.55), radius * 0.25, 0.0);
            plan.add(level::MARKING, pit, Shape::Rect(4.2, 1.5, 0.0), Paint::Plain(plan.palette.sand, 0.05));
        }
    });
    if plan.chance(0.7) {
        // Stands along one straight.
        let stand = frame.at(0.0, -(outer + 8.0), 0.0);
        let roof = Paint::FlatRoof { roof: [0.72, 0.72, 0.72], half_u: straight * 0.7, half_v: 5.0, ribs: 1.2 };
        plan.object(labels::BUILDINGS, |plan| {
            plan.solid(level::HOUSE, stand, Shape::Rect(straight * 0.7, 5.0, 0.0), 6.0, [0.6, 0.6, 0.6], roof);
        });
        plan.block(stand, Shape::Rect(straight * 0.7, 5.0, 0.0));
    }
}
