//! Fields of JavaScript's objects.

use js_sys::{Array, Function, Promise, Reflect};
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
    call(&clipboard, "writeText", &[words.into()]).await.map(drop)
}

/// Calls a method by its name, and waits for what it promises.
///
/// # Errors
/// Where there is no such method, or the promise is not kept.
pub async fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = field(object, method).dyn_into()?;
    let promise: Promise = function.apply(object, &arguments.iter().collect::<Array>())?.dyn_into()?;
    JsFuture::from(promise).await
}
