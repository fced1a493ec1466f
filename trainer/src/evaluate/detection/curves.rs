//! Precision-recall curves for a report.

use crate::detect::images::Detected;
use nadir_core::metric::detection::curves::{PrecisionRecall, precision_recall};
use nadir_core::report::Curve;
use nadir_core::report::names::PRECISION_RECALL;
use std::collections::BTreeMap;

/// Overlaps that curves are drawn at.
const OVERLAPS: [f64; 2] = [0.5, 0.75];
/// COCO's recalls: 0, 0.01, ... 1.
const RECALLS: usize = 101;

/// The best precision at each recall or beyond it, as COCO and VOC interpolate: of every class that has an object, and
/// the mean over these, whose own mean is the average precision at that overlap.
pub fn precision_recall_curves(found: &Detected, classes: &[String]) -> BTreeMap<String, Curve> {
    let mut curves = BTreeMap::new();
    for overlap in OVERLAPS {
        let of_classes = precision_recall(&found.truths, &found.detections, classes.len(), overlap);
        let of_classes: Vec<(&String, Vec<f64>)> = classes
            .iter()
            .zip(&of_classes)
            .filter(|(_, curve)| curve.positives > 0)
            .map(|(class, curve)| (class, interpolated(curve)))
            .collect();
        for (class, precisions) in &of_classes {
            curves.insert(format!("{PRECISION_RECALL}{overlap} of {class}"), curve(precisions));
        }
        if !of_classes.is_empty() {
            let mean = |at: usize| {
                of_classes.iter().map(|(_, precisions)| precisions[at]).sum::<f64>() / of_classes.len() as f64
            };
            curves.insert(format!("{PRECISION_RECALL}{overlap}"), curve(&(0..RECALLS).map(mean).collect::<Vec<_>>()));
        }
    }
    curves
}

fn recall(point: usize) -> f64 {
    point as f64 / (RECALLS - 1) as f64
}

/// The best precision at each of the recalls or beyond it; 0 where it is not reached.
fn interpolated(curve: &PrecisionRecall) -> Vec<f64> {
    let (mut precisions, mut best, mut rest) = (vec![0.0; RECALLS], 0.0f64, curve.points.as_slice());
    for (at, precision) in precisions.iter_mut().enumerate().rev() {
        while let Some((last, before)) = rest.split_last().filter(|(last, _)| last.recall >= recall(at)) {
            best = best.max(last.precision);
            rest = before;
        }
        *precision = best;
    }
    precisions
}

/// Rounded to what a plot shows, so that a report of many classes stays small.
fn curve(precisions: &[f64]) -> Curve {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let points = precisions.iter().enumerate().map(|(at, &precision)| [recall(at), rounded(precision)]);
    Curve { x: "recall".into(), y: "precision".into(), points: points.collect(), band: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::metric::detection::{Detection, GroundTruth};

    #[test]
    fn the_mean_curves_mean_is_the_average_precision_by_hand() {
        let at = |x: f64| [x, 0.0, x + 10.0, 10.0];
        let truth = |image, class| GroundTruth::new(image, class, at(0.0));
        let found = |image, class, x, score| Detection { image, class, box_in_image: at(x), score };
        // Class 0: right, wrong, right. Class 1: its one object is not detected. Class 2 has none.
        let detected = Detected {
            truths: vec![truth(0, 0), truth(1, 0), truth(0, 1)],
            detections: vec![found(0, 0, 0.0, 0.9), found(0, 0, 50.0, 0.8), found(1, 0, 0.0, 0.7)],
            skipped: Vec::new(),
        };
        let classes = ["a", "b", "c"].map(str::to_owned);
        let curves = precision_recall_curves(&detected, &classes);
        assert_eq!(curves.len(), 6, "two classes and their mean at two overlaps");
        let a = &curves["precision-recall at IoU 0.5 of a"].points;
        assert_eq!((a[0], a[50], a[51], a[100]), ([0.0, 1.0], [0.5, 1.0], [0.51, 0.6667], [1.0, 0.6667]));
        let mean = curves["precision-recall at IoU 0.5"].points.iter().map(|point| point[1]).sum::<f64>() / 101.0;
        let ap50 = nadir_core::metric::detection::coco::coco_figures(&detected.truths, &detected.detections, 3).ap50;
        assert!(ap50.is_some_and(|ap50| (ap50 - mean).abs() < 1e-4), "{ap50:?}, {mean}");
        assert!(curves.values().all(|curve| curve.points.windows(2).all(|pair| pair[0][1] >= pair[1][1])));
    }

    #[test]
    fn without_objects_there_is_no_curve() {
        assert!(precision_recall_curves(&Detected::default(), &["a".to_owned()]).is_empty());
    }
}
