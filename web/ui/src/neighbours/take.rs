//! What the visitor does with lists, buttons and keys.

use super::canvas::{self, Map};
use super::choose::{point_at, select};
use crate::state::{Command, SendCommand, State, View};
use leptos::prelude::Callable;
use nadir_web_kit::js;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

/// What a press of a button or a key zooms by.
const STEP: f32 = 1.5;
/// What an arrow key moves the map by, CSS px.
const ARROW: f32 = 48.0;

/// A button of the map, a neighbour, or a selected image was clicked.
pub fn clicked(state: State, send: SendCommand, target: &Element) {
    match target.id().as_str() {
        "zoom-in" => zoom(STEP),
        "zoom-out" => zoom(1.0 / STEP),
        "whole-map" => canvas::change(Map::show_whole),
        "rectangle" => state.change(|shown| shown.gallery.selects = !shown.gallery.selects),
        "select-view" => {
            let [a, b] = canvas::with(|map| [[0.0; 2], map.size].map(|corner| map.viewport.to_map(corner, map.size)));
            select(state, send, a, b);
        }
        "clear-selection" => state.change(|shown| shown.gallery.selected = Rc::default()),
        "open-scene" => {
            let shown = state.peek();
            let seed = shown.gallery.here().zip(shown.gallery.pointed).and_then(|(here, image)| here.seed(image));
            if let Some(seed) = seed {
                send.run(Command::Scene(seed));
            }
        }
        _ => {
            if let Some(image) = image_of(target) {
                point_at(state, send, Some(image), true);
                canvas::bring_into_sight(image);
            }
        }
    }
}

/// Another label is coloured.
pub fn coloured(state: State, label: &str) {
    if let Ok(label) = label.parse() {
        state.change(|shown| shown.gallery.coloured = Some(label));
    }
}

/// The pointer or the focus is on a neighbour or a selected image, or no longer.
pub fn pointed_at(state: State, send: SendCommand, target: Option<&Element>) {
    let shown = state.peek();
    // The map has its own pointer.
    let is_on_map = target.is_some_and(|target| target.closest("#map-frame").ok().flatten().is_some());
    if shown.view != View::Neighbours || is_on_map {
        return;
    }
    let image = target.and_then(image_of);
    if image.is_some() || !shown.gallery.is_kept {
        let keep = shown.gallery.is_kept && image == shown.gallery.pointed;
        point_at(state, send, image, keep);
    }
}

/// Keys of the map, arrows along the selected images, Escape.
pub fn pressed(state: State, send: SendCommand, target: &Element, event: &Event) {
    let key = js::text(event, "key").unwrap_or_default();
    if target.id() == "gallery-map" {
        if pressed_on_map(state, send, &key) {
            event.prevent_default();
        }
    } else if let Some(item) = target.closest("#selected li").ok().flatten() {
        let next = match key.as_str() {
            "ArrowRight" | "ArrowDown" => item.next_element_sibling(),
            "ArrowLeft" | "ArrowUp" => item.previous_element_sibling(),
            "Home" => item.parent_element().and_then(|list| list.first_element_child()),
            "End" => item.parent_element().and_then(|list| list.last_element_child()),
            _ => return,
        };
        event.prevent_default();
        if let Some(button) = next.and_then(|item| item.first_element_child()) {
            // A button takes the focus.
            let _ = button.unchecked_into::<HtmlElement>().focus();
        }
    }
}

/// Whether the key means something here.
fn pressed_on_map(state: State, send: SendCommand, key: &str) -> bool {
    let pan = |by: [f32; 2]| canvas::change(|map| map.viewport.pan(by, map.size));
    match key {
        "ArrowLeft" => pan([ARROW, 0.0]),
        "ArrowRight" => pan([-ARROW, 0.0]),
        "ArrowUp" => pan([0.0, ARROW]),
        "ArrowDown" => pan([0.0, -ARROW]),
        "+" | "=" => zoom(STEP),
        "-" => zoom(1.0 / STEP),
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

fn zoom(factor: f32) {
    canvas::change(|map| {
        let middle = map.size.map(|side| side / 2.0);
        map.viewport.zoom_at(factor, middle, map.size);
    });
}

/// The image that this element shows, or is in.
fn image_of(target: &Element) -> Option<usize> {
    target.closest("button[data-image]").ok()??.get_attribute("data-image")?.parse().ok()
}
