//! The page's one signal, and memos over it. Components read what they show by [`State::memo`], so that they change only
//! when that does.

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

    /// What follows from what is shown; who reads it runs again only when it is another. By a plain function, so that the
    /// code of a memo is in the download once for each type of value.
    pub fn memo<T: PartialEq + Send + Sync + 'static>(self, of: fn(&Shown) -> T) -> Memo<T> {
        Memo::new(move |_| of(&self.get()))
    }

    /// Changes what is shown.
    pub fn change(self, change: impl FnOnce(&mut Shown)) {
        let mut shown = (*self.peek()).clone();
        change(&mut shown);
        self.0.set(Rc::new(shown));
    }
}
