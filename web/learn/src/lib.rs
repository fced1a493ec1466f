//! Lessons on contrastive learning: a page of Nadir's web app. `static/pages.js` fetches it when it is first opened.

#[cfg(target_arch = "wasm32")]
mod page {
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    /// Draws the page into its section.
    #[wasm_bindgen]
    pub fn open(host: HtmlElement) {
        console_error_panic_hook::set_once();
        host.set_inner_text("");
    }

    /// The page comes into sight, or goes.
    #[wasm_bindgen]
    pub fn show(_is_shown: bool) {}
}
