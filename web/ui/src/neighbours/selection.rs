//! What is selected on the map.

use super::choose::{hover, pick};
use super::tiles::Tile;
use crate::arrows::go_along;
use crate::state::{GalleryView, MOST_LISTED, SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text::{self, neighbours};
use std::rc::Rc;

/// How many images are selected, which labels they have, and their thumbnails.
#[component]
pub fn Selection(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let selected = state.memo(|shown| listed(&shown.gallery).to_vec());
    let first = Memo::new(move |_| selected.with(|selected| selected.first().copied()));
    let picked = move |image| view! { <Picked state send image first /> };
    view! {
        <div class="selection">
            <p id="selected-count" role="status">{state.memo(count)}</p>
            <button
                id="clear-selection"
                type="button"
                hidden=state.memo(|shown| shown.gallery.selected.is_empty())
                on:click=move |_| state.change(|shown| shown.gallery.selected = Rc::default())
            >
                {neighbours::CLEAR}
            </button>
        </div>
        <p id="selected-labels" class="hint">{state.memo(most_frequent)}</p>
        <ul id="selected" aria-label=neighbours::SELECTED on:keydown=move |event| go_along(&event)>
            <For each=move || selected.get() key=|image| *image children=picked />
        </ul>
    }
}

#[component]
fn Picked(state: State, send: SendCommand, image: usize, first: Memo<Option<usize>>) -> impl IntoView {
    let name = state.peek().gallery.here().and_then(|gallery| gallery.names.get(image).cloned());
    view! {
        <li>
            <button
                class="picked"
                type="button"
                data-image=image.to_string()
                aria-label=name
                // One stop of the Tab key; arrows go along.
                tabindex=move || if first.get() == Some(image) { "0" } else { "-1" }
                data-lit=move || bool_name(state.get().gallery.pointed == Some(image))
                on:mouseover=move |event| hover(state, send, &event, image)
                on:focusin=move |event| hover(state, send, &event, image)
                on:click=move |_| pick(state, send, image)
            >
                <Tile state image=Some(image) />
            </button>
        </li>
    }
}

/// The selected images that are listed.
fn listed(view: &GalleryView) -> &[usize] {
    &view.selected[..view.selected.len().min(MOST_LISTED)]
}

fn count(shown: &Shown) -> String {
    neighbours::selected(shown.gallery.selected.len(), listed(&shown.gallery).len())
}

/// The labels of the selected images, the most frequent first.
fn most_frequent(shown: &Shown) -> String {
    let view = &shown.gallery;
    let Some(gallery) = view.here() else { return String::new() };
    let mut counts: Vec<(usize, usize)> = Vec::with_capacity(gallery.here.labels.len());
    for label in 0..gallery.here.labels.len() {
        let count = view.selected.iter().filter(|&&image| gallery.has(image, label)).count();
        if count > 0 {
            // By insertion, as in the list of labels: the library's sort would add to the download.
            let index = counts.iter().position(|&(_, other)| other < count).unwrap_or(counts.len());
            counts.insert(index, (label, count));
        }
    }
    let words: Vec<String> = counts
        .iter()
        .map(|&(label, count)| neighbours::label_count(&text::label(&gallery.here.labels[label]), count))
        .collect();
    words.join(" · ")
}
