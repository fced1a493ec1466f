//! The image, and over it where the network saw a label.

use super::NoticeView;
use crate::state::{SendCommand, Shown, State};
use crate::text;
use leptos::prelude::*;

/// The frame with the image. It keeps its size whatever the image's is, so that nothing around it moves.
#[component]
pub fn ImageView(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    let has_no_map = state.flag(|shown| shown.map().is_none());
    view! {
        <figure
            class="frame"
            data-empty=state.text(|shown| shown.image.is_none().to_string())
            data-dragging=state.text(|shown| shown.is_dragging.to_string())
        >
            <canvas
                id="image"
                role="img"
                aria-label=state.text(|shown| {
                    shown.image.as_ref().map(|image| image.description.clone()).unwrap_or_default()
                })
            ></canvas>
            <canvas id="map" aria-hidden="true" hidden=has_no_map></canvas>
            <ol id="boxes" aria-hidden="true"></ol>
            <figcaption hidden=has_no_map>
                <span>{state.text(caption)}</span>
                <span class="ramp" aria-hidden="true">{text::MAP_LESS}<i></i>{text::MAP_MORE}</span>
                <button
                    type="button"
                    on:click=state.on_click(send, |state, _| state.change(|shown| shown.mapped_label = None))
                >
                    {text::HIDE_MAP}
                </button>
            </figcaption>
            <NoticeView state send />
            <p class="drop-here" aria-hidden="true">{text::DROP_HERE}</p>
        </figure>
    }
}

fn caption(shown: &Shown) -> String {
    let (Some(map), Some(label)) = (shown.map(), shown.mapped_label) else { return String::new() };
    let is_supported = map.values.iter().any(|&value| value > 0.0);
    let row = shown.rows().into_iter().find(|row| row.index == label);
    row.map(|row| text::map_caption(&row, is_supported)).unwrap_or_default()
}
