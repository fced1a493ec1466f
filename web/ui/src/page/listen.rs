//! What happens anywhere on the page: files dropped or pasted, links between the views, the pointer and the keys over
//! the objects. One listener for all of it keeps the download small.

use super::source;
use crate::address;
use crate::objects;
use crate::state::{Command, SendCommand, State, View};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

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
    match event.type_().as_str() {
        "popstate" => send.run(Command::View(address::view())),
        "click" => {
            if let Some(view) = target.as_ref().and_then(|target| followed(target, event.unchecked_ref())) {
                event.prevent_default();
                address::push_view(view);
                send.run(Command::View(view));
            } else if let Some(target) = target {
                objects::clicked(state, send, &target);
            }
        }
        "input" | "change" => objects::slid(state, send, event),
        "mouseover" | "focusin" => objects::pointed_at(state, target.as_ref()),
        "focusout" => objects::pointed_at(state, None),
        "keydown" => objects::pressed(state, target.as_ref(), event),
        _ => source::take(state, send, event),
    }
}

/// The view of a link that is followed in this page, and not opened in another tab or window.
fn followed(target: &Element, click: &MouseEvent) -> Option<View> {
    let is_elsewhere = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    if is_elsewhere || click.button() != 0 {
        return None;
    }
    let link = target.closest("nav a").ok()??;
    View::ALL.into_iter().find(|view| view.link_id() == link.id())
}
