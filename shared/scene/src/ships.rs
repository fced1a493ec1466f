//! Boats and ships.

use super::geometry::{Frame, Point, Shape};
use super::labels;
use super::paint::Paint;
use super::palette::scaled;
use super::plan::Plan;
use super::vehicles::mirrored;

fn hull_outline(length: f32, half: f32, blunt: f32) -> Vec<Point> {
    let l = length;
    mirrored(&[
        [0.50 * l, 0.02 * half],
        [(0.455 - 0.02 * blunt) * l, 0.36 * half],
        [0.37 * l, (0.70 + 0.15 * blunt) * half],
        [0.22 * l, 0.95 * half],
        [0.05 * l, half],
        [-0.38 * l, 0.97 * half],
        [-0.49 * l, 0.80 * half],
        [-0.50 * l, 0.55 * half],
    ])
}

fn wake(plan: &mut Plan, frame: Frame, length: f32, half: f32, level: u8) {
    let reach = length * plan.range(1.8, 3.2);
    let stern = frame.at(0.35 * length, 0.0, std::f32::consts::PI);
    let spread = half * 1.1 + reach * 0.12;
    let shape = Shape::Polygon(vec![[0.0, -half * 0.6], [reach, -spread], [reach, spread], [0.0, half * 0.6]]);
    plan.add(level, stern, shape, Paint::Wake { length: reach, half: spread }).raised = false;
}

/// A yacht or motor boat of 6 to 18 m whose bow points along `u`.
pub(super) fn boat(plan: &mut Plan, frame: Frame, length: f32, under_way: bool, level: u8) {
    if !plan.is_near(frame.origin, length * 3.0) {
        return;
    }
    let half = length * plan.range(0.14, 0.18);
    let white = scaled([0.93, 0.93, 0.91], plan.range(0.90, 1.04));
    let sails = plan.chance(0.35);
    let cover = plan.pick(&[
        [0.16, 0.26, 0.50],
        [0.80, 0.78, 0.72],
        [0.55, 0.46, 0.36],
        [0.85, 0.85, 0.85],
        [0.30, 0.32, 0.34],
    ]);
    if under_way {
        wake(plan, frame, length, half, level);
    }
    plan.object(labels::SHIPS, |plan| {
        let outline = Shape::Polygon(hull_outline(length, half, 0.0));
        plan.cast(level, frame, &outline, 1.1);
        plan.add(level, frame, outline, Paint::Plain(white, 0.03));
        let deck = frame.at(-0.02 * length, 0.0, 0.0);
        let inner = Shape::Polygon(hull_outline(length * 0.84, half * 0.74, 0.3));
        plan.add(level, deck, inner, Paint::Plain(scaled(white, 0.86), 0.04));
        if sails {
            let cockpit = frame.at(-0.33 * length, 0.0, 0.0);
            plan.add(
                level,
                cockpit,
                Shape::Rect(0.11 * length, half * 0.45, 0.2),
                Paint::Plain([0.50, 0.42, 0.34], 0.05),
            );
            let cabin = frame.at(0.05 * length, 0.0, 0.0);
            plan.add(level, cabin, Shape::Rect(0.17 * length, half * 0.42, 0.3), Paint::Plain(white, 0.02));
            let mast = frame.at(0.08 * length, 0.0, 0.0);
            let away = mast.turn([-plan.sun[0] * length * 1.1, -plan.sun[1] * length * 1.1]);
            let shadow = Shape::Path { points: vec![[0.0, 0.0], away], half: 0.10, offset: 0.0 };
            plan.add(level, mast, shadow, Paint::Shadow);
            let boom = frame.at(-0.13 * length, 0.0, 0.0);
            plan.add(level, boom, Shape::Rect(0.2 * length, 0.16, 0.1), Paint::Plain(cover, 0.02));
        } else {
            let cabin = frame.at(-0.05 * length, 0.0, 0.0);
            let shape = Shape::Rect(0.20 * length, half * 0.62, 0.25);
            plan.cast(level, cabin, &shape, 1.4);
            plan.add(level, cabin, shape, Paint::Plain(cover, 0.03));
            let screen = frame.at(0.13 * length, 0.0, 0.0);
            plan.add(
                level,
                screen,
                Shape::Rect(0.035 * length, half * 0.56, 0.1),
                Paint::Plain([0.13, 0.16, 0.2], 0.0),
            );
            let well = frame.at(-0.37 * length, 0.0, 0.0);
            plan.add(level, well, Shape::Rect(0.08 * length, half * 0.6, 0.1), Paint::Plain([0.62, 0.54, 0.44], 0.05));
        }
    });
}

/// A cargo ship or tanker of 40 to 160 m whose bow points along `u`.
pub(super) fn ship(plan: &mut Plan, frame: Frame, length: f32, under_way: bool, level: u8) {
    let half = length * plan.range(0.072, 0.092);
    let hull = plan.pick(&[
        [0.18, 0.20, 0.24],
        [0.45, 0.16, 0.13],
        [0.16, 0.26, 0.42],
        [0.24, 0.34, 0.30],
        [0.75, 0.75, 0.73],
    ]);
    let deck = plan.pick(&[[0.50, 0.26, 0.20], [0.40, 0.46, 0.42], [0.48, 0.48, 0.47], [0.42, 0.36, 0.32]]);
    let kind = plan.rng.below(3);
    let height = 3.0 + length * 0.035;
    if under_way {
        wake(plan, frame, length, half, level);
    }
    plan.object(labels::SHIPS, |plan| {
        let outline = Shape::Polygon(hull_outline(length, half, 1.0));
        plan.solid(level, frame, outline, height, hull, Paint::Plain(hull, 0.05));
        let shift = [plan.lean[0] * height, plan.lean[1] * height];
        let top = frame.moved(shift);
        let rim = 0.5 + length * 0.004;
        let inner = Shape::Polygon(hull_outline(length - 3.0 * rim, half - rim, 1.0));
        plan.add(level, top, inner, Paint::Plain(deck, 0.10));
        match kind {
            0 => {
                // Hatches with coamings, a crane between each two.
                let count = 3 + plan.rng.below(3);
                let pitch = 0.62 * length / count as f32;
                for at in 0..count {
                    let hatch = top.at((at as f32 + 0.5) * pitch - 0.24 * length, 0.0, 0.0);
                    let shape = Shape::Rect(pitch * 0.38, half * 0.62, 0.0);
                    plan.cast(level, hatch, &shape, 1.6);
                    let tone = plan.range(0.85, 1.1);
                    plan.add(
                        level,
                        hatch,
                        shape,
                        Paint::FlatRoof {
                            roof: scaled([0.60, 0.56, 0.50], tone),
                            half_u: pitch * 0.38,
                            half_v: half * 0.62,
                            ribs: pitch * 0.19,
                        },
                    );
                    let crane = top.at(at as f32 * pitch - 0.24 * length, half * 0.2, 0.0);
                    let jib = Shape::Rect(pitch * 0.32, 0.4, 0.0);
                    plan.cast_floating(level, crane.at(pitch * 0.3, 0.0, 0.1), jib.clone(), 7.0);
                    plan.add(level, crane.at(pitch * 0.3, 0.0, 0.1), jib, Paint::Plain([0.80, 0.72, 0.45], 0.02));
                }
            }
            1 => {
                // Deck cargo: containers.
                let (bays, rows) = ((0.62 * length / 6.6) as usize, (half * 1.7 / 2.5) as usize);
                for bay in 0..bays {
                    let tier = plan.range(2.0, 9.0);
                    for row in 0..rows {
                        let colour = scaled(plan.pick(&super::palette::CONTAINERS), plan.range(0.85, 1.1));
                        let spot = top.at(
                            bay as f32 * 6.6 - 0.24 * length,
                            (row as f32 - 0.5 * (rows as f32 - 1.0)) * 2.5,
                            0.0,
                        );
                        if row == 0 {
                            let stack = top.at(bay as f32 * 6.6 - 0.24 * length, 0.0, 0.0);
                            plan.cast(level, stack, &Shape::Rect(3.0, rows as f32 * 1.22, 0.0), tier);
                        }
                        plan.add(level, spot, Shape::Rect(3.0, 1.2, 0.0), Paint::Ribbed { colour });
                    }
                }
            }
            _ => {
                // A tanker: pipes along the middle, manifolds across.
                for v in [-0.10, 0.0, 0.10] {
                    let pipe = top.at(0.08 * length, v * half, 0.0);
                    plan.add(
                        level,
                        pipe,
                        Shape::Rect(0.34 * length, 0.35, 0.0),
                        Paint::Plain([0.72, 0.70, 0.66], 0.05),
                    );
                }
                for u in [-0.08, 0.06, 0.2] {
                    let pipe = top.at(u * length, 0.0, 0.0);
                    plan.cast(level, pipe, &Shape::Rect(0.6, half * 0.8, 0.0), 1.0);
                    plan.add(level, pipe, Shape::Rect(0.6, half * 0.8, 0.0), Paint::Plain([0.68, 0.64, 0.58], 0.05));
                }
            }
        }
        let bridge = top.at(-0.385 * length, 0.0, 0.0);
        let white = [0.91, 0.91, 0.89];
        let shape = Shape::Rect(0.06 * length, half * 0.82, 0.0);
        let roof = Paint::FlatRoof { roof: white, half_u: 0.06 * length, half_v: half * 0.82, ribs: 0.0 };
        let roof_frame = plan.solid(level, bridge, shape, 9.0 + length * 0.03, [0.85, 0.85, 0.83], roof);
        let funnel = roof_frame.at(-0.03 * length, 0.0, 0.0);
        let shape = Shape::Rect(0.014 * length, half * 0.22, 0.3);
        plan.solid(level, funnel, shape, 5.0, hull, Paint::Plain(scaled(hull, 0.8), 0.02));
    });
}
