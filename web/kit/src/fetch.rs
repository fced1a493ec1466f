//! Files of the site.

use crate::address::beside;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, window};

/// The text at `path` beside the page.
///
/// # Errors
/// The status where the site has no such file, and what the browser says where it cannot be fetched.
pub async fn text(path: &str) -> Result<String, JsValue> {
    JsFuture::from(response(path).await?.text()?).await?.as_string().ok_or(JsValue::NULL)
}

/// The bytes at `path` beside the page.
///
/// # Errors
/// As [`text`].
pub async fn bytes(path: &str) -> Result<Vec<u8>, JsValue> {
    let buffer = JsFuture::from(response(path).await?.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn response(path: &str) -> Result<Response, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let address = beside(path).ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(&address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_f64(f64::from(response.status())));
    }
    Ok(response)
}
