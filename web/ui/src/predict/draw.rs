//! The bars.

use crate::state::Shown;
use nadir_web_kit::dom::{bool_name, child, draw_list, say, set, set_in, style};
use nadir_web_kit::numbers::{decimal, percent};
use nadir_web_kit::result::Row;
use nadir_web_kit::text;
use web_sys::Element;

/// The labels as they are shown.
pub fn draw_bars(shown: &Shown) {
    let rows = shown.rows();
    let request = shown.prediction.as_ref().map(|prediction| prediction.request);
    // Of another image it would mislead.
    let compared = shown.compared.as_deref().filter(|compared| Some(compared.request) == request);
    set_in("bars", "data-compares", bool_name(shown.compared.is_some()));
    draw_list("bars", rows.len(), "li", &mut |index, item| {
        let row = &rows[index];
        let other = compared.and_then(|compared| compared.score(&row.label));
        let button = child(item, 0, "button", "label");
        let is_mapped = shown.mapped_label == Some(row.index);
        set(&button, "type", "button");
        set(&button, "data-index", &row.index.to_string());
        set(&button, "data-label", &row.label);
        set(&button, "data-score", &decimal(f64::from(row.score), 4));
        set(&button, "data-present", bool_name(row.present));
        set(&button, "data-truth", row.truth.map_or("", bool_name));
        set(&button, "aria-pressed", bool_name(is_mapped));
        set(&child(&button, 0, "span", "mark"), "aria-hidden", "true");
        say(&child(&button, 1, "span", "name"), &text::label(&row.label));
        draw_bar(&child(&button, 2, "span", "bar"), row, other.map(|other| other.0));
        say(&child(&button, 3, "span", "score"), &percent(row.score));
        set(&button, "data-other-score", &other.map_or(String::new(), |other| decimal(f64::from(other.0), 4)));
        let truth = row.truth.map_or("", |truth| if truth { text::IN_SCENE } else { text::NOT_IN_SCENE });
        say(&child(&button, 4, "span", "unseen"), truth);
        draw_other(&child(&button, 5, "span", "other"), other);
    });
}

/// The other network's score in words.
fn draw_other(element: &Element, other: Option<(f32, bool)>) {
    set(element, "data-present", bool_name(other.is_some_and(|other| other.1)));
    say(element, &other.map_or(String::new(), |other| percent(other.0)));
}

fn draw_bar(bar: &Element, row: &Row, other: Option<f32>) {
    set(bar, "aria-hidden", "true");
    let length = decimal(f64::from(row.score), 4);
    style(&child(bar, 0, "i", "fill"), "transform", &format!("scaleX({length})"));
    style(&child(bar, 1, "i", "tick"), "left", &percent(row.threshold));
    let other = decimal(f64::from(other.unwrap_or(0.0)), 4);
    style(&child(bar, 2, "i", "other-fill"), "transform", &format!("scaleX({other})"));
}
