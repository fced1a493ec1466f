//! Pixels onto a canvas, without holding up the page's thread.

use crate::state::ShownImage;
use js_sys::{Promise, Uint8Array, Uint8ClampedArray};
use leptos::html::Canvas;
use leptos::prelude::{NodeRef, RwSignal};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData, window};

/// The most pixels of a canvas; larger images are shown at a half, a third, ... of their size.
const MOST_PIXELS: usize = 4_000_000;
/// Pixels that are averaged between two breaths of the page.
const PIXELS_A_STRIP: usize = 400_000;

/// The canvas that shows the image; crops are cut out of it.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// The canvas.
    pub canvas: NodeRef<Canvas>,
    /// The request of the image that is painted on it, all of it; 0 before the first.
    pub painted: RwSignal<u64>,
}

impl Default for Picture {
    /// A canvas that is still to be made.
    fn default() -> Self {
        Self { canvas: NodeRef::new(), painted: RwSignal::new(0) }
    }
}

/// Whether [`whole`] can show the image, or [`in_strips`] must.
pub fn fits(image: &ShownImage) -> bool {
    image.width * image.height <= MOST_PIXELS
}

/// Shows an image as it is.
pub fn whole(canvas: &HtmlCanvasElement, image: &ShownImage) -> Result<(), JsValue> {
    let context = sized(canvas, image.width, image.height)?;
    let data = Uint8ClampedArray::new(&image.pixels);
    context.put_image_data(&ImageData::new_with_js_u8_clamped_array(&data, image.width as u32)?, 0.0, 0.0)
}

/// Shows a large image reduced by a whole factor (each pixel the mean of a square), strip by strip. Stops when
/// `is_current` says no.
pub async fn in_strips(
    canvas: &HtmlCanvasElement,
    image: &ShownImage,
    is_current: impl Fn() -> bool,
) -> Result<(), JsValue> {
    let factor = (2..).find(|k| (image.width / k) * (image.height / k) <= MOST_PIXELS).unwrap_or(2);
    let (width, height) = ((image.width / factor).max(1), (image.height / factor).max(1));
    let context = sized(canvas, width, height)?;
    let source = Uint8Array::new(&image.pixels);
    let rows_a_strip = (PIXELS_A_STRIP / (image.width * factor)).max(1);
    let row_bytes = image.width * 4;
    for top in (0..height).step_by(rows_a_strip) {
        let rows = rows_a_strip.min(height - top);
        let first = top * factor * row_bytes;
        let strip = source.subarray(first as u32, (first + rows * factor * row_bytes) as u32).to_vec();
        let reduced = reduce(&strip, image.width, (width, rows), factor);
        let data = ImageData::new_with_u8_clamped_array(Clamped(&reduced), width as u32)?;
        context.put_image_data(&data, 0.0, top as f64)?;
        breathe().await;
        if !is_current() {
            break;
        }
    }
    Ok(())
}

/// Shows RGBA pixels that this module holds, for example an activation map.
pub fn rgba(canvas: &HtmlCanvasElement, bytes: &[u8], width: usize, height: usize) -> Result<(), JsValue> {
    let context = sized(canvas, width, height)?;
    context.put_image_data(&ImageData::new_with_u8_clamped_array(Clamped(bytes), width as u32)?, 0.0, 0.0)
}

/// Lets the page handle what is waiting: input, then painting.
async fn breathe() {
    let pause = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            // Without a timer the promise would hang, and the image stay half painted; no browser refuses one.
            let _ = window.set_timeout_with_callback(&resolve);
        }
    });
    let _ = JsFuture::from(pause).await;
}

fn sized(canvas: &HtmlCanvasElement, width: usize, height: usize) -> Result<CanvasRenderingContext2d, JsValue> {
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    canvas.get_context("2d")?.map(JsCast::unchecked_into).ok_or(JsValue::NULL)
}

fn reduce(source: &[u8], source_width: usize, (width, rows): (usize, usize), factor: usize) -> Vec<u8> {
    let area = (factor * factor) as u32;
    let mut reduced = Vec::with_capacity(width * rows * 4);
    for row in 0..rows {
        for column in 0..width {
            let mut sum = [area / 2; 4];
            for y in 0..factor {
                let first = ((row * factor + y) * source_width + column * factor) * 4;
                for pixel in source[first..first + factor * 4].chunks_exact(4) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
                }
            }
            reduced.extend(sum.map(|sum| (sum / area) as u8));
        }
    }
    reduced
}
