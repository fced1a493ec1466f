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
use crate::{files, neighbours, objects, predict};
use leptos::prelude::*;
use nadir_web_kit::text;

/// The whole page: its elements, and what they listen to.
#[component]
pub fn Page(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    listen::listen(state, send);
    neighbours::listen(state, send);
    draw::follow(state);
    view! { <div inner_html=html()></div> }
}

fn html() -> String {
    let links = View::ALL.map(|view| format!(r#"<a id="{}">{}</a>"#, view.link_id(), view.title())).concat();
    format!(
        r#"<header><h1>{name}</h1>
<nav aria-label="{views}">{links}</nav>
<p>{tagline}</p></header>
<main id="main" data-state="starting" data-view="labels">
<section class="stage" aria-label="{image}">{frame}<div class="strip">{strip}</div>{source}</section>
<section class="labels" aria-labelledby="labels-title">{scores}</section>
<section id="files" class="files" aria-labelledby="files-title" hidden>{files}</section>
<section class="objects" aria-labelledby="objects-title">{panel}</section>
<section id="neighbours" class="neighbours" aria-labelledby="neighbours-title">{neighbours}</section>
<section id="gallery" class="gallery" aria-labelledby="gallery-title" data-empty="true">{gallery}</section>
<section class="facts" aria-labelledby="facts-title">{facts}</section>
{scenes}{teach}{reports}{learn}
</main>
<footer><p>{footer}</p></footer>"#,
        name = text::NAME,
        views = text::VIEWS,
        tagline = text::TAGLINE,
        image = text::IMAGE,
        frame = image_view::html(),
        strip = objects::strip(),
        source = source::html(),
        scores = predict::html(),
        files = files::html(),
        panel = objects::panel(),
        neighbours = neighbours::panel(),
        gallery = neighbours::map_section(),
        facts = facts::html(),
        scenes = fetched(View::Scenes),
        teach = fetched(View::Teach),
        reports = fetched(View::Reports),
        learn = fetched(View::Learn),
        footer = text::FOOTER,
    )
}

/// The section of a page that is fetched when it is first opened, and what stands there until then.
fn fetched(view: View) -> String {
    format!(
        r#"<section id="{id}" aria-label="{name}" class="fetched"><p class="hint fetching" role="status">{fetching}</p>
<p class="failed" role="alert" hidden>{failed} <button type="button" data-fetch="{id}">{retry}</button></p></section>"#,
        id = view.name(),
        name = view.title(),
        fetching = text::FETCHING_PAGE,
        failed = text::PAGE_FAILED,
        retry = text::ACT_RETRY,
    )
}
