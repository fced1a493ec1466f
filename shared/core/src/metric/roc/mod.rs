//! How well a score tells two groups apart, for example images like the training data from others (out of
//! distribution, "OOD"; Hendrycks & Gimpel 2017).

use serde::{Deserialize, Serialize};

use super::average_precision::average_precision_of;
use super::operating_point::{OperatingPoint, Ranking, operating_points};

/// Most points of a [`roc_curve`]: enough for a plot, few enough for a report.
pub const CURVE_POINTS: usize = 200;

/// Area under the ROC curve: the probability that a positive scores above a negative, ties counting half.
/// `None` if either kind is missing. NaN scores rank last.
///
/// ```
/// use nadir_core::metric::roc::auroc;
/// // The positive is above one of two negatives.
/// assert_eq!(auroc(&[0.5, 0.4, 0.6], &[true, false, false]), Some(0.5));
/// ```
///
/// # Panics
/// If there are not as many targets as scores.
pub fn auroc(scores: &[impl Copy + Into<f64>], targets: &[bool]) -> Option<f64> {
    auroc_of(&operating_points(scores, targets))
}

fn auroc_of(points: &[OperatingPoint]) -> Option<f64> {
    let [positives, negatives] = both_kinds(points)?;
    let (mut area, mut before) = (0.0, (0, 0));
    for point in points {
        let now = (point.true_positives, point.false_positives);
        area += (now.1 - before.1) as f64 * (now.0 + before.0) as f64 / 2.0;
        before = now;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// The lowest rate of false positives at which at least `true_positive_rate` of the positives are found. `None`
/// where either kind is missing. NaN scores rank last.
///
/// ```
/// use nadir_core::metric::roc::fpr_at_tpr;
/// assert_eq!(fpr_at_tpr(&[0.5, 0.4, 0.6], &[true, false, false], 0.95), Some(0.5));
/// ```
///
/// # Panics
/// If there are not as many targets as scores.
pub fn fpr_at_tpr(scores: &[impl Copy + Into<f64>], targets: &[bool], true_positive_rate: f64) -> Option<f64> {
    fpr_at_tpr_of(&operating_points(scores, targets), true_positive_rate)
}

fn fpr_at_tpr_of(points: &[OperatingPoint], true_positive_rate: f64) -> Option<f64> {
    let [positives, negatives] = both_kinds(points)?;
    let reached = |found: usize| found as f64 / positives as f64 >= true_positive_rate;
    let point = points.iter().find(|point| reached(point.true_positives)).or(points.last())?;
    Some(point.false_positives as f64 / negatives as f64)
}

/// How many positives and negatives there are; `None` if either kind is missing.
fn both_kinds(points: &[OperatingPoint]) -> Option<[usize; 2]> {
    let last = points.last()?;
    let kinds = [last.true_positives, last.false_positives];
    (!kinds.contains(&0)).then_some(kinds)
}

/// The ROC curve for a plot: points [false positive rate, true positive rate] from [0, 0] to [1, 1],
/// out-of-distribution images being the positives. Tied scores are one step, points on the line between their
/// neighbours are dropped, and of the rest [`CURVE_POINTS`] at most are kept, at even steps, with both ends. Empty
/// where either kind is missing. NaN scores rank last.
///
/// ```
/// use nadir_core::metric::roc::roc_curve;
/// let curve = roc_curve(&[0.9, 0.1], &[true, false]);
/// assert_eq!(curve, [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
/// ```
///
/// # Panics
/// If there are not as many values in `is_ood` as scores.
pub fn roc_curve(scores: &[impl Copy + Into<f64>], is_ood: &[bool]) -> Vec<[f64; 2]> {
    let points = operating_points(scores, is_ood);
    let Some([positives, negatives]) = both_kinds(&points) else { return Vec::new() };
    let mut corners: Vec<[i64; 2]> = vec![[0, 0]];
    for point in &points {
        let next = [point.false_positives as i64, point.true_positives as i64];
        while let &[.., before, last] = corners.as_slice() {
            let (to_last, to_next) = ([0, 1].map(|at| last[at] - before[at]), [0, 1].map(|at| next[at] - last[at]));
            if to_last[0] * to_next[1] != to_last[1] * to_next[0] {
                break;
            }
            corners.pop();
        }
        corners.push(next);
    }
    let rates =
        |[found_wrongly, found]: [i64; 2]| [found_wrongly as f64 / negatives as f64, found as f64 / positives as f64];
    let kept = corners.len().min(CURVE_POINTS);
    (0..kept).map(|at| rates(corners[at * (corners.len() - 1) / (kept - 1)])).collect()
}

/// The usual scores of a detector of out-of-distribution images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutOfDistribution {
    /// [`auroc`] with out-of-distribution images as positives; 0.5 is chance.
    pub auroc: f64,
    /// Average precision with out-of-distribution images as positives.
    pub aupr_out: f64,
    /// Average precision with in-distribution images as positives and the score negated.
    pub aupr_in: f64,
    /// Share of in-distribution images taken for out-of-distribution ones where 95 % of the out-of-distribution ones
    /// are found.
    pub fpr_at_95_tpr: f64,
}

/// All four; `scores` are higher the further out of distribution an image seems. `None` if either kind is missing.
///
/// ```
/// use nadir_core::metric::roc::out_of_distribution;
/// let found = out_of_distribution(&[0.9, 0.8, 0.1], &[true, true, false]).unwrap();
/// assert_eq!((found.auroc, found.fpr_at_95_tpr), (1.0, 0.0));
/// ```
///
/// # Panics
/// If there are not as many values in `is_ood` as scores.
pub fn out_of_distribution(scores: &[impl Copy + Into<f64>], is_ood: &[bool]) -> Option<OutOfDistribution> {
    out_of_distribution_over(&RankedByOodScore::new(scores, is_ood), &vec![1; scores.len()])
}

/// A detector's scores sorted once, for [`out_of_distribution_over`] any number of resamples, on any threads.
#[derive(Debug, Clone)]
pub struct RankedByOodScore {
    highest_ood_first: Ranking,
    /// Not the other one reversed: a score that is not a number ranks last in both.
    lowest_ood_first: Ranking,
}

impl RankedByOodScore {
    /// Sorts; `scores` are higher the further out of distribution an image seems. NaN scores rank last.
    ///
    /// # Panics
    /// If there are not as many values in `is_ood` as scores, or 2^32 or more.
    pub fn new(scores: &[impl Copy + Into<f64>], is_ood: &[bool]) -> Self {
        let negated: Vec<f64> = scores.iter().map(|&score| -score.into()).collect();
        let is_in_distribution: Vec<bool> = is_ood.iter().map(|out_of_distribution| !out_of_distribution).collect();
        Self {
            highest_ood_first: Ranking::new(scores, is_ood),
            lowest_ood_first: Ranking::new(&negated, &is_in_distribution),
        }
    }
}

/// [`out_of_distribution`] where image i occurs `counts[i]` times, for example by [`super::bootstrap::counts`]: exactly
/// the figures of images that are repeated so often, in time O(n). `None` if either kind does not occur.
///
/// ```
/// use nadir_core::metric::roc::{RankedByOodScore, out_of_distribution_over};
/// let ranked = RankedByOodScore::new(&[0.5, 0.4, 0.6], &[true, false, false]);
/// // The negative that is below the positive twice, the other one not at all.
/// assert_eq!(out_of_distribution_over(&ranked, &[1, 2, 0]).unwrap().auroc, 1.0);
/// ```
///
/// # Panics
/// If there are not as many counts as images.
pub fn out_of_distribution_over(ranked: &RankedByOodScore, counts: &[u32]) -> Option<OutOfDistribution> {
    assert_eq!(ranked.highest_ood_first.len(), counts.len(), "one count an image");
    let out_of_distribution = ranked.highest_ood_first.points(|image| counts[image] as usize);
    let in_distribution = ranked.lowest_ood_first.points(|image| counts[image] as usize);
    Some(OutOfDistribution {
        auroc: auroc_of(&out_of_distribution)?,
        aupr_out: average_precision_of(&out_of_distribution)?,
        aupr_in: average_precision_of(&in_distribution)?,
        fpr_at_95_tpr: fpr_at_tpr_of(&out_of_distribution, 0.95)?,
    })
}

#[cfg(test)]
mod tests;
