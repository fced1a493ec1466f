//! The gallery's map with its controls, and what is selected on it.

use super::canvas::{self, Map};
use super::card::Card;
use super::choose::select;
use super::keys;
use super::pointer;
use super::selection::Selection;
use crate::options::{Choice, Options};
use crate::state::{Gallery, SendCommand, Shown, State, View};
use leptos::ev::PointerEvent;
use leptos::html::Canvas;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text::{self, neighbours};

/// The map below the image and its neighbours.
#[component]
pub fn MapSection(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let about = |shown: &Shown| shown.gallery.here().map(|gallery| neighbours::about_map(&gallery.here));
    view! {
        <section
            id="gallery"
            class="gallery"
            aria-labelledby="gallery-title"
            data-empty=state.memo(|shown| bool_name(shown.gallery.here().is_none()))
        >
            <div class="labels-head"><h2 id="gallery-title">{neighbours::MAP}</h2></div>
            <p id="gallery-about" class="hint">{state.memo(about)}</p>
            <Tools state send />
            <div
                id="map-frame"
                // The map has its own pointer.
                on:mouseover=|event| event.stop_propagation()
                on:focusin=|event| event.stop_propagation()
            >
                <MapCanvas state send />
                <Card state send />
            </div>
            <p id="map-help" class="hint">{neighbours::MAP_HELP}</p>
            <Selection state send />
        </section>
    }
}

#[component]
fn Tools(state: State, send: SendCommand) -> impl IntoView {
    let colour = move |event| {
        if let Ok(label) = event_target_value(&event).parse() {
            state.change(|shown| shown.gallery.coloured = Some(label));
        }
    };
    let select_view = move |_| {
        let [a, b] = canvas::with(|map| [[0.0; 2], map.size].map(|corner| map.viewport.to_map(corner, map.size)));
        select(state, send, a, b);
    };
    let chosen = |shown: &Shown| coloured(shown).map(|(_, label)| label.to_string()).unwrap_or_default();
    view! {
        <div class="map-tools">
            <label for="colour-by">{neighbours::COLOUR_BY}</label>
            <select id="colour-by" on:change=colour>
                <Options choices=state.memo(colours) chosen=state.memo(chosen) />
            </select>
            <span class="zooms">
                <button
                    id="zoom-in"
                    type="button"
                    title=neighbours::ZOOM_IN
                    aria-label=neighbours::ZOOM_IN
                    on:click=|_| canvas::zoom(canvas::STEP)
                >
                    "+"
                </button>
                <button
                    id="zoom-out"
                    type="button"
                    title=neighbours::ZOOM_OUT
                    aria-label=neighbours::ZOOM_OUT
                    on:click=|_| canvas::zoom(1.0 / canvas::STEP)
                >
                    "−"
                </button>
                <button id="whole-map" type="button" on:click=|_| canvas::change(Map::show_whole)>{neighbours::RESET}</button>
            </span>
            <button
                id="rectangle"
                type="button"
                aria-pressed=state.memo(|shown| bool_name(shown.gallery.selects))
                on:click=move |_| state.change(|shown| shown.gallery.selects = !shown.gallery.selects)
            >
                {neighbours::RECTANGLE}
            </button>
            <button id="select-view" type="button" on:click=select_view>{neighbours::IN_VIEW}</button>
        </div>
    }
}

/// The labels, each with how many images have it.
fn colours(shown: &Shown) -> Vec<Choice> {
    let Some(gallery) = shown.gallery.here() else { return Vec::new() };
    let labels = gallery.here.labels.iter().zip(&gallery.label_counts).enumerate();
    let choice = |(index, (label, &count)): (usize, (&String, &usize))| {
        (index.to_string(), neighbours::label_count(&text::label(label), count))
    };
    labels.map(choice).collect()
}

/// The gallery, and the label that is coloured: the one that was chosen, else the image's highest-scoring that the gallery
/// knows.
fn coloured(shown: &Shown) -> Option<(&Gallery, usize)> {
    let gallery: &Gallery = shown.gallery.here()?;
    let known = |name: &String| gallery.here.labels.iter().position(|label| label == name);
    let highest = || shown.rows().iter().find_map(|row| known(&row.label));
    Some((gallery, shown.gallery.coloured.or_else(highest).unwrap_or(0)))
}

#[component]
fn MapCanvas(state: State, send: SendCommand) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    canvas::follow_page();
    Effect::new(move |_| {
        let shown = state.get();
        let Some(canvas) = canvas.get().filter(|_| shown.view == View::Neighbours) else { return };
        if let (Some(gallery), Some((_, label))) = (shown.gallery.here(), coloured(&shown)) {
            canvas::draw(canvas, &shown, gallery, label);
        }
    });
    let take = move |event: PointerEvent| pointer::take(state, send, &event);
    let press = move |event| keys::pressed(state, send, &event);
    view! {
        <canvas
            node_ref=canvas
            id="gallery-map"
            tabindex="0"
            role="application"
            aria-describedby="map-help"
            aria-label=state.memo(map_label)
            data-coloured=state.memo(colour_name)
            data-selects=state.memo(|shown| bool_name(shown.gallery.selects))
            on:pointerdown=take
            on:pointermove=take
            on:pointerup=take
            on:pointercancel=take
            on:pointerleave=take
            on:wheel=|event| pointer::wheel(&event)
            on:keydown=press
        ></canvas>
    }
}

fn map_label(shown: &Shown) -> String {
    let Some((gallery, label)) = coloured(shown) else { return String::new() };
    let count = gallery.label_counts.get(label).copied().unwrap_or_default();
    neighbours::map_label(&gallery.here, &colour_name(shown), count)
}

fn colour_name(shown: &Shown) -> String {
    let label = coloured(shown).and_then(|(gallery, label)| gallery.here.labels.get(label));
    label.map(|label| text::label(label)).unwrap_or_default()
}
