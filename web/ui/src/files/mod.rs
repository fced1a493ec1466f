//! The table of several files.

mod draw;

pub use draw::{clicked, draw_files, html, sorted};
