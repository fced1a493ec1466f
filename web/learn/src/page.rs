//! The page: seven lessons, of which one is shown, and the motion of its picture.

use crate::lesson::Lesson;
use crate::motion::wants_no_motion;
use crate::trainer::Trainer;
use crate::{batch, circles, html, ood, projector, questions, seen, settings, train, views};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::text::learn as text;
use nadir_web_kit::{address, text::learn::notes as notes_text};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, window};

/// How many lessons there are.
pub const LESSONS: usize = 7;
/// The lesson's name in the address; its value counts from 1.
const LESSON: &str = "lesson";
/// In the address: `on` where the lecturer's notes are shown in place of the lesson.
const NOTES: &str = "notes";
/// A longer pause between two frames, as after another tab was in front, moves the picture no further than this.
const LONGEST_FRAME_MS: f64 = 100.0;

/// The page. Cloned handles speak of the same one.
#[derive(Clone)]
pub struct Page(Rc<Inner>);

struct Inner {
    lessons: [RefCell<Option<Box<dyn Lesson>>>; LESSONS],
    trainer: Trainer,
    shown: Cell<usize>,
    is_shown: Cell<bool>,
    is_running: Cell<bool>,
    /// A frame is requested.
    is_awake: Cell<bool>,
    last_frame_ms: Cell<Option<f64>>,
}

impl Page {
    /// Lays the page out in its section.
    pub fn open(host: &HtmlElement) -> Self {
        let page = Self(Rc::new_cyclic(|inner: &std::rc::Weak<Inner>| {
            let inner = inner.clone();
            let changed = move || {
                if let Some(inner) = inner.upgrade() {
                    Page(inner).training_changed();
                }
            };
            Inner {
                lessons: Default::default(),
                trainer: Trainer::new(Rc::new(changed)),
                shown: Cell::new(0),
                is_shown: Cell::new(true),
                is_running: Cell::new(false),
                is_awake: Cell::new(false),
                last_frame_ms: Cell::new(None),
            }
        }));
        let links: String = (0..LESSONS)
            .map(|lesson| {
                let title = text::TITLES[lesson];
                format!(
                    r#"<li><a id="to-lesson-{lesson}" data-lesson="{lesson}"><b>{}</b> {title}</a></li>"#,
                    lesson + 1
                )
            })
            .collect();
        let sections: String =
            (0..LESSONS).map(|lesson| format!(r#"<div id="lesson-{lesson}" hidden></div>"#)).collect();
        host.set_inner_html(&format!(
            r#"<nav class="lessons" aria-label="{lessons}"><ol>{links}</ol></nav>{sections}<div id="lesson-notes" hidden></div>
<div class="turn">{previous}<span><a id="to-notes" data-notes="on">{notes}</a> {projector}</span>{next}</div>"#,
            lessons = text::LESSONS,
            notes = notes_text::LINK,
            projector = html::button("projector", notes_text::PROJECTOR),
            previous = html::button("lesson-previous", text::PREVIOUS),
            next = html::button("lesson-next", text::NEXT),
        ));
        page.go_to_address();
        page
    }

    /// The page comes into sight, or goes.
    pub fn show(&self, is_shown: bool) {
        self.0.is_shown.set(is_shown);
        self.0.trainer.show(is_shown);
        if is_shown {
            self.go_to_address();
        } else {
            self.run(false);
            projector::draw(false);
        }
    }

    /// Shows the lesson that the address names.
    pub fn go_to_address(&self) {
        let number = address::get(LESSON).and_then(|number| number.parse::<usize>().ok()).unwrap_or(1);
        self.open_lesson(number.clamp(1, LESSONS) - 1);
    }

    /// Shows a lesson because the visitor requested it; the browser's back button returns.
    pub fn go_to(&self, lesson: usize) {
        if lesson >= LESSONS || lesson == self.0.shown.get() {
            return;
        }
        address::push(LESSON, Some(&(lesson + 1).to_string()));
        self.open_lesson(lesson);
        if let Some(title) = dom::by_id(&format!("lesson-title-{lesson}")) {
            // Keyboard and screen reader go on from the new lesson's heading.
            let _ = title.unchecked_into::<HtmlElement>().focus();
        }
    }

    /// The lesson before or after; in projector mode the screen, until the lesson has no other.
    pub fn turn(&self, forward: bool) {
        let shown = self.0.shown.get();
        if projector::is_on() && !self.shows_notes() {
            let screen = projector::screen();
            let next = if forward { screen + 1 } else { screen.wrapping_sub(1) };
            if next < projector::SCREENS {
                projector::go_to(next);
                return self.draw_place();
            }
            projector::go_to(if forward || shown == 0 { 0 } else { projector::SCREENS - 1 });
        }
        self.go_to(if forward { shown + 1 } else { shown.wrapping_sub(1) });
    }

    /// Large type and one idea a screen, or not.
    pub fn press_projector(&self) {
        projector::set(!projector::is_on());
        self.draw_place();
    }

    /// The lecturer's notes on the lesson, or the lesson again.
    pub fn show_notes(&self, is_shown: bool) {
        address::push(NOTES, is_shown.then_some("on"));
        self.open_lesson(self.0.shown.get());
        let title = if is_shown { "note-title".into() } else { format!("lesson-title-{}", self.0.shown.get()) };
        if let Some(title) = dom::by_id(&title) {
            // As in `go_to`.
            let _ = title.unchecked_into::<HtmlElement>().focus();
        }
    }

    fn shows_notes(&self) -> bool {
        address::get(NOTES).as_deref() == Some("on")
    }

    /// What depends on where in the lessons the visitor is.
    fn draw_place(&self) {
        let lesson = self.0.shown.get();
        projector::draw(self.0.is_shown.get());
        let has_screens = projector::is_on() && !self.shows_notes();
        let (first, last) = (lesson == 0, lesson + 1 == LESSONS);
        let is_first = first && !(has_screens && projector::screen() > 0);
        let is_last = last && !(has_screens && projector::screen() + 1 < projector::SCREENS);
        for (id, is_end) in [("lesson-previous", is_first), ("lesson-next", is_last)] {
            if let Some(button) = dom::by_id(id) {
                // As in `open_lesson`.
                let _ = button.toggle_attribute_with_force("disabled", is_end);
            }
        }
    }

    /// Shows the lecturer's notes in place of the lesson, or not.
    fn draw_notes(&self, lesson: usize) {
        let is_shown = self.shows_notes();
        if let Some(notes) = dom::by_id("lesson-notes").filter(|_| is_shown) {
            notes.set_inner_html(&html::note(lesson));
        }
        dom::show("lesson-notes", is_shown);
        if let Some(link) = dom::by_id("to-notes") {
            let other = (!is_shown).then_some("on");
            dom::say(&link, if is_shown { notes_text::BACK } else { notes_text::LINK });
            dom::set(&link, "href", &address::with(NOTES, other).unwrap_or_default());
            dom::set(&link, "data-notes", other.unwrap_or_default());
        }
        if is_shown {
            dom::show(&format!("lesson-{lesson}"), false);
        }
    }

    fn open_lesson(&self, lesson: usize) {
        self.run(false);
        self.0.shown.set(lesson);
        let slot = &self.0.lessons[lesson];
        if slot.borrow().is_none() {
            let trainer = self.0.trainer.clone();
            let (made, note): (Box<dyn Lesson>, _) = match lesson {
                0 => (Box::new(views::Views::new()), text::views::FORMULA_NOTE),
                1 => (Box::new(batch::Batch::new()), text::batch::FORMULA_NOTE),
                2 => (Box::new(circles::Circles::new()), text::circles::FORMULA_NOTE),
                3 => (Box::new(train::Train::new(trainer)), text::train::FORMULA_NOTE),
                4 => (Box::new(seen::Seen::new(trainer)), text::seen::FORMULA_NOTE),
                5 => (Box::new(questions::Questions::new()), text::questions::FORMULA_NOTE),
                _ => (Box::new(ood::Ood::new()), text::ood::FORMULA_NOTE),
            };
            if let Some(element) = dom::by_id(&format!("lesson-{lesson}")) {
                element.set_inner_html(&html::lesson(lesson, made.as_ref(), note));
            }
            let mut made = made;
            settings::apply(&format!("lesson-{lesson}"), made.as_mut());
            *slot.borrow_mut() = Some(made);
        }
        for other in 0..LESSONS {
            dom::show(&format!("lesson-{other}"), other == lesson);
            if let Some(link) = dom::by_id(&format!("to-lesson-{other}")) {
                dom::set(&link, "href", &address::with(LESSON, Some(&(other + 1).to_string())).unwrap_or_default());
                if other == lesson {
                    dom::set(&link, "aria-current", "step");
                } else {
                    // Fails only for a name that no attribute can have.
                    let _ = link.remove_attribute("aria-current");
                }
            }
        }
        self.draw_notes(lesson);
        self.draw_place();
        self.with(|lesson| lesson.draw());
        // Once more, for a button that was not there before.
        self.run(false);
    }

    /// The lesson that is shown.
    pub fn with<T>(&self, act: impl FnOnce(&mut dyn Lesson) -> T) -> Option<T> {
        let mut lesson = self.0.lessons[self.0.shown.get()].try_borrow_mut().ok()?;
        let done = lesson.as_mut().map(|lesson| act(lesson.as_mut()));
        drop(lesson);
        self.wake();
        done
    }

    /// Run, Pause or Step was pressed.
    pub fn press_run(&self) {
        if wants_no_motion() {
            self.with(|lesson| lesson.jump());
        } else {
            self.run(!self.0.is_running.get());
        }
    }

    fn run(&self, is_running: bool) {
        self.0.is_running.set(is_running);
        let id = html::run_id(self.0.shown.get());
        let label = if wants_no_motion() {
            text::STEP
        } else if is_running {
            text::PAUSE
        } else {
            text::RUN
        };
        dom::say_in(&id, label);
        dom::set_in(&id, "data-running", bool_name(is_running));
        self.wake();
    }

    /// The training has an answer: lessons 4 and 5 show it. A lesson that is requesting it right now draws by itself.
    fn training_changed(&self) {
        if matches!(self.0.shown.get(), 3 | 4) {
            self.with(|lesson| lesson.draw());
        }
    }

    /// Requests a frame if something moves. None comes while the page is hidden by another tab.
    fn wake(&self) {
        let is_moving = self.0.is_running.get()
            || self.0.lessons[self.0.shown.get()]
                .try_borrow()
                .is_ok_and(|lesson| lesson.as_ref().is_some_and(|lesson| lesson.is_moving()));
        if !is_moving || !self.0.is_shown.get() || self.0.is_awake.replace(true) {
            return;
        }
        let page = self.clone();
        let frame = Closure::once_into_js(move |now_ms: f64| page.frame(now_ms));
        // Fails only in a window that is being closed.
        let _ = window().map(|window| window.request_animation_frame(frame.unchecked_ref()));
    }

    fn frame(&self, now_ms: f64) {
        self.0.is_awake.set(false);
        let last = self.0.last_frame_ms.replace(Some(now_ms)).unwrap_or(now_ms);
        let elapsed = (now_ms - last).clamp(0.0, LONGEST_FRAME_MS);
        if !self.0.is_shown.get() {
            return;
        }
        let goes_on = self.with(|lesson| lesson.advance(elapsed)).unwrap_or(false);
        if self.0.is_running.get() && !goes_on {
            self.run(false);
        }
    }
}
