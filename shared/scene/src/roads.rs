//! Roads, traffic, roundabouts, parking.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::maths::sin_cos;
use super::paint::Paint;
use super::palette::{Colour, blend, scaled};
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::vehicles::{car, lorry};

/// How a road is built.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoadKind {
    pub(super) half: f32,
    pub(super) lanes: u32,
    /// Width of the pavements, 0 for none.
    pub(super) walk: f32,
}

pub(super) const LANE: RoadKind = RoadKind { half: 2.6, lanes: 1, walk: 0.0 };
pub(super) const STREET: RoadKind = RoadKind { half: 4.6, lanes: 2, walk: 2.0 };
pub(super) const RURAL: RoadKind = RoadKind { half: 4.0, lanes: 2, walk: 0.0 };
pub(super) const AVENUE: RoadKind = RoadKind { half: 8.6, lanes: 4, walk: 2.4 };

const YELLOW: Colour = [0.80, 0.66, 0.28];
pub(super) const WHITE: Colour = [0.88, 0.88, 0.86];

/// A road along points of `frame`.
pub(super) fn road(plan: &mut Plan, frame: Frame, points: Vec<Point>, kind: RoadKind, deck: bool) {
    let (paved, marked) = if deck { (level::DECK, level::DECK) } else { (level::PAVED, level::PAVED) };
    let tone = plan.palette.asphalt;
    let markings = if plan.extent > 0.0 && tone[0] > 0.40 { YELLOW } else { WHITE };
    if kind.walk > 0.0 {
        let shape = Shape::Path { points: points.clone(), half: kind.half + kind.walk, offset: 0.0 };
        let tone = scaled(plan.palette.concrete, 0.92);
        plan.add(paved, frame, shape, Paint::Concrete { tone, slab: 2.4 });
    } else if !deck {
        // A worn shoulder.
        let shape = Shape::Path { points: points.clone(), half: kind.half + 1.3, offset: 0.0 };
        let colour = blend(plan.palette.pale_soil, plan.palette.dry_grass, 0.4);
        let stamp = plan.add(level::GROUND, frame, shape, Paint::Plain(colour, 0.14));
        stamp.wobble = 0.7;
        stamp.opacity = 0.75;
    }
    let median = blend(plan.palette.grass, plan.palette.concrete, 0.35);
    let paint = Paint::Road { tone, half: kind.half, lanes: kind.lanes, markings, median };
    let shape = Shape::Path { points: points.clone(), half: kind.half, offset: 0.0 };
    plan.add(marked, frame, shape, paint).cover = Cover::Label(labels::ROAD);
    plan.block(frame, Shape::Path { points, half: kind.half + kind.walk + 0.4, offset: 0.0 });
}

/// Cars along a road, `gap` metres apart on average, right-hand traffic.
pub(super) fn traffic(plan: &mut Plan, frame: Frame, points: &[Point], kind: RoadKind, gap: f32, at_level: u8) {
    let lane = 2.0 * kind.half / kind.lanes.max(2) as f32;
    let lanes = (kind.lanes.max(2) / 2) as usize;
    if plan.chance(0.4) {
        // A quiet hour.
        return;
    }
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = (dx * dx + dy * dy).sqrt().max(1e-3);
        let along = Frame {
            origin: frame.out(a),
            cos: (frame.cos * dx - frame.sin * dy) / length,
            sin: (frame.sin * dx + frame.cos * dy) / length,
        };
        for side in [1.0f32, -1.0] {
            for number in 0..lanes {
                let across = side * (number as f32 + 0.5) * lane;
                let mut u = plan.range(0.0, gap);
                while u < length {
                    let angle = if side > 0.0 { 0.0 } else { std::f32::consts::PI };
                    let spot = along.at(u, across + plan.range(-0.25, 0.25), angle + plan.range(-0.02, 0.02));
                    if plan.chance(0.10) && length > 25.0 {
                        lorry(plan, spot, at_level);
                        u += 14.0;
                    } else {
                        car(plan, spot, at_level);
                    }
                    u += 7.0 + plan.range(0.0, 2.0) * gap;
                }
            }
        }
    }
}

/// Points of a line through the middle of a frame that bends gently; `reach` metres each way along `u`.
pub(super) fn bend(plan: &mut Plan, reach: f32, amount: f32) -> Vec<Point> {
    let (phase, waves) = (plan.range(0.0, std::f32::consts::TAU), plan.range(0.7, 1.5));
    let amount = amount * plan.range(0.4, 1.0);
    let middle = sin_cos(phase).0;
    (0..=14)
        .map(|step| {
            let share = step as f32 / 7.0 - 1.0;
            [share * reach, amount * (sin_cos(phase + share * waves * std::f32::consts::PI).0 - middle)]
        })
        .collect()
}

/// A trodden path across a region.
pub(super) fn footpath(plan: &mut Plan, region: &Region) {
    if region.depth < 20.0 || plan.chance(0.4) {
        return;
    }
    let start = [plan.range(-1.0, 1.0) * region.half_u, 0.0];
    let end = [plan.range(-1.0, 1.0) * region.half_u, region.depth];
    let sway = plan.range(2.0, 9.0);
    let phase = plan.range(0.0, std::f32::consts::TAU);
    let points = (0..=10)
        .map(|step| {
            let share = step as f32 * 0.1;
            let aside = sway * sin_cos(phase + share * 7.0).0;
            [start[0] + (end[0] - start[0]) * share + aside, start[1] + (end[1] - start[1]) * share]
        })
        .collect();
    let paved = plan.chance(0.4);
    let half = if paved { 1.3 } else { plan.range(0.6, 1.2) };
    let colour = if paved { scaled(plan.palette.concrete, 0.95) } else { plan.palette.pale_soil };
    let shape = Shape::Path { points, half, offset: 0.0 };
    plan.block(region.frame, shape.clone());
    let stamp = plan.add(level::GROUND, region.frame, shape, Paint::Plain(colour, 0.1));
    stamp.cover = Cover::Keep;
    stamp.wobble = if paved { 0.1 } else { 0.5 };
    stamp.opacity = if paved { 1.0 } else { 0.75 };
}

/// A zebra crossing over a road along `u`.
pub(super) fn crossing(plan: &mut Plan, frame: Frame, half: f32) {
    let mut v = -half + 0.8;
    while v < half - 0.3 {
        let stripe = frame.at(0.0, v, 0.0);
        let stamp = plan.add(level::MARKING, stripe, Shape::Rect(1.5, 0.28, 0.0), Paint::Plain(WHITE, 0.08));
        stamp.cover = Cover::Keep;
        stamp.opacity = 0.8;
        v += 1.1;
    }
}
