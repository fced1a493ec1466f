//! What the head is least sure of, to be answered with yes or no.

use super::desk::Desk;
use super::picture::SmallPicture;
use leptos::ev;
use leptos::prelude::*;
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::numbers::percent;
use nadir_web_kit::text::teach as text;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The row of questions.
#[component]
pub fn Questions(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let class = move || desk.with(|session| session.class().map(|class| class.name.clone())).flatten();
    let hint = move || match class() {
        None => text::NAME_FIRST.to_owned(),
        Some(_) if desk.queries.with(Vec::is_empty) => text::ASK_FIRST.to_owned(),
        Some(class) => format!("{} {}", text::is_it(&class), text::QUESTIONS_HINT),
    };
    // Of another class the same image is another question.
    let key = move |image: &usize| (desk.peek(|session| session.active), desk.source.get_untracked() as u8, *image);
    view! {
        <section
            class="questions"
            aria-labelledby="teach-questions-title"
            data-asks=move || bool_name(class().is_some())
        >
            <h3 id="teach-questions-title">{text::QUESTIONS}</h3>
            <p class="hint" id="teach-question">{hint}</p>
            <ul id="teach-queries" class="tiles">
                <For
                    each=move || desk.queries.get()
                    key=key
                    children=move |image| view! { <Question desk image /> }
                />
            </ul>
        </section>
    }
}

#[component]
fn Question(
    /// The page.
    desk: Desk,
    /// Which image.
    image: usize,
) -> impl IntoView {
    let name = desk.image(image).map(|image| image.name).unwrap_or_default();
    let class = desk.peek(|session| session.class().map(|class| class.name.clone())).flatten().unwrap_or_default();
    let question = text::question(&name, &class);
    let score = move || desk.with(|session| session.score(image)).flatten();
    view! {
        <li class="tile question" data-image=image data-name=name>
            <SmallPicture desk image />
            <span class="share">{move || score().map(percent)}</span>
            <div role="group" aria-label=question>
                <button type="button" data-say="yes" on:click=move |_| desk.answer(image, true)>{text::YES}</button>
                <button type="button" data-say="no" on:click=move |_| desk.answer(image, false)>{text::NO}</button>
            </div>
        </li>
    }
}

/// Y and N answer for the first question, unless the visitor types.
pub fn listen_to_keys(desk: Desk) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let is_shown = dom::by_id("teach").and_then(|section| section.get_attribute("data-shown"));
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typing =
            target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        let has_modifier = event.alt_key() || event.ctrl_key() || event.meta_key();
        if is_shown.as_deref() != Some("true") || is_typing || has_modifier {
            return;
        }
        let is_yes = match event.key().as_str() {
            "y" | "Y" => true,
            "n" | "N" => false,
            _ => return,
        };
        if let Some(first) = desk.queries.with_untracked(|queries| queries.first().copied()) {
            event.prevent_default();
            desk.answer(first, is_yes);
        }
    });
    on_cleanup(move || handle.remove());
}
