//! Pointers on the map: one moves it or draws a rectangle, two pinch, none of them pressed points at an image.

use super::canvas;
use super::choose::{point_at, select};
use crate::state::{SendCommand, State};
use leptos::ev::{PointerEvent, WheelEvent};
use leptos::prelude::event_target;
use nadir_web_kit::steps::wheel_factor;
use std::cell::RefCell;
use web_sys::Element;

/// A press that moves less is a click.
const CLICK: f32 = 4.0;

thread_local! {
    static HANDS: RefCell<Hands> = RefCell::default();
}

/// The pressed pointers.
#[derive(Default)]
struct Hands {
    pressed: Vec<(i32, [f32; 2])>,
    from: [f32; 2],
    is_drag: bool,
    selects: bool,
}

/// A wheel over the map zooms it.
pub fn wheel(event: &WheelEvent) {
    let factor = wheel_factor(event);
    let at = [event.offset_x() as f32, event.offset_y() as f32];
    // Farther than the whole map goes the page.
    if canvas::change(|map| map.viewport.zoom_at(factor, at, map.size)) {
        event.prevent_default();
    }
}

/// Whatever a pointer does on the canvas.
pub fn take(state: State, send: SendCommand, event: &PointerEvent) {
    let (id, at) = (event.pointer_id(), [event.offset_x() as f32, event.offset_y() as f32]);
    match event.type_().as_str() {
        "pointerdown" => {
            let selects = state.peek().gallery.selects || event.shift_key();
            HANDS.with_borrow_mut(|hands| {
                hands.pressed.retain(|(other, _)| *other != id);
                hands.pressed.push((id, at));
                (hands.from, hands.is_drag, hands.selects) = (at, hands.pressed.len() > 1, selects);
            });
            // Without it, a drag ends at the canvas' edge.
            let _ = event_target::<Element>(event).set_pointer_capture(id);
            canvas::change(|map| map.has_cross = false);
        }
        "pointermove" => moved(state, send, id, at),
        "pointerleave" => {
            if !state.peek().gallery.is_kept {
                point_at(state, send, None, false);
            }
        }
        name => released(state, send, id, at, name == "pointercancel"),
    }
}

fn moved(state: State, send: SendCommand, id: i32, at: [f32; 2]) {
    let by_hands = HANDS.with_borrow_mut(|hands| {
        let Some(index) = hands.pressed.iter().position(|(other, _)| *other == id) else { return false };
        let before = std::mem::replace(&mut hands.pressed[index].1, at);
        let by = [at[0] - before[0], at[1] - before[1]];
        hands.is_drag |= length([at[0] - hands.from[0], at[1] - hands.from[1]]) > CLICK;
        if let [(_, a), (_, b)] = hands.pressed[..] {
            let other = if index == 0 { b } else { a };
            let apart = |one: [f32; 2]| length([one[0] - other[0], one[1] - other[1]]).max(1.0);
            let middle = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
            canvas::change(|map| {
                map.viewport.pan(by.map(|by| by / 2.0), map.size);
                map.viewport.zoom_at(apart(at) / apart(before), middle, map.size);
            });
        } else if hands.is_drag && hands.selects {
            canvas::change(|map| map.rectangle = Some([hands.from, at]));
        } else if hands.is_drag {
            canvas::change(|map| map.viewport.pan(by, map.size));
        }
        true
    });
    if !by_hands && !state.peek().gallery.is_kept {
        point_at(state, send, canvas::with(|map| map.image_at(at)), false);
    }
}

fn released(state: State, send: SendCommand, id: i32, at: [f32; 2], is_cancelled: bool) {
    let (was_pressed, is_click) = HANDS.with_borrow_mut(|hands| {
        let before = hands.pressed.len();
        hands.pressed.retain(|(other, _)| *other != id);
        (hands.pressed.len() < before, !hands.is_drag)
    });
    let rectangle = canvas::change(|map| {
        let corners = map.rectangle.take();
        corners.map(|corners| corners.map(|corner| map.viewport.to_map(corner, map.size)))
    });
    if !was_pressed || is_cancelled {
        return;
    }
    if let Some([a, b]) = rectangle {
        select(state, send, a, b);
    } else if is_click {
        let image = canvas::with(|map| map.image_at(at));
        point_at(state, send, image, image.is_some());
    }
}

fn length(vector: [f32; 2]) -> f32 {
    (vector[0] * vector[0] + vector[1] * vector[1]).sqrt()
}
