//! Boxes that look wrong: what a detector finds and nobody annotated, and what is annotated and no detector finds.

use crate::evaluate::external::boxes::Boxes;
use nadir_core::detection::boxes::iou_matrix;
use serde::Serialize;

/// From this score on a detection is believed.
const CONFIDENT: f64 = 0.6;
/// An object that no detection of this score or more is about was not found.
const AT_ALL: f64 = 0.05;
/// Overlap (IoU) below which a box is about something else.
const ELSEWHERE: f32 = 0.1;
/// Overlap (IoU) from which on two boxes are of one object.
const SAME: f32 = 0.5;

/// Why a box is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A confident detection where nothing is annotated.
    Missed,
    /// An annotated box that no detection is about.
    NotFound,
    /// A confident detection of another class on an annotated box, and none of its class.
    OtherClass,
}

impl Why {
    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Missed => "detected, not annotated",
            Self::NotFound => "annotated, not detected",
            Self::OtherClass => "detected as another class",
        }
    }
}

/// A box that looks wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoxDoubt {
    /// The image's name in the ground truth.
    pub image: String,
    /// Why.
    pub why: Why,
    /// The annotated class; that of the detection where nothing is annotated.
    pub class: String,
    /// The detected class, for a detection of another one.
    pub detected: Option<String>,
    /// x0, y0, x1, y1 in px.
    pub box_in_image: [f64; 4],
    /// The detection's score; `None` where there is none.
    pub score: Option<f64>,
}

/// The doubtful boxes: confident detections first, the highest score in front; then annotated boxes without a detection.
/// Crowds and difficult objects are nothing that a detector should find.
pub fn doubtful_boxes(boxes: &Boxes) -> Vec<BoxDoubt> {
    let mut found = Vec::new();
    let images = boxes.images.len();
    let truths = by_image(boxes.truths.iter().map(|truth| (truth.image, truth)), images);
    let at_all = boxes.detections.iter().filter(|found| found.score >= AT_ALL);
    let detections = by_image(at_all.map(|found| (found.image, found)), images);
    for (image, (truths, detections)) in truths.into_iter().zip(detections).enumerate() {
        let as_f32 = |corners: [f64; 4]| corners.map(|corner| corner as f32);
        let (rows, columns): (Vec<_>, Vec<_>) = (
            detections.iter().map(|detection| as_f32(detection.box_in_image)).collect(),
            truths.iter().map(|truth| as_f32(truth.box_in_image)).collect(),
        );
        let overlaps = iou_matrix(&rows, &columns);
        let overlap = |detection: usize, truth: usize| overlaps[detection * truths.len() + truth];
        let doubt = |why, class: usize, box_in_image, score| BoxDoubt {
            image: boxes.images[image].clone(),
            why,
            class: boxes.classes[class].clone(),
            detected: None,
            box_in_image,
            score,
        };
        for (at, detection) in detections.iter().enumerate().filter(|(_, found)| found.score >= CONFIDENT) {
            // Inside of a crowd everything is annotated; its box overlaps with little.
            let is_in_crowd =
                |truth: usize| truths[truth].crowd && is_inside(detection.box_in_image, truths[truth].box_in_image);
            if (0..truths.len()).all(|truth| overlap(at, truth) < ELSEWHERE && !is_in_crowd(truth)) {
                found.push(doubt(Why::Missed, detection.class, detection.box_in_image, Some(detection.score)));
            }
        }
        for (at, truth) in truths.iter().enumerate().filter(|(_, truth)| !truth.crowd && !truth.difficult) {
            let about = || (0..detections.len()).filter(|&detection| overlap(detection, at) >= ELSEWHERE);
            if about().next().is_none() {
                found.push(doubt(Why::NotFound, truth.class, truth.box_in_image, None));
                continue;
            }
            let same = || about().filter(|&detection| overlap(detection, at) >= SAME).map(|at| detections[at]);
            let is_seen = same().any(|detection| detection.class == truth.class);
            let other = same().filter(|detection| detection.score >= CONFIDENT);
            if let (false, Some(other)) = (is_seen, other.max_by(|a, b| a.score.total_cmp(&b.score))) {
                let detected = Some(boxes.classes[other.class].clone());
                let of = doubt(Why::OtherClass, truth.class, truth.box_in_image, Some(other.score));
                found.push(BoxDoubt { detected, ..of });
            }
        }
    }
    found.sort_by(|a, b| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)));
    found
}

/// What belongs to each of so many images, in the order given.
fn by_image<T>(all: impl Iterator<Item = (usize, T)>, images: usize) -> Vec<Vec<T>> {
    let mut of_images: Vec<Vec<T>> = (0..images).map(|_| Vec::new()).collect();
    all.for_each(|(image, one)| of_images[image].push(one));
    of_images
}

fn is_inside(inner: [f64; 4], outer: [f64; 4]) -> bool {
    let (x, y) = ((inner[0] + inner[2]) / 2.0, (inner[1] + inner[3]) / 2.0);
    outer[0] <= x && x <= outer[2] && outer[1] <= y && y <= outer[3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::metric::detection::{BoxAreas, Detection, GroundTruth};

    #[test]
    fn each_kind_of_doubt_is_found_once_and_what_agrees_is_none() {
        let truth = |class, box_in_image| GroundTruth::new(0, class, box_in_image);
        let detection = |class, box_in_image, score| Detection { image: 0, class, box_in_image, score };
        let crowd = GroundTruth { crowd: true, ..truth(0, [200.0, 200.0, 300.0, 300.0]) };
        let boxes = Boxes {
            images: vec!["a.png".into()],
            classes: vec!["ship".into(), "car".into()],
            truths: vec![
                truth(0, [0.0, 0.0, 10.0, 10.0]),
                truth(0, [20.0, 0.0, 30.0, 10.0]),
                truth(1, [40.0, 0.0, 50.0, 10.0]),
                crowd,
            ],
            detections: vec![
                detection(0, [0.0, 0.0, 10.0, 9.0], 0.9),
                detection(0, [40.0, 0.0, 50.0, 10.0], 0.8),
                detection(1, [60.0, 60.0, 70.0, 70.0], 0.7),
                detection(1, [80.0, 60.0, 90.0, 70.0], 0.3),
                detection(0, [210.0, 210.0, 220.0, 220.0], 0.95),
            ],
            areas: BoxAreas::default(),
            corners_are_inside: false,
            notes: Vec::new(),
        };
        let found: Vec<(Why, f64)> =
            doubtful_boxes(&boxes).iter().map(|doubt| (doubt.why, doubt.box_in_image[0])).collect();
        assert_eq!(found, [(Why::OtherClass, 40.0), (Why::Missed, 60.0), (Why::NotFound, 20.0)]);
    }
}
