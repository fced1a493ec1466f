//! Before a training: is everything there that it needs, does it fit, how long will it take; which settings suit a folder
//! of images and this machine.

pub mod detector;
mod findings;
pub mod folder;
pub mod folder_settings;
mod folder_tiles;
pub mod study;

pub use findings::Findings;
