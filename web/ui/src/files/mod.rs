//! The table of several files.

mod draw;
mod thumbnails;

pub use draw::{clicked, draw_files, html, sorted};
pub use thumbnails::keep as keep_thumbnail;
