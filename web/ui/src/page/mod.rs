//! The page: an image, its labels or its objects, and what ran.

mod draw;
mod facts;
mod image_view;
mod listen;
mod notice;
mod source;

pub use facts::Facts;
pub use image_view::ImageView;
pub use notice::NoticeView;
pub use source::SourceControls;

use crate::objects;
use crate::predict::Scores;
use crate::state::{SendCommand, State, View};
use crate::text;
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
    view! {
        <header>
            <h1>{text::NAME}</h1>
            <nav aria-label=text::VIEWS>
                <a id=View::Labels.link_id() href="?">{text::LABELS}</a>
                <a id=View::Objects.link_id() href="?">{text::objects::OBJECTS}</a>
            </nav>
            <p>{text::TAGLINE}</p>
        </header>
        <main
            data-state=state.text(|shown| shown.phase.name().to_owned())
            data-view=state.text(|shown| shown.view.name().to_owned())
        >
            <section class="stage" aria-label=text::IMAGE>
                <ImageView state send />
                <div class="strip" inner_html=objects::strip()></div>
                <SourceControls state send />
            </section>
            <Scores state send />
            <section class="objects" aria-labelledby="objects-title" inner_html=objects::panel()></section>
            <Facts state send />
        </main>
        <footer>
            <p>{text::FOOTER}</p>
        </footer>
    }
}
