//! Pointers and keys on the map: one pointer moves it, selects or draws a line, two pinch, none of them pressed points at an
//! image.

use super::super::desk::Desk;
use super::state::MapState;
use crate::map::lasso::encloses;
use crate::map::window::{Window, nearest};
use leptos::prelude::*;
use nadir_web_kit::steps::{Step, has_modifier, wheel_factor};
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// A press that moves less is a click, CSS px.
const CLICK: f32 = 4.0;
/// A pointer so near to an image points at it, CSS px.
const REACH: f32 = 14.0;
/// Keys move by so many CSS px.
const STEP: f32 = 60.0;
/// Keys and buttons zoom by so much.
const FACTOR: f32 = 1.5;

/// Takes a step.
pub fn take(map: MapState, step: Step) {
    let Some(size) = map.size() else { return };
    map.window.update(|window| {
        *window = match step {
            Step::Move(by) => window.moved(by.map(|by| by * STEP), size),
            Step::Nearer => window.zoomed(FACTOR, size.map(|side| side / 2.0), size),
            Step::Farther => window.zoomed(1.0 / FACTOR, size.map(|side| side / 2.0), size),
            Step::Whole => Window::default(),
        }
    });
}

/// A key is pressed on the canvas.
pub fn key(map: MapState, event: &KeyboardEvent) {
    if let Some(step) = Step::of_key(event) {
        event.prevent_default();
        take(map, step);
    } else if event.key() == "Escape" && !has_modifier(event) {
        map.line.set(Vec::new());
    }
}

/// The wheel turns.
pub fn wheel(map: MapState, event: &WheelEvent) {
    let Some(size) = map.size() else { return };
    let factor = wheel_factor(event);
    let at = [event.offset_x() as f32, event.offset_y() as f32];
    let (before, now) = (map.window.get_untracked(), map.window.get_untracked().zoomed(factor, at, size));
    // Farther than the whole map goes the page.
    if now != before {
        event.prevent_default();
        map.window.set(now);
    }
}

/// A pointer is pressed.
pub fn down(map: MapState, event: &PointerEvent) {
    let at = point(event);
    if let Some(canvas) = map.canvas.get_untracked() {
        // Without capture only a drag that leaves the map ends early.
        let _ = canvas.set_pointer_capture(event.pointer_id());
    }
    map.behind.update_value(|behind| {
        behind.pressed.push((event.pointer_id(), at));
        if behind.pressed.len() == 1 {
            (behind.from, behind.is_drag) = (at, false);
        }
    });
    map.line.set(Vec::new());
}

/// A pointer moves.
pub fn moved(map: MapState, event: &PointerEvent) {
    let Some(size) = map.size() else { return };
    let (id, at) = (event.pointer_id(), point(event));
    let Some(before) = map.behind.with_value(|behind| behind.pressed.clone()).into_iter().find(|(own, _)| *own == id)
    else {
        let pointed = map.places.with_untracked(|places| nearest(places, map.window.get_untracked(), at, size, REACH));
        if map.pointed.get_untracked() != pointed {
            map.pointed.set(pointed);
        }
        return;
    };
    let (pressed, is_drag, from) = map
        .behind
        .try_update_value(|behind| {
            behind.is_drag |= distance(behind.from, at) >= CLICK;
            behind.pressed.iter_mut().filter(|(own, _)| *own == id).for_each(|(_, place)| *place = at);
            (behind.pressed.clone(), behind.is_drag, behind.from)
        })
        .unwrap_or_default();
    if !is_drag {
        return;
    }
    let by = [at[0] - before.1[0], at[1] - before.1[1]];
    match pressed.as_slice() {
        [_] if map.is_lasso.get_untracked() => {
            let window = map.window.get_untracked();
            map.line.update(|line| {
                if line.is_empty() {
                    line.push(window.to_map(from, size));
                }
                line.push(window.to_map(at, size));
            });
        }
        [_] => map.window.update(|window| *window = window.moved(by, size)),
        [(_, a), (_, b)] => {
            // As far as the two were apart before, and the middle between them moves by half.
            let other = if *a == at { *b } else { *a };
            let factor = distance(other, at) / distance(other, before.1).max(1.0);
            let middle = [(other[0] + at[0]) / 2.0, (other[1] + at[1]) / 2.0];
            map.window.update(|window| {
                *window = window.moved(by.map(|by| by / 2.0), size).zoomed(factor, middle, size);
            });
        }
        _ => {}
    }
}

/// A pointer is let go: a click selects, a closed line what it encloses.
pub fn up(desk: Desk, map: MapState, event: &PointerEvent) {
    let (is_last, is_drag) = let_go(map, event);
    let Some(size) = map.size().filter(|_| is_last) else { return };
    let line = map.line.get_untracked();
    map.line.set(Vec::new());
    if !is_drag {
        let at = point(event);
        let hit = map.places.with_untracked(|places| nearest(places, map.window.get_untracked(), at, size, REACH));
        if let Some(image) = hit {
            desk.toggle_selected(image);
        }
    } else if !line.is_empty() {
        let inside = map.places.with_untracked(|places| {
            let is_inside = |image: &usize| encloses(&line, places[*image]);
            (0..places.len()).filter(is_inside).collect::<Vec<_>>()
        });
        desk.selection.update(|selection| {
            if !event.shift_key() {
                selection.clear();
            }
            selection.extend(inside);
        });
    }
}

/// The browser takes a pointer away.
pub fn cancelled(map: MapState, event: &PointerEvent) {
    let_go(map, event);
    map.line.set(Vec::new());
}

/// Whether it was the last pointer, and whether it was dragged.
fn let_go(map: MapState, event: &PointerEvent) -> (bool, bool) {
    let id = event.pointer_id();
    map.behind
        .try_update_value(|behind| {
            let was_there = behind.pressed.iter().any(|(own, _)| *own == id);
            behind.pressed.retain(|(own, _)| *own != id);
            (was_there && behind.pressed.is_empty(), behind.is_drag)
        })
        .unwrap_or_default()
}

/// A point of the canvas, CSS px.
fn point(event: &PointerEvent) -> [f32; 2] {
    [event.offset_x() as f32, event.offset_y() as f32]
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
}
