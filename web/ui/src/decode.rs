//! The browser's own image decoder, for formats that the engine does not read (GIF, AVIF, ...).

use js_sys::{ArrayBuffer, Promise, Reflect, Uint8ClampedArray};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, ImageBitmap, ImageBitmapOptions};
use web_sys::{ResizeQuality, Url, window};

/// The longest side of a decoded image. More would stall the page's thread while its pixels are copied, and the
/// network sees a few hundred px.
const LONGEST_PX: u32 = 2048;

/// Pixels as `ImageData` has them.
pub struct Decoded {
    /// RGBA, `width * height * 4` bytes.
    pub bytes: ArrayBuffer,
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
}

/// Decodes off the page's thread, scaled down to `LONGEST_PX` on the way.
pub async fn decode(blob: &Blob) -> Result<Decoded, JsValue> {
    let (width, height) = size_px(blob).await?;
    let scale = (f64::from(LONGEST_PX) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale + 0.5) as u32).max(1);
    let (width, height) = (side(width), side(height));

    let options = ImageBitmapOptions::new();
    options.set_resize_width(width);
    options.set_resize_height(height);
    options.set_resize_quality(ResizeQuality::Medium);
    let window = window().ok_or(JsValue::NULL)?;
    let bitmap = window.create_image_bitmap_with_blob_and_image_bitmap_options(blob, &options)?;
    let bitmap: ImageBitmap = JsFuture::from(bitmap).await?.unchecked_into();

    let canvas = window.document().ok_or(JsValue::NULL)?.create_element("canvas")?;
    let canvas: HtmlCanvasElement = canvas.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into::<CanvasRenderingContext2d>();
    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0)?;
    bitmap.close();
    let pixels = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
    // `ImageData::data` would copy the pixels into this module and out again.
    let data = Reflect::get(&pixels, &"data".into())?.unchecked_into::<Uint8ClampedArray>();
    Ok(Decoded { bytes: data.buffer(), width: width as usize, height: height as usize })
}

/// The image's size, which the browser knows before it decodes the whole.
pub async fn size_px(blob: &Blob) -> Result<(u32, u32), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let image = HtmlImageElement::new()?;
    let loaded = Promise::new(&mut |resolve, reject| {
        image.set_onload(Some(&resolve));
        image.set_onerror(Some(&reject));
    });
    image.set_src(&url);
    let result = JsFuture::from(loaded).await;
    Url::revoke_object_url(&url)?;
    result.map(|_| (image.natural_width(), image.natural_height()))
}
