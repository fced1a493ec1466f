//! The page's one signal: a page of this size is redrawn in well under a millisecond, and each further type of signal
//! would add some kB to the download.

use super::shown::Shown;
use leptos::prelude::*;
use std::rc::Rc;

/// The page's one signal.
#[derive(Debug, Clone, Copy)]
pub struct State(RwSignal<Rc<Shown>, LocalStorage>);

impl State {
    /// A page that shows this.
    pub fn new(shown: Shown) -> Self {
        Self(RwSignal::new_local(Rc::new(shown)))
    }

    /// What is shown; the caller runs again when it changes.
    pub fn get(self) -> Rc<Shown> {
        self.0.get()
    }

    /// What is shown now.
    pub fn peek(self) -> Rc<Shown> {
        self.0.get_untracked()
    }

    /// Changes what is shown.
    pub fn change(self, change: impl FnOnce(&mut Shown)) {
        let mut shown = (*self.peek()).clone();
        change(&mut shown);
        self.0.set(Rc::new(shown));
    }
}
