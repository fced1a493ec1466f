//! The image that is pointed at, large, in the corner of the map that is farther from its point, so that it hides nothing
//! that is pointed at.

use super::canvas;
use super::tiles::Tile;
use crate::state::{Command, SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_web_kit::text::{self, neighbours};

/// What is known of the image.
#[derive(Debug, Clone, PartialEq)]
struct Pointed {
    image: usize,
    side: &'static str,
    name: String,
    labels: String,
    /// Its seed, if it is a generated scene.
    seed: Option<u64>,
}

/// The card of the image that is pointed at.
#[component]
pub fn Card(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let pointed = state.memo(pointed);
    let image = Memo::new(move |_| pointed.get().map(|pointed| pointed.image));
    let seed = Memo::new(move |_| pointed.get().and_then(|pointed| pointed.seed));
    let open = move |_| {
        if let Some(seed) = seed.get_untracked() {
            send.run(Command::Scene(seed));
        }
    };
    view! {
        <div
            id="pointed"
            role="status"
            hidden=move || image.get().is_none()
            data-image=move || image.get().map(|image| image.to_string())
            data-side=move || pointed.get().map(|pointed| pointed.side)
        >
            <Tile state image />
            <b>{move || pointed.get().map(|pointed| pointed.name)}</b>
            <span class="words">{move || pointed.get().map(|pointed| pointed.labels)}</span>
            <button id="open-scene" type="button" hidden=move || seed.get().is_none() on:click=open>
                {neighbours::OPEN_SCENE}
            </button>
        </div>
    }
}

fn pointed(shown: &Shown) -> Option<Pointed> {
    let (gallery, image) = (shown.gallery.here()?, shown.gallery.pointed?);
    let point = *gallery.points.get(image)?;
    let is_right = canvas::with(|map| map.viewport.to_canvas(point, map.size)[0] > map.size[0] / 2.0);
    let labels: Vec<String> = gallery.labels_of(image).map(|label| text::label(&gallery.here.labels[label])).collect();
    Some(Pointed {
        image,
        side: if is_right { "left" } else { "right" },
        name: gallery.names[image].clone(),
        labels: if labels.is_empty() { neighbours::NO_LABEL.to_owned() } else { labels.join(", ") },
        seed: gallery.seed(image),
    })
}
