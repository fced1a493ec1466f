//! The page: an image, its labels or its objects, and what ran.
//!
//! Its HTML is laid out once; what changes in it is drawn by one effect, and one listener takes what the visitor does.
//! Leptos' own views would take a quarter of the page's download.

mod draw;
mod facts;
mod image_view;
mod listen;
mod notice;
mod source;

use crate::state::{SendCommand, State, View};
use crate::{objects, predict, text};
use leptos::prelude::*;

/// The whole page.
#[component]
pub fn Page(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    listen::listen(state, send);
    draw::follow(state);
    view! { <div inner_html=html()></div> }
}

fn html() -> String {
    let [labels, objects] = View::ALL.map(View::link_id);
    format!(
        r#"<header><h1>{name}</h1>
<nav aria-label="{views}"><a id="{labels}">{to_labels}</a><a id="{objects}">{to_objects}</a></nav>
<p>{tagline}</p></header>
<main id="main" data-state="starting" data-view="labels">
<section class="stage" aria-label="{image}">{frame}<div class="strip">{strip}</div>{source}</section>
<section class="labels" aria-labelledby="labels-title">{scores}</section>
<section class="objects" aria-labelledby="objects-title">{panel}</section>
<section class="facts" aria-labelledby="facts-title">{facts}</section>
</main>
<footer><p>{footer}</p></footer>"#,
        name = text::NAME,
        views = text::VIEWS,
        to_labels = text::LABELS,
        to_objects = text::objects::OBJECTS,
        tagline = text::TAGLINE,
        image = text::IMAGE,
        frame = image_view::html(),
        strip = objects::strip(),
        source = source::html(),
        scores = predict::html(),
        panel = objects::panel(),
        facts = facts::html(),
        footer = text::FOOTER,
    )
}
