//! Scores of predictions and of embeddings. Ranks decide all scores of predictions but F1 and calibration, so there
//! logits serve as well as probabilities.
//!
//! A score that is not a number counts as lower than every other: it never becomes a detection by accident, and
//! never stops an evaluation.

pub mod alignment_uniformity;
pub mod average_precision;
pub mod bootstrap;
pub mod calibration;
pub mod classification;
pub mod detection;
pub mod difference;
pub mod evaluation;
pub mod f1;
pub mod knn;
pub mod label_figures;
pub mod label_ranking;
mod nearest;
mod operating_point;
pub mod per_image;
pub mod rank_me;
pub mod rank_order;
mod ranked_label;
pub mod retrieval;
pub mod roc;
mod singular_values;
pub mod spread;
pub mod student_t;
pub mod two_view;

/// The score to compare by, in the precision it comes in: negative infinity in place of NaN, and -0 as 0.
pub(crate) fn rank_score(score: f64) -> f64 {
    if score.is_nan() { f64::NEG_INFINITY } else { score + 0.0 }
}

/// The score to compare by: negative infinity in place of NaN.
pub(crate) fn nan_last(score: f32) -> f32 {
    if score.is_nan() { f32::NEG_INFINITY } else { score }
}
