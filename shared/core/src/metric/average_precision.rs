//! Average precision, the area under the precision-recall curve as scikit-learn's `average_precision_score`.

use serde::{Deserialize, Serialize};

use super::operating_point::{OperatingPoint, operating_points};

/// Sum over distinct scores, from high to low, of precision times the gain in recall; no interpolation.
/// Tied scores count at once. `None` if no target is positive. NaN scores rank last.
///
/// ```
/// use nadir_core::metric::average_precision::average_precision;
/// // Precision 1 at the first positive, 2/3 at the second.
/// let found = average_precision(&[0.9, 0.8, 0.7], &[true, false, true]).unwrap();
/// assert!((found - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
/// assert_eq!(average_precision(&[0.9], &[false]), None);
/// ```
///
/// # Panics
/// If there are not as many targets as scores.
pub fn average_precision(scores: &[impl Copy + Into<f64>], targets: &[bool]) -> Option<f64> {
    average_precision_of(&operating_points(scores, targets))
}

/// [`average_precision`] of what thresholds let through.
pub(super) fn average_precision_of(points: &[OperatingPoint]) -> Option<f64> {
    let positives = points.last()?.true_positives;
    if positives == 0 {
        return None;
    }
    let (mut area, mut found) = (0.0, 0);
    for point in points {
        let precision = point.true_positives as f64 / (point.true_positives + point.false_positives) as f64;
        area += precision * (point.true_positives - found) as f64;
        found = point.true_positives;
    }
    Some(area / positives as f64)
}

/// Average precision over several classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanAveragePrecision {
    /// A class's average precision; `None` if it has no positive.
    pub per_class: Vec<Option<f64>>,
    /// Mean over the classes with a positive; 0 where there is none.
    pub mean: f64,
    /// How many classes the mean is over.
    pub classes_with_positive: usize,
}

/// [`average_precision`] of every class and the mean. `scores` and `targets` are [samples, classes], row-major.
///
/// ```
/// use nadir_core::metric::average_precision::mean_average_precision;
/// // Two samples, two classes; the second class has no positive and is left out of the mean.
/// let found = mean_average_precision(&[0.9, 0.1, 0.2, 0.8], &[true, false, false, false], 2);
/// assert_eq!((found.mean, found.classes_with_positive), (1.0, 1));
/// ```
///
/// # Panics
/// If there are not as many targets as scores, or they are not whole rows of `classes`.
pub fn mean_average_precision(
    scores: &[impl Copy + Into<f64>],
    targets: &[bool],
    classes: usize,
) -> MeanAveragePrecision {
    let per_class: Vec<Option<f64>> =
        columns(scores, targets, classes).map(|(scores, targets)| average_precision(&scores, &targets)).collect();
    let classes_with_positive = per_class.iter().flatten().count();
    let mean = per_class.iter().flatten().sum::<f64>() / classes_with_positive.max(1) as f64;
    MeanAveragePrecision { per_class, mean, classes_with_positive }
}

/// The scores and targets of each class, out of row-major [samples, classes].
pub(super) fn columns<'a, S: Copy>(
    scores: &'a [S],
    targets: &'a [bool],
    classes: usize,
) -> impl Iterator<Item = (Vec<S>, Vec<bool>)> + 'a {
    assert_eq!(scores.len(), targets.len(), "one target a score");
    assert!(scores.is_empty() || (classes > 0 && scores.len().is_multiple_of(classes)), "whole rows of classes");
    (0..classes).map(move |class| {
        let scores = scores.iter().skip(class).step_by(classes).copied().collect();
        let targets = targets.iter().skip(class).step_by(classes).copied().collect();
        (scores, targets)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scikit_learns_own_example() {
        // From the documentation of sklearn.metrics.average_precision_score.
        let ap = average_precision(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).expect("has positives");
        assert!((ap - 0.833_333_333_333).abs() < 1e-9);
    }

    #[test]
    fn ties_count_at_once_and_not_in_the_order_given() {
        let forward = average_precision(&[0.5, 0.5, 0.1], &[true, false, false]);
        assert_eq!(forward, average_precision(&[0.5, 0.5, 0.1], &[false, true, false]));
        assert_eq!(forward, Some(0.5));
    }

    #[test]
    fn scores_that_differ_beyond_f32_do_not_tie() {
        let targets = [true, false];
        assert_eq!(average_precision(&[1.0 - 1e-12, 1.0 - 2e-12], &targets), Some(1.0));
        assert_eq!(average_precision(&[1e300, 1e299], &targets), Some(1.0));
    }

    #[test]
    fn nothing_positive_or_not_a_number() {
        assert_eq!(average_precision(&[0.0; 0], &[]), None);
        assert_eq!(average_precision(&[1.0], &[false]), None);
        assert_eq!(average_precision(&[f32::NAN, 1.0], &[true, false]), Some(0.5));
        let map = mean_average_precision(&[f32::NAN; 6], &[true, false, false, false, true, false], 3);
        assert_eq!((map.mean, map.classes_with_positive, map.per_class[2]), (0.5, 2, None));
    }
}
