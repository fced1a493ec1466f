//! What a detector finds in annotated images, and how well.

pub mod coco_files;
pub mod curves;
pub mod report;
mod resampled;
mod training_curves;
pub mod two_stage;

#[cfg(test)]
mod tests;
