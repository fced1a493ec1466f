//! The labels with their threshold.

use super::bars::Bars;
use crate::address;
use crate::state::{Command, OtherEngine, SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::result::tally;
use nadir_web_kit::text;

/// The labels of the image, with what is to be known of them.
#[component]
pub fn Labels(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let has_none = state.memo(|shown| shown.prediction.is_none());
    view! {
        <div class="labels-head">
            <h2 id="labels-title">{text::LABELS}</h2>
            <p id="tally">{state.memo(comparison)}</p>
            <button id="copy" type="button" hidden=has_none on:click=move |_| send.run(Command::Copy)>{text::COPY}</button>
        </div>
        <Threshold state />
        <p id="unlike" class="unlike" role="status" hidden=state.memo(|shown| shown.unlike().is_none())>
            {state.memo(|shown| shown.unlike().map(text::unlike).unwrap_or_default())}
        </p>
        <p id="versus" class="versus" role="status" hidden=state.memo(|shown| shown.compared.is_none())>
            {state.memo(versus)}
        </p>
        <Bars state />
        <p id="labels-hint" class="hint">{state.memo(hint)}</p>
        <p id="summary" class="unseen" role="status">{state.memo(|shown| shown.summary.clone())}</p>
    }
}

/// One threshold for all labels, or each label's own.
#[component]
fn Threshold(state: State) -> impl IntoView {
    let words = state.memo(threshold);
    let is_own = state.memo(|shown| shown.threshold.is_none());
    let slide = move |event| {
        if let Ok(percentage) = event_target_value(&event).parse::<u32>() {
            state.change(|shown| shown.threshold = Some(percentage as f32 / 100.0));
        }
    };
    let reset = move |_| {
        address::set(address::THRESHOLD, None);
        state.change(|shown| shown.threshold = None);
    };
    view! {
        <div class="threshold">
            <label for="threshold">{text::THRESHOLD}</label>
            <output id="threshold-words" for="threshold">{words}</output>
            <input
                id="threshold"
                type="range"
                min="0"
                max="100"
                step="1"
                aria-valuetext=words
                data-own=move || bool_name(is_own.get())
                prop:value=state.memo(|shown| decimal(f64::from(position(shown)) * 100.0, 0))
                on:input=slide
                on:change=move |event| address::set(address::THRESHOLD, Some(&event_target_value(&event)))
            />
            <button id="threshold-reset" type="button" disabled=is_own on:click=reset>{text::THRESHOLD_RESET}</button>
        </div>
    }
}

fn threshold(shown: &Shown) -> String {
    shown.threshold.map_or_else(|| text::THRESHOLD_OWN.to_owned(), text::threshold_for_all)
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

/// Beside the heading: how the prediction compares with the scene, or how many labels are present.
fn comparison(shown: &Shown) -> String {
    let rows = shown.rows();
    match (rows.len(), tally(&rows)) {
        (0, _) => String::new(),
        (_, Some(counted)) => text::tally(counted),
        (all, None) => text::count(rows.iter().filter(|row| row.present).count(), all),
    }
}

/// What is known of the other network.
fn versus(shown: &Shown) -> String {
    let Some(compared) = &shown.compared else { return String::new() };
    let other = shown.title_of(&compared.name);
    match &compared.engine {
        OtherEngine::Starting => text::fetching_other(other),
        OtherEngine::Running { .. } => text::versus(shown.title_of(&shown.model), other),
        OtherEngine::Failed(why) => text::other_failed(other, why),
    }
}

fn hint(shown: &Shown) -> &'static str {
    let is_scene = shown.prediction.as_ref().is_some_and(|shown| shown.truth.is_some());
    if is_scene { text::LABELS_HINT_SCENE } else { text::LABELS_HINT }
}
