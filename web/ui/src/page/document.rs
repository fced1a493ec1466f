//! What of the document is outside the page's elements: its title, and who else hears of the view.

use crate::address;
use crate::state::{Command, SendCommand, Shown, State};
use crate::window::on_window;
use leptos::ev;
use leptos::prelude::*;
use nadir_web_kit::text;
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

/// Follows the view with the document, and the browser's buttons with the view.
pub fn follow(state: State, send: SendCommand) {
    let title = state.memo(title);
    Effect::new(move |_| document().set_title(&title.get()));
    let view = state.memo(|shown| shown.view);
    Effect::new(move |_| {
        let _ = view.get();
        // Once `data-view` has changed too.
        spawn_local(async { tell_of_view() });
    });
    on_window(ev::popstate, move |_| send.run(Command::View(address::view())));
}

fn title(shown: &Shown) -> String {
    let image = shown.image.as_ref().filter(|_| shown.view.needs_engine());
    text::document_title(shown.view.title(), image.map(|image| image.title.as_str()))
}

/// `static/pages.js` fetches the views that are modules of their own, and tells them whether they are shown.
fn tell_of_view() {
    if let Ok(event) = Event::new("nadir-view") {
        // Cannot fail: the event is new.
        let _ = document().dispatch_event(&event);
    }
}
