//! The pipeline of paper B (Balasubramanian, Dey & Rathore 2022): boxes from a detector, names from an encoder that was
//! trained with a ranking. Beside it the detector's own box head on the same images.

use super::report::ArmResult;
use crate::data::objects::ObjectImage;
use crate::detect::crop_classifier::CropClassifier;
use crate::detect::images::{Detected, detections, over_images, truths};
use crate::detect::threshold::best_threshold;
use crate::device::wait;
use anyhow::Result;
use nadir_core::detection::Size;
use nadir_core::detection::boxes::{PixelBox, scale};
use nadir_core::detection::nms::nms;
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::image::{Planes, RgbView};
use nadir_core::metric::detection::Detection;
use nadir_nn::model::detector::Detector;

/// Where boxes come from.
const BOXES_OF: [(&str, &str); 2] = [
    ("detector boxes, nearest class mean", "The detector's boxes, whatever their class, scored by the detector"),
    ("proposals, nearest class mean", "The boxes of the detector's first stage, scored by their objectness"),
];

/// What the detector and the crop classifier find on some images.
#[derive(Debug, Clone, Default)]
pub struct TwoStage {
    /// Boxes, classes and scores of the detector alone.
    pub box_head: Detected,
    /// The detections of [`BOXES_OF`], classified by the crop classifier.
    named: [Vec<Detection>; 2],
    /// How many boxes of each there are, and how many of them the crop classifier holds for unknown.
    boxes: [usize; 2],
    unknown: [usize; 2],
}

/// A detector and the crop classifier of its boxes.
#[derive(Debug)]
pub struct Pipeline<'a> {
    /// The detector, which finds boxes.
    pub detector: &'a Detector,
    /// The crop classifier, which classifies the boxes.
    pub crop_classifier: &'a CropClassifier,
    /// The classes that are measured.
    pub classes: &'a [String],
    /// Share of images that may be missing or broken.
    pub max_bad_images: f64,
}

impl Pipeline<'_> {
    /// The arms of a report: the box head, then both kinds of boxes by the nearest class mean. From which score on a
    /// classified box is counted in the kinds of errors is chosen on `validation`, as the detector's own threshold was.
    ///
    /// # Errors
    /// As [`crate::detect::images::detect_images`].
    pub fn measure(
        &self,
        images: &[&ObjectImage],
        validation: &[&ObjectImage],
        score_threshold: f32,
    ) -> Result<Vec<ArmResult>> {
        let chosen_on = self.detect("detecting and naming, validation", validation)?;
        let found = self.detect("detecting and naming", images)?;
        let mut measured = vec![ArmResult::of_box_head(found.box_head.clone(), score_threshold)];
        for (at, (name, boxes)) in BOXES_OF.into_iter().enumerate() {
            let unknown = 100.0 * found.unknown[at] as f64 / found.boxes[at].max(1) as f64;
            measured.push(ArmResult {
                name: name.to_owned(),
                about: format!(
                    "{boxes} times the probability of the nearest class mean; of {} boxes {unknown:.0} % are unknown \
                     to it.",
                    found.boxes[at]
                ),
                found: found.arm(at),
                score_threshold: f64::from(best_threshold(&chosen_on.arm(at), self.classes.len())),
            });
        }
        Ok(measured)
    }

    /// Classes that only one of detector and crop classifier knows, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let lacking = |from: &[String], of: &[String]| -> Vec<String> {
            of.iter().filter(|class| !from.contains(class)).cloned().collect()
        };
        let unnamed = lacking(&self.crop_classifier.labels, self.classes);
        let out_of_distribution = lacking(self.classes, &self.crop_classifier.labels);
        let mut notes = Vec::new();
        if !unnamed.is_empty() {
            notes.push(format!(
                "The crop classifier does not know {}: by class means none of them is detected.",
                unnamed.join(", ")
            ));
        }
        if !out_of_distribution.is_empty() {
            notes.push(format!(
                "The detector does not know {}: boxes that the crop classifier gives these classes are skipped.",
                out_of_distribution.join(", ")
            ));
        }
        notes
    }

    fn detect(&self, what: &str, images: &[&ObjectImage]) -> Result<TwoStage> {
        let mut found = TwoStage::default();
        found.box_head.skipped = over_images(what, images, self.max_bad_images, |at, pixels| {
            let whole = Size::new(pixels.height, pixels.width);
            let first = wait(self.detector.first_stage(&Planes::from_rgb(pixels.view())))??;
            let objects = wait(self.detector.objects(&first, whole))??;
            let boxes = [
                objects.iter().map(|object| (object.box_in_image, object.score)).collect::<Vec<_>>(),
                first
                    .proposals
                    .iter()
                    .map(|proposal| (scale(proposal.box_in_image, first.size, whole), proposal.score))
                    .collect(),
            ];
            for (kind, boxes) in boxes.iter().enumerate() {
                self.classify(&mut found, kind, boxes, (at, images[at]), pixels.view())?;
            }
            found.box_head.truths.extend(truths(images[at], at));
            found.box_head.detections.extend(detections(images[at], at, objects));
            Ok(())
        })?;
        Ok(found)
    }

    /// Classifies the boxes of an image that non-maximum suppression keeps, whatever their class, at most as many as
    /// the detector gives.
    fn classify(
        &self,
        found: &mut TwoStage,
        kind: usize,
        boxes: &[(PixelBox, f32)],
        (image, annotated): (usize, &ObjectImage),
        pixels: RgbView<'_>,
    ) -> Result<()> {
        let DetectionSettings { iou_threshold, per_image, .. } = DetectionSettings::DEFAULT;
        let (corners, scores): (Vec<PixelBox>, Vec<f32>) = boxes.iter().copied().unzip();
        let kept: Vec<usize> = nms(&corners, &scores, iou_threshold).into_iter().take(per_image).collect();
        let corners: Vec<PixelBox> = kept.iter().map(|&at| corners[at]).collect();
        let named = self.crop_classifier.classify(pixels, &corners)?;
        found.boxes[kind] += named.len();
        found.unknown[kind] += named.iter().flatten().filter(|named| named.unknown).count();
        for ((named, box_in_image), at) in named.iter().zip(corners).zip(kept) {
            let Some(named) = named else { continue };
            let label = &self.crop_classifier.labels[named.label];
            let Some(class) = self.classes.iter().position(|class| class == label) else { continue };
            if annotated.unlabelled.contains(&class) {
                continue;
            }
            let score = f64::from(scores[at]) * f64::from(named.probabilities[named.label]);
            let box_in_image = box_in_image.map(f64::from);
            found.named[kind].push(Detection { image, class, box_in_image, score });
        }
        Ok(())
    }
}

impl TwoStage {
    /// The detections of one kind of boxes, with the same truths.
    fn arm(&self, kind: usize) -> Detected {
        Detected { detections: self.named[kind].clone(), ..self.box_head.clone() }
    }
}
