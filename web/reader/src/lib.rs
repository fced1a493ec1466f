//! The reader of large images, in a Worker of its own: it reads the visitor's file by windows, never as a whole where it
//! is a TIFF, knows where its pixels are on Earth, and keeps what the networks find in it. What its messages mean is
//! [`nadir_core::protocol::scene`].

pub mod reader;

mod found;
mod image;
mod levels;
mod place;

#[cfg(target_arch = "wasm32")]
mod blob;
#[cfg(target_arch = "wasm32")]
mod worker;
