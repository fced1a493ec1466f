//! Lesson 6: a ranking by questions about objects of generated scenes, or about the network's own classes.

use crate::class_set::SetChoice;
use crate::fetched_set::{self, FIRST_SCENE, FetchedSet};
use crate::lesson::Lesson;
use crate::motion::wants_no_motion;
use crate::pictures::Pictures;
use crate::question_view as view;
use crate::rankings::shipped;
use crate::simulated::Simulated;
use js_sys::Date;
use nadir_core::ranking::Ranking;
use nadir_core::ranking::asking::{Asking, Settings};
use nadir_core::ranking::question::{Answer, Question};
use nadir_scene::crops::{KINDS, ObjectCrops};
use nadir_web_kit::text::learn::questions as text;
use nadir_web_kit::{address, dom, download};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

/// Between two answers of the simulated person.
const ANSWER_EVERY_MS: f64 = 500.0;
/// Pictures are made, and simulated people asked, for so long between two frames; the last piece may take some ms more.
const WORK_MS: f64 = 8.0;
/// Name of the file with the ranking.
const FILE: &str = "ranking.toml";

/// Classes that are fetched: what it came to, once it has.
type Fetching = Rc<RefCell<Option<Result<FetchedSet, String>>>>;

/// Lesson 6: which of two classes is a third more like?
pub struct Questions {
    choice: SetChoice,
    /// The classes that are asked about, and whose they are.
    set: FetchedSet,
    fetching: Option<Fetching>,
    /// Why there is no other set.
    refused: String,
    asking: Asking,
    question: Option<Question>,
    /// Holds the shipped ranking of these classes; `None` if there is none.
    simulated: Option<Simulated>,
    noise: f64,
    is_automatic: bool,
    waited_ms: f64,
    /// The class whose likeness is plotted; `None` for the one that is asked about.
    shown: Option<usize>,
    is_curve_drawn: bool,
    /// Pictures that are drawn.
    drawn: usize,
}

impl Default for Questions {
    fn default() -> Self {
        Self::new()
    }
}

fn asking(classes: &[String]) -> Asking {
    Asking::new(classes, Settings::default()).expect("three classes at least and the default settings")
}

fn six() -> FetchedSet {
    let classes = KINDS.map(String::from).to_vec();
    let pictures = Pictures::Scenes(Box::new(ObjectCrops::new(&classes, FIRST_SCENE)));
    FetchedSet { title: text::SIX.into(), classes, pictures }
}

impl Questions {
    /// Nothing is answered yet.
    pub fn new() -> Self {
        let (set, noise) = (six(), 0.4);
        let mut asking = asking(&set.classes);
        let question = asking.next_question();
        Self {
            choice: SetChoice::Six,
            simulated: shipped(&set.classes).map(|held| Simulated::new(held, noise)),
            set,
            fetching: None,
            refused: String::new(),
            asking,
            question,
            noise,
            is_automatic: false,
            waited_ms: 0.0,
            shown: None,
            is_curve_drawn: false,
            drawn: 0,
        }
    }

    /// Asks about another set: at once, or when it is fetched.
    fn choose(&mut self, choice: SetChoice) {
        if self.choice == choice {
            return;
        }
        self.choice = choice;
        self.refused.clear();
        self.fetching = None;
        if choice == SetChoice::Six {
            return self.take(six());
        }
        let fetching = Fetching::default();
        self.fetching = Some(fetching.clone());
        spawn_local(async move {
            let fetched = fetched_set::fetch(choice).await;
            *fetching.borrow_mut() = Some(fetched);
        });
    }

    /// Asks about these classes from now on.
    fn take(&mut self, set: FetchedSet) {
        self.set = set;
        self.simulated = shipped(&self.set.classes).map(|held| Simulated::new(held, self.noise));
        (self.is_curve_drawn, self.drawn) = (false, 0);
        // A link names both: the class is one of these, which were not here yet when the link was read.
        let named = address::get(view::SHOWN).and_then(|class| class.parse().ok());
        self.shown = named.filter(|&class| class < self.set.classes.len());
        self.begin();
        view::draw_classes(&self.set.classes, self.shown);
    }

    fn begin(&mut self) {
        self.asking = asking(&self.set.classes);
        self.question = self.asking.next_question();
        self.is_automatic = false;
    }

    /// Takes up what was fetched, if it is here.
    fn take_fetched(&mut self) {
        let fetched = self.fetching.as_ref().and_then(|fetching| fetching.borrow_mut().take());
        match fetched {
            Some(Ok(set)) => self.take(set),
            Some(Err(why)) => self.refused = why,
            None => return,
        }
        self.fetching = None;
        self.draw();
    }

    fn answer(&mut self, answer: Answer) {
        let Some(question) = self.question else { return };
        self.asking.answer(question, answer).expect("a question of its own");
        self.question = self.asking.next_question();
        self.is_automatic &= self.question.is_some();
    }

    /// The simulated person answers the question that is shown.
    fn answer_by_itself(&mut self) {
        if let (Some(question), Some(simulated)) = (self.question, &self.simulated) {
            let answer = simulated.answer(question, self.asking.answers().len());
            self.answer(answer);
        }
    }

    /// The class that is plotted.
    fn plotted(&self) -> usize {
        let last = || self.asking.answers().last().map(|answered| answered.question.anchor);
        self.shown.or(self.question.map(|question| question.anchor)).or_else(last).unwrap_or(0)
    }

    /// What is compared with: the shipped ranking of these classes, or none.
    fn before(&self) -> Option<&Ranking> {
        self.simulated.as_ref().map(Simulated::held)
    }

    fn is_curve_complete(&self) -> bool {
        self.simulated.as_ref().is_none_or(Simulated::is_complete)
    }

    fn draw_question(&mut self) {
        self.drawn = self.set.pictures.count();
        view::draw_question(&self.set, self.question, self.asking.answers().len());
    }

    /// Whether all pictures are there, and the curve.
    fn draw_progress(&self) {
        let is_fetching = self.fetching.is_some();
        let are_complete = !is_fetching && self.set.pictures.is_complete();
        view::draw_progress(are_complete, self.is_curve_complete());
        let told = match (is_fetching, self.refused.is_empty(), self.choice) {
            (true, ..) => text::FETCHING.to_owned(),
            (_, false, _) => self.refused.clone(),
            (_, _, SetChoice::Six) => String::new(),
            _ => {
                let with = self.set.pictures.all().iter().filter(|pictures| !pictures.is_empty()).count();
                text::set(&self.set.title, self.set.classes.len(), with, are_complete)
            }
        };
        dom::say_in("questions-set-text", &told);
    }

    fn draw_curve(&mut self) {
        dom::show("questions-people", self.simulated.is_some());
        let Some(simulated) = self.simulated.as_ref().filter(|simulated| simulated.is_complete()) else { return };
        if !std::mem::replace(&mut self.is_curve_drawn, true) {
            view::draw_curve(simulated);
        }
    }
}

impl Lesson for Questions {
    fn picture(&self) -> String {
        view::picture(&self.set.classes)
    }

    fn controls(&self) -> String {
        view::controls(self.noise)
    }

    fn can_run(&self) -> bool {
        false
    }

    fn draw(&mut self) {
        self.draw_question();
        let open = self.asking.open_classes().len();
        let answers = self.asking.answers().len();
        dom::say_in("questions-status", &text::status(answers, open, self.set.classes.len()));
        dom::set_in("questions-status", "data-answers", &answers.to_string());
        dom::set_in("questions-status", "data-open", &open.to_string());
        self.draw_progress();
        view::draw_people(self.noise, self.is_automatic, self.simulated.is_some(), self.question.is_some());
        let plotted = self.plotted();
        view::draw_standings(&self.asking.standings(plotted), &self.set.classes, plotted);
        view::draw_ranking(&self.asking.ranking(), self.before());
        self.draw_curve();
    }

    fn change(&mut self, control: &str, value: &str) {
        match (control, value.parse::<f64>()) {
            ("questions-set", _) => {
                let Some(choice) = SetChoice::from_name(value) else { return };
                self.choose(choice);
            }
            ("questions-noise", Ok(noise)) => {
                self.noise = noise.clamp(0.0, 1.0);
                self.simulated = self.before().cloned().map(|held| Simulated::new(held, self.noise));
                self.is_curve_drawn = false;
            }
            (view::SHOWN, class) => {
                self.shown = class.ok().map(|class| class as usize).filter(|&class| class < self.set.classes.len());
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
            "questions-again" => self.begin(),
            "questions-save" => {
                let about = text::file(&self.set.title, self.asking.answers().len(), self.question.is_none());
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
        self.take_fetched();
        let begun = Date::now();
        while Date::now() - begun < WORK_MS {
            match &mut self.simulated {
                _ if !self.set.pictures.is_complete() => self.set.pictures.work(),
                Some(simulated) if !simulated.is_complete() => simulated.work(),
                _ => break,
            }
        }
        if self.drawn != self.set.pictures.count() {
            self.draw_question();
        }
        self.draw_progress();
        self.draw_curve();
        self.waited_ms += elapsed_ms;
        if self.is_automatic && self.waited_ms >= ANSWER_EVERY_MS {
            self.waited_ms = 0.0;
            self.answer_by_itself();
            self.draw();
        }
        self.is_moving()
    }

    fn is_moving(&self) -> bool {
        self.is_automatic || self.fetching.is_some() || !self.set.pictures.is_complete() || !self.is_curve_complete()
    }
}
