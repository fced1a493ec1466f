//! From the visitor's files to images with rows: one after another through the engine, each with its small picture.

use crate::engine::{Engine, Failed};
use crate::session::{Image, Picture};
use js_sys::{ArrayBuffer, Reflect, Uint8ClampedArray};
use nadir_core::protocol::{Answer, ImageInput, Task};
use nadir_web_kit::files::PickedFile;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, ImageData};

/// Width and height of a small picture, px: sharp at twice the grid's size would be four times the bytes.
const THUMBNAIL_PX: usize = 112;
/// Larger files are refused, as on the other pages.
const MOST_FILE_BYTES: f64 = 60e6;
/// One image with its row.
///
/// # Errors
/// What the engine says of its failure; a file that is too large, cannot be read or has no direction.
pub async fn embed(engine: &Engine, picked: &PickedFile) -> Result<(Image, Vec<f32>), Failed> {
    let PickedFile { path, file } = picked;
    let refused = |why: &str| Failed { message: format!("{path}: {why}"), is_lost: false };
    if file.size() > MOST_FILE_BYTES {
        return Err(refused("the file has more than 60 MB."));
    }
    let bytes: ArrayBuffer = JsFuture::from(file.array_buffer())
        .await
        .map_err(|_| refused("the file cannot be read; was it moved?"))?
        .unchecked_into();
    let image = ImageInput::File { name: path.clone() };
    let answer = engine.ask(Task::Embed { image, thumbnail_px: THUMBNAIL_PX }, Some(&bytes), |_| {}).await;
    let (answer, bytes) = match answer {
        Err(failed) if !failed.is_lost => {
            // What the engine does not decode the browser may, AVIF for one.
            let (pixels, width, height) = decoded(file).await.map_err(|_| failed)?;
            let image = ImageInput::Pixels { width, height };
            engine.ask(Task::Embed { image, thumbnail_px: THUMBNAIL_PX }, Some(&pixels), |_| {}).await?
        }
        other => other?,
    };
    let Answer::Embedded(embedded) = answer else { return Err(refused("the engine gave another answer.")) };
    let row_bytes = embedded.dimensions * size_of::<f32>();
    let side = embedded.thumbnail_px;
    if embedded.dimensions == 0 || bytes.len() != row_bytes + side * side * 4 {
        return Err(refused("the network gives it no direction."));
    }
    let row = floats(&bytes[..row_bytes]);
    let picture = picture(&bytes[row_bytes..], side).map_err(|_| refused("its small picture cannot be drawn."))?;
    let is_unlike = embedded.ood.is_some_and(|ood| ood.is_unlike());
    Ok((Image { name: path.clone(), picture: Picture::Address(picture), is_unlike }, row))
}

/// Little-endian f32.
pub fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

/// RGBA pixels by the browser's own decoder.
async fn decoded(file: &File) -> Result<(ArrayBuffer, usize, usize), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let bitmap = nadir_web_kit::js::call(&window, "createImageBitmap", &[file.into()]).await?;
    let side =
        |name: &str| Reflect::get(&bitmap, &name.into()).ok().and_then(|side| side.as_f64()).unwrap_or(0.0) as u32;
    let (width, height) = (side("width"), side("height"));
    let (canvas, context) = canvas(width, height)?;
    let draw: js_sys::Function = Reflect::get(&context, &"drawImage".into())?.dyn_into()?;
    draw.call3(&context, &bitmap, &0.into(), &0.into())?;
    let pixels = context.get_image_data(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()))?;
    let bytes = Uint8ClampedArray::from(pixels.data().0.as_slice()).buffer();
    Ok((bytes, width as usize, height as usize))
}

/// A JPEG as a `data:` address.
fn picture(rgba: &[u8], side: usize) -> Result<String, JsValue> {
    let (canvas, context) = canvas(side as u32, side as u32)?;
    let pixels = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), side as u32, side as u32)?;
    context.put_image_data(&pixels, 0.0, 0.0)?;
    canvas.to_data_url_with_type("image/jpeg")
}

fn canvas(width: u32, height: u32) -> Result<(HtmlCanvasElement, CanvasRenderingContext2d), JsValue> {
    let canvas: HtmlCanvasElement = nadir_web_kit::dom::document().create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
    Ok((canvas, context))
}
