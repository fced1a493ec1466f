//! The page: images, classes, questions, and what is taken away.

mod classes;
mod desk;
mod grid;
mod kept;
mod loading;
mod map;
mod own;
mod picture;
mod questions;
mod source;
mod take_away;

use self::classes::Classes;
use self::desk::Desk;
use self::grid::Grid;
use self::map::MapPanel;
use self::questions::Questions;
use self::source::SourceBar;
use self::take_away::TakeAway;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text::teach as text;

/// The whole page. Its engine starts at once.
#[component]
pub fn Page() -> impl IntoView {
    let desk = Desk::new();
    loading::start(desk);
    questions::listen_to_keys(desk);
    view! {
        <div
            class="teach"
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| own::take_dropped(desk, &event)
            aria-busy=move || bool_name(desk.is_busy())
        >
            <div class="lead">
                <h2>{text::TITLE}</h2>
                <p>{text::INTRO}</p>
            </div>
            <SourceBar desk />
            <p id="teach-message" class="message" role="status">{move || desk.message.get()}</p>
            <div class="beside">
                <aside>
                    <Classes desk />
                    <TakeAway desk />
                </aside>
                <div class="main">
                    <Questions desk />
                    <MapPanel desk />
                    <Grid desk />
                </div>
            </div>
        </div>
    }
}
