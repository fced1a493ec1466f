//! Pixels: onto a canvas, and out of a file that the visitor chose.

use js_sys::{Function, Promise, Reflect};
use nadir_core::image::RgbImage;
use nadir_web_kit::dom::document;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, ImageBitmap, ImageData, window};

/// Draws an image on the canvas, which takes its size.
pub fn show(canvas: &HtmlCanvasElement, image: &RgbImage) {
    let rgba: Vec<u8> = image.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    show_rgba(canvas, &rgba, image.width);
}

/// Shows RGBA pixels, this many a row.
pub fn show_rgba(canvas: &HtmlCanvasElement, rgba: &[u8], width: usize) {
    let (wide, high) = (width as u32, (rgba.len() / 4 / width.max(1)) as u32);
    if canvas.width() != wide || canvas.height() != high {
        canvas.set_width(wide);
        canvas.set_height(high);
    }
    if let (Some(context), Ok(data)) = (context(canvas), ImageData::new_with_u8_clamped_array(Clamped(rgba), wide)) {
        // Fails only for an empty picture.
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}

/// The 2-D drawing context of a canvas.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten().map(JsCast::unchecked_into)
}

/// A canvas that stands nowhere.
pub fn hidden_canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

/// A file's pixels, decoded by the browser; what is longer than `longest_px` is reduced to it.
///
/// # Errors
/// Where the browser knows no such image.
pub async fn read(file: &File, longest_px: f64) -> Result<RgbImage, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let create: Function = Reflect::get(&window, &"createImageBitmap".into())?.dyn_into()?;
    let bitmap: ImageBitmap = JsFuture::from(create.call1(&window, file)?.dyn_into::<Promise>()?).await?.dyn_into()?;
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let scale = (longest_px / width.max(height)).min(1.0);
    let side = |length: f64| (length * scale).round().max(1.0);
    let (width, height) = (side(width), side(height));
    let canvas = hidden_canvas(width as u32, height as u32).ok_or(JsValue::NULL)?;
    let context = context(&canvas).ok_or(JsValue::NULL)?;
    // By name: a feature for one word would compile all that uses web-sys again.
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into())?;
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height)?;
    bitmap.close();
    pixels_of(&context, width, height)
}

/// What a canvas shows, from its corner on.
///
/// # Errors
/// Where the browser does not give it.
pub fn pixels_of(context: &CanvasRenderingContext2d, width: f64, height: f64) -> Result<RgbImage, JsValue> {
    let data = context.get_image_data(0.0, 0.0, width, height)?.data();
    let pixels = data.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok(RgbImage { width: width as usize, height: height as usize, pixels })
}
