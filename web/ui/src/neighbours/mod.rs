//! The images of a gallery that are most like the visitor's, and the gallery's map.

mod splat;
mod viewport;

pub use splat::{Look, Pixel, splat};
pub use viewport::{Viewport, inside, nearest};

#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod card;
#[cfg(target_arch = "wasm32")]
mod choose;
#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod list;
#[cfg(target_arch = "wasm32")]
mod map;
#[cfg(target_arch = "wasm32")]
mod pointer;
#[cfg(target_arch = "wasm32")]
mod selection;
#[cfg(target_arch = "wasm32")]
mod tiles;

#[cfg(target_arch = "wasm32")]
pub use list::Nearest;
#[cfg(target_arch = "wasm32")]
pub use map::MapSection;
