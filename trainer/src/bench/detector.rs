//! A whole detector on one image, beside torchvision's.

use super::{Figure, python_says, rate};
use anyhow::Result;
use burn::tensor::Device;
use nadir_shared::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_shared::detection::postprocess::DetectionSettings;
use nadir_shared::detection::proposals::ProposalSettings;
use nadir_shared::detection::resize::DetectorResize;
use nadir_shared::image::Planes;
use nadir_shared::model::detector::{Detector, DetectorConfig, FasterRcnn};
use nadir_shared::model::init::seeded;
use std::path::Path;

/// Width and height of the image, px.
const SIDE: usize = 320;
/// COCO's, as torchvision counts them.
const CLASSES: usize = 90;

/// Random weights on both sides: neither finds an object, and both look at up to 1,000 proposals.
pub(super) fn figure(seconds: f64, python: Option<&Path>) -> Result<Figure> {
    let device = Device::flex();
    let architecture = Architecture { encoder: EncoderKind::Resnet50, width: 64, stem: Stem::Imagenet };
    let shape = DetectorShape::of(architecture);
    let network = seeded(FasterRcnn::new(&shape, CLASSES + 1, false, &device)?, 1);
    let config = DetectorConfig {
        shape,
        folded: false,
        classes: CLASSES,
        resize: DetectorResize { min_size: SIDE, max_size: SIDE, ..DetectorResize::DEFAULT },
        proposals: ProposalSettings::INFERENCE,
        detections: DetectionSettings::DEFAULT,
    };
    let detector = Detector::new(config, &network.export(), &device)?;
    let values = (0..3 * SIDE * SIDE).map(|at| (at * 7919 % 256) as f32 / 255.0).collect();
    let image = Planes { width: SIDE, height: SIDE, values };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut outcome = Ok(());
    let value = rate(seconds, |_| {
        let found = runtime.block_on(detector.detect(&image)).map(|found| drop(std::hint::black_box(found)));
        outcome = std::mem::replace(&mut outcome, Ok(())).and(found);
    });
    outcome?;
    let arguments = [seconds.to_string(), SIDE.to_string(), CLASSES.to_string()];
    let rival = python_says::<Option<f64>>(python, include_str!("detector.py"), &arguments)?.flatten();
    let what = format!("detector, ResNet-50 with a pyramid, one {SIDE} px image, all cores");
    Ok(Figure::new(&what, value, "images/s").beside("torchvision", rival))
}
