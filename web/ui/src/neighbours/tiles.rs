//! Thumbnails: parts of the gallery's sheets, shown as backgrounds, which the browser cuts out and scales.

use crate::state::{Gallery, GalleryView, Sheet, rows_of, tile};
use nadir_web_kit::dom::{bool_name, set, style};
use nadir_web_kit::numbers::decimal;
use web_sys::Element;

/// Shows an image's thumbnail in this element; nothing until its sheet is here.
pub fn draw_tile(element: &Element, view: &GalleryView, gallery: &Gallery, image: usize) {
    let (sheet, [column, row]) = tile(&gallery.here, image);
    let url = match view.sheets.get(sheet) {
        Some(Sheet::Here(url)) => format!("url(\"{url}\")"),
        _ => "none".to_owned(),
    };
    set(element, "data-waiting", bool_name(matches!(view.sheets.get(sheet), Some(Sheet::Absent))));
    let (columns, rows) = (gallery.here.columns, rows_of(&gallery.here, sheet));
    // To a hundredth of a pixel: a sheet is some thousand px wide.
    let percent = |share: f64| decimal(share * 100.0, 4) + "%";
    let share = |at: usize, of: usize| percent(at as f64 / of.saturating_sub(1).max(1) as f64);
    style(element, "background-image", &url);
    style(element, "background-size", &format!("{} {}", percent(columns as f64), percent(rows as f64)));
    style(element, "background-position", &format!("{} {}", share(column, columns), share(row, rows)));
}
