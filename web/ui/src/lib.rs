//! Nadir's page: an image, its labels and objects, and where the network saw them. The network runs in a Worker
//! (`web/engine`); this crate holds only what the visitor sees, so that it stays small and its thread never waits.

pub mod neighbours;
pub mod objects;
pub mod state;

#[cfg(target_arch = "wasm32")]
pub mod address;
#[cfg(target_arch = "wasm32")]
pub mod arrows;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(target_arch = "wasm32")]
pub mod copy;
#[cfg(target_arch = "wasm32")]
pub mod decode;
#[cfg(target_arch = "wasm32")]
pub mod files;
#[cfg(target_arch = "wasm32")]
pub mod messages;
#[cfg(target_arch = "wasm32")]
pub mod options;
#[cfg(target_arch = "wasm32")]
pub mod page;
#[cfg(target_arch = "wasm32")]
pub mod paint;
#[cfg(target_arch = "wasm32")]
pub mod predict;
#[cfg(target_arch = "wasm32")]
pub mod window;

#[cfg(target_arch = "wasm32")]
mod start {
    use crate::{
        client::Client,
        page::Page,
        state::{Shown, State},
    };
    use leptos::prelude::*;
    use wasm_bindgen::{JsCast, prelude::wasm_bindgen};

    /// Puts the page into `#app` and starts the engine. Does nothing where there is no `#app`, so that a test can load
    /// this crate and mount parts of the page itself.
    #[wasm_bindgen(start)]
    pub fn start() {
        console_error_panic_hook::set_once();
        let Some(app) = document().get_element_by_id("app") else { return };
        app.set_inner_html("");
        mount_to(app.unchecked_into(), || {
            let state = State::new(Shown::nothing());
            let client = Client::start(state);
            let send = UnsyncCallback::new(move |command| client.run(command));
            view! { <Page state send /> }
        })
        .forget();
    }
}
