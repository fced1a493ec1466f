//! Thumbnails: parts of the gallery's sheets, shown as backgrounds, which the browser cuts out and scales.

use crate::state::{Gallery, GalleryView, Sheet, Shown, State, rows_of, tile};
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::decimal;

/// An image's thumbnail, as styles have it.
#[derive(Debug, Clone, PartialEq)]
struct Thumbnail {
    url: String,
    size: String,
    position: String,
    /// Its sheet is still to come.
    is_waiting: bool,
}

/// An image's thumbnail; nothing until its sheet is here.
#[component]
pub fn Tile(
    /// What the page shows.
    state: State,
    /// The image, by the gallery's order.
    #[prop(into)]
    image: Signal<Option<usize>>,
    /// What it is called, where nothing beside it says so.
    #[prop(optional)]
    name: Option<String>,
) -> impl IntoView {
    let thumbnail = Memo::new(move |_| thumbnail(&state.get(), image.get()?));
    let style = move |of: fn(Thumbnail) -> String| move || thumbnail.get().map(of).unwrap_or_default();
    view! {
        <span
            class="tile"
            role=name.is_some().then_some("img")
            aria-label=name
            data-waiting=move || thumbnail.get().map(|thumbnail| bool_name(thumbnail.is_waiting))
            style=("background-image", style(|thumbnail| thumbnail.url))
            style=("background-size", style(|thumbnail| thumbnail.size))
            style=("background-position", style(|thumbnail| thumbnail.position))
        ></span>
    }
}

fn thumbnail(shown: &Shown, image: usize) -> Option<Thumbnail> {
    let view = &shown.gallery;
    view.here().map(|gallery| of_sheet(view, gallery, image))
}

fn of_sheet(view: &GalleryView, gallery: &Gallery, image: usize) -> Thumbnail {
    let (sheet, [column, row]) = tile(&gallery.here, image);
    let url = match view.sheets.get(sheet) {
        Some(Sheet::Here(url)) => format!("url(\"{url}\")"),
        _ => "none".to_owned(),
    };
    let (columns, rows) = (gallery.here.columns, rows_of(&gallery.here, sheet));
    // To a hundredth of a pixel: a sheet is some thousand px wide.
    let percent = |share: f64| decimal(share * 100.0, 4) + "%";
    let share = |at: usize, of: usize| percent(at as f64 / of.saturating_sub(1).max(1) as f64);
    Thumbnail {
        url,
        size: format!("{} {}", percent(columns as f64), percent(rows as f64)),
        position: format!("{} {}", share(column, columns), share(row, rows)),
        is_waiting: matches!(view.sheets.get(sheet), Some(Sheet::Absent)),
    }
}
