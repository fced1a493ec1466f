//! The networks to choose from, and the one that the last visit started with.

use crate::state::Offer;
use js_sys::{Array, JSON};
use nadir_core::bundle::Imagery;
use nadir_web_kit::{fetch, js, networks};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

/// Where the browser keeps the name of the last default network, for a start without a connection.
const LAST_MODEL: &str = "nadir.model";

/// The networks to choose from; empty if the list cannot be fetched.
pub async fn list() -> Vec<Offer> {
    let fetch = async { JSON::parse(&fetch::text(networks::LIST).await?)?.dyn_into::<Array>() };
    let models = fetch.await.unwrap_or_default();
    models.iter().filter_map(|model| offer(&model)).collect()
}

fn offer(model: &JsValue) -> Option<Offer> {
    let imagery = js::text(model, "imagery")?;
    let imagery = [Imagery::Scenes, Imagery::Photographs].into_iter().find(|other| other.name() == imagery)?;
    Some(Offer { name: js::text(model, "name")?, title: js::text(model, "title")?, imagery })
}

/// The default network of the last visit.
pub fn last() -> Option<String> {
    storage()?.get_item(LAST_MODEL).ok().flatten()
}

/// Keeps the name of the default network.
pub fn keep(name: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage costs only the start without a connection.
        let _ = storage.set_item(LAST_MODEL, name);
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
