//! From which score on detections are shown.

use crate::detect::images::Detected;
use nadir_core::metric::detection::curves::precision_recall;

/// Overlap from which a detection counts as right.
const OVERLAP: f64 = 0.5;
/// Without a detection there is nothing to choose by.
const WITHOUT_DETECTIONS: f32 = 0.5;

/// A score, and what the detections from it on are worth: right ones by all of them, and by the objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChosenThreshold {
    /// Detections from this score on are shown.
    pub score: f32,
    /// Share of them that is right; 0 without detections.
    pub precision: f64,
    /// Share of the objects that they find; 0 without objects.
    pub recall: f64,
}

/// The score that gives the highest F1 over the objects of all classes together, at an overlap of 0.5; the highest of
/// equal ones.
pub fn best_threshold(found: &Detected, classes: usize) -> f32 {
    choose_threshold(found, classes, None).score
}

/// [`best_threshold`] among the scores that give at least this `precision`; among all, where none does or none is
/// requested.
pub fn choose_threshold(found: &Detected, classes: usize, precision: Option<f64>) -> ChosenThreshold {
    let all = thresholds(found, classes);
    let highest = |best: Option<(f64, ChosenThreshold)>, &(f1, one): &(f64, ChosenThreshold)| match best {
        Some(best) if best.0 >= f1 => Some(best),
        _ => (f1 > 0.0).then_some((f1, one)),
    };
    let enough = all.iter().filter(|(_, one)| precision.is_some_and(|least| one.precision >= least));
    let chosen = enough.fold(None, highest).or_else(|| all.iter().fold(None, highest));
    chosen.map_or(ChosenThreshold { score: WITHOUT_DETECTIONS, precision: 0.0, recall: 0.0 }, |(_, one)| one)
}

/// Every score that a detection has, from the highest down, with the F1 that it gives.
fn thresholds(found: &Detected, classes: usize) -> Vec<(f64, ChosenThreshold)> {
    let curves = precision_recall(&found.truths, &found.detections, classes, OVERLAP);
    let positives: usize = curves.iter().map(|curve| curve.positives).sum();
    let mut scores: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.score)).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.dedup();
    // Of each class how many points are at or above the score; scores only fall.
    let mut reached = vec![0; curves.len()];
    let at_score = |score: f64| {
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
        let share = |of: f64| if of > 0.0 { right / of } else { 0.0 };
        let f1 = 2.0 * right / (counted + positives as f64);
        (f1, ChosenThreshold { score: score as f32, precision: share(counted), recall: share(positives as f64) })
    };
    scores.into_iter().map(at_score).collect()
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
        // The fourth is of another class than the object in its place, the fifth in no object's place.
        let detections = vec![
            detection(0, 0, 0.9),
            detection(1, 1, 0.8),
            detection(2, 0, 0.625),
            detection(3, 0, 0.4),
            detection(9, 1, 0.3),
        ];
        let found = Detected { truths, detections, skipped: Vec::new() };
        assert_eq!(best_threshold(&found, 2), 0.625);
        let precise = |found: &Detected, least: f64| choose_threshold(found, 2, Some(least));
        assert_eq!(precise(&found, 0.85), ChosenThreshold { score: 0.625, precision: 1.0, recall: 0.75 });
        // With a wrong one between: three of four right has the higher F1, two of two the precision.
        let mut with_wrong = found.clone();
        with_wrong.detections.insert(2, detection(8, 0, 0.75));
        assert_eq!(best_threshold(&with_wrong, 2), 0.625);
        assert_eq!(precise(&with_wrong, 0.85), ChosenThreshold { score: 0.8, precision: 1.0, recall: 0.5 });
        assert_eq!(precise(&with_wrong, 0.75).score, 0.625);
        // Where the highest-scoring is wrong no score is precise enough.
        let mut first_wrong = found.clone();
        first_wrong.detections.insert(0, detection(8, 0, 0.95));
        assert_eq!(precise(&first_wrong, 0.85), ChosenThreshold { score: 0.625, precision: 0.75, recall: 0.75 });
        assert_eq!(best_threshold(&Detected::default(), 2), WITHOUT_DETECTIONS);
    }
}
