//! The crops of what was found, below the image.

use super::choose::{dim_elsewhere, is_lit, light_by, open};
use super::crop;
use super::object::{Object, objects};
use crate::arrows::go_along;
use crate::paint::Picture;
use crate::state::{SendCommand, State};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::{decimal, percent};
use nadir_web_kit::text::objects as text;

/// The strip of crops, the highest-scoring first.
#[component]
pub fn Strip(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
    /// Where the image is painted.
    picture: Picture,
) -> impl IntoView {
    dim_elsewhere(state);
    let found = objects(state);
    // The one stop of the Tab key; the arrow keys go on from it.
    let stop = Memo::new(move |_| {
        let shown = state.get();
        found.with(|found| {
            let is_here = |candidate: &usize| found.iter().any(|object| object.candidate == *candidate);
            let first = found.first().map(|object| object.candidate);
            shown.lit.filter(is_here).or(shown.opened.filter(is_here)).or(first)
        })
    });
    let hint = move || match state.get().objects_here() {
        None => "",
        Some(_) if found.with(Vec::is_empty) => text::NONE_ABOVE_SCORE,
        Some(_) => text::STRIP_HINT,
    };
    let crop = move |object: Object| view! { <Crop state send picture object stop /> };
    view! {
        <ul id="strip" aria-label=text::STRIP on:keydown=move |event| press(state, &event)>
            <For each=move || found.get() key=Object::key children=crop />
        </ul>
        <p id="strip-hint" class="hint">{hint}</p>
    }
}

#[component]
fn Crop(state: State, send: SendCommand, picture: Picture, object: Object, stop: Memo<Option<usize>>) -> impl IntoView {
    let Object { candidate, name, colour, score, box_in_image, .. } = object;
    let canvas = NodeRef::new();
    crop::follow(state, picture, canvas, move || Some(box_in_image));
    let is_unknown = Memo::new(move |_| {
        let shown = state.get();
        shown.objects_here().and_then(|found| found.name(candidate)).is_some_and(|name| name.unknown)
    });
    let second = move || if is_unknown.get() { text::UNKNOWN.to_owned() } else { percent(score) };
    view! {
        <li>
            <button
                class="crop"
                type="button"
                data-object=candidate.to_string()
                data-colour=colour
                data-lit=move || bool_name(is_lit(state, candidate))
                data-truth="false"
                data-score=decimal(f64::from(score), 4)
                data-box=sides(box_in_image)
                data-unknown=move || bool_name(is_unknown.get())
                aria-expanded=move || bool_name(state.get().opened == Some(candidate))
                aria-controls="detail"
                tabindex=move || if stop.get() == Some(candidate) { "0" } else { "-1" }
                on:mouseover=move |event| light_by(state, &event, candidate)
                on:focusin=move |event| light_by(state, &event, candidate)
                on:click=move |_| open(state, send, candidate)
            >
                <canvas node_ref=canvas aria-hidden="true"></canvas>
                <span class="name">{name}</span>
                <span class="score">{second}</span>
            </button>
        </li>
    }
}

/// A box as the tests read it, to a thousandth of a px.
fn sides(box_in_image: PixelBox) -> String {
    let [x0, y0, x1, y1] = box_in_image.map(|side| decimal(f64::from(side), 3));
    format!("{x0} {y0} {x1} {y1}")
}

/// Arrows go along the strip, Escape closes what is open.
fn press(state: State, event: &KeyboardEvent) {
    match event.key().as_str() {
        "Escape" => state.change(|shown| shown.opened = None),
        _ => go_along(event),
    }
}
