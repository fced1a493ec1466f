//! Files for the visitor, made in the page.

use crate::dom::{document, set};
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlElement, Url};

/// Gives the visitor a file of this text.
///
/// # Errors
/// Where the browser refuses it.
pub fn save(name: &str, text: &str) -> Result<(), JsValue> {
    save_blob(name, &Blob::new_with_str_sequence(&Array::of1(&JsValue::from_str(text)))?)
}

/// Gives the visitor a file of these bytes.
///
/// # Errors
/// Where the browser refuses it.
pub fn save_bytes(name: &str, bytes: &ArrayBuffer) -> Result<(), JsValue> {
    save_blob(name, &Blob::new_with_buffer_source_sequence(&Array::of1(bytes))?)
}

fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link = document().create_element("a")?;
    set(&link, "href", &address);
    set(&link, "download", name);
    link.unchecked_ref::<HtmlElement>().click();
    // The download holds the file by now.
    Url::revoke_object_url(&address)
}
