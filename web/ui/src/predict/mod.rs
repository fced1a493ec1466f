//! The labels of an image: bars, threshold, and which label's map lies over the image.

mod draw;
mod scores;

pub use scores::{clicked, draw_labels, html, slid};
