//! Files of the site.

use crate::address::beside;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, window};

/// The text at `path` beside the page.
///
/// # Errors
/// The status where the site has no such file, and what the browser says where it cannot be fetched.
pub async fn text(path: &str) -> Result<String, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let address = beside(path).ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(&address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_f64(f64::from(response.status())));
    }
    JsFuture::from(response.text()?).await?.as_string().ok_or(JsValue::NULL)
}
