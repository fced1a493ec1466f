//! Which bundle is taught on: the one that the address names, or the page's first.

use js_sys::{Array, JSON};
use nadir_web_kit::{fetch, js, networks};
use wasm_bindgen::JsValue;

/// The absolute address of the bundle's folder; `None` where no list says which.
pub async fn bundle_url() -> Option<String> {
    let name = match networks::model() {
        Some(name) => name,
        None => first().await.ok()?,
    };
    networks::bundle_url(&name)
}

async fn first() -> Result<String, JsValue> {
    let models = JSON::parse(&fetch::text(networks::LIST).await?)?;
    js::text(&Array::from(&models).get(0), "name").ok_or(JsValue::NULL)
}
