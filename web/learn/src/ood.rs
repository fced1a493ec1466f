//! Lesson 7: out of distribution. Three known classes in a plane, one that is held out, and five scores.

use crate::chart;
use crate::density;
use crate::html::{button, kept_number, slider};
use crate::lesson::Lesson;
use crate::picture;
use crate::settings::keep;
use nadir_core::ood::Score;
use nadir_core::teach::plane::{CLASSES, Detection, PASSED, Part, Plane, PlaneScores};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::ood as text;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The plane is seen from -HALF to HALF in both directions.
const HALF: f64 = 10.0;
/// Places of the picture's colours, a side.
const PLACES: usize = 64;
/// What one press of an arrow key moves a point by.
const KEY_STEP: f64 = 0.5;
/// The point that is asked about, among the things that can be moved.
const QUERY: usize = CLASSES;
/// The first draw of the points: one whose validation and test points are spread about alike.
const FIRST_DRAW: u64 = 3;
/// Where everything is at first: the held-out class lies behind a known one.
const START: [[f64; 2]; CLASSES + 1] = [[-4.0, -2.5], [2.5, -2.0], [-1.0, 4.5], [7.0, -6.0], [8.0, 0.5]];

/// Lesson 7: which points does a score know for strange?
pub struct Ood {
    plane: Plane,
    query: [f64; 2],
    score: Score,
    /// `None` while the plane cannot be fitted: it has no spread.
    fitted: Option<(PlaneScores, Vec<Detection>)>,
    focused: usize,
}

impl Default for Ood {
    fn default() -> Self {
        Self::new()
    }
}

impl Ood {
    /// The first start, with max softmax.
    pub fn new() -> Self {
        let centres = std::array::from_fn(|class| START[class]);
        let plane = Plane { centres, spread: 0.8, held_out: CLASSES - 1, temperature: 1.0, seed: FIRST_DRAW };
        let mut lesson = Self { plane, query: START[QUERY], score: Score::MaxSoftmax, fitted: None, focused: QUERY };
        lesson.fit();
        lesson
    }

    fn fit(&mut self) {
        self.fitted = self.plane.fit().ok().map(|scores| {
            let detections = Score::ALL.map(|score| self.plane.detection(&scores, score));
            (scores, detections.to_vec())
        });
    }

    /// Where a thing that can be moved is.
    fn place(&self, thing: usize) -> [f64; 2] {
        if thing == QUERY { self.query } else { self.plane.centres[thing] }
    }

    fn set_place(&mut self, thing: usize, place: [f64; 2]) {
        let place = place.map(|side| side.clamp(-HALF, HALF));
        self.focused = thing;
        if thing == QUERY {
            self.query = place;
        } else {
            self.plane.centres[thing] = place;
            self.fit();
        }
        self.draw();
    }

    /// The colours: blue where the score lets a point pass, the paler the nearer to the threshold; orange where not.
    fn draw_colours(&self) {
        let (Some(canvas), Some((scores, detections))) = (dom::canvas("ood-colours"), &self.fitted) else { return };
        let side = |at: usize| ((at as f64 + 0.5) / PLACES as f64 * 2.0 - 1.0) * HALF;
        let points: Vec<f32> =
            (0..PLACES * PLACES).flat_map(|at| [side(at % PLACES) as f32, -side(at / PLACES) as f32]).collect();
        let detection = &detections[index(self.score)];
        let threshold = detection.threshold;
        let lowest = detection.known.iter().copied().fold(threshold, f32::min);
        let half = (threshold - lowest).max(threshold.abs() * 1e-5).max(1e-7);
        let rgba: Vec<u8> = scores
            .of(self.score, &points)
            .into_iter()
            .flat_map(|score| {
                let strength = ((score - threshold).abs() / half).min(1.0);
                let [red, green, blue] = if score <= threshold { [0, 114, 178] } else { [213, 94, 0] };
                [red, green, blue, (60.0 + 120.0 * strength) as u8]
            })
            .collect();
        picture::show_rgba(&canvas, &rgba, PLACES);
    }

    fn draw_points(&self) {
        let Some(group) = dom::by_id("ood-points") else { return };
        let mut svg = String::new();
        for class in 0..CLASSES {
            for point in self.plane.points(class, Part::Test).chunks_exact(2) {
                let [x, y] = on_screen([f64::from(point[0]), f64::from(point[1])]);
                svg += &dot(class, x, y);
            }
        }
        group.set_inner_html(&svg);
        for thing in 0..=QUERY {
            let Some(handle) = dom::by_id(&format!("ood-point-{thing}")) else { continue };
            let [x, y] = on_screen(self.place(thing));
            let [across, up] = self.place(thing).map(|side| decimal(side, 1));
            dom::set(&handle, "transform", &format!("translate({x:.3} {y:.3})"));
            dom::set(&handle, "tabindex", if thing == self.focused { "0" } else { "-1" });
            let name = if thing == QUERY { text::QUERY } else { text::CLASSES[thing] };
            dom::set(&handle, "aria-label", &text::at(name, &across, &up));
            dom::set(&handle, "data-held-out", bool_name(thing == self.plane.held_out));
        }
    }

    fn draw_scores(&self) {
        let Some((scores, detections)) = &self.fitted else { return };
        let query: Vec<f32> = self.query.iter().map(|&side| side as f32).collect();
        for (at, (score, detection)) in Score::ALL.into_iter().zip(detections).enumerate() {
            let value = scores.of(score, &query)[0];
            let is_out = value > detection.threshold;
            let id = format!("ood-score-{at}");
            dom::set_in(&id, "aria-pressed", bool_name(score == self.score));
            dom::set_in(&id, "data-out", bool_name(is_out));
            dom::set_in(&id, "data-value", &value.to_string());
            dom::set_in(&id, "data-threshold", &detection.threshold.to_string());
            dom::set_in(&id, "data-auroc", &detection.figures.auroc.to_string());
            dom::say_in(&format!("{id}-said"), if is_out { text::OUT } else { text::IN });
            dom::say_in(&format!("{id}-auroc"), &decimal(detection.figures.auroc, 2));
            dom::say_in(&format!("{id}-fpr"), &decimal(detection.figures.fpr_at_95_tpr * 100.0, 0));
        }
        let probabilities = scores.probabilities(self.query);
        let (class, sure) =
            self.plane.known().into_iter().zip(probabilities).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
        dom::say_in("ood-query", &text::query(text::CLASSES[class], &decimal(sure * 100.0, 1)));
        let detection = &detections[index(self.score)];
        let passed = detection.known.iter().filter(|&&score| score <= detection.threshold).count();
        let caught = detection.held_out.iter().filter(|&&score| score > detection.threshold).count();
        let of = [passed, detection.known.len(), caught, detection.held_out.len()];
        dom::say_in("ood-caught", &text::caught(of, &decimal(PASSED * 100.0, 0)));
        if let Some(plot) = dom::by_id("ood-density") {
            let sides = [text::PASSES, text::STRANGE];
            plot.set_inner_html(&density::svg(
                f64::from(detection.threshold),
                &detection.known,
                &detection.held_out,
                sides,
            ));
        }
        chart::draw(
            "ood-roc",
            &[[0.0, 0.0], [1.0, 1.0]],
            &detection.roc,
            &[],
            Some([0.0, 1.0]),
            text::FALSE_POSITIVES,
            0,
        );
        dom::set_in("ood-roc", "data-points", &detection.roc.len().to_string());
    }
}

fn index(score: Score) -> usize {
    Score::ALL.iter().position(|&other| other == score).unwrap_or(0)
}

/// The screen's second axis goes down.
fn on_screen([x, y]: [f64; 2]) -> [f64; 2] {
    [x, -y]
}

/// A class's shape, so that no one needs to tell its colour.
fn dot(class: usize, x: f64, y: f64) -> String {
    let shape = match class {
        0 => format!(r#"M{x:.2} {y:.2}m-.16 0a.16 .16 0 1 0 .32 0a.16 .16 0 1 0-.32 0"#),
        1 => format!(r#"M{:.2} {:.2}h.28v.28h-.28z"#, x - 0.14, y - 0.14),
        2 => format!(r#"M{x:.2} {:.2}l.19 .33h-.38z"#, y - 0.2),
        _ => format!(r#"M{x:.2} {:.2}l.22 .22l-.22 .22l-.22-.22z"#, y - 0.22),
    };
    format!(r#"<path data-colour="{class}" d="{shape}"/>"#)
}

/// The thing that an element of the picture moves.
fn moved(element: &Element) -> Option<usize> {
    let point = element.closest(".point").ok().flatten()?;
    point.get_attribute("data-thing")?.parse().ok()
}

impl Lesson for Ood {
    fn picture(&self) -> String {
        let handle = |thing: usize| {
            let mark = if thing == QUERY {
                r#"<path class="cross" d="M-.45 0H.45M0-.45V.45"/>"#.to_owned()
            } else {
                format!(r#"<circle r=".38" class="centre" data-colour="{thing}"/>"#)
            };
            format!(
                r#"<g class="point" id="ood-point-{thing}" data-thing="{thing}" role="button" tabindex="-1"><circle class="grip" r="1"/>{mark}</g>"#
            )
        };
        let legend: String = text::CLASSES
            .iter()
            .enumerate()
            .map(|(class, name)| {
                format!(
                    r#"<li data-colour="{class}"><svg viewBox="-0.25 -0.25 0.5 0.5" aria-hidden="true">{}</svg>{name}</li>"#,
                    dot(class, 0.0, 0.0)
                )
            })
            .collect();
        format!(
            r#"<div class="plane"><canvas id="ood-colours" width="{PLACES}" height="{PLACES}" aria-hidden="true"></canvas>
<svg viewBox="-{HALF} -{HALF} {side} {side}" role="group" aria-label="{label}"><g id="ood-points"></g>{handles}</svg></div>
<ul class="legend">{legend}<li><svg viewBox="-.5 -.5 1 1" aria-hidden="true"><path class="cross" d="M-.45 0H.45M0-.45V.45"/></svg>{query}</li><li><i data-side="in"></i>{passes}</li><li><i data-side="out"></i>{strange}</li></ul>
<p id="ood-query" role="status"></p><p class="hint">{hint}</p>"#,
            side = 2.0 * HALF,
            label = text::PLANE,
            handles = (0..=QUERY).map(handle).collect::<String>(),
            query = text::QUERY,
            passes = text::PASSES,
            strange = text::STRANGE,
            hint = text::HINT,
        )
    }

    fn controls(&self) -> String {
        let rows: String = Score::ALL
            .into_iter()
            .enumerate()
            .map(|(at, score)| {
                format!(
                    r#"<tr><th scope="row"><button type="button" id="ood-score-{at}" aria-pressed="false">{score}</button></th><td id="ood-score-{at}-said"></td><td id="ood-score-{at}-auroc"></td><td id="ood-score-{at}-fpr"></td></tr>"#
                )
            })
            .collect();
        let options: String = text::CLASSES
            .iter()
            .enumerate()
            .map(|(class, name)| {
                let selected = if class == self.plane.held_out { " selected" } else { "" };
                format!(r#"<option value="{class}"{selected}>{name}</option>"#)
            })
            .collect();
        format!(
            r#"<table class="scores"><thead><tr><th scope="col">{score}</th><th scope="col">{the_point}</th><th scope="col">AUROC</th><th scope="col">{fpr}</th></tr></thead><tbody>{rows}</tbody></table>
<div class="pair"><figure class="chart"><figcaption><b>{density}</b></figcaption><svg id="ood-density" viewBox="0 0 {width} {height}" role="img" aria-label="{density}"></svg></figure>{roc}</div><p id="ood-caught" class="hint"></p>
<div class="pick"><label for="ood-held-out">{held_out}</label> <select id="ood-held-out">{options}</select></div>{temperature}{spread}<div class="buttons">{again}{reset}</div>{number}"#,
            score = text::SCORE,
            the_point = text::QUERY,
            fpr = text::FPR,
            density = text::DENSITY,
            width = density::WIDTH,
            height = density::HEIGHT,
            roc = chart::html("ood-roc", text::ROC),
            held_out = text::HELD_OUT,
            temperature = slider("ood-temperature", text::TEMPERATURE, [0.2, 10.0, 0.2], self.plane.temperature),
            spread = slider("ood-spread", text::SPREAD, [0.3, 2.0, 0.1], self.plane.spread),
            number = kept_number("ood-number", self.plane.seed),
            again = button("ood-again", text::AGAIN),
            reset = button("ood-reset", text::RESET),
        )
    }

    fn can_run(&self) -> bool {
        false
    }

    fn draw(&mut self) {
        dom::say_in("ood-temperature-value", &decimal(self.plane.temperature, 1));
        dom::say_in("ood-spread-value", &decimal(self.plane.spread, 1));
        dom::set_value("ood-held-out", &self.plane.held_out.to_string());
        self.draw_colours();
        self.draw_points();
        self.draw_scores();
    }

    fn change(&mut self, control: &str, value: &str) {
        let Ok(value) = value.parse::<f64>() else { return };
        match control {
            "ood-temperature" => self.plane.temperature = value.max(0.05),
            "ood-number" => self.plane.seed = value as u64,
            "ood-spread" => self.plane.spread = value.max(0.05),
            "ood-held-out" => {
                dom::set_in(control, "data-drawn", &value.to_string());
                self.plane.held_out = (value as usize).min(CLASSES - 1);
            }
            _ => return,
        }
        self.fit();
        self.draw();
    }

    fn press(&mut self, button: &str, _: &Element) {
        match button {
            "ood-again" => {
                self.plane.seed += 1;
                keep("ood-number", self.plane.seed);
            }
            "ood-reset" => {
                self.plane.centres = std::array::from_fn(|class| START[class]);
                self.query = START[QUERY];
            }
            _ => {
                let at = button.strip_prefix("ood-score-").and_then(|at| at.parse::<usize>().ok());
                let Some(score) = at.and_then(|at| Score::ALL.get(at)) else { return };
                self.score = *score;
            }
        }
        self.fit();
        self.draw();
    }

    fn key(&mut self, key: &str, element: &Element) -> bool {
        let Some(thing) = moved(element) else { return false };
        let [x, y] = self.place(thing);
        match key {
            "ArrowLeft" => self.set_place(thing, [x - KEY_STEP, y]),
            "ArrowRight" => self.set_place(thing, [x + KEY_STEP, y]),
            "ArrowUp" => self.set_place(thing, [x, y + KEY_STEP]),
            "ArrowDown" => self.set_place(thing, [x, y - KEY_STEP]),
            // The next of the points; Tab leaves the picture.
            "Enter" | " " => {
                self.focused = (thing + 1) % (QUERY + 1);
                self.draw();
                if let Some(next) = dom::by_id(&format!("ood-point-{}", self.focused)) {
                    // Focusing fails only for what is not to be seen.
                    let _ = next.unchecked_into::<HtmlElement>().focus();
                }
            }
            _ => return false,
        }
        true
    }

    fn drag(&mut self, element: &Element, [across, down]: [f64; 2]) {
        if let Some(thing) = moved(element) {
            self.set_place(thing, [(2.0 * across - 1.0) * HALF, (1.0 - 2.0 * down) * HALF]);
        }
    }
}
