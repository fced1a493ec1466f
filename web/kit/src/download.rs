//! Files for the visitor, made in the page.

use crate::dom::{document, set};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlElement, Url};

/// Gives the visitor a file of this text.
///
/// # Errors
/// Where the browser refuses it.
pub fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let parts = Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence(&parts)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link = document().create_element("a")?;
    set(&link, "href", &address);
    set(&link, "download", name);
    link.unchecked_ref::<HtmlElement>().click();
    // The download holds the file by now.
    Url::revoke_object_url(&address)
}
