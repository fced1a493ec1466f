//! What the page shows and what the visitor can do: signals, and the actions that change them.

use super::kept::{Source, head_json, keep_head};
use crate::engine::Engine;
use crate::session::{Image, Picture, Session};
use leptos::prelude::*;
use nadir_web_kit::text::teach as text;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// How many questions stand beside each other.
pub const QUESTIONS: usize = 5;
/// Images in the grid at first, and how many more each time.
pub const PAGE: usize = 120;

/// What goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The engine starts: the step in words.
    Starting(String),
    /// It waits for the visitor.
    Ready,
    /// It embeds the visitor's images.
    Embedding {
        /// Images so far.
        done: usize,
        /// Images in all.
        count: usize,
    },
    /// It cannot go on: why, in a sentence.
    Failed(String),
}

/// The page's state. Copies speak of the same page.
#[derive(Clone, Copy)]
pub struct Desk {
    /// What is taught; `None` until the engine has started.
    pub session: RwSignal<Option<Session>, LocalStorage>,
    /// The images as the grid has them, before the search.
    pub order: RwSignal<Vec<usize>>,
    /// Scores have changed since the grid was sorted.
    pub is_stale: RwSignal<bool>,
    /// The images that are asked about.
    pub queries: RwSignal<Vec<usize>>,
    /// Whose images these are.
    pub source: RwSignal<Source>,
    /// The bundle has a gallery.
    pub has_gallery: RwSignal<bool>,
    /// What goes on.
    pub status: RwSignal<Status>,
    /// What the visitor must know.
    pub message: RwSignal<String>,
    /// The network in words.
    pub network: RwSignal<String>,
    /// The text that names must contain.
    pub search: RwSignal<String>,
    /// The image whose likes come first; `None` for the scores' order.
    pub like: RwSignal<Option<usize>>,
    /// Images in the grid at the most.
    pub most: RwSignal<usize>,
    /// What is taught is kept in this browser.
    pub is_kept: RwSignal<bool>,
    /// The map is shown.
    pub has_map: RwSignal<bool>,
    /// Images that are selected, on the map or in the list.
    pub selection: RwSignal<BTreeSet<usize>>,
    /// The list has the selected images alone.
    pub only_selected: RwSignal<bool>,
    /// The gallery's sheets as addresses; empty until one is here.
    pub sheets: RwSignal<Vec<String>>,
    /// What is behind the page.
    pub behind: StoredValue<Rc<RefCell<Behind>>, LocalStorage>,
}

/// What is behind the page, and not shown.
#[derive(Default)]
pub struct Behind {
    /// The engine, while it runs.
    pub engine: Option<Engine>,
    /// The session of the source that is not shown.
    pub other: Option<Session>,
    /// Whether that one is kept.
    pub other_is_kept: bool,
    /// Counts the embeddings that were begun: an older one has been cancelled.
    pub run: u64,
    /// What embeddings before this one still bring is not wanted any more: their images were deleted.
    pub discarded: u64,
}

impl Desk {
    /// An empty desk.
    pub fn new() -> Self {
        Self {
            session: RwSignal::new_local(None),
            order: RwSignal::new(Vec::new()),
            is_stale: RwSignal::new(false),
            queries: RwSignal::new(Vec::new()),
            source: RwSignal::new(Source::Gallery),
            has_gallery: RwSignal::new(false),
            status: RwSignal::new(Status::Starting(String::new())),
            message: RwSignal::new(String::new()),
            network: RwSignal::new(String::new()),
            search: RwSignal::new(String::new()),
            like: RwSignal::new(None),
            most: RwSignal::new(PAGE),
            is_kept: RwSignal::new(false),
            has_map: RwSignal::new(false),
            selection: RwSignal::new(BTreeSet::new()),
            only_selected: RwSignal::new(false),
            sheets: RwSignal::new(Vec::new()),
            behind: StoredValue::new_local(Rc::default()),
        }
    }

    /// Reads the session; the caller runs again when it changes.
    pub fn with<T>(self, read: impl FnOnce(&Session) -> T) -> Option<T> {
        self.session.with(|session| session.as_ref().map(read))
    }

    /// Reads the session as it is now.
    pub fn peek<T>(self, read: impl FnOnce(&Session) -> T) -> Option<T> {
        self.session.with_untracked(|session| session.as_ref().map(read))
    }

    /// The engine, while it runs.
    pub fn engine(self) -> Option<Engine> {
        self.behind.with_value(|behind| behind.borrow().engine.clone())
    }

    /// The engine starts.
    pub fn is_busy(self) -> bool {
        self.status.with(|status| matches!(status, Status::Starting(_)))
    }

    /// Tells the visitor something.
    pub fn tell(self, words: impl Into<String>) {
        self.message.set(words.into());
    }

    /// Changes what is taught; scores and questions follow, the grid's order when the visitor looks away from it.
    pub fn teach<T>(self, change: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let result = self.session.try_update(|session| session.as_mut().map(change)).flatten();
        self.message.set(String::new());
        self.ask();
        if self.like.get_untracked().is_none() {
            self.is_stale.set(true);
        }
        self.keep_answers();
        result
    }

    /// Keeps the answers, where the visitor has asked for it.
    fn keep_answers(self) {
        if !self.is_kept.get_untracked() {
            return;
        }
        let source = self.source.get_untracked();
        let Some((space, head)) = self.peek(|session| (session.space().clone(), head_json(session))) else { return };
        spawn_local(async move {
            if !keep_head(source, &space, head).await {
                self.is_kept.set(false);
                self.tell(text::NOT_KEPT);
            }
        });
    }

    /// Looks for what to ask about.
    fn ask(self) {
        self.queries.set(self.peek(|session| session.queries(QUESTIONS)).unwrap_or_default());
    }

    /// Another session, or other images in it: everything is drawn anew.
    pub fn show_anew(self) {
        self.like.set(None);
        self.most.set(PAGE);
        self.sort();
        self.ask();
    }

    /// Brings the grid into the order of the scores, or of likeness.
    pub fn sort(self) {
        let like = self.like.get_untracked();
        let order = self.peek(|session| match like {
            Some(image) => session.by_likeness(image),
            None => session.by_score(),
        });
        self.order.set(order.unwrap_or_default());
        self.is_stale.set(false);
    }

    /// Sorts if scores have changed: called where no pointer is over the grid, so that nothing moves below a click.
    pub fn sort_if_stale(self) {
        if self.is_stale.get_untracked() {
            self.sort();
        }
    }

    /// A click on an image in the grid.
    pub fn click(self, image: usize) {
        if self.peek(|session| session.active.is_none()) == Some(true) {
            return self.tell(text::NAME_FIRST);
        }
        self.teach(|session| session.click(image));
    }

    /// An answer to a question.
    pub fn answer(self, image: usize, is_yes: bool) {
        self.teach(|session| session.answer(image, Some(is_yes)));
        self.sort_if_stale();
    }

    /// Chooses the class that is taught.
    pub fn choose_class(self, class: usize) {
        self.session.update(|session| {
            if let Some(session) = session {
                session.active = Some(class);
            }
        });
        self.show_anew();
    }

    /// Turns to the gallery or to the visitor's own images.
    pub fn turn_to(self, source: Source) {
        if self.source.get_untracked() == source {
            return;
        }
        self.behind.with_value(|behind| {
            let mut behind = behind.borrow_mut();
            let other = behind.other.take();
            self.session.update(|session| behind.other = std::mem::replace(session, other));
            let was_kept = std::mem::replace(&mut behind.other_is_kept, self.is_kept.get_untracked());
            self.is_kept.set(was_kept);
        });
        self.source.set(source);
        self.search.set(String::new());
        self.select_nothing();
        self.show_anew();
    }

    /// Images whose names have what is searched for, in the grid's order; all of them where nothing is.
    pub fn found(self) -> Vec<usize> {
        let wanted = self.search.with(|search| search.trim().to_lowercase());
        let order = self.order.get();
        if wanted.is_empty() {
            return order;
        }
        let of = |session: &Session| {
            let has = |image: &usize| {
                session.images.get(*image).is_some_and(|image| image.name.to_lowercase().contains(&wanted))
            };
            order.iter().copied().filter(has).collect()
        };
        self.with(of).unwrap_or_default()
    }

    /// Selects an image, or no longer.
    pub fn toggle_selected(self, image: usize) {
        self.selection.update(|selection| {
            if !selection.remove(&image) {
                selection.insert(image);
            }
        });
    }

    /// Selects nothing, and lists all images.
    pub fn select_nothing(self) {
        self.selection.update(BTreeSet::clear);
        self.only_selected.set(false);
    }

    /// An image, if it is there.
    pub fn image(self, image: usize) -> Option<Image> {
        self.peek(|session| session.images.get(image).cloned()).flatten()
    }

    /// Where a picture is, for CSS; empty while its sheet is being fetched.
    pub fn background(self, picture: &Picture) -> String {
        let address = match picture {
            Picture::Address(address) => address.clone(),
            Picture::Tile { sheet, .. } => self.sheets.with(|sheets| sheets.get(*sheet).cloned().unwrap_or_default()),
        };
        if address.is_empty() { "none".into() } else { format!("url(\"{address}\")") }
    }
}
