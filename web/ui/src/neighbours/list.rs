//! The neighbours beside the image; a sentence where there is no gallery.

use super::choose::{hover, let_go_elsewhere, pick};
use super::tiles::Tile;
use crate::state::{SendCommand, Sheet, Shown, Stage, State, tile};
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text::{self, neighbours};

/// An image of the gallery near the visitor's.
#[derive(Debug, Clone, PartialEq)]
struct Neighbour {
    /// The image request whose neighbour it is.
    request: u64,
    /// By the gallery's order.
    image: usize,
    cosine: f32,
    /// For those who do not see it.
    name: String,
}

/// The list, and what was searched.
#[component]
pub fn Nearest(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let_go_elsewhere(state, send);
    let nearest = state.memo(nearest);
    let has_gallery = state.memo(|shown| shown.ready.as_ref().is_none_or(|ready| ready.gallery.is_some()));
    let of_search = |shown: &Shown| shown.gallery.found.as_ref().map(|found| found.neighbours.search_ms.to_string());
    let of_request = |shown: &Shown| shown.gallery.found.as_ref().map(|found| found.request.to_string());
    let item = move |neighbour| view! { <Item state send neighbour /> };
    view! {
        <section
            id="neighbours"
            class="neighbours"
            aria-labelledby="neighbours-title"
            aria-busy=state.memo(|shown| bool_name(is_busy(shown)))
        >
            <div class="labels-head">
                <h2 id="neighbours-title">{text::NEIGHBOURS}</h2>
                <p id="neighbours-count">{state.memo(count)}</p>
            </div>
            <p id="neighbours-say" class="hint" role="status" data-volatile="">{state.memo(sentence)}</p>
            <p id="neighbours-how" hidden=has_gallery><code>{neighbours::MAKE_GALLERY}</code></p>
            <ol
                id="nearest"
                aria-label=neighbours::LIST
                data-search-ms=state.memo(of_search)
                data-request=state.memo(of_request)
            >
                <For
                    each=move || nearest.get()
                    key=|neighbour: &Neighbour| (neighbour.request, neighbour.image)
                    children=item
                />
            </ol>
            <p id="neighbours-hint" class="hint" hidden=state.memo(|shown| shown.gallery.here().is_none())>
                {neighbours::HINT}
            </p>
        </section>
    }
}

/// Thumbnail, cosine, and labels; those that the network sees in the visitor's image are marked.
#[component]
fn Item(state: State, send: SendCommand, neighbour: Neighbour) -> impl IntoView {
    let Neighbour { image, cosine, name, .. } = neighbour;
    let words = Memo::new(move |_| words(&state.get(), image));
    let word = |(word, is_shared)| view! { <span class="word" data-shared=bool_name(is_shared)>{word}</span> };
    view! {
        <li>
            <button
                class="neighbour"
                type="button"
                data-image=image.to_string()
                data-cosine=cosine.to_string()
                data-lit=move || bool_name(state.get().gallery.pointed == Some(image))
                on:mouseover=move |event| hover(state, send, &event, image)
                on:focusin=move |event| hover(state, send, &event, image)
                on:click=move |_| pick(state, send, image)
            >
                <Tile state image=Some(image) name />
                <span class="words">{move || words.get().into_iter().map(word).collect_view()}</span>
                <span class="score">{neighbours::cosine(cosine)}</span>
            </button>
        </li>
    }
}

fn nearest(shown: &Shown) -> Vec<Neighbour> {
    let (Some(gallery), Some(found)) = (shown.gallery.here(), &shown.gallery.found) else { return Vec::new() };
    let neighbour = |(rank, near): (usize, &nadir_core::neighbours::Neighbour)| Neighbour {
        request: found.request,
        image: near.index,
        cosine: near.cosine,
        name: neighbours::neighbour(rank, &gallery.names[near.index], near.cosine),
    };
    found.neighbours.found.iter().enumerate().map(neighbour).collect()
}

/// An image's labels, each a word; one that the network sees in the visitor's image has a mark.
fn words(shown: &Shown, image: usize) -> Vec<(String, bool)> {
    let Some(gallery) = shown.gallery.here() else { return Vec::new() };
    let rows = shown.rows();
    let word = |label: usize| {
        let name = &gallery.here.labels[label];
        let is_shared = rows.iter().any(|row| row.present && row.label == *name);
        let mark = if is_shared { "✓ " } else { "" };
        (format!("{mark}{}", text::label(name)), is_shared)
    };
    gallery.labels_of(image).map(word).collect()
}

fn count(shown: &Shown) -> String {
    let offer = shown.ready.as_ref().and_then(|ready| ready.gallery);
    offer.map(neighbours::of_gallery).unwrap_or_default()
}

/// Whether something of what the view shows is still to come.
fn is_busy(shown: &Shown) -> bool {
    let view = &shown.gallery;
    if shown.has_no_gallery() {
        return false;
    }
    let Some(gallery) = view.here() else { return true };
    let is_found = view.found.as_ref().map(|found| found.request) == shown.image.as_ref().map(|image| image.request);
    let is_absent = |image| view.sheets.get(tile(&gallery.here, image).0) == Some(&Sheet::Absent);
    !is_found || view.pictured().any(is_absent)
}

/// The sentence over the list: how far the gallery is, why there is none, or what was searched.
fn sentence(shown: &Shown) -> String {
    match (&shown.gallery.stage, &shown.gallery.found) {
        _ if shown.ready.as_ref().is_some_and(|ready| ready.gallery.is_none()) => neighbours::NO_GALLERY.into(),
        (Stage::Failed(why), _) => format!("{} {why}", neighbours::BROKEN),
        (Stage::Absent, _) | (Stage::Fetching(0, 0), _) => neighbours::WAITING.into(),
        (Stage::Fetching(done, total), _) => neighbours::fetching(*done, *total),
        (Stage::Here(_), Some(found)) if found.neighbours.found.is_empty() => neighbours::NO_DIRECTION.into(),
        (Stage::Here(gallery), Some(found)) => neighbours::searched(&gallery.here, &found.neighbours),
        (Stage::Here(_), None) => String::new(),
    }
}
