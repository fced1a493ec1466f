//! Scores of predictions. Ranks decide all of them but F1, so logits serve as well as probabilities.
//!
//! A score that is not a number counts as lower than every other: it never becomes a detection by accident, and
//! never stops an evaluation.

pub mod average_precision;
pub mod f1;
mod operating_point;
pub mod roc;
