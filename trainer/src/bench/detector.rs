//! A whole detector on one image, beside torchvision's.

use super::figure::{Figure, Repeats, rate};
use super::python::python_says;
use crate::device::wait;
use anyhow::Result;
use burn::tensor::Device;
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::Planes;
use nadir_nn::model::Weights;
use nadir_nn::model::detector::{Detector, DetectorConfig, FasterRcnn};
use nadir_nn::model::init::seeded;
use std::path::Path;

/// Width and height of the image, px.
const SIDE: usize = 320;
/// COCO's, as torchvision counts them.
const CLASSES: usize = 90;

/// Random weights on both sides: neither finds an object, and both look at up to 1,000 proposals.
pub(super) fn figure(seconds: f64, python: Option<&Path>) -> Result<Figure> {
    let value = images_per_second(SIDE, seconds, &Device::flex())?;
    let arguments = [seconds.to_string(), SIDE.to_string(), CLASSES.to_string()];
    let baseline =
        python_says::<Option<Vec<f64>>>(python, include_str!("detector.py"), &arguments)?.flatten().map(Repeats::of);
    let what = format!("detector, ResNet-50 with a pyramid, one {SIDE} px image, all cores");
    Ok(Figure::new(&what, value, "images/s").beside("torchvision", baseline))
}

/// Images of `side` px a second, one at a time.
///
/// # Errors
/// Where the device cannot give its values back.
pub(crate) fn images_per_second(side: usize, seconds: f64, device: &Device) -> Result<Repeats> {
    let (detector, image) = (detector(side, DetectionSettings::DEFAULT, device)?, image(side));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut outcome = Ok(());
    let value = rate(seconds, |_| {
        let found = runtime.block_on(detector.detect(&image)).map(|found| drop(std::hint::black_box(found)));
        outcome = std::mem::replace(&mut outcome, Ok(())).and(found);
    });
    outcome?;
    Ok(value)
}

/// Corners in px and score of what it finds, best first.
///
/// # Errors
/// Where the device cannot give its values back.
pub(crate) fn found(side: usize, device: &Device) -> Result<Vec<([f32; 4], f32)>> {
    // Random weights hold every class for as likely as the others, below what is usually kept.
    let all = DetectionSettings { score_threshold: 0.0, ..DetectionSettings::DEFAULT };
    let found = wait(detector(side, all, device)?.detect(&image(side)))??;
    Ok(found.iter().map(|object| (object.box_in_image, object.score)).collect())
}

fn detector(side: usize, detections: DetectionSettings, device: &Device) -> Result<Detector> {
    let architecture =
        Architecture { encoder: EncoderKind::Resnet50, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let shape = DetectorShape::of(architecture);
    // On the CPU, where drawing is the same everywhere.
    let weights = damped(seeded(FasterRcnn::new(&shape, CLASSES + 1, false, &Device::flex())?, 1).export());
    let config = DetectorConfig {
        shape,
        folded: false,
        classes: CLASSES,
        resize: DetectorResize { min_size: side, max_size: side, ..DetectorResize::DEFAULT },
        proposals: ProposalSettings::INFERENCE,
        detections,
    };
    Ok(Detector::new(config, &weights, device)?)
}

/// Random weights whose maps and scores stay small: without it the residual sums grow with the depth, every class's
/// probability is 0 or 1, and nothing is found. The last BatchNorm of a block a fifth, the predictors a tenth.
fn damped(mut weights: Weights) -> Weights {
    for (name, tensor) in &mut weights.0 {
        let is_predictor = ["cls_logits", "cls_score", "bbox_pred"].iter().any(|part| name.contains(part));
        let factor = match (name.ends_with("bn3.weight"), is_predictor) {
            (true, _) => 0.2,
            (_, true) => 0.1,
            _ => continue,
        };
        tensor.values.iter_mut().for_each(|value| *value *= factor);
    }
    weights
}

fn image(side: usize) -> Planes {
    Planes {
        width: side,
        height: side,
        values: (0..3 * side * side).map(|at| (at * 7919 % 256) as f32 / 255.0).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_weights_find_boxes_that_a_device_can_be_compared_by() -> Result<()> {
        let found = found(64, &Device::flex())?;
        assert!(found.len() >= 20, "{} boxes", found.len());
        assert!(found.iter().flat_map(|(corners, score)| corners.iter().chain([score])).all(|value| value.is_finite()));
        Ok(())
    }
}
