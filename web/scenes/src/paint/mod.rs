//! What the image's canvas shows, and the two ways to draw it: by WebGPU, and by the canvas' own context where there is
//! none.

pub mod frame;

#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod gpu;
#[cfg(target_arch = "wasm32")]
mod painter;

#[cfg(target_arch = "wasm32")]
pub use {
    canvas::cleared,
    painter::{Means, Painter, Picture, means},
};
