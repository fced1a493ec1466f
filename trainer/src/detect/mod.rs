//! Detectors at work: on annotated images, whose detections are measured, and on a user's own files.

pub mod crop_classifier;
pub mod figures;
pub mod files;
pub mod images;
mod inputs;
pub mod overlay;
mod overlay_file;
mod predictions;
pub mod threshold;

pub use inputs::{Input, inputs};
pub use overlay_file::{OverlayPlace, write_overlay};
pub use predictions::{NamedDetections, write_predictions};
