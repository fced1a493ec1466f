//! What `static/pages.js` calls.

use crate::list::Listing;
use crate::page::{self, Page};
use crate::shelf::Listed;
use crate::{checking, draw, listen, navigate};
use nadir_web_kit::fetch;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

/// Draws the page into its section.
#[wasm_bindgen]
pub fn open(host: HtmlElement) {
    console_error_panic_hook::set_once();
    listen::listen(&host);
    page::set(Page::new(host));
    spawn_local(async {
        let listed = fetch::text("reports/index.json").await.ok();
        let listed = listed.and_then(|text| serde_json::from_str::<Vec<Listed>>(&text).ok());
        let networks = checking::networks().await;
        page::with(|page| {
            page.networks = networks;
            page.listing = if listed.is_some() { Listing::Here } else { Listing::Missing };
            page.shelf.list(listed.unwrap_or_default());
            page.laid_out = None;
        });
        navigate::go();
    });
}

/// The page comes into sight, or goes.
#[wasm_bindgen]
pub fn show(is_shown: bool) {
    page::with(|page| page.is_shown = is_shown);
    if is_shown {
        navigate::go();
        // Pictures may have been laid out for another width.
        draw::start();
    }
}
