//! Aeroplanes.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::scaled;
use super::plan::Plan;
use super::vehicles::mirrored;

/// An aeroplane whose nose points along `u`, `length` metres long.
pub(super) fn airplane(plan: &mut Plan, frame: Frame, length: f32, level: u8) {
    let light = length < 16.0;
    let swept = !light;
    let engines = if light { 0 } else { plan.pick(&[2, 2, 2, 4]) };
    let hull = plan.pick(&[[0.93, 0.93, 0.93], [0.90, 0.91, 0.92], [0.95, 0.94, 0.91], [0.78, 0.80, 0.82]]);
    let livery = plan.pick(&[
        [0.16, 0.24, 0.48],
        [0.62, 0.15, 0.14],
        [0.82, 0.82, 0.82],
        [0.15, 0.38, 0.36],
        [0.75, 0.48, 0.16],
    ]);
    let half = length * if light { 0.062 } else { 0.054 };
    let span = length * plan.range(0.45, 0.53) * if light { 1.2 } else { 1.0 };
    let back = if swept { plan.range(0.19, 0.26) } else { 0.01 } * length;
    let l = length;
    let body = mirrored(&[
        [0.500 * l, 0.10 * half],
        [0.488 * l, 0.42 * half],
        [0.455 * l, 0.78 * half],
        [0.405 * l, half],
        [-0.20 * l, half],
        [-0.36 * l, 0.66 * half],
        [-0.47 * l, 0.26 * half],
        [-0.50 * l, 0.08 * half],
    ]);
    let root = 0.11 * l;
    let chord = if swept { 0.20 } else { 0.17 } * l;
    let tip = if swept { 0.055 } else { 0.12 } * l;
    let wings = mirrored(&[
        [root, 0.0],
        [root - back, span],
        [root - back - tip, span],
        [root - chord * 0.80 - back * 0.22, span * 0.36],
        [root - chord, 0.0],
    ]);
    let tail_span = span * 0.37;
    let tail_back = if swept { 0.09 * l } else { 0.01 * l };
    let tailplane = mirrored(&[
        [-0.375 * l, 0.0],
        [-0.375 * l - tail_back, tail_span],
        [-0.415 * l - tail_back, tail_span],
        [-0.475 * l, 0.0],
    ]);
    let pods: Vec<Point> = match engines {
        2 => vec![[0.34, 0.30]],
        4 => vec![[0.32, 0.30], [0.62, 0.62]],
        _ => vec![],
    };
    let pod_shape = Shape::Rect(0.055 * l, 0.026 * l, 0.02 * l);
    let pod_frames: Vec<Frame> = pods
        .iter()
        .flat_map(|&[across, sweep]| {
            [1.0f32, -1.0].map(|side| frame.at(root - back * sweep + 0.015 * l, side * across * span, 0.0))
        })
        .collect();
    plan.object(labels::AIRPLANE, |plan| {
        let height = if light { 1.6 } else { 0.085 * l };
        plan.cast_floating(level, frame, Shape::Polygon(wings.clone()), height);
        plan.cast_floating(level, frame, Shape::Polygon(body.clone()), height * 1.2);
        plan.cast_floating(level, frame, Shape::Polygon(tailplane.clone()), height * 1.6);
        for pod in &pod_frames {
            plan.cast_floating(level, *pod, pod_shape.clone(), height * 0.6);
        }
        // The fin stands upright, so only its shadow shows its shape.
        let fin_height = height * 1.4 + 0.145 * l;
        let away = frame.turn([-plan.sun[0], -plan.sun[1]]);
        let up = |u: f32, h: f32| [u + away[0] * h, away[1] * h];
        let fin = vec![
            up(-0.36 * l, height * 1.4),
            up(-0.455 * l, fin_height),
            up(-0.50 * l, fin_height),
            up(-0.48 * l, height * 1.4),
        ];
        plan.add(level, frame, Shape::Polygon(fin), Paint::Shadow);
        for pod in &pod_frames {
            plan.add(level, *pod, pod_shape.clone(), Paint::Tube { colour: scaled(livery, 0.95), half: 0.026 * l });
        }
        plan.add(level, frame, Shape::Polygon(wings), Paint::Plain(scaled(hull, 0.90), 0.025));
        plan.add(level, frame, Shape::Polygon(tailplane), Paint::Plain(scaled(hull, 0.88), 0.02));
        plan.add(level, frame, Shape::Polygon(body), Paint::Tube { colour: hull, half });
        let windows = frame.at(0.468 * l, 0.0, 0.0);
        plan.add(level, windows, Shape::Rect(0.010 * l, half * 0.5, 0.006 * l), Paint::Plain([0.15, 0.17, 0.2], 0.0));
        // The fin from above is a line, broadened by the lean of the picture.
        let lean = frame.turn(plan.lean);
        let top = [lean[0] * 0.14 * l, lean[1] * 0.14 * l];
        let edge = 0.008 * l;
        let fin = vec![
            [-0.36 * l, -edge],
            [-0.36 * l, edge],
            [-0.49 * l + top[0], edge + top[1]],
            [-0.50 * l + top[0], top[1] - edge],
        ];
        plan.add(level, frame, Shape::Polygon(fin), Paint::Plain(livery, 0.02));
        if light {
            let propeller = frame.at(0.505 * l, 0.0, 0.0);
            plan.add(level, propeller, Shape::Rect(0.06, 0.9, 0.05), Paint::Plain([0.25, 0.25, 0.25], 0.0));
        }
    });
}
