//! The page: an image, its labels or its objects, and what ran.

mod document;
mod facts;
mod fetched;
mod given;
mod header;
mod image_view;
mod notice;
mod source;

use self::facts::Facts;
use self::fetched::FetchedSection;
use self::header::Header;
use self::image_view::ImageView;
use self::source::Source;
use crate::files::FilesSection;
use crate::neighbours::{MapSection, Nearest};
use crate::objects::{ObjectsPanel, Strip};
use crate::paint::Picture;
use crate::predict::Labels;
use crate::state::{SendCommand, Shown, State, View};
use leptos::prelude::*;
use nadir_web_kit::text;

/// The whole page.
#[component]
pub fn Page(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    document::follow(state, send);
    let picture = Picture::default();
    view! {
        <Header state send />
        <main
            id="main"
            data-state=state.memo(|shown| shown.phase.name())
            data-view=state.memo(|shown| shown.view.name())
            data-gallery=state.memo(gallery)
        >
            <section class="stage" aria-label=text::IMAGE>
                <ImageView state send picture />
                <div class="strip"><Strip state send picture /></div>
                <Source state send />
            </section>
            <section class="labels" aria-labelledby="labels-title"><Labels state send /></section>
            <FilesSection state send />
            <section class="objects" aria-labelledby="objects-title"><ObjectsPanel state send picture /></section>
            <Nearest state send />
            <MapSection state send />
            <section class="facts" aria-labelledby="facts-title"><Facts state send /></section>
            <FetchedSection view=View::Scenes />
            <FetchedSection view=View::Teach />
            <FetchedSection view=View::Reports />
            <FetchedSection view=View::Learn />
        </main>
        <footer><p>{text::FOOTER}</p></footer>
    }
}

/// Whether there is anything to see of a gallery, for the stylesheet.
fn gallery(shown: &Shown) -> &'static str {
    if shown.has_no_gallery() { "none" } else { "there" }
}
