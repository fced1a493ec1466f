//! Events that a component hears wherever on the page they happen.

use leptos::ev::EventDescriptor;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Listens on the window for as long as the component lives.
pub fn on_window<E: EventDescriptor + 'static>(event: E, act: impl Fn(E::EventType) + 'static)
where
    E::EventType: JsCast,
{
    let handle = window_event_listener(event, act);
    on_cleanup(move || handle.remove());
}
