//! Scores of object detectors: COCO's figures, VOC's average precision, curves, and the kinds of errors.
//!
//! Coordinates are f64 here, so that boxes of annotation files lose nothing: whether an overlap reaches a threshold
//! that it equals is decided by the last bit.

pub mod coco;
pub mod curves;
pub mod errors;
mod ground_truth;
mod matching;
pub mod voc;

pub use ground_truth::{BoxAreas, Detection, GroundTruth};

/// \[x, y, width, height\], as COCO's files have boxes, as \[x0, y0, x1, y1\].
///
/// ```
/// use nadir_core::metric::detection::corners_from_xywh;
/// assert_eq!(corners_from_xywh([1.0, 2.0, 10.0, 20.0]), [1.0, 2.0, 11.0, 22.0]);
/// ```
pub fn corners_from_xywh([x, y, width, height]: [f64; 4]) -> [f64; 4] {
    [x, y, x + width, y + height]
}

/// Random objects, and detections that are off by a little, of another class, doubled or of nothing; with crowds,
/// difficult objects and equal scores.
#[cfg(test)]
fn random_case(seed: u64, images: usize, classes: usize, per_image: usize) -> (Vec<GroundTruth>, Vec<Detection>) {
    let mut rng = crate::rng::Rng::new(seed);
    let (mut truths, mut detections) = (Vec::new(), Vec::new());
    for image in 0..images {
        for _ in 0..rng.below(2 * per_image + 1) {
            let class = rng.below(classes);
            let (x, y) = (rng.range(0.0, 500.0), rng.range(0.0, 400.0));
            let corners = [x, y, x + rng.range(4.0, 140.0), y + rng.range(4.0, 140.0)];
            let truth = GroundTruth::new(image, class, corners);
            truths.push(GroundTruth { crowd: rng.chance(0.05), difficult: rng.chance(0.1), ..truth });
            for _ in 0..rng.below(3) {
                let off = corners.map(|corner| corner + 6.0 * rng.normal());
                let class = if rng.chance(0.15) { rng.below(classes) } else { class };
                detections.push(Detection { image, class, box_in_image: off, score: (rng.uniform() * 50.0).round() });
            }
        }
        let nothing = [3.0, 3.0, 60.0, 60.0];
        detections.push(Detection { image, class: rng.below(classes), box_in_image: nothing, score: rng.uniform() });
    }
    (truths, detections)
}
