//! The networks of the site, and their descriptions.

use crate::open;
use crate::state::{Offer, Scene};
use leptos::prelude::*;
use nadir_core::bundle::Bundle;
use nadir_web_kit::text::scenes as text;
use nadir_web_kit::{fetch, networks};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Fetches the list, and the description of the network that the address names, or of the first.
pub fn offer(scene: Scene) {
    spawn_local(async move {
        let list = fetch::text(networks::LIST).await.ok();
        let offers: Vec<Offer> = list.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default();
        let named = networks::model().filter(|name| offers.iter().any(|offer| offer.name == *name));
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
        let json = fetch::text(&format!("models/{model}/bundle.json")).await;
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
