//! Dry runs: is everything there that a training needs, does it fit, and how long will it take?

pub mod detector;
mod findings;
pub mod study;

pub use findings::Findings;
