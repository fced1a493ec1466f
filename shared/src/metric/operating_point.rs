//! What a threshold on scores lets through: the common ground of average precision, F1 and ROC.

use super::nan_last;

/// Everything scored `threshold` or higher counts as found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OperatingPoint {
    /// The lowest score that is let through.
    pub threshold: f32,
    /// Positives let through.
    pub true_positives: usize,
    /// Negatives let through.
    pub false_positives: usize,
}

/// One point for every distinct score, from the highest down; the last lets everything through. Tied scores share
/// a point, as in scikit-learn. NaN counts as negative infinity.
///
/// # Panics
/// If there are not as many targets as scores.
pub(super) fn operating_points(scores: &[f32], targets: &[bool]) -> Vec<OperatingPoint> {
    assert_eq!(scores.len(), targets.len(), "one target a score");
    let mut ranked: Vec<(f32, bool)> =
        scores.iter().map(|&score| nan_last(score)).zip(targets.iter().copied()).collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut true_positives, mut false_positives) = (0, 0);
    ranked
        .chunk_by(|a, b| a.0 == b.0)
        .map(|tied| {
            let positives = tied.iter().filter(|(_, target)| *target).count();
            true_positives += positives;
            false_positives += tied.len() - positives;
            OperatingPoint { threshold: tied[0].0, true_positives, false_positives }
        })
        .collect()
}
