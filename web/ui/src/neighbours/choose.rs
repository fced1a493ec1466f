//! Which image of the gallery is pointed at, and which are selected; the thumbnails that are then shown are requested.

use super::canvas;
use super::viewport::inside;
use crate::state::{Command, SendCommand, State, View};
use crate::window::on_window;
use leptos::ev;
use leptos::prelude::Callable;
use std::rc::Rc;
use web_sys::Event;

/// Points at an image of the gallery, or at none; `keep` until the next click.
pub fn point_at(state: State, send: SendCommand, image: Option<usize>, keep: bool) {
    let shown = state.peek();
    if (shown.gallery.pointed, shown.gallery.is_kept) != (image, keep) {
        state.change(|shown| (shown.gallery.pointed, shown.gallery.is_kept) = (image, keep));
        send.run(Command::Thumbnails);
    }
}

/// The pointer or the focus is on an image of a list.
pub fn hover(state: State, send: SendCommand, event: &Event, image: usize) {
    // Elsewhere on the page nothing is pointed at: see `let_go_elsewhere`.
    event.stop_propagation();
    let shown = state.peek();
    let keep = shown.gallery.is_kept && shown.gallery.pointed == Some(image);
    point_at(state, send, Some(image), keep);
}

/// An image of a list was clicked.
pub fn pick(state: State, send: SendCommand, image: usize) {
    point_at(state, send, Some(image), true);
    canvas::bring_into_sight(image);
}

/// Points at nothing while the pointer or the focus is elsewhere, unless an image was clicked.
pub fn let_go_elsewhere(state: State, send: SendCommand) {
    let let_go = move || {
        let shown = state.peek();
        if shown.view == View::Neighbours && !shown.gallery.is_kept {
            point_at(state, send, None, false);
        }
    };
    on_window(ev::mouseover, move |_| let_go());
    on_window(ev::focusin, move |_| let_go());
    on_window(ev::focusout, move |_| let_go());
}

/// Selects what lies in the rectangle between two corners, in the map's units.
pub fn select(state: State, send: SendCommand, a: [f32; 2], b: [f32; 2]) {
    let Some(gallery) = state.peek().gallery.here().cloned() else { return };
    state.change(|shown| shown.gallery.selected = Rc::new(inside(&gallery.points, a, b)));
    send.run(Command::Thumbnails);
}
