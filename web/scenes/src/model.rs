//! The networks of the site, and their descriptions.

use crate::open;
use crate::state::{Offer, Scene};
use leptos::prelude::*;
use nadir_core::bundle::Bundle;
use nadir_web_kit::address;
use nadir_web_kit::text::scenes as text;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Response, window};

/// The name of the network in the query, as web/ui has it.
const MODEL: &str = "model";

/// Fetches the list, and the description of the network that the address names, or of the first.
pub fn fetch(scene: Scene) {
    spawn_local(async move {
        let list = fetch_text("models/index.json").await.ok();
        let offers: Vec<Offer> = list.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default();
        let named = address::get(MODEL).filter(|name| offers.iter().any(|offer| offer.name == *name));
        let model = named.or_else(|| offers.first().map(|offer| offer.name.clone()));
        scene.offers.set(offers);
        match model {
            Some(model) => choose(scene, model),
            None => scene.problem.set(Some(text::MODEL_FAILED.to_owned())),
        }
    });
}

/// Takes another network; a file that it reads otherwise is opened again.
pub fn choose(scene: Scene, model: String) {
    scene.stop();
    scene.model.set(model.clone());
    spawn_local(async move {
        let json = fetch_text(&format!("models/{model}/bundle.json")).await;
        if scene.model.get_untracked() != model {
            return;
        }
        let read = json.map_err(|_| text::MODEL_FAILED.to_owned());
        let read = read.and_then(|json| Bundle::from_json(&json).map_err(|error| format!("{}: {error}.", model)));
        match read {
            Ok(bundle) => {
                let before = scene.bundle.get_untracked().map(|before| before.bands.clone().unwrap_or_default());
                let bands = bundle.bands.clone().unwrap_or_default();
                scene.bundle.set(Some(Rc::new(bundle)));
                if before.unwrap_or_default() != bands {
                    open::again(scene);
                }
            }
            Err(problem) => {
                scene.bundle.set(None);
                scene.problem.set(Some(problem));
            }
        }
    });
}

/// The absolute address of a network's folder.
pub fn url(model: &str) -> Option<String> {
    address::beside(&format!("models/{model}/"))
}

async fn fetch_text(path: &str) -> Result<String, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(path)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    let text = JsFuture::from(response.text()?).await?;
    text.as_string().ok_or(JsValue::NULL)
}
