//! `nadir verify`: a report's figures computed again from its run or bundle and its data, and compared digit by digit.

mod bundle;
mod compare;
mod run;

pub use bundle::{BUNDLE_TOLERANCE, figures_of_bundle, figures_of_labels, reported_figures};
pub use compare::{Compared, Difference, Extent, compare};
pub use run::{ablation_again, pretraining_again, probe_again, ranking_again};

use serde_json::Value;

/// What was computed again.
#[derive(Debug, Clone)]
pub struct Computed {
    /// As much of a report as could be computed, laid out as a report is.
    pub figures: Value,
    /// Whether that is everything that a report of this kind has.
    pub extent: Extent,
    /// What was done for it, a sentence: what was run or trained, and what was taken as it was kept.
    pub how: String,
}

/// Figures cannot be computed again here, so that nothing is known of them.
#[derive(Debug)]
pub struct CannotVerify(pub String);

impl std::fmt::Display for CannotVerify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot be verified here: {}", self.0)
    }
}

impl std::error::Error for CannotVerify {}
