//! What the parts of Nadir's page share. Each part is a WASM module of its own: `web/ui` is there from the start, the
//! others are fetched when their page is first opened.
//!
//! Nothing here holds state or knows a page.

pub mod heat;
pub mod numbers;
pub mod result;
pub mod text;

#[cfg(target_arch = "wasm32")]
pub mod address;
#[cfg(target_arch = "wasm32")]
pub mod dom;
#[cfg(target_arch = "wasm32")]
pub mod download;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(target_arch = "wasm32")]
pub mod files;
#[cfg(target_arch = "wasm32")]
pub mod js;
#[cfg(target_arch = "wasm32")]
pub mod networks;
#[cfg(target_arch = "wasm32")]
pub mod port;
#[cfg(target_arch = "wasm32")]
pub mod steps;
#[cfg(target_arch = "wasm32")]
pub mod worker;
