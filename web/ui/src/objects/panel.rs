//! Beside the image: sliders and details; a sentence where the bundle has no detector.

use super::detail::Detail;
use super::object::objects;
use super::slider::{Share, Slider};
use crate::address;
use crate::paint::Picture;
use crate::state::{SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_core::bundle::weak_ap50;
use nadir_web_kit::text::objects as text;

/// What is to be known of the objects, and what can be set.
#[component]
pub fn ObjectsPanel(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
    /// Where the image is painted.
    picture: Picture,
) -> impl IntoView {
    let found = objects(state);
    let has_detector = state.memo(has_detector);
    let count = move || {
        let count = found.with(Vec::len);
        state.get().objects_here().map(|found| text::count(count, found.objects.candidates.len())).unwrap_or_default()
    };
    let summary = move || {
        let candidates: Vec<usize> = found.with(|found| found.iter().map(|object| object.candidate).collect());
        text::counts(&state.get().class_counts(&candidates))
    };
    let has_nothing_to_open = move || state.get().opened.is_some() || found.with(Vec::is_empty);
    view! {
        <div class="labels-head">
            <h2 id="objects-title">{text::OBJECTS}</h2>
            <p id="objects-count" role="status">{count}</p>
        </div>
        <p id="objects-summary">{summary}</p>
        <p id="no-detector" hidden=has_detector>{text::NO_DETECTOR}" "<code>{text::MAKE_DETECTOR}</code></p>
        <p id="weak-detector" class="hint" hidden=state.memo(|shown| weak(shown).is_none())>
            {state.memo(|shown| weak(shown).map(text::finds_little).unwrap_or_default())}
        </p>
        <div id="sliders" hidden=move || !has_detector.get()>
            <Slider state send id=address::SCORE label=text::SCORE least="5" share=SCORE />
            <Slider state send id=address::OVERLAP label=text::OVERLAP least="0" share=OVERLAP />
            <Truth state />
        </div>
        <p id="open-hint" class="hint" hidden=has_nothing_to_open>{text::OPEN_HINT}</p>
        <Detail state picture />
    }
}

const SCORE: Share =
    Share { get: Shown::score_from, set: |shown, share| shown.score_from = Some(share), words: text::at_least };
const OVERLAP: Share =
    Share { get: |shown| shown.overlap, set: |shown, share| shown.overlap = share, words: text::at_most };

/// A generated scene's true boxes, shown or not.
#[component]
fn Truth(state: State) -> impl IntoView {
    let show = move |event| state.change(|shown| shown.shows_truth = event_target_checked(&event));
    view! {
        <label id="truth-row" hidden=state.memo(|shown| true_boxes(shown).is_none())>
            <input id="truth" type="checkbox" on:change=show />
            <span id="truth-words">{state.memo(|shown| text::show_truth(true_boxes(shown).unwrap_or_default()))}</span>
        </label>
    }
}

/// How many boxes are truly there, where that is known.
fn true_boxes(shown: &Shown) -> Option<usize> {
    shown.objects_here()?.objects.truth.as_ref().map(Vec::len)
}

/// Whether the bundle has a detector, as long as it is not known to have none.
fn has_detector(shown: &Shown) -> bool {
    shown.ready.as_ref().is_none_or(|ready| ready.objects.is_some())
}

/// The detector's AP50 on validation images, where that is low.
fn weak(shown: &Shown) -> Option<f64> {
    weak_ap50(&shown.ready.as_ref()?.objects.as_ref()?.figures)
}
