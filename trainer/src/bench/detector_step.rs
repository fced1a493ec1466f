//! A training step of the detector, beside torchvision's.

use super::figure::{Figure, Repeats, rate};
use super::python::python_says;
use crate::config::{DetectConfig, OptimizerConfig};
use crate::train::detect::step::Stepper;
use crate::train::detect::{DetectBatch, DetectInput, init_network};
use crate::train::optimizer::Optimizer;
use anyhow::Result;
use burn::tensor::Device;
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::targets::Truths;
use nadir_core::image::Planes;
use nadir_core::rng::Rng;
use std::path::Path;

/// Images a step, and their width and height in px.
const STEP: (usize, usize) = (4, 256);
/// COCO's, as torchvision counts them.
const CLASSES: usize = 90;
/// Objects of an image of the step's size, in px.
const BOXES: [[f32; 4]; 3] = [[20.0, 30.0, 120.0, 100.0], [100.0, 120.0, 180.0, 250.0], [200.0, 10.0, 240.0, 60.0]];

/// ResNet-18 with torchvision's pyramid and heads, random weights, torchvision's numbers of anchors and regions.
pub(super) fn figure(seconds: f64, python: Option<&Path>) -> Result<Figure> {
    let (images, side) = STEP;
    let value = images_per_second(images, side, seconds, &Device::flex())?;
    let corners = serde_json::to_string(&boxes(side))?;
    let arguments = [seconds.to_string(), images.to_string(), side.to_string(), CLASSES.to_string(), corners];
    let baseline = python_says::<Option<Vec<f64>>>(python, include_str!("detector_step.py"), &arguments)?
        .flatten()
        .map(Repeats::of);
    let what = format!("detector's training step, ResNet-18 with a pyramid, {images} images of {side} px, all cores");
    Ok(Figure::new(&what, value, "images/s").beside("torchvision", baseline))
}

/// Images a second in steps of `images` images of `side` px.
///
/// # Errors
/// Where a step fails.
pub(crate) fn images_per_second(images: usize, side: usize, seconds: f64, device: &Device) -> Result<Repeats> {
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let mut config = DetectConfig { detector: DetectorShape::of(architecture), ..DetectConfig::default() };
    (config.train.anchors_per_image, config.train.proposals_per_image) = (256, 512);
    let device = device.clone().autodiff();
    let network = init_network(&config, CLASSES, &device)?;
    let stepper = Stepper { shape: &config.detector, resize: config.resize, settings: &config.train, device };
    let mut optimizer = Optimizer::new(&OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 1e-4 });
    let values = (0..3 * side * side).map(|at| (at * 7919 % 256) as f32 / 255.0).collect();
    let image = Planes { width: side, height: side, values };
    let truths = Truths { boxes: boxes(side), classes: vec![1, 2, 3], ..Truths::default() };
    let mut current = Ok(network);
    let steps = rate(seconds, |step| {
        let batch = DetectBatch {
            images: vec![(DetectInput::Pixels(image.clone()), truths.clone()); images],
            skipped: Vec::new(),
        };
        let mut rng = Rng::new(step);
        let stepped = std::mem::replace(&mut current, Err(anyhow::anyhow!("the step before failed")));
        current = stepped.and_then(|network| {
            let (gradients, _) = stepper.gradients(&network, batch, &mut rng)?;
            Ok(optimizer.step(network, gradients, 1e-4))
        });
    });
    current?;
    Ok(steps.map(|steps| steps * images as f64))
}

/// Of an image of `side` px.
fn boxes(side: usize) -> Vec<[f32; 4]> {
    BOXES.iter().map(|corners| corners.map(|at| at * side as f32 / STEP.1 as f32)).collect()
}
