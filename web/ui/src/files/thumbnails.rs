//! Thumbnails of several files: small canvases, which belong to the browser, so that the page's state does not hold them.

use nadir_web_kit::dom::{canvas, document};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// Width and height of a thumbnail, px.
const SIDE_PX: u32 = 56;

thread_local! {
    /// The number of a set of files, and its thumbnails by their rows.
    static KEPT: RefCell<(u64, BTreeMap<usize, HtmlCanvasElement>)> = const { RefCell::new((0, BTreeMap::new())) };
}

/// Keeps a small picture of the image that is shown, for a row of a set of files.
pub fn keep(number: u64, row: usize) {
    let Some(thumbnail) = of_shown_image() else { return };
    KEPT.with_borrow_mut(|(of, kept)| {
        if *of != number {
            (*of, *kept) = (number, BTreeMap::new());
        }
        kept.insert(row, thumbnail);
    });
}

/// The middle square of the image, or what of it has been painted.
fn of_shown_image() -> Option<HtmlCanvasElement> {
    let image = canvas("image")?;
    let made = document().create_element("canvas").ok()?.unchecked_into::<HtmlCanvasElement>();
    made.set_width(SIDE_PX);
    made.set_height(SIDE_PX);
    let context = made.get_context("2d").ok()??.unchecked_into::<CanvasRenderingContext2d>();
    let (side, width, height) = (f64::from(SIDE_PX), f64::from(image.width()), f64::from(image.height()));
    let scale = side / width.min(height).max(1.0);
    let (left, top) = ((side - width * scale) / 2.0, (side - height * scale) / 2.0);
    context.draw_image_with_html_canvas_element_and_dw_and_dh(&image, left, top, width * scale, height * scale).ok()?;
    Some(made)
}

/// Puts a row's thumbnail into its cell, if it has one.
pub fn show(cell: &Element, number: u64, row: usize) {
    KEPT.with_borrow(|(of, kept)| {
        if let Some(thumbnail) = kept.get(&row).filter(|_| *of == number) {
            // A canvas goes into any element.
            let _ = cell.append_child(thumbnail);
        }
    });
}
