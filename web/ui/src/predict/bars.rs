//! The bars.

use crate::state::{Shown, State};
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::{decimal, percent};
use nadir_web_kit::result::Row;
use nadir_web_kit::text;

/// A label's bar.
#[derive(Clone, PartialEq)]
struct LabelBar {
    row: Row,
    /// The other network's score, and whether that reaches its threshold.
    other: Option<(f32, bool)>,
    /// The label's map lies over the image.
    is_mapped: bool,
}

/// The labels, the highest score first.
#[component]
pub fn Bars(
    /// What the page shows.
    state: State,
) -> impl IntoView {
    let bars = state.memo(bars);
    view! {
        <ul
            id="bars"
            data-empty=state.memo(|shown| bool_name(shown.prediction.is_none()))
            data-compares=state.memo(|shown| bool_name(shown.compared.is_some()))
            data-unlike=state.memo(|shown| bool_name(shown.unlike().is_some()))
        >
            {move || bars.get().into_iter().map(|bar| view! { <Bar state bar /> }).collect_view()}
        </ul>
    }
}

fn bars(shown: &Shown) -> Vec<LabelBar> {
    let request = shown.prediction.as_ref().map(|prediction| prediction.request);
    // Of another image it would mislead.
    let compared = shown.compared.as_deref().filter(|compared| compared.request() == request);
    let bar = |row: Row| LabelBar {
        other: compared.and_then(|compared| compared.score(&row.label)),
        is_mapped: shown.mapped_label == Some(row.index),
        row,
    };
    shown.rows().into_iter().map(bar).collect()
}

#[component]
fn Bar(state: State, bar: LabelBar) -> impl IntoView {
    let LabelBar { row, other, is_mapped } = bar;
    // Shows the map of the label, or hides it again.
    let press = move |_| {
        state.change(|shown| shown.mapped_label = (shown.mapped_label != Some(row.index)).then_some(row.index));
    };
    let score = |score: f32| decimal(f64::from(score), 4);
    let truth = match row.truth {
        Some(true) => text::IN_SCENE,
        Some(false) => text::NOT_IN_SCENE,
        None => "",
    };
    view! {
        <li>
            <button
                class="label"
                type="button"
                data-index=row.index.to_string()
                data-score=score(row.score)
                data-other-score=other.map(|other| score(other.0)).unwrap_or_default()
                data-present=bool_name(row.present)
                data-truth=row.truth.map_or("", bool_name)
                aria-pressed=bool_name(is_mapped)
                data-label=row.label.clone()
                on:click=press
            >
                <span class="mark" aria-hidden="true"></span>
                <span class="name">{text::label(&row.label)}</span>
                <span class="bar" aria-hidden="true">
                    <i class="fill" style=("transform", format!("scaleX({})", score(row.score)))></i>
                    <i class="tick" style=("left", percent(row.threshold))></i>
                    <i
                        class="other-fill"
                        style=("transform", format!("scaleX({})", score(other.map_or(0.0, |other| other.0))))
                    ></i>
                </span>
                <span class="score">{percent(row.score)}</span>
                <span class="unseen">{truth}</span>
                <span class="other" data-present=bool_name(other.is_some_and(|other| other.1))>
                    {other.map(|other| percent(other.0)).unwrap_or_default()}
                </span>
            </button>
        </li>
    }
}
