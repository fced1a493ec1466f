//! Which image of the gallery is pointed at, and which are selected; the thumbnails that are then shown are requested.

use super::viewport::inside;
use crate::state::{Command, SendCommand, State};
use leptos::prelude::Callable;
use std::rc::Rc;

/// Points at an image of the gallery, or at none; `keep` until the next click.
pub fn point_at(state: State, send: SendCommand, image: Option<usize>, keep: bool) {
    let shown = state.peek();
    if (shown.gallery.pointed, shown.gallery.is_kept) != (image, keep) {
        state.change(|shown| (shown.gallery.pointed, shown.gallery.is_kept) = (image, keep));
        send.run(Command::Thumbnails);
    }
}

/// Selects what lies in the rectangle between two corners, in the map's units.
pub fn select(state: State, send: SendCommand, a: [f32; 2], b: [f32; 2]) {
    let Some(gallery) = state.peek().gallery.here().cloned() else { return };
    state.change(|shown| shown.gallery.selected = Rc::new(inside(&gallery.points, a, b)));
    send.run(Command::Thumbnails);
}
