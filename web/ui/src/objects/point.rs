//! The pointer and the keys over boxes and crops, where what is pointed at is lit in both and a click opens it; and the
//! sliders, which act without the engine.

use crate::state::{Command, SendCommand, State, View};
use leptos::prelude::Callable;
use nadir_web_kit::js::text;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

/// Lights the object that the pointer or the focus is on; `None` for none.
pub fn pointed_at(state: State, target: Option<&Element>) {
    let lit = target.and_then(candidate_of);
    if state.peek().view == View::Objects && state.peek().lit != lit {
        state.change(|shown| shown.lit = lit);
    }
}

/// Opens the object that was clicked, or closes it again.
pub fn clicked(state: State, send: SendCommand, target: &Element) {
    let Some(candidate) = candidate_of(target) else { return };
    let is_open = state.peek().opened == Some(candidate);
    state.change(|shown| shown.opened = (!is_open).then_some(candidate));
    send.run(Command::Name);
}

/// A slider is moved.
pub fn slid(state: State, id: &str, percentage: &str) {
    let Ok(percentage) = percentage.parse::<u32>() else { return };
    let share = percentage as f32 / 100.0;
    state.change(|shown| {
        match id {
            "score" => shown.score_from = Some(share),
            "overlap" => shown.overlap = share,
            _ => {}
        }
        // What is opened stays open only while it is shown.
        shown.opened = shown.opened.filter(|opened| shown.visible().contains(opened));
    });
}

/// Arrows go along the strip, Escape closes what is open.
pub fn pressed(state: State, target: &Element, event: &Event) {
    let key = text(event, "key").unwrap_or_default();
    let Some(item) = target.closest("#strip li").ok().flatten() else { return };
    let next = match key.as_str() {
        "ArrowRight" | "ArrowDown" => item.next_element_sibling(),
        "ArrowLeft" | "ArrowUp" => item.previous_element_sibling(),
        "Home" => item.parent_element().and_then(|strip| strip.first_element_child()),
        "End" => item.parent_element().and_then(|strip| strip.last_element_child()),
        "Escape" => return state.change(|shown| shown.opened = None),
        _ => return,
    };
    event.prevent_default();
    if let Some(button) = next.and_then(|item| item.first_element_child()) {
        // A button takes the focus.
        let _ = button.unchecked_into::<HtmlElement>().focus();
    }
}

/// The candidate whose box or crop this element is, or is in.
fn candidate_of(target: &Element) -> Option<usize> {
    target.closest("[data-object]").ok()??.get_attribute("data-object")?.parse().ok()
}
