//! Keys of the map.

use super::canvas::{self, Map, STEP};
use super::choose::point_at;
use crate::state::{SendCommand, State};
use leptos::ev::KeyboardEvent;
use std::rc::Rc;

/// What an arrow key moves the map by, CSS px.
const ARROW: f32 = 48.0;

/// A key of the map.
pub fn pressed(state: State, send: SendCommand, event: &KeyboardEvent) {
    if means_something(state, send, &event.key()) {
        event.prevent_default();
    }
}

fn means_something(state: State, send: SendCommand, key: &str) -> bool {
    let pan = |by: [f32; 2]| canvas::change(|map| map.viewport.pan(by, map.size));
    match key {
        "ArrowLeft" => pan([ARROW, 0.0]),
        "ArrowRight" => pan([-ARROW, 0.0]),
        "ArrowUp" => pan([0.0, ARROW]),
        "ArrowDown" => pan([0.0, -ARROW]),
        "+" | "=" => canvas::zoom(STEP),
        "-" => canvas::zoom(1.0 / STEP),
        "0" => canvas::change(Map::show_whole),
        "Escape" => {
            state.change(|shown| shown.gallery.selected = Rc::default());
            point_at(state, send, None, false);
            canvas::change(|map| map.has_cross = false);
            return true;
        }
        "Enter" => {}
        _ => return false,
    }
    // By keys, what is in the middle is pointed at.
    let image = canvas::change(|map| {
        map.has_cross = true;
        map.image_at(map.size.map(|side| side / 2.0))
    });
    point_at(state, send, image, key == "Enter" && image.is_some());
    true
}
