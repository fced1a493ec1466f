//! The page: five lessons, of which one is shown, and the motion of its picture.

use crate::lesson::Lesson;
use crate::motion::wants_no_motion;
use crate::trainer::Trainer;
use crate::{batch, circles, html, seen, settings, train, views};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::{address, text::learn as text};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, window};

/// How many lessons there are.
pub const LESSONS: usize = 5;
/// The lesson's name in the address; its value counts from 1.
const LESSON: &str = "lesson";
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
            r#"<nav class="lessons" aria-label="{lessons}"><ol>{links}</ol></nav>{sections}<div class="turn">{previous}{next}</div>"#,
            lessons = text::LESSONS,
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

    /// The lesson before or after.
    pub fn turn(&self, forward: bool) {
        let shown = self.0.shown.get();
        self.go_to(if forward { shown + 1 } else { shown.wrapping_sub(1) });
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
                _ => (Box::new(seen::Seen::new(trainer)), text::seen::FORMULA_NOTE),
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
        for (id, is_end) in [("lesson-previous", lesson == 0), ("lesson-next", lesson + 1 == LESSONS)] {
            if let Some(button) = dom::by_id(id) {
                // As in `open_lesson`.
                let _ = button.toggle_attribute_with_force("disabled", is_end);
            }
        }
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
        if self.0.shown.get() >= 3 {
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
