//! What the visitor does anywhere on the page, by one listener.

use super::source;
use crate::state::{Command, SendCommand, State, View};
use crate::{address, files, neighbours, objects, predict};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, MouseEvent};

/// What is listened for.
const EVENTS: [&str; 12] = [
    "dragover",
    "dragleave",
    "drop",
    "paste",
    "popstate",
    "click",
    "input",
    "change",
    "mouseover",
    "focusin",
    "focusout",
    "keydown",
];

/// Listens for the life of the page.
pub fn listen(state: State, send: SendCommand) {
    for name in EVENTS {
        let handle = window_event_listener_untyped(name, move |event| take(state, send, &event));
        on_cleanup(move || handle.remove());
    }
}

fn take(state: State, send: SendCommand, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    match (event.type_().as_str(), target) {
        ("popstate", _) => send.run(Command::View(address::view())),
        ("click", Some(target)) => clicked(state, send, event, &target),
        // A select has a value as an input has.
        ("input", Some(target)) => typed(state, send, target.unchecked_ref()),
        ("change", Some(target)) => changed(state, send, target.unchecked_ref()),
        ("mouseover" | "focusin", Some(target)) => pointed_at(state, send, Some(&target)),
        ("focusout", _) => pointed_at(state, send, None),
        ("keydown", Some(target)) => {
            objects::pressed(state, &target, event);
            neighbours::pressed(state, send, &target, event);
        }
        ("dragover" | "dragleave" | "drop" | "paste", _) => source::take(state, send, event),
        _ => {}
    }
}

fn pointed_at(state: State, send: SendCommand, target: Option<&Element>) {
    objects::pointed_at(state, target);
    neighbours::pointed_at(state, send, target);
}

fn clicked(state: State, send: SendCommand, event: &Event, target: &Element) {
    match target.id().as_str() {
        "next-scene" => source::next(state, send),
        "hide-map" => state.change(|shown| shown.mapped_label = None),
        "threshold-reset" => {
            address::set(address::THRESHOLD, None);
            state.change(|shown| shown.threshold = None);
        }
        "copy" => send.run(Command::Copy),
        "dismiss" => send.run(Command::Dismiss),
        "act" => {
            if let Some(action) = state.peek().action() {
                send.run(Command::Act(action));
            }
        }
        _ => {
            if let Some(view) = followed(target, event.unchecked_ref()) {
                event.prevent_default();
                address::push_view(view);
                send.run(Command::View(view));
            } else if let Some(seed) = target.get_attribute("data-seed") {
                source::typed(send, &seed);
            } else if let Ok(Some(example)) = target.closest("[data-photograph]") {
                source::pressed(send, &example.get_attribute("data-photograph").unwrap_or_default());
            } else {
                predict::clicked(state, target);
                objects::clicked(state, send, target);
                neighbours::clicked(state, send, target);
                files::clicked(state, send, target);
            }
        }
    }
}

/// A control gets another value, and may get more before it is let go.
fn typed(state: State, send: SendCommand, input: &HtmlInputElement) {
    match input.id().as_str() {
        "seed" => source::typed(send, &input.value()),
        "threshold" => predict::slid(state, &input.value()),
        id => objects::slid(state, id, &input.value()),
    }
}

/// A control has its value.
fn changed(state: State, send: SendCommand, input: &HtmlInputElement) {
    match input.id().as_str() {
        "file" | "photo" | "folder" => source::chosen(send, input),
        "device" => send.run(Command::Device(address::device_from_name(&input.value()))),
        "model" => send.run(Command::Model(input.value())),
        "compare" => send.run(Command::Compare(Some(input.value()).filter(|name| !name.is_empty()))),
        "threshold" => address::set(address::THRESHOLD, Some(&input.value())),
        id @ ("score" | "overlap") => {
            address::set(id, Some(&input.value()));
            send.run(Command::Name);
        }
        "colour-by" => neighbours::coloured(state, &input.value()),
        id @ ("files-order" | "files-only") => files::sorted(state, id, &input.value()),
        "truth" => state.change(|shown| shown.shows_truth = input.checked()),
        _ => {}
    }
}

/// The view of a link that is followed in this page, and not opened in another tab or window.
fn followed(target: &Element, click: &MouseEvent) -> Option<View> {
    let is_elsewhere = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    if is_elsewhere || click.button() != 0 {
        return None;
    }
    let id = target.id();
    View::ALL.into_iter().find(|view| view.link_id() == id)
}
