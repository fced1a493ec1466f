//! The images of a gallery that are most like the visitor's, and the gallery's map.

mod panel;
mod splat;
mod viewport;

pub use panel::{map_section, panel};
pub use splat::{Look, Pixel, splat};
pub use viewport::{Viewport, inside, nearest};

#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod choose;
#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod pointer;
#[cfg(target_arch = "wasm32")]
mod take;
#[cfg(target_arch = "wasm32")]
mod tiles;

#[cfg(target_arch = "wasm32")]
pub use draw::draw_neighbours;
#[cfg(target_arch = "wasm32")]
pub use pointer::listen;
#[cfg(target_arch = "wasm32")]
pub use take::{clicked, coloured, pointed_at, pressed};
