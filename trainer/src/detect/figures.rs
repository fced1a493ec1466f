//! Figures of detections.

use crate::detect::images::Detected;
use nadir_core::metric::detection::coco::{CocoFigures, coco_figures};
use nadir_core::metric::detection::errors::{ErrorCounts, error_counts};
use nadir_core::metric::detection::voc::{VOC_OVERLAP, VocAveragePrecision, voc_average_precision};
use nadir_core::metric::detection::{Detection, GroundTruth};

/// All that is measured of a detector's boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectionFigures {
    /// COCO's.
    pub coco: CocoFigures,
    /// VOC's.
    pub voc: VocAveragePrecision,
    /// Kinds of errors of every class.
    pub errors: Vec<ErrorCounts>,
}

/// The figures of `classes` classes. The kinds of errors are of the detections that score `score_threshold` or more: below it
/// a detector lists what it does not believe.
///
/// COCO's evaluation knows no difficult objects; they count as crowds there, as torchvision's and detectron's conversions
/// of VOC have it, so that they are neither found nor missed.
///
/// # Panics
/// If a class is `classes` or more.
pub fn figures(found: &Detected, classes: usize, score_threshold: f64) -> DetectionFigures {
    let shown: Vec<Detection> =
        found.detections.iter().filter(|detection| detection.score >= score_threshold).copied().collect();
    // VOC's corners are pixels of the box; those found are exclusive.
    let pixels = |[x0, y0, x1, y1]: [f64; 4]| [x0, y0, x1 - 1.0, y1 - 1.0];
    let voc_truths: Vec<GroundTruth> =
        found.truths.iter().map(|of| GroundTruth { box_in_image: pixels(of.box_in_image), ..*of }).collect();
    let voc_detections: Vec<Detection> =
        found.detections.iter().map(|of| Detection { box_in_image: pixels(of.box_in_image), ..*of }).collect();
    DetectionFigures {
        coco: coco_figures(&truths_as_coco(&found.truths), &found.detections, classes),
        voc: voc_average_precision(&voc_truths, &voc_detections, classes, VOC_OVERLAP),
        errors: error_counts(&found.truths, &shown, classes),
    }
}

/// Difficult objects as crowds.
pub(crate) fn truths_as_coco(truths: &[GroundTruth]) -> Vec<GroundTruth> {
    truths.iter().map(|truth| GroundTruth { crowd: truth.crowd || truth.difficult, ..*truth }).collect()
}
