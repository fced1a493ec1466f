//! What the table shows: files, and the network that labels them.

use crate::state::{Files, Shown, State};
use leptos::prelude::*;
use nadir_core::protocol::Ready;
use std::rc::Rc;

/// Several files and what labels them.
pub type Labelled = (Rc<Files>, Rc<Ready>);

/// What the table shows, in a signal of its own: the table is long, and most of what changes in the page does not change
/// it.
#[derive(Debug, Clone, Copy)]
pub struct Table(RwSignal<Option<Labelled>, LocalStorage>);

impl Table {
    /// Follows what is shown.
    pub fn follow(state: State) -> Self {
        let table = RwSignal::new_local(None);
        Effect::new(move |_| {
            let now = of(&state.get());
            if !is_same(table.get_untracked().as_ref(), now.as_ref()) {
                table.set(now);
            }
        });
        Self(table)
    }

    /// What follows from the table; `T`'s default without one.
    pub fn map<T: Default>(self, of: impl FnOnce(&Files, &Ready) -> T) -> T {
        self.0.get().map(|(files, ready)| of(&files, &ready)).unwrap_or_default()
    }

    /// As [`Table::map`], for who reads it again only when it is another.
    pub fn memo<T: Default + PartialEq + Send + Sync + 'static>(self, of: fn(&Files, &Ready) -> T) -> Memo<T> {
        Memo::new(move |_| self.map(of))
    }
}

fn of(shown: &Shown) -> Option<Labelled> {
    Some((shown.files.clone()?, shown.ready.clone()?))
}

fn is_same(one: Option<&Labelled>, other: Option<&Labelled>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Rc::ptr_eq(&one.0, &other.0) && Rc::ptr_eq(&one.1, &other.1),
        _ => false,
    }
}
