//! The standing list: what is measured, in the order of what matters most should the time be short.

use super::case::{Case, Scale, Subject, Work};
use super::curve;
use super::request::Request;
use anyhow::Result;
use nadir_core::bundle::EncoderKind;
use nadir_nn::model::Precision;
use std::path::Path;
use std::time::Duration;

/// Sizes of the list.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    pub scale: Scale,
    /// Pairs a step.
    pub batches: &'static [usize],
    /// A batch that needs gradient caching, and its chunks.
    pub large: (usize, usize),
    /// Images of an embedding call.
    pub encode: usize,
    /// Steps and pairs of the loss curve, and pairs that are gone round.
    pub curve: (usize, usize),
    pub pool: usize,
    /// Image side of detection, px; images of a training step.
    pub detect: (usize, usize),
    /// Each measurement's limit.
    pub limit: Duration,
}

impl Sizes {
    /// ResNet-50 at 224 px.
    pub const FULL: Self = Self {
        scale: Scale { encoder: EncoderKind::Resnet50, width: 64, side: 224 },
        batches: &[256, 128, 512],
        large: (2048, 64),
        encode: 256,
        curve: (500, 64),
        pool: 256,
        detect: (640, 8),
        limit: Duration::from_secs(240),
    };
    /// Seconds on a CPU.
    pub const SMALL: Self = Self {
        scale: Scale { encoder: EncoderKind::Resnet18, width: 8, side: 32 },
        batches: &[8],
        large: (16, 4),
        encode: 8,
        curve: (12, 8),
        pool: 24,
        detect: (96, 2),
        limit: Duration::from_secs(240),
    };
}

/// All rows. What the curve reads is written into `folder`.
pub(super) fn cases(sizes: &Sizes, request: &Request, folder: &Path) -> Result<Vec<Case>> {
    let row = |name: String, precision: Precision, work: Work| Case {
        name,
        scale: sizes.scale,
        precision,
        seconds: request.seconds,
        work,
        beside_torch: false,
        torch_compiles: false,
        minimal_tuning: false,
        other_build: false,
        limit: sizes.limit,
    };
    let beside = |case: Case| Case { beside_torch: true, ..case };
    let step = |batch: usize, precision: Precision| {
        let work = Work::Step { batch, chunk: 0, gradient_checkpointing: false };
        row(format!("SimCLR step, batch {batch}, {}", text(precision)), precision, work)
    };
    let mut cases: Vec<Case> = Subject::ALL
        .iter()
        .map(|&of| row(format!("parity with the CPU: {}", of.name()), Precision::F32, Work::Parity { of }))
        .collect();

    let (fast, exact) = (Precision::Bf16, Precision::F32);
    let usual = sizes.batches[0];
    cases.extend([beside(step(usual, fast)), beside(step(usual, exact))]);
    let (steps, batch) = sizes.curve;
    let first = row(String::new(), exact, Work::Encode { batch: 1 });
    curve::prepare(&first, batch, sizes.pool, folder)?;
    for precision in [fast, exact] {
        let work = Work::Curve { steps, batch, folder: folder.to_owned() };
        cases.push(beside(row(format!("{steps} steps of loss, {}", text(precision)), precision, work)));
    }
    for precision in [fast, exact] {
        let name = format!("embedding, batch {}, {}", sizes.encode, text(precision));
        cases.push(beside(row(name, precision, Work::Encode { batch: sizes.encode })));
    }
    cases.extend(sizes.batches[1..].iter().map(|&batch| beside(step(batch, fast))));
    if request.torch.is_some() {
        let compiled = step(usual, fast);
        let name = format!("{}, PyTorch compiled", compiled.name);
        cases.push(Case { name, beside_torch: true, torch_compiles: true, ..compiled });
    }
    let untuned = step(usual, fast);
    cases.push(Case { name: format!("{}, minimal tuning", untuned.name), minimal_tuning: true, ..untuned });
    if request.other_build.is_some() {
        let other = step(usual, fast);
        let fusion = if cfg!(feature = "fusion") { "without fusion" } else { "with fusion" };
        cases.push(Case { name: format!("{}, {fusion}", other.name), other_build: true, ..other });
    }
    let (batch, chunk) = sizes.large;
    for (precision, gradient_checkpointing) in [(fast, false), (exact, true)] {
        let checkpointing = if gradient_checkpointing { ", gradient checkpointing" } else { "" };
        let name = format!("SimCLR step, batch {batch} in chunks of {chunk}, {}{checkpointing}", text(precision));
        cases.push(row(name, precision, Work::Step { batch, chunk, gradient_checkpointing }));
    }
    let (side, images) = sizes.detect;
    cases.push(beside(row(format!("detector, one image of {side} px, f32"), exact, Work::Detect { side })));
    let name = format!("detector's training step, {images} images of {side} px, f32");
    cases.push(beside(row(name, exact, Work::DetectStep { images, side })));
    cases.extend(sizes.batches[1..].iter().map(|&batch| beside(step(batch, exact))));
    Ok(cases)
}

fn text(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::Bf16 => "bf16",
    }
}
