//! The labels of an image: bars, threshold, and which label's map lies over the image.

mod bars;
mod labels;

pub use labels::Labels;
