//! The labels with their threshold.

use super::draw::draw_bars;
use crate::state::{Compared, Shown, State};
use nadir_core::bundle::OodScore;
use nadir_web_kit::dom::{by_id, say_in, set_in, set_value, show};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::result::tally;
use nadir_web_kit::text;
use web_sys::Element;

/// The list of labels, still empty.
pub fn html() -> String {
    format!(
        r#"<div class="labels-head"><h2 id="labels-title">{labels}</h2><p id="tally"></p><button id="copy" type="button">{copy}</button></div>
<div class="threshold"><label for="threshold">{threshold}</label><output id="threshold-words" for="threshold"></output>
<input id="threshold" type="range" min="0" max="100" step="1">
<button id="threshold-reset" type="button">{reset}</button></div>
<p id="unlike" class="unlike" role="status" hidden></p><p id="versus" class="versus" role="status" hidden></p><ul id="bars" data-empty="true"></ul><p id="labels-hint" class="hint"></p>
<p id="summary" class="unseen" role="status"></p>"#,
        labels = text::LABELS,
        copy = text::COPY,
        threshold = text::THRESHOLD,
        reset = text::THRESHOLD_RESET,
    )
}

/// Draws the labels' bars and what is compared.
pub fn draw_labels(shown: &Shown) {
    draw_bars(shown);
    let unlike = shown.prediction.as_ref().and_then(|shown| shown.prediction.ood).filter(OodScore::is_unlike);
    show("unlike", unlike.is_some());
    say_in("unlike", &unlike.map(text::unlike).unwrap_or_default());
    set_in("bars", "data-unlike", &unlike.is_some().to_string());
    show("copy", shown.prediction.is_some());
    show("versus", shown.compared.is_some());
    let versus = |compared: &Compared| match (compared.failure.as_str(), compared.is_ready) {
        ("", true) => text::versus(shown.title_of(&shown.model), shown.title_of(&compared.name)),
        ("", false) => text::fetching_other(shown.title_of(&compared.name)),
        (failure, _) => text::other_failed(shown.title_of(&compared.name), failure),
    };
    say_in("versus", &shown.compared.as_deref().map(versus).unwrap_or_default());
    say_in("tally", &comparison(shown));
    let words = shown.threshold.map_or_else(|| text::THRESHOLD_OWN.to_owned(), text::threshold_for_all);
    say_in("threshold-words", &words);
    set_in("threshold", "aria-valuetext", &words);
    set_in("threshold", "data-own", &shown.threshold.is_none().to_string());
    set_value("threshold", &decimal(f64::from(position(shown)) * 100.0, 0));
    if let Some(reset) = by_id("threshold-reset") {
        // Any element can toggle an attribute.
        let _ = reset.toggle_attribute_with_force("disabled", shown.threshold.is_none());
    }
    set_in("bars", "data-empty", &shown.prediction.is_none().to_string());
    let is_scene = shown.prediction.as_ref().is_some_and(|shown| shown.truth.is_some());
    say_in("labels-hint", if is_scene { text::LABELS_HINT_SCENE } else { text::LABELS_HINT });
    say_in("summary", &shown.summary);
}

/// Shows the map of the label that was clicked, or hides it again.
pub fn clicked(state: State, target: &Element) {
    let label = target.closest("[data-index]").ok().flatten();
    let index = label.and_then(|label| label.get_attribute("data-index")).and_then(|index| index.parse().ok());
    if let Some(index) = index {
        state.change(|shown| {
            shown.mapped_label = if shown.mapped_label == Some(index) { None } else { Some(index) };
        });
    }
}

/// The threshold for all labels was moved.
pub fn slid(state: State, percentage: &str) {
    if let Ok(percentage) = percentage.parse::<u32>() {
        state.change(|shown| shown.threshold = Some(percentage as f32 / 100.0));
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
