//! Crops, cut out of the painted image.

use crate::paint::Picture;
use crate::state::State;
use leptos::html::Canvas;
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Side of a crop's picture in the strip and of the one that is opened, in px of the picture; the style halves it.
const CROP_PX: u32 = 144;

/// Draws a crop into a canvas, and again when the image or the box is another.
pub fn follow(
    state: State,
    picture: Picture,
    canvas: NodeRef<Canvas>,
    box_in_image: impl Fn() -> Option<PixelBox> + 'static,
) {
    Effect::new(move |_| {
        picture.painted.track();
        let (Some(box_in_image), Some(canvas), Some(source)) = (box_in_image(), canvas.get(), picture.canvas.get())
        else {
            return;
        };
        if let Some(image) = &state.peek().image {
            // A large image is painted smaller.
            let painted = f64::from(source.width()) / image.width as f64;
            cut(&source, &canvas, box_in_image.map(|side| f64::from(side) * painted));
        }
    });
}

/// Cuts a box, px of the source, out of it: the whole of it in the middle of a square.
fn cut(source: &HtmlCanvasElement, canvas: &HtmlCanvasElement, [x0, y0, x1, y1]: [f64; 4]) {
    // Setting a canvas' size empties it.
    canvas.set_width(CROP_PX);
    canvas.set_height(CROP_PX);
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let (width, height) = ((x1 - x0).max(1.0), (y1 - y0).max(1.0));
    let side = f64::from(CROP_PX);
    let scale = side / width.max(height);
    let (shown_width, shown_height) = (width * scale, height * scale);
    let (left, top) = ((side - shown_width) / 2.0, (side - shown_height) / 2.0);
    // A crop that cannot be painted stays empty; its words are right all the same.
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        source,
        x0,
        y0,
        width,
        height,
        left,
        top,
        shown_width,
        shown_height,
    );
}
