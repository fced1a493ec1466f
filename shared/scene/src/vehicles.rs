//! Cars, lorries, aeroplanes, ships.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::{CARS, Colour, scaled};
use super::plan::{Cover, Plan};

/// A car that faces `u`.
pub(super) fn car(plan: &mut Plan, frame: Frame, level: u8) {
    if !plan.is_near(frame.origin, 4.0) {
        return;
    }
    let (half_u, half_v) = (plan.range(2.05, 2.55), plan.range(0.86, 1.0));
    let colour = scaled(plan.pick(&CARS), plan.range(0.92, 1.06));
    // Estates and vans have their rear window further back.
    let cabin = plan.pick(&[0.0, 0.0, 0.12, 0.25]);
    plan.object(labels::CARS, |plan| {
        let shape = Shape::Rect(half_u, half_v, 0.45);
        plan.cast(level, frame, &shape, 1.45);
        plan.add(level, frame, shape, Paint::Car { colour, half_u, half_v, cabin }).cover = Cover::Keep;
    });
}

/// A lorry that faces `u`; it carries no label.
pub(super) fn lorry(plan: &mut Plan, frame: Frame, level: u8) {
    if !plan.is_near(frame.origin, 8.0) {
        return;
    }
    let half = plan.range(3.4, 6.2);
    let cab: Colour = scaled(plan.pick(&CARS), 0.95);
    let body = plan.pick(&[[0.88, 0.88, 0.87], [0.80, 0.80, 0.78], [0.60, 0.62, 0.64], [0.72, 0.55, 0.40]]);
    {
        let cab_frame = frame.at(half + 1.3, 0.0, 0.0);
        let wall = scaled(body, 0.8);
        plan.cast(level, cab_frame, &Shape::Rect(1.1, 1.15, 0.3), 2.6);
        plan.cast(level, frame, &Shape::Rect(half, 1.25, 0.0), 3.6);
        plan.add(level, cab_frame, Shape::Rect(1.1, 1.15, 0.3), Paint::Plain(cab, 0.03)).cover = Cover::Keep;
        let glass = frame.at(half + 2.15, 0.0, 0.0);
        plan.add(level, glass, Shape::Rect(0.25, 1.0, 0.1), Paint::Plain([0.14, 0.16, 0.18], 0.0)).cover = Cover::Keep;
        plan.solid(level, frame, Shape::Rect(half, 1.25, 0.0), 3.0, wall, Paint::Ribbed { colour: body });
    }
}

/// An outline and its mirror image across `u`.
pub(super) fn mirrored(upper: &[Point]) -> Vec<Point> {
    upper.iter().copied().chain(upper.iter().rev().map(|&[u, v]| [u, -v])).collect()
}
