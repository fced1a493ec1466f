//! A slider of the objects, which acts without the engine.

use crate::address;
use crate::state::{Command, SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_web_kit::numbers::decimal;

/// A share that a slider sets.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Of the page.
    pub get: fn(&Shown) -> f32,
    /// Into the page.
    pub set: fn(&mut Shown, f32),
    /// In words.
    pub words: fn(f32) -> String,
}

/// A slider in percent with its words. The crops that it reveals are classified when it is let go.
#[component]
pub fn Slider(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
    /// Its name in the document and in the address.
    id: &'static str,
    /// What the visitor knows it by.
    label: &'static str,
    /// Its least value, percent.
    least: &'static str,
    /// What it sets.
    share: Share,
) -> impl IntoView {
    let Share { get, set, words } = share;
    let words = Memo::new(move |_| words(get(&state.get())));
    let value = Memo::new(move |_| decimal(f64::from(get(&state.get())) * 100.0, 0));
    let slide = move |event| {
        let Ok(percentage) = event_target_value(&event).parse::<u32>() else { return };
        state.change(|shown| {
            set(shown, percentage as f32 / 100.0);
            // What is opened stays open only while it is shown.
            shown.opened = shown.opened.filter(|opened| shown.visible().contains(opened));
        });
    };
    let settle = move |event| {
        address::set(id, Some(&event_target_value(&event)));
        send.run(Command::Name);
    };
    view! {
        <label for=id>{label}</label>
        <output id=format!("{id}-words") for=id>{words}</output>
        <input
            id=id
            type="range"
            min=least
            max="100"
            aria-valuetext=words
            prop:value=value
            on:input=slide
            on:change=settle
        />
    }
}
