//! Lessons on contrastive learning: a page of Nadir's web app. `static/pages.js` fetches it when it is first opened.
//!
//! Each lesson is a picture that moves, the formula beside it, controls and a question. What the pictures show is
//! computed by [`nadir_core::teach`], [`nadir_core::ranking`], [`nadir_core::ood`] and [`nadir_core::image::augment`]; the training runs in a Worker of its own
//! ([`nadir_core::protocol::lesson`]).

pub mod class_set;
pub mod colour_grid;
pub mod curves;
pub mod density;
pub mod exercise;
pub mod formula;
pub mod map;
pub mod overlay;
pub mod own_images;
pub mod rankings;
pub mod ranks;
pub mod scale;
pub mod simulated;
pub mod standings;
pub mod training;

#[cfg(target_arch = "wasm32")]
pub mod batch;
#[cfg(target_arch = "wasm32")]
pub mod chart;
#[cfg(target_arch = "wasm32")]
pub mod circles;
#[cfg(target_arch = "wasm32")]
pub mod curve_panel;
#[cfg(target_arch = "wasm32")]
pub mod exercises;
#[cfg(target_arch = "wasm32")]
pub mod fetched_set;
#[cfg(target_arch = "wasm32")]
pub mod html;
#[cfg(target_arch = "wasm32")]
pub mod lesson;
#[cfg(target_arch = "wasm32")]
pub mod listen;
#[cfg(target_arch = "wasm32")]
pub mod motion;
#[cfg(target_arch = "wasm32")]
pub mod ood;
#[cfg(target_arch = "wasm32")]
pub mod page;
#[cfg(target_arch = "wasm32")]
pub mod picture;
#[cfg(target_arch = "wasm32")]
pub mod pictures;
#[cfg(target_arch = "wasm32")]
pub mod projector;
#[cfg(target_arch = "wasm32")]
pub mod question_view;
#[cfg(target_arch = "wasm32")]
pub mod questions;
#[cfg(target_arch = "wasm32")]
pub mod reading;
#[cfg(target_arch = "wasm32")]
pub mod seen;
#[cfg(target_arch = "wasm32")]
pub mod settings;
#[cfg(target_arch = "wasm32")]
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod trainer;
#[cfg(target_arch = "wasm32")]
pub mod views;

#[cfg(target_arch = "wasm32")]
mod start {
    use crate::listen::listen;
    use crate::page::Page;
    use std::cell::RefCell;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    thread_local! {
        static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
    }

    /// Draws the page into its section.
    #[wasm_bindgen]
    pub fn open(host: HtmlElement) {
        console_error_panic_hook::set_once();
        let page = Page::open(&host);
        listen(&host, &page);
        PAGE.set(Some(page));
    }

    /// The page comes into sight, or goes.
    #[wasm_bindgen]
    pub fn show(is_shown: bool) {
        if let Some(page) = PAGE.with_borrow(Clone::clone) {
            page.show(is_shown);
        }
    }
}
