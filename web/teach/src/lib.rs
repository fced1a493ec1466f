//! Teaching classes by clicks: a page of Nadir's web app. `static/pages.js` fetches it when it is first opened.
//!
//! The visitor names a class and clicks on examples, in the gallery or in images of their own; the head
//! ([`nadir_core::active`]) follows at once, the page asks about what it is least sure of, and what was taught leaves
//! as a file that `nadir predict --head` runs. The embeddings come from an engine in a Worker of its own. Nothing
//! leaves the visitor's machine.

pub mod map;
pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod engine;
#[cfg(target_arch = "wasm32")]
pub mod own_images;
#[cfg(target_arch = "wasm32")]
pub mod page;
#[cfg(target_arch = "wasm32")]
pub mod store;

#[cfg(target_arch = "wasm32")]
mod start {
    use crate::page::Page;
    use leptos::prelude::*;
    use nadir_web_kit::dom;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    /// Draws the page into its section.
    #[wasm_bindgen]
    pub fn open(host: HtmlElement) {
        console_error_panic_hook::set_once();
        host.set_inner_html("");
        mount_to(host, || view! { <Page /> }).forget();
    }

    /// The page comes into sight, or goes: keys are its own only while it is in sight.
    #[wasm_bindgen]
    pub fn show(is_shown: bool) {
        if let Some(section) = dom::by_id("teach") {
            dom::set(&section, "data-shown", dom::bool_name(is_shown));
        }
    }
}
