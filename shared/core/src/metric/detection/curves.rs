//! Precision against recall at one overlap, to draw and to choose a threshold from.

use super::ground_truth::{Detection, GroundTruth};
use super::matching::{Grouped, Matcher};
use crate::metric::rank_score;

/// What a detector finds with every score from `score` up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The lowest score that is let through.
    pub score: f64,
    /// Detected objects by all objects.
    pub recall: f64,
    /// Right detections by all detections.
    pub precision: f64,
}

/// The curve of a class.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PrecisionRecall {
    /// How many objects count. Where it is 0 there are no points.
    pub positives: usize,
    /// A point for each score that occurs, from the highest down; equal scores count at once. Not interpolated.
    pub points: Vec<CurvePoint>,
}

/// The curve of every class where a detection has to overlap its object by `overlap` or more, matched by COCO's rule
/// with any number of detections. Neither crowds nor difficult objects count.
///
/// ```
/// use nadir_core::metric::detection::curves::precision_recall;
/// use nadir_core::metric::detection::{Detection, GroundTruth};
/// // Two objects of one class; one is found, and one detection is on background.
/// let at = |left: f64| [left, 0.0, left + 10.0, 10.0];
/// let truths = [GroundTruth::new(0, 0, at(0.0)), GroundTruth::new(0, 0, at(20.0))];
/// let found = |left: f64, score: f64| Detection { image: 0, class: 0, box_in_image: at(left), score };
/// let detections = [found(0.0, 0.9), found(50.0, 0.8)];
/// let curve = &precision_recall(&truths, &detections, 1, 0.5)[0];
/// let points: Vec<_> = curve.points.iter().map(|point| (point.recall, point.precision)).collect();
/// assert_eq!((curve.positives, points), (2, vec![(0.5, 1.0), (0.5, 0.5)]));
/// ```
///
/// # Panics
/// If a class is `classes` or more.
pub fn precision_recall(
    truths: &[GroundTruth],
    detections: &[Detection],
    classes: usize,
    overlap: f64,
) -> Vec<PrecisionRecall> {
    let grouped = Grouped::new(truths, detections, classes);
    let mut matcher = Matcher::default();
    let of_class = |class: usize| {
        let mut positives = 0;
        // Score, and whether the detection is right; `None` if it does not count.
        let mut outcomes: Vec<(f64, Option<bool>)> = Vec::new();
        for group in grouped.images(class) {
            let truth = |index: usize| &truths[group.truths[index] as usize];
            let ignored = |index: usize| truth(index).crowd || truth(index).difficult;
            positives += (0..group.truths.len()).filter(|&index| !ignored(index)).count();
            let first = outcomes.len();
            let scores = group.detections.iter().map(|&at| rank_score(detections[at as usize].score));
            outcomes.extend(scores.map(|score| (score, Some(false))));
            matcher.load(&grouped, group, overlap);
            matcher.assign(
                &[overlap],
                ignored,
                |index| truth(index).crowd,
                |detection, _, index| {
                    outcomes[first + detection].1 = (!ignored(index)).then_some(true);
                },
            );
        }
        outcomes.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        PrecisionRecall { positives, points: if positives > 0 { points(&outcomes, positives) } else { Vec::new() } }
    };
    (0..classes).map(of_class).collect()
}

/// The points of outcomes from the highest score down.
fn points(outcomes: &[(f64, Option<bool>)], positives: usize) -> Vec<CurvePoint> {
    let (mut right, mut counted) = (0, 0);
    let point = |tied: &[(f64, Option<bool>)]| {
        let before = counted;
        for is_right in tied.iter().filter_map(|(_, is_right)| *is_right) {
            counted += 1;
            right += usize::from(is_right);
        }
        let (recall, precision) = (right as f64 / positives as f64, right as f64 / counted as f64);
        (counted > before).then_some(CurvePoint { score: tied[0].0, recall, precision })
    };
    outcomes.chunk_by(|a, b| a.0 == b.0).filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::super::coco::coco_figures;
    use super::super::random_case;
    use super::*;
    use proptest::prelude::*;

    const BOX: [f64; 4] = [0.0, 0.0, 10.0, 10.0];

    fn found(image: usize, box_in_image: [f64; 4], score: f64) -> Detection {
        Detection { image, class: 0, box_in_image, score }
    }

    #[test]
    fn points_by_hand() {
        let difficult = GroundTruth { difficult: true, ..GroundTruth::new(2, 0, BOX) };
        let truths = [GroundTruth::new(0, 0, BOX), GroundTruth::new(1, 0, BOX), difficult];
        let nowhere = [90.0, 90.0, 99.0, 99.0];
        // On the difficult object, right, two tied of which one is right, and one on nothing.
        let detections = [found(2, BOX, 0.9), found(0, BOX, 0.8), found(1, BOX, 0.5), found(1, nowhere, 0.5)];
        let curves = precision_recall(&truths, &detections, 2, 0.5);
        let point = |score, recall, precision| CurvePoint { score, recall, precision };
        assert_eq!(curves[0].positives, 2);
        assert_eq!(curves[0].points, [point(0.8, 0.5, 1.0), point(0.5, 1.0, 2.0 / 3.0)]);
        assert_eq!(curves[1], PrecisionRecall::default());
    }

    proptest! {
        #[test]
        fn a_curve_agrees_with_cocos_figures(seed in 0..300u64) {
            let (truths, detections) = random_case(seed, 5, 3, 4);
            let truths: Vec<_> = truths.into_iter().map(|of| GroundTruth { difficult: false, ..of }).collect();
            let figures = coco_figures(&truths, &detections, 3);
            for (curve, class) in precision_recall(&truths, &detections, 3, 0.5).iter().zip(figures.per_class) {
                prop_assert_eq!(curve.positives > 0, class.ap50.is_some());
                prop_assert!(curve.points.is_sorted_by(|a, b| a.score > b.score && a.recall <= b.recall));
                // No precision is above the best one, and none is counted beyond the highest recall.
                let best = curve.points.iter().map(|point| point.precision).fold(0.0, f64::max);
                let reached = curve.points.last().map_or(0.0, |point| point.recall);
                prop_assert!(class.ap50.is_none_or(|ap| ap <= 1.0 && (best > 0.0) == (ap > 0.0)));
                prop_assert!(class.ap50.is_none_or(|ap| ap <= (reached * 100.0 + 1.0) / 101.0 + 1e-9));
            }
        }
    }
}
