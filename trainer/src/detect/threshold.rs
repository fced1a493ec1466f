//! From which score on detections are shown.

use crate::detect::images::Detected;
use nadir_core::metric::detection::curves::precision_recall;

/// Overlap from which a detection counts as right.
const OVERLAP: f64 = 0.5;
/// Where nothing is found there is nothing to choose by.
const WITHOUT_DETECTIONS: f32 = 0.5;

/// The score that gives the highest F1 over the objects of all classes together, at an overlap of 0.5; the highest of equal
/// ones.
pub fn best_threshold(found: &Detected, classes: usize) -> f32 {
    let curves = precision_recall(&found.truths, &found.detections, classes, OVERLAP);
    let positives: usize = curves.iter().map(|curve| curve.positives).sum();
    let mut scores: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.score)).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.dedup();
    // Of each class how many points are at or above the score; scores only fall.
    let mut reached = vec![0; curves.len()];
    let mut best = (0.0, f64::from(WITHOUT_DETECTIONS));
    for score in scores {
        let (mut right, mut counted) = (0.0, 0.0);
        for (curve, reached) in curves.iter().zip(&mut reached) {
            while curve.points.get(*reached).is_some_and(|point| point.score >= score) {
                *reached += 1;
            }
            if let Some(point) = reached.checked_sub(1).map(|at| curve.points[at]) {
                let of_class = point.recall * curve.positives as f64;
                right += of_class;
                counted += if point.precision > 0.0 { of_class / point.precision } else { *reached as f64 };
            }
        }
        let f1 = 2.0 * right / (counted + positives as f64);
        if f1 > best.0 {
            best = (f1, score);
        }
    }
    best.1 as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::metric::detection::{Detection, GroundTruth};

    #[test]
    fn right_detections_are_let_through_and_wrong_ones_below_them_are_not() {
        let place = |at: usize| [20.0 * at as f64, 0.0, 20.0 * at as f64 + 10.0, 10.0];
        let truths = (0..4).map(|at| GroundTruth::new(0, at % 2, place(at))).collect();
        let detection =
            |at: usize, class: usize, score: f64| Detection { image: 0, class, box_in_image: place(at), score };
        let detections = vec![
            detection(0, 0, 0.9),
            detection(1, 1, 0.8),
            detection(2, 0, 0.625),
            detection(3, 0, 0.4),
            detection(9, 1, 0.3),
        ];
        let found = Detected { truths, detections, skipped: Vec::new() };
        assert_eq!(best_threshold(&found, 2), 0.625);
        assert_eq!(best_threshold(&Detected::default(), 2), WITHOUT_DETECTIONS);
    }
}
