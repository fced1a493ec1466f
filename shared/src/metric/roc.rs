//! How well a score tells two groups apart, for example images like the training data from others (out of
//! distribution, "OOD"; Hendrycks & Gimpel 2017).

use serde::{Deserialize, Serialize};

use super::average_precision::average_precision;
use super::operating_point::operating_points;

/// Area under the ROC curve: the probability that a positive scores above a negative, ties counting half.
/// `None` where either kind is missing. NaN scores rank last.
///
/// # Panics
/// If there are not as many targets as scores.
pub fn auroc(scores: &[f32], targets: &[bool]) -> Option<f64> {
    let points = operating_points(scores, targets);
    let last = points.last()?;
    let (positives, negatives) = (last.true_positives, last.false_positives);
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut area, mut before) = (0.0, (0, 0));
    for point in &points {
        let now = (point.true_positives, point.false_positives);
        area += (now.1 - before.1) as f64 * (now.0 + before.0) as f64 / 2.0;
        before = now;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// The lowest rate of false positives at which at least `true_positive_rate` of the positives are found. `None`
/// where either kind is missing. NaN scores rank last.
///
/// # Panics
/// If there are not as many targets as scores.
pub fn fpr_at_tpr(scores: &[f32], targets: &[bool], true_positive_rate: f64) -> Option<f64> {
    let points = operating_points(scores, targets);
    let last = points.last()?;
    let (positives, negatives) = (last.true_positives, last.false_positives);
    if positives == 0 || negatives == 0 {
        return None;
    }
    let reached = |found: usize| found as f64 / positives as f64 >= true_positive_rate;
    let point = points.iter().find(|point| reached(point.true_positives)).unwrap_or(last);
    Some(point.false_positives as f64 / negatives as f64)
}

/// The usual scores of a detector of foreign images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutOfDistribution {
    /// [`auroc`] with foreign images as positives; 0.5 is chance.
    pub auroc: f64,
    /// Average precision with foreign images as positives.
    pub aupr_out: f64,
    /// Average precision with familiar images as positives and the score negated.
    pub aupr_in: f64,
    /// Share of familiar images taken for foreign where 95 % of the foreign ones are found.
    pub fpr_at_95_tpr: f64,
}

/// All four; `scores` are higher the more foreign an image seems. `None` where either kind is missing.
///
/// # Panics
/// If there are not as many values in `is_foreign` as scores.
pub fn out_of_distribution(scores: &[f32], is_foreign: &[bool]) -> Option<OutOfDistribution> {
    let negated: Vec<f32> = scores.iter().map(|score| -score).collect();
    let is_familiar: Vec<bool> = is_foreign.iter().map(|foreign| !foreign).collect();
    Some(OutOfDistribution {
        auroc: auroc(scores, is_foreign)?,
        aupr_out: average_precision(scores, is_foreign)?,
        aupr_in: average_precision(&negated, &is_familiar)?,
        fpr_at_95_tpr: fpr_at_tpr(scores, is_foreign, 0.95)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_a_useless_and_a_reversed_score() {
        let targets = [true, true, false, false];
        assert_eq!(auroc(&[4.0, 3.0, 2.0, 1.0], &targets), Some(1.0));
        assert_eq!(auroc(&[1.0; 4], &targets), Some(0.5));
        assert_eq!(auroc(&[1.0, 2.0, 3.0, 4.0], &targets), Some(0.0));
        assert_eq!(fpr_at_tpr(&[4.0, 3.0, 2.0, 1.0], &targets, 0.95), Some(0.0));
        assert_eq!(fpr_at_tpr(&[4.0, 2.0, 3.0, 1.0], &targets, 0.95), Some(0.5));
    }

    #[test]
    fn one_kind_alone_has_no_score() {
        assert_eq!(auroc(&[1.0], &[true]), None);
        assert_eq!(fpr_at_tpr(&[1.0], &[false], 0.95), None);
        assert_eq!(out_of_distribution(&[], &[]), None);
        assert_eq!(auroc(&[f32::NAN, f32::NAN], &[true, false]), Some(0.5));
    }
}
