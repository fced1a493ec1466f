//! F1: the harmonic mean of precision and recall at a threshold, and how to choose the threshold.

use serde::{Deserialize, Serialize};

use super::average_precision::columns;
use super::operating_point::operating_points;

/// F1 of several classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct F1 {
    /// A class's F1; 0 where nothing of it is found, even where there was nothing to find.
    pub per_class: Vec<f64>,
    /// Mean over all classes ("macro").
    pub mean_over_classes: f64,
    /// F1 of the decisions of all classes taken together ("micro").
    pub over_decisions: f64,
}

/// F1 where a score above its class's threshold is a yes; a NaN is a no. `scores` and `targets` are
/// [samples, classes], row-major; `thresholds` has one value a class. Divisions by zero give 0, as scikit-learn's
/// `f1_score(zero_division=0)`.
///
/// ```
/// use nadir_core::metric::f1::f1;
/// // One found, one found wrongly, one missed: 2 / (2 + 1 + 1).
/// let found = f1(&[0.9, 0.2, 0.7], &[true, true, false], &[0.5]);
/// assert_eq!((found.over_decisions, found.mean_over_classes), (0.5, 0.5));
/// ```
///
/// # Panics
/// If there are not as many targets as scores, or they are not whole rows of `thresholds.len()` classes.
pub fn f1(scores: &[f32], targets: &[bool], thresholds: &[f32]) -> F1 {
    let counts: Vec<[usize; 3]> = columns(scores, targets, thresholds.len())
        .zip(thresholds)
        .map(|((scores, targets), &threshold)| {
            let mut counts = [0; 3]; // found, found wrongly, missed
            for (score, target) in scores.into_iter().zip(targets) {
                match (score > threshold, target) {
                    (true, true) => counts[0] += 1,
                    (true, false) => counts[1] += 1,
                    (false, true) => counts[2] += 1,
                    (false, false) => {}
                }
            }
            counts
        })
        .collect();
    let per_class: Vec<f64> = counts.iter().map(|&[found, wrong, missed]| ratio(found, wrong, missed)).collect();
    let [found, wrong, missed] = [0, 1, 2].map(|at| counts.iter().map(|counts| counts[at]).sum());
    F1 {
        mean_over_classes: per_class.iter().sum::<f64>() / per_class.len().max(1) as f64,
        per_class,
        over_decisions: ratio(found, wrong, missed),
    }
}

/// F1 of so many decisions; 0 where there are none.
pub(super) fn ratio(found: usize, wrong: usize, missed: usize) -> f64 {
    2.0 * found as f64 / (2 * found + wrong + missed).max(1) as f64
}

/// The threshold with the highest F1 on these scores of one class, to be chosen on validation data: the midpoint
/// between the lowest score let through and the next lower one. The highest of several equally good thresholds.
///
/// Where the best is to let everything through, the next number below the lowest score. Where nothing is positive,
/// the highest score: above it nothing has been seen. 0 where no score is a number.
///
/// ```
/// use nadir_core::metric::f1::best_f1_threshold;
/// // Halfway between the lowest positive and the negative below it.
/// let threshold = best_f1_threshold(&[0.9, 0.75, 0.25], &[true, true, false]);
/// assert_eq!(threshold, 0.5);
/// ```
///
/// # Panics
/// If there are not as many targets as scores.
pub fn best_f1_threshold(scores: &[f32], targets: &[bool]) -> f32 {
    assert_eq!(scores.len(), targets.len(), "one target a score");
    // A NaN is above no threshold, so a positive with this score is missed at each of them.
    let (numbers, kinds): (Vec<f32>, Vec<bool>) =
        scores.iter().zip(targets).filter(|(score, _)| !score.is_nan()).unzip();
    let positives = targets.iter().filter(|&&target| target).count();
    // Each threshold is one of the scores, so that it is an f32 without rounding.
    let points = operating_points(&numbers, &kinds);
    let Some(first) = points.first() else {
        return 0.0;
    };
    if positives == 0 {
        return finite(first.threshold as f32);
    }
    let (mut best, mut best_f1) = (first.threshold as f32, -1.0);
    for (at, point) in points.iter().enumerate() {
        let missed = positives - point.true_positives;
        let f1 = ratio(point.true_positives, point.false_positives, missed);
        if f1 > best_f1 {
            best_f1 = f1;
            best = match points.get(at + 1) {
                Some(next) => midpoint(next.threshold as f32, point.threshold as f32),
                None => (point.threshold as f32).next_down(),
            };
        }
    }
    finite(best)
}

/// At least `low`, below `high`, halfway where the numbers allow it.
fn midpoint(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if low <= middle && middle < high { middle } else { low }
}

/// Infinite thresholds do not survive JSON.
fn finite(threshold: f32) -> f32 {
    threshold.clamp(f32::MIN, f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threshold_lies_between_the_scores_it_parts() {
        // Letting two through finds both positives: F1 = 1.
        assert_eq!(best_f1_threshold(&[0.75, 0.25, 0.5, 0.0], &[true, false, true, false]), 0.375);
    }

    #[test]
    fn thresholds_where_there_is_little_to_choose_from() {
        assert_eq!(best_f1_threshold(&[], &[]), 0.0);
        assert_eq!(best_f1_threshold(&[0.2, 0.7], &[false, false]), 0.7);
        assert!(best_f1_threshold(&[0.2, 0.7], &[true, true]) < 0.2);
        assert!(best_f1_threshold(&[f32::NAN, 0.7], &[true, true]).is_finite());
        assert!(best_f1_threshold(&[f32::NEG_INFINITY, f32::INFINITY], &[false, true]).is_finite());
    }

    #[test]
    fn chosen_threshold_is_the_best_of_all() {
        let mut rng = crate::rng::Rng::new(5);
        for _ in 0..50 {
            let scores: Vec<f32> = (0..30).map(|_| (rng.range(-1.0, 1.0) * 10.0).round() as f32 / 10.0).collect();
            let targets: Vec<bool> = scores.iter().map(|&s| f64::from(s) + rng.range(-1.0, 1.0) > 0.3).collect();
            let chosen = f1(&scores, &targets, &[best_f1_threshold(&scores, &targets)]).over_decisions;
            for step in -25..25 {
                assert!(f1(&scores, &targets, &[step as f32 / 20.0 + 0.01]).over_decisions <= chosen);
            }
        }
    }
}
