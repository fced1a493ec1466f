//! The image, and over it where the network saw a label, or the objects.

use super::notice::NoticeBox;
use crate::objects::Boxes;
use crate::paint::{self, Picture};
use crate::state::{SendCommand, Shown, State};
use leptos::html::Canvas;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::{heat, text};
use wasm_bindgen_futures::spawn_local;

/// The longest side of a painted map; the browser smooths it up to the image's size.
const MAP_PX: usize = 384;

/// The frame with the image. It keeps its size whatever the image's is, so that nothing around it moves.
#[component]
pub fn ImageView(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
    /// Where the image is painted.
    picture: Picture,
) -> impl IntoView {
    let map = NodeRef::new();
    paint_image(state, picture);
    paint_map(state, map);
    let has_no_map = state.memo(|shown| shown.map().is_none());
    view! {
        <figure
            id="frame"
            class="frame"
            data-empty=state.memo(|shown| bool_name(shown.image.is_none()))
            data-dragging=state.memo(|shown| bool_name(shown.is_dragging))
        >
            <canvas node_ref=picture.canvas id="image" role="img" aria-label=state.memo(description)></canvas>
            <canvas node_ref=map id="map" aria-hidden="true" hidden=has_no_map></canvas>
            <Boxes state send />
            <figcaption id="map-caption" hidden=has_no_map>
                <span id="map-words">{state.memo(caption)}</span>
                <span class="ramp" aria-hidden="true">{text::MAP_LESS}<i></i>{text::MAP_MORE}</span>
                <button id="hide-map" type="button" on:click=move |_| state.change(|shown| shown.mapped_label = None)>
                    {text::HIDE_MAP}
                </button>
            </figcaption>
            <NoticeBox state send />
            <p class="drop-here" aria-hidden="true">{text::DROP_HERE}</p>
        </figure>
    }
}

fn description(shown: &Shown) -> String {
    shown.image.as_ref().map(|image| image.description.clone()).unwrap_or_default()
}

fn caption(shown: &Shown) -> String {
    let (Some(map), Some(label)) = (shown.map(), shown.mapped_label) else { return String::new() };
    let is_supported = map.values.iter().any(|&value| value > 0.0);
    let row = shown.rows().into_iter().find(|row| row.index == label);
    row.map(|row| text::map_caption(&row, is_supported)).unwrap_or_default()
}

/// Paints the image whenever it is another.
fn paint_image(state: State, Picture { canvas, painted }: Picture) {
    let request = state.memo(|shown| shown.image.as_ref().map(|image| image.request));
    Effect::new(move |_| {
        let Some(request) = request.get() else { return };
        let (Some(canvas), Some(image)) = (canvas.get(), state.peek().image.clone()) else { return };
        // A canvas that cannot be painted stays empty; the labels are right all the same.
        if paint::fits(&image) {
            let _ = paint::whole(&canvas, &image);
            painted.set(request);
            return;
        }
        let is_current = move || state.peek().image.as_ref().is_some_and(|now| now.request == request);
        spawn_local(async move {
            let _ = paint::in_strips(&canvas, &image, is_current).await;
            painted.set(request);
        });
    });
}

/// Paints the label's map whenever it is another.
fn paint_map(state: State, canvas: NodeRef<Canvas>) {
    // What it depends on: which image, and which label.
    let shown_map = state.memo(|shown| {
        let (label, image) = (shown.map().and(shown.mapped_label)?, shown.image.as_ref()?);
        Some((image.request, label))
    });
    Effect::new(move |_| {
        let _ = shown_map.get();
        let shown = state.peek();
        let (Some(canvas), Some(map), Some(image)) = (canvas.get(), shown.map(), &shown.image) else { return };
        if let Some(heat) = heat::paint(map, (image.width, image.height), MAP_PX) {
            // As above: without its map the image is still right.
            let _ = paint::rgba(&canvas, &heat.rgba, heat.width, heat.height);
        }
    });
}
