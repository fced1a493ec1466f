//! Fields of JavaScript's objects.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A field; `undefined` if there is none.
pub fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A field that is a text.
pub fn text(object: &JsValue, name: &str) -> Option<String> {
    field(object, name).as_string()
}

/// Puts a text into the clipboard.
///
/// # Errors
/// Where the browser does not allow it, as on pages that came without encryption.
pub async fn copy(words: &str) -> Result<(), JsValue> {
    // By name: web-sys' own type for the clipboard is one more feature, for which all that uses web-sys is compiled
    // again.
    let clipboard = field(&field(&js_sys::global(), "navigator"), "clipboard");
    let write: Function = field(&clipboard, "writeText").dyn_into()?;
    let written: Promise = write.call1(&clipboard, &words.into())?.dyn_into()?;
    JsFuture::from(written).await.map(drop)
}
