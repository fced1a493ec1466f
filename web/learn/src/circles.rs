//! Lesson 3: points on a circle under three losses, side by side.

use crate::html::{button, kept_number, slider};
use crate::lesson::Lesson;
use crate::ranks::{EditedRanks, RANKS};
use crate::settings::keep;
use nadir_core::rng::Rng;
use nadir_core::teach::circle::{Circle, Forces, Objective};
use nadir_web_kit::dom;
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::circles as text;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Points of each class.
const OF_A_CLASS: usize = 3;
const POINTS: usize = OF_A_CLASS * text::CLASSES.len();
/// How far a frame's step goes along the forces: everything settles in about seven seconds of 60 frames.
const RATE: f64 = 0.06;
/// What one press of an arrow key turns a point by.
const KEY_TURN: f64 = TAU / 72.0;
/// A circle stands still once no point goes further in a frame, in radians.
const STILL: f64 = 2e-4;
/// Above the temperature of similarity 1, that of similarity 0.
const TEMPERATURE_RANGE: f64 = 0.5;
/// Half the width of a circle's drawing, the circle's radius being 1.
const HALF: f64 = 1.45;
/// No arrow is longer; a force of `HALF_LONG` has half of it, so that weak and strong ones are both seen.
const LONGEST_ARROW: f64 = 0.7;
const HALF_LONG: f64 = 0.8;
/// How far outside its point an arrow is drawn, clear of the shapes.
const ARROW_OUTSIDE: f64 = 0.2;

/// Lesson 3: three losses pull points around a circle.
pub struct Circles {
    circles: [Circle; 3],
    starts: u64,
    temperature: f64,
    ranks: EditedRanks,
    /// The point that the Tab key goes to.
    focused: usize,
}

impl Default for Circles {
    fn default() -> Self {
        Self::new()
    }
}

impl Circles {
    /// From the first start.
    pub fn new() -> Self {
        let circle =
            Circle { angles: vec![0.0; POINTS], classes: (0..POINTS).map(|point| point / OF_A_CLASS).collect() };
        let circles = [circle.clone(), circle.clone(), circle];
        let mut lesson = Self { circles, starts: 0, temperature: 0.2, ranks: EditedRanks::default(), focused: 0 };
        lesson.start();
        lesson
    }

    fn start(&mut self) {
        self.starts += 1;
        self.place();
    }

    /// Puts the points where start number `starts` has them.
    fn place(&mut self) {
        let mut rng = Rng::from_parts(&[self.starts, 3]);
        let angles: Vec<f64> = (0..POINTS).map(|_| rng.range(0.0, TAU)).collect();
        self.circles.iter_mut().for_each(|circle| circle.angles.clone_from(&angles));
    }

    fn objectives(&self) -> [Objective; 3] {
        let ranking = self.ranks.ranking();
        let temperatures = [self.temperature, self.temperature + TEMPERATURE_RANGE];
        [
            Objective::SupCon { temperature: self.temperature },
            Objective::Rince { ranking: ranking.clone(), temperatures },
            Objective::Ranked { ranking, temperatures },
        ]
    }

    fn forces(&self) -> [Forces; 3] {
        let objectives = self.objectives();
        [0, 1, 2].map(|at| self.circles[at].forces(&objectives[at]))
    }

    /// One step of each circle; gives the longest way that a point went, in radians.
    fn step(&mut self) -> f64 {
        let forces = self.forces();
        self.circles.iter_mut().zip(&forces).map(|(circle, forces)| circle.step(forces, RATE)).fold(0.0, f64::max)
    }

    fn turn(&mut self, point: usize, angle: f64) {
        self.circles.iter_mut().for_each(|circle| circle.angles[point] = angle.rem_euclid(TAU));
        self.draw();
    }
}

/// The circle and the point of an element of the picture.
fn indices(element: &Element) -> Option<(usize, usize)> {
    let point = element.closest(".point").ok().flatten()?;
    let number = |name: &str| point.get_attribute(name)?.parse().ok();
    Some((number("data-circle")?, number("data-point")?))
}

fn id(circle: usize, point: usize) -> String {
    format!("circle-{circle}-{point}")
}

fn name(point: usize) -> String {
    format!("{} {}", text::CLASSES[point / OF_A_CLASS], point % OF_A_CLASS + 1)
}

/// A class's shape around (0, 0), so that no one needs to tell its colour.
fn shape(class: usize) -> &'static str {
    [
        r#"<circle r="0.1"/>"#,
        r#"<rect x="-0.09" y="-0.09" width="0.18" height="0.18"/>"#,
        r#"<path d="M0-0.13 0.12 0.09-0.12 0.09Z"/>"#,
        r#"<path d="M0-0.14 0.14 0 0 0.14-0.14 0Z"/>"#,
    ][class]
}

impl Lesson for Circles {
    fn picture(&self) -> String {
        let circle = |circle: usize| {
            let points: String = (0..POINTS)
                .map(|point| {
                    format!(
                        r#"<g class="point" id="{id}" data-circle="{circle}" data-point="{point}" data-colour="{class}" role="slider" tabindex="-1" aria-label="{objective}, {name}" aria-valuemin="0" aria-valuemax="360"><line/><path class="head" d="M0.06 0-0.06-0.06-0.06 0.06Z"/><circle class="grip" r="0.2"/>{shape}</g>"#,
                        id = id(circle, point),
                        class = point / OF_A_CLASS,
                        objective = text::OBJECTIVES[circle],
                        name = name(point),
                        shape = shape(point / OF_A_CLASS),
                    )
                })
                .collect();
            format!(
                r#"<figure><svg viewBox="-{HALF} -{HALF} {side} {side}" class="circle" id="circle-{circle}"><circle r="1" class="orbit"/>{points}</svg><figcaption id="circle-{circle}-text"></figcaption></figure>"#,
                side = 2.0 * HALF
            )
        };
        let legend: String = text::CLASSES
            .iter()
            .enumerate()
            .map(|(class, name)| {
                format!(
                    r#"<li data-colour="{class}"><svg viewBox="-0.16 -0.16 0.32 0.32" aria-hidden="true">{}</svg>{name}</li>"#,
                    shape(class)
                )
            })
            .collect();
        format!(
            r#"<div class="circles">{}</div><ul class="legend">{legend}</ul><p class="hint">{}</p>"#,
            (0..3).map(circle).collect::<String>(),
            text::HINT,
        )
    }

    fn controls(&self) -> String {
        let select = |class: usize, rank: usize| {
            let options: String = std::iter::once(format!(r#"<option value="">{}</option>"#, text::NONE))
                .chain(
                    text::CLASSES
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != class)
                        .map(|(other, name)| format!(r#"<option value="{other}">{name}</option>"#)),
                )
                .collect();
            format!(
                r#"<td><select id="circles-rank-{class}-{rank}" aria-label="{}">{options}</select></td>"#,
                text::rank_of(text::CLASSES[class], rank)
            )
        };
        let row = |class: usize| {
            let selects: String = (0..RANKS).map(|rank| select(class, rank)).collect();
            format!(r#"<tr><th scope="row">{}</th>{selects}</tr>"#, text::CLASSES[class])
        };
        format!(
            r#"{}<table class="ranking"><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>{}</tbody></table><div class="buttons">{}</div>{}"#,
            slider("circles-temperature", text::TEMPERATURE, [0.05, 0.5, 0.01], self.temperature),
            text::RANKING,
            text::MOST_SIMILAR,
            text::THEN,
            (0..text::CLASSES.len()).map(row).collect::<String>(),
            button("circles-start", text::NEW_START),
            kept_number("circles-number", self.starts),
        )
    }

    fn draw(&mut self) {
        dom::say_in("circles-temperature-value", &decimal(self.temperature, 2));
        for (class, ranks) in self.ranks.0.iter().enumerate() {
            for (rank, similar) in ranks.iter().enumerate() {
                let value = similar.map(|similar| similar.to_string()).unwrap_or_default();
                dom::set_value(&format!("circles-rank-{class}-{rank}"), &value);
            }
        }
        for (circle, forces) in self.forces().iter().enumerate() {
            let caption = text::caption(text::OBJECTIVES[circle], &decimal(forces.loss, 3));
            dom::say_in(&format!("circle-{circle}-text"), &caption);
            for (point, (&angle, &force)) in self.circles[circle].angles.iter().zip(&forces.along).enumerate() {
                let Some(group) = dom::by_id(&id(circle, point)) else { continue };
                // The screen's second axis goes down.
                let degrees = angle.to_degrees();
                dom::set(&group, "transform", &format!("translate({:.4} {:.4})", angle.cos(), -angle.sin()));
                dom::set(&group, "tabindex", if point == self.focused { "0" } else { "-1" });
                dom::set(&group, "aria-valuenow", &decimal(degrees, 0));
                dom::set(&group, "data-force", &format!("{force:.5}"));
                let length = LONGEST_ARROW * force.abs() / (force.abs() + HALF_LONG);
                let (x, y) = (angle.cos() * ARROW_OUTSIDE, -angle.sin() * ARROW_OUTSIDE);
                let way = force.signum() * length;
                let (end_x, end_y) = (x - angle.sin() * way, y - angle.cos() * way);
                let line = dom::child(&group, 0, "line", "");
                for (name, value) in [("x1", x), ("y1", y), ("x2", end_x), ("y2", end_y)] {
                    dom::set(&line, name, &format!("{value:.4}"));
                }
                let turned = (end_y - y).atan2(end_x - x).to_degrees();
                let head = dom::child(&group, 1, "path", "");
                dom::set(&head, "transform", &format!("translate({end_x:.4} {end_y:.4}) rotate({turned:.1})"));
                dom::set(&group, "data-pushed", dom::bool_name(length > 0.02));
            }
        }
    }

    fn change(&mut self, control: &str, value: &str) {
        if let ("circles-temperature", Ok(value)) = (control, value.parse()) {
            self.temperature = value;
        } else if let ("circles-number", Ok(value)) = (control, value.parse()) {
            self.starts = value;
            self.place();
        } else if let Some(ids) = control.strip_prefix("circles-rank-") {
            let mut numbers = ids.split('-').filter_map(|number| number.parse().ok());
            let (Some(class), Some(rank)) = (numbers.next(), numbers.next()) else { return };
            // What the select shows now is what was drawn, whichever way it came to it.
            dom::set_in(control, "data-drawn", value);
            self.ranks.set(class, rank, value.parse().ok());
        } else {
            return;
        }
        self.draw();
    }

    fn linked(&self, control: &str) -> Vec<(String, String)> {
        let class = control.strip_prefix("circles-rank-").and_then(|ids| ids.split('-').next()?.parse::<usize>().ok());
        let Some((class, ranks)) = class.and_then(|class| Some((class, self.ranks.0.get(class)?))) else {
            return Vec::new();
        };
        let value = |similar: &Option<usize>| similar.map(|similar| similar.to_string()).unwrap_or_default();
        ranks
            .iter()
            .enumerate()
            .map(|(rank, similar)| (format!("circles-rank-{class}-{rank}"), value(similar)))
            .collect()
    }

    fn press(&mut self, button: &str, _: &Element) {
        if button == "circles-start" {
            self.start();
            keep("circles-number", self.starts);
            self.draw();
        }
    }

    fn key(&mut self, key: &str, element: &Element) -> bool {
        let Some((circle, point)) = indices(element) else { return false };
        let angle = self.circles[circle].angles[point];
        let next = match key {
            "ArrowLeft" => {
                return {
                    self.turn(point, angle + KEY_TURN);
                    true
                };
            }
            "ArrowRight" => {
                return {
                    self.turn(point, angle - KEY_TURN);
                    true
                };
            }
            "ArrowDown" => (point + 1) % POINTS,
            "ArrowUp" => (point + POINTS - 1) % POINTS,
            _ => return false,
        };
        self.focused = next;
        self.draw();
        if let Some(next) = dom::by_id(&id(circle, next)) {
            // Focusing fails only for what is not to be seen.
            let _ = next.unchecked_into::<HtmlElement>().focus();
        }
        true
    }

    fn drag(&mut self, element: &Element, [across, down]: [f64; 2]) {
        if let Some((_, point)) = indices(element) {
            self.focused = point;
            self.turn(point, (0.5 - down).atan2(across - 0.5));
        }
    }

    fn advance(&mut self, _: f64) -> bool {
        let furthest = self.step();
        self.draw();
        furthest > STILL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames until every start has settled: eleven seconds of 60 frames.
    const FRAMES: usize = 660;
    const STARTS: usize = 20;

    /// The mean cosine of a class's points to the points of another, or to the others of its own.
    fn mean_cosine(circle: &Circle, class: usize, other: usize) -> f64 {
        let of = |class| (0..POINTS).filter(move |&point| circle.classes[point] == class);
        let pairs = of(class).flat_map(|a| of(other).filter(move |&b| a != b).map(move |b| (a, b)));
        let cosines: Vec<f64> = pairs.map(|(a, b)| (circle.angles[a] - circle.angles[b]).cos()).collect();
        cosines.iter().sum::<f64>() / cosines.len() as f64
    }

    #[test]
    fn ranking_settles_and_orders_the_classes_from_nearly_every_start() {
        let mut lesson = Circles::new();
        let (mut settled, mut whole, mut ordered) = (0, 0, 0);
        for _ in 0..STARTS {
            let way = (0..FRAMES).map(|_| lesson.step()).last().expect("frames");
            settled += usize::from(way <= STILL);
            let ranking = &lesson.circles[2];
            let own = |class| mean_cosine(ranking, class, class);
            let similar = |class: usize| mean_cosine(ranking, class, class ^ 1);
            let others =
                |class: usize| mean_cosine(ranking, class, class ^ 2).max(mean_cosine(ranking, class, class ^ 3));
            whole += usize::from((0..4).all(|class| own(class) > 0.9));
            // To be seen: no two of the three differ by less than a tenth.
            let is_in_order = |class| own(class) > similar(class) + 0.1 && similar(class) > others(class) + 0.1;
            ordered += usize::from((0..4).all(is_in_order));
            lesson.start();
        }
        assert!(settled >= 19 && whole >= 19 && ordered >= 19, "of {STARTS}: {settled}, {whole}, {ordered}");
    }

    #[test]
    fn sup_con_alone_puts_no_class_beside_its_similar_one_on_purpose() {
        let mut lesson = Circles::new();
        let mut beside = 0;
        for _ in 0..STARTS {
            (0..FRAMES).for_each(|_| {
                lesson.step();
            });
            let of = |circle: usize, other| mean_cosine(&lesson.circles[circle], 0, other);
            beside += usize::from(of(0, 1) > of(0, 2).max(of(0, 3)) + 0.1);
            lesson.start();
        }
        assert!(
            beside < STARTS * 3 / 4,
            "SupCon knows of no ranking, yet cats lie beside dogs in {beside} of {STARTS}"
        );
    }
}
