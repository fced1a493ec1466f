//! The objects in an image: boxes over it, their crops in a strip, and what the network makes of the one that is
//! opened.

mod bars;
pub use bars::{Bar, bars};

#[cfg(target_arch = "wasm32")]
mod boxes;
#[cfg(target_arch = "wasm32")]
mod choose;
#[cfg(target_arch = "wasm32")]
mod crop;
#[cfg(target_arch = "wasm32")]
mod detail;
#[cfg(target_arch = "wasm32")]
mod object;
#[cfg(target_arch = "wasm32")]
mod panel;
#[cfg(target_arch = "wasm32")]
mod slider;
#[cfg(target_arch = "wasm32")]
mod strip;
#[cfg(target_arch = "wasm32")]
pub use boxes::Boxes;
#[cfg(target_arch = "wasm32")]
pub use panel::ObjectsPanel;
#[cfg(target_arch = "wasm32")]
pub use strip::Strip;
