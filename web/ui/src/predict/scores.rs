//! The labels as bars, with the threshold.

use crate::numbers::decimal;
use crate::result::tally;
use crate::state::{SendCommand, Shown, State};
use crate::text;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// The list of labels.
#[component]
pub fn Scores(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    view! {
        <section class="labels" aria-labelledby="labels-title">
            <div class="labels-head">
                <h2 id="labels-title">{text::LABELS}</h2>
                <p id="tally">{state.text(comparison)}</p>
            </div>
            <Threshold state send />
            <ul
                id="bars"
                data-empty=state.text(|shown| shown.prediction.is_none().to_string())
                on:click=move |event| choose(state, &event)
            ></ul>
            <p class="hint">
                {state.text(|shown| {
                    let is_scene = shown.prediction.as_ref().is_some_and(|shown| shown.truth.is_some());
                    if is_scene { text::LABELS_HINT_SCENE.to_owned() } else { text::LABELS_HINT.to_owned() }
                })}
            </p>
            <p id="summary" class="unseen" role="status">{state.text(|shown| shown.summary.clone())}</p>
        </section>
    }
}

/// Shows the map of the label that was clicked, or hides it again.
fn choose(state: State, event: &MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let label = target.and_then(|target| target.closest("[data-index]").ok().flatten());
    let index = label.and_then(|label| label.get_attribute("data-index")).and_then(|index| index.parse().ok());
    if let Some(index) = index {
        state.change(|shown| {
            shown.mapped_label = if shown.mapped_label == Some(index) { None } else { Some(index) };
        });
    }
}

#[component]
fn Threshold(state: State, send: SendCommand) -> impl IntoView {
    let words =
        state.text(|shown| shown.threshold.map_or_else(|| text::THRESHOLD_OWN.to_owned(), text::threshold_for_all));
    view! {
        <div class="threshold">
            <label for="threshold">{text::THRESHOLD}</label>
            <output for="threshold">{words}</output>
            <input
                id="threshold"
                type="range"
                min="0"
                max="100"
                step="1"
                data-own=state.text(|shown| shown.threshold.is_none().to_string())
                aria-valuetext=words
                prop:value=state.text(|shown| decimal(f64::from(position(shown)) * 100.0, 0))
                on:input=state.on_value(send, |state, _, value| {
                    if let Ok(percentage) = value.parse::<u32>() {
                        state.change(|shown| shown.threshold = Some(percentage as f32 / 100.0));
                    }
                })
            />
            <button
                id="threshold-reset"
                type="button"
                disabled=state.flag(|shown| shown.threshold.is_none())
                on:click=state.on_click(send, |state, _| state.change(|shown| shown.threshold = None))
            >
                {text::THRESHOLD_RESET}
            </button>
        </div>
    }
}

/// Beside the heading: how the prediction compares with the scene, or how many labels are present.
fn comparison(shown: &Shown) -> String {
    let rows = shown.rows();
    match (rows.len(), tally(&rows)) {
        (0, _) => String::new(),
        (_, Some(counted)) => text::tally(counted),
        (all, None) => text::count(rows.iter().filter(|row| row.present).count(), all),
    }
}

/// Where the slider stands: at the threshold for all labels, or at the mean while each label has its own.
fn position(shown: &Shown) -> f32 {
    match (shown.threshold, &shown.ready) {
        (Some(threshold), _) => threshold,
        (None, Some(ready)) if !ready.thresholds.is_empty() => {
            ready.thresholds.iter().sum::<f32>() / ready.thresholds.len() as f32
        }
        _ => 0.5,
    }
}
