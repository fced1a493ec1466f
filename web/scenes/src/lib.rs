//! Images of any size: a page of Nadir's web app. `static/pages.js` fetches it when it is first opened.
//!
//! A Worker of its own reads the visitor's file by windows (web/reader); the engine's Worker labels its tiles and finds
//! its objects; here is what the visitor sees and does. No pixel of the file is read on the page's own thread, and of
//! the pictures that are drawn a bounded number is kept.

pub mod camera;
pub mod kept;
pub mod order;
pub mod paint;

#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod listen;
#[cfg(target_arch = "wasm32")]
mod model;
#[cfg(target_arch = "wasm32")]
mod open;
#[cfg(target_arch = "wasm32")]
mod pictures;
#[cfg(target_arch = "wasm32")]
mod search;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
mod worker_words;

#[cfg(target_arch = "wasm32")]
mod start {
    use crate::state::Scene;
    use crate::view::ScenePage;
    use crate::{draw, listen, open};
    use js_sys::Array;
    use leptos::prelude::*;
    use std::cell::Cell;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::{File, HtmlElement};

    thread_local! {
        static SCENE: Cell<Option<Scene>> = const { Cell::new(None) };
    }

    /// Draws the page into its section.
    #[wasm_bindgen(js_name = open)]
    pub fn open_page(host: HtmlElement) {
        console_error_panic_hook::set_once();
        host.set_inner_html("");
        mount_to(host, || {
            let scene = Scene::new();
            SCENE.set(Some(scene));
            listen::listen(scene);
            view! { <ScenePage scene /> }
        })
        .forget();
    }

    /// The page comes into sight, or goes.
    #[wasm_bindgen]
    pub fn show(is_shown: bool) {
        if let Some(scene) = SCENE.get() {
            scene.is_shown.set(is_shown);
            draw::soon(scene);
        }
    }

    /// Files that the visitor gave to another page, which does not read such.
    #[wasm_bindgen]
    pub fn take(files: Array) {
        if let Some(scene) = SCENE.get() {
            open::take(scene, files.iter().filter_map(|file| file.dyn_into::<File>().ok()).collect());
        }
    }
}
