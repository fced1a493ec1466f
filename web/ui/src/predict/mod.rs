//! The page: an image, its labels, and what ran.

mod draw;
mod facts;
mod image_view;
mod notice;
mod scores;
mod source;

pub use facts::Facts;
pub use image_view::ImageView;
pub use notice::NoticeView;
pub use scores::Scores;
pub use source::SourceControls;

use crate::state::{SendCommand, State};
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
    source::listen(state, send);
    draw::follow(state);
    view! {
        <header>
            <h1>{text::NAME}</h1>
            <p>{text::TAGLINE}</p>
        </header>
        <main data-state=state.text(|shown| shown.phase.name().to_owned())>
            <section class="stage" aria-label=text::IMAGE>
                <ImageView state send />
                <SourceControls state send />
            </section>
            <Scores state send />
            <Facts state send />
        </main>
        <footer>
            <p>{text::FOOTER}</p>
        </footer>
    }
}
