//! Which object is lit, in its box and in its crop, and which is opened.

use crate::state::{Command, SendCommand, State, View};
use crate::window::on_window;
use leptos::ev;
use leptos::prelude::Callable;
use web_sys::Event;

/// Lights the object that the pointer or the focus is on; `None` for none.
pub fn light(state: State, candidate: Option<usize>) {
    let shown = state.peek();
    if shown.view == View::Objects && shown.lit != candidate {
        state.change(|shown| shown.lit = candidate);
    }
}

/// Takes the pointer or the focus on a box or a crop.
pub fn light_by(state: State, event: &Event, candidate: usize) {
    // Elsewhere on the page nothing is lit: see `dim_elsewhere`.
    event.stop_propagation();
    light(state, Some(candidate));
}

/// Lights nothing while the pointer or the focus is elsewhere.
pub fn dim_elsewhere(state: State) {
    on_window(ev::mouseover, move |_| light(state, None));
    on_window(ev::focusin, move |_| light(state, None));
    on_window(ev::focusout, move |_| light(state, None));
}

/// Whether an object is lit: pointed at, or opened.
pub fn is_lit(state: State, candidate: usize) -> bool {
    let shown = state.get();
    shown.lit == Some(candidate) || shown.opened == Some(candidate)
}

/// Opens an object, or closes it again.
pub fn open(state: State, send: SendCommand, candidate: usize) {
    state.change(|shown| shown.opened = (shown.opened != Some(candidate)).then_some(candidate));
    send.run(Command::Name);
}
