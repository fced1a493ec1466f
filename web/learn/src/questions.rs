//! Lesson 6: a ranking by questions about objects of generated scenes.

use crate::chart::{self, Level};
use crate::html::{button, slider};
use crate::lesson::Lesson;
use crate::motion::wants_no_motion;
use crate::picture;
use crate::simulated::{self, Simulated};
use crate::standings;
use nadir_core::ranking::asking::{Asking, Settings};
use nadir_core::ranking::changes::changes;
use nadir_core::ranking::question::{Answer, Question};
use nadir_scene::crops::{CROP_PX, KINDS, OF_A_KIND, ObjectCrops};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::download;
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::questions as text;
use web_sys::Element;

/// Between two answers of the simulated person.
const ANSWER_EVERY_MS: f64 = 500.0;
/// The first scene that is looked at for objects.
const FIRST_SCENE: u64 = 300;
/// Name of the file with the ranking.
const FILE: &str = "ranking.toml";

/// Lesson 6: which of two classes is a third more like?
pub struct Questions {
    asking: Asking,
    question: Option<Question>,
    crops: ObjectCrops,
    simulated: Simulated,
    noise: f64,
    is_automatic: bool,
    waited_ms: f64,
    /// The class whose likeness is plotted; `None` for the one that is asked about.
    shown: Option<usize>,
    is_curve_drawn: bool,
}

impl Default for Questions {
    fn default() -> Self {
        Self::new()
    }
}

fn asking() -> Asking {
    let names = KINDS.map(String::from);
    Asking::new(&names, Settings::default()).expect("six classes and the default settings")
}

impl Questions {
    /// Nothing is answered yet.
    pub fn new() -> Self {
        let mut asking = asking();
        let question = asking.next_question();
        Self {
            asking,
            question,
            crops: ObjectCrops::new(FIRST_SCENE),
            simulated: Simulated::new(0.4),
            noise: 0.4,
            is_automatic: false,
            waited_ms: 0.0,
            shown: None,
            is_curve_drawn: false,
        }
    }

    fn answer(&mut self, answer: Answer) {
        let Some(question) = self.question else { return };
        self.asking.answer(question, answer).expect("a question of its own");
        self.question = self.asking.next_question();
        self.is_automatic &= self.question.is_some();
    }

    /// The simulated person answers the question that is shown.
    fn answer_by_itself(&mut self) {
        if let Some(question) = self.question {
            let answer = self.simulated.answer(question, self.asking.answers().len());
            self.answer(answer);
        }
    }

    /// The class that is plotted.
    fn plotted(&self) -> usize {
        let last = || self.asking.answers().last().map(|answered| answered.question.anchor);
        self.shown.or(self.question.map(|question| question.anchor)).or_else(last).unwrap_or(0)
    }

    fn draw_question(&self) {
        let parts = match self.question {
            Some(Question { anchor, pair: [first, second] }) => [Some(first), Some(anchor), Some(second)],
            None => [None; 3],
        };
        for (id, class) in ["first", "anchor", "second"].into_iter().zip(parts) {
            dom::say_in(&format!("questions-{id}-name"), class.map_or("", |class| KINDS[class]));
            dom::set_in(
                &format!("questions-{id}"),
                "data-kind",
                &class.map_or(String::new(), |class| class.to_string()),
            );
            for index in 0..OF_A_KIND {
                let Some(canvas) = dom::canvas(&format!("questions-{id}-{index}")) else { continue };
                match class.and_then(|class| self.crops.crops()[class].get(index)) {
                    Some(crop) => picture::show(&canvas, crop),
                    // Setting its size clears a canvas.
                    None => canvas.set_width(CROP_PX as u32),
                }
            }
        }
        let sentence = match self.question {
            Some(question) => text::ask(KINDS[question.anchor]),
            None => text::settled(self.asking.answers().len()),
        };
        dom::say_in("questions-ask", &sentence);
        dom::set_in("questions-ask", "data-open", bool_name(self.question.is_some()));
        for id in ["first", "second", "equal", "neither", "auto"] {
            if let Some(button) = dom::by_id(&format!("questions-{id}")) {
                // Fails only for a name that no attribute can have.
                let _ = button.toggle_attribute_with_force("disabled", self.question.is_none());
            }
        }
        if let Some(undo) = dom::by_id("questions-undo") {
            // As above.
            let _ = undo.toggle_attribute_with_force("disabled", self.asking.answers().is_empty());
        }
    }

    /// Whether all crops are there.
    fn draw_progress(&self) {
        dom::set_in("questions-status", "data-crops", bool_name(self.crops.is_complete()));
        dom::set_in("questions-asked", "aria-busy", bool_name(!self.crops.is_complete()));
    }

    fn draw_ranking(&self) {
        let ranking = self.asking.ranking();
        let before = simulated::shipped();
        let told = changes(&before, &ranking);
        dom::set_in("questions-ranking", "data-changes", &told.len().to_string());
        let rank = |rank: Option<usize>| rank.map_or(text::UNRANKED.to_owned(), |rank| rank.to_string());
        dom::draw_list("questions-ranking", KINDS.len(), "tr", &mut |class, row| {
            let similar: Vec<String> = ranking.ranks(class)[1..]
                .iter()
                .flat_map(|rank| rank.classes.iter().map(move |&other| (other, rank.similarity)))
                .map(|(other, similarity)| format!("{} {}", KINDS[other], decimal(similarity, 2)))
                .collect();
            let moved: Vec<String> = told
                .iter()
                .filter(|change| change.class == class)
                .map(|change| text::moved(KINDS[change.similar], &rank(change.before), &rank(change.after)))
                .collect();
            let similar = if similar.is_empty() { text::NONE.to_owned() } else { similar.join(", ") };
            for (at, (tag, cell)) in
                [("th", KINDS[class].to_owned()), ("td", similar), ("td", moved.join(", "))].iter().enumerate()
            {
                let element = dom::child(row, at, tag, "");
                dom::say(&element, cell);
            }
        });
    }

    fn draw_curve(&mut self) {
        if std::mem::replace(&mut self.is_curve_drawn, true) {
            return;
        }
        let [asked, random] = self.simulated.curves();
        let levels = [Level { name: text::LEVEL, value: simulated::TAU }];
        chart::draw("questions-tau", &random, &asked, &levels, Some([0.0, 1.0]), text::QUESTIONS, 1);
        let until = |curve: &[[f64; 2]]| {
            let found = curve.iter().find(|point| point[1] >= simulated::TAU);
            found.map_or_else(|| text::not_reached(curve.len() - 1), |point| decimal(point[0], 0))
        };
        dom::say_in("questions-until", &text::until(&until(&asked), &until(&random)));
    }
}

/// Crops of a class with its name.
fn crops(id: &str) -> String {
    let canvases: String = (0..OF_A_KIND)
        .map(|index| {
            format!(
                r#"<canvas id="questions-{id}-{index}" width="{CROP_PX}" height="{CROP_PX}" aria-hidden="true"></canvas>"#
            )
        })
        .collect();
    format!(r#"<span class="crop-row">{canvases}</span><b id="questions-{id}-name"></b>"#)
}

impl Lesson for Questions {
    fn picture(&self) -> String {
        let options: String = KINDS
            .iter()
            .enumerate()
            .map(|(class, name)| format!(r#"<option value="{class}">{name}</option>"#))
            .collect();
        format!(
            r#"<p id="questions-ask" class="ask" role="status"></p>
<div class="asked" id="questions-asked" aria-busy="true"><button type="button" id="questions-first">{first}</button><div id="questions-anchor" class="anchor">{anchor}</div><button type="button" id="questions-second">{second}</button></div>
<div class="buttons answers">{equal}{neither}{undo}</div>
<figure class="standings"><figcaption><label for="questions-shown"><b>{likeness}</b></label> <select id="questions-shown"><option value="">{follows}</option>{options}</select></figcaption>
<svg id="questions-standings" viewBox="0 0 {width} {height}" role="img" aria-label="{likeness}"></svg></figure><p class="hint">{legend}</p>"#,
            first = crops("first"),
            anchor = crops("anchor"),
            second = crops("second"),
            equal = button("questions-equal", text::EQUAL),
            neither = button("questions-neither", text::NEITHER),
            undo = button("questions-undo", text::UNDO),
            likeness = text::LIKENESS,
            follows = text::FOLLOWS,
            width = standings::WIDTH,
            height = standings::height(KINDS.len() - 1),
            legend = text::LEGEND,
        )
    }

    fn controls(&self) -> String {
        format!(
            r#"<p id="questions-status" class="hint" role="status"></p><div class="buttons">{auto}{again}{save}</div>{noise}{chart}<p id="questions-until" class="hint"></p>
<table class="ranking"><thead><tr><th scope="col">{class}</th><th scope="col">{similar}</th><th scope="col">{moved}</th></tr></thead><tbody id="questions-ranking"></tbody></table>"#,
            auto = button("questions-auto", text::AUTOMATIC),
            again = button("questions-again", text::AGAIN),
            save = button("questions-save", text::SAVE),
            noise = slider("questions-noise", text::NOISE, [0.0, 1.0, 0.1], self.noise),
            chart = chart::html("questions-tau", text::TAU),
            class = text::CLASS,
            similar = text::SIMILAR,
            moved = text::MOVED,
        )
    }

    fn can_run(&self) -> bool {
        false
    }

    fn draw(&mut self) {
        self.draw_question();
        let open = self.asking.open_classes().len();
        dom::say_in("questions-status", &text::status(self.asking.answers().len(), open, KINDS.len()));
        dom::set_in("questions-status", "data-answers", &self.asking.answers().len().to_string());
        dom::set_in("questions-status", "data-open", &open.to_string());
        self.draw_progress();
        dom::say_in("questions-auto", if self.is_automatic { text::PAUSE } else { text::AUTOMATIC });
        dom::say_in("questions-noise-value", &decimal(self.noise, 1));
        let plotted = self.plotted();
        if let Some(plot) = dom::by_id("questions-standings") {
            plot.set_inner_html(&standings::svg(&self.asking.standings(plotted), &KINDS, text::ALIKE));
            dom::set(&plot, "data-anchor", &plotted.to_string());
            dom::set(&plot, "aria-label", &text::likeness_to(KINDS[plotted]));
        }
        self.draw_ranking();
        self.draw_curve();
    }

    fn change(&mut self, control: &str, value: &str) {
        match (control, value.parse::<f64>()) {
            ("questions-noise", Ok(noise)) => {
                self.noise = noise.clamp(0.0, 1.0);
                self.simulated = Simulated::new(self.noise);
                self.is_curve_drawn = false;
            }
            ("questions-shown", class) => {
                self.shown = class.ok().map(|class| class as usize).filter(|&class| class < KINDS.len());
            }
            _ => return,
        }
        self.draw();
    }

    fn press(&mut self, button: &str, _: &Element) {
        match button {
            "questions-first" => self.answer(Answer::First),
            "questions-second" => self.answer(Answer::Second),
            "questions-equal" => self.answer(Answer::Equal),
            "questions-neither" => self.answer(Answer::Neither),
            "questions-undo" => {
                self.question = self.asking.undo().map(|answered| answered.question).or(self.question);
            }
            // One answer a press where nothing is to move by itself.
            "questions-auto" if wants_no_motion() => self.answer_by_itself(),
            "questions-auto" => self.is_automatic = !self.is_automatic,
            "questions-again" => {
                self.asking = asking();
                self.question = self.asking.next_question();
                self.is_automatic = false;
            }
            "questions-save" => {
                let about = text::file(self.asking.answers().len(), self.question.is_none());
                // What the browser refuses it says itself.
                let _ = download::save(FILE, &self.asking.ranking().to_toml(&about));
                return;
            }
            _ => return,
        }
        self.draw();
    }

    fn key(&mut self, key: &str, element: &Element) -> bool {
        // What is typed into a field is no answer.
        if !["BUTTON", "BODY", "H2"].contains(&element.tag_name().as_str()) {
            return false;
        }
        let answer = match key {
            "1" => Answer::First,
            "2" => Answer::Second,
            "=" => Answer::Equal,
            "n" => Answer::Neither,
            _ => return false,
        };
        self.answer(answer);
        self.draw();
        true
    }

    fn advance(&mut self, elapsed_ms: f64) -> bool {
        if !self.crops.is_complete() {
            // One scene a frame, so that the page never stands still for long.
            self.crops.cut_next();
            self.draw_question();
            self.draw_progress();
        }
        self.waited_ms += elapsed_ms;
        if self.is_automatic && self.waited_ms >= ANSWER_EVERY_MS {
            self.waited_ms = 0.0;
            self.answer_by_itself();
            self.draw();
        }
        self.is_moving()
    }

    fn is_moving(&self) -> bool {
        self.is_automatic || !self.crops.is_complete()
    }
}
