//! The objects in an image: boxes over it, their crops in a strip, and what the network makes of the one that is
//! opened.

mod bars;
mod panel;
pub use bars::{Bar, bars};
pub use panel::{panel, strip};

#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod point;
#[cfg(target_arch = "wasm32")]
pub use draw::draw_objects;
#[cfg(target_arch = "wasm32")]
pub use point::{clicked, pointed_at, pressed, slid};
