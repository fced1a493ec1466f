//! One measurement, described so that another process can do it.

use super::{curve, parity};
use crate::bench::{detector, detector_step};
use crate::config::{Config, OptimizerConfig};
use crate::device::ChosenDevice;
use crate::tensor::values_of;
use crate::train::loader::PairBatch;
use crate::train::trainee::Trainee;
use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::{Arithmetic, init};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Network and images of a measurement.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Scale {
    pub encoder: EncoderKind,
    pub width: usize,
    /// Width and height of the images, px.
    pub side: usize,
}

/// What is measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Work {
    /// SimCLR steps of `batch` pairs; `chunk` 0: at once, else by gradient caching.
    Step { batch: usize, chunk: usize, gradient_checkpointing: bool },
    /// Embeddings of `batch` images at a time.
    Encode { batch: usize },
    /// Faster R-CNN on one image.
    Detect { side: usize },
    /// A training step of Faster R-CNN.
    DetectStep { images: usize, side: usize },
    /// A training whose loss PyTorch's stands beside: same first weights, same images, same order.
    Curve { steps: usize, batch: usize, folder: PathBuf },
    /// Device against CPU.
    Parity { of: parity::Subject },
}

/// A row of the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    pub name: String,
    pub scale: Scale,
    pub arithmetic: Arithmetic,
    pub seconds: f64,
    pub work: Work,
    /// Whether PyTorch does it too.
    pub beside_torch: bool,
    /// Whether PyTorch compiles it first.
    pub torch_compiles: bool,
    /// cubecl's tuning of kernels by trial: `minimal` keeps it short.
    pub minimal_tuning: bool,
    /// By the build with, or without, kernel fusion.
    pub other_build: bool,
    /// A measurement that takes longer is ended.
    pub limit: Duration,
}

/// What came out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    /// Images (pairs count as two views) a second.
    pub images_per_second: Option<f64>,
    /// Seconds of the first call, which compiles and tunes.
    pub first_s: Option<f64>,
    /// Bytes reserved on the device at the end; on the CPU the process's highest.
    pub memory_bytes: Option<u64>,
    /// Of every step.
    pub losses: Vec<f64>,
    /// (step, bytes in use).
    pub memory: Vec<[f64; 2]>,
    /// What was compared, and by how much it differs, relative to the largest value.
    pub differences: Vec<parity::Difference>,
    /// Version of what computed, for example PyTorch's.
    pub version: Option<String>,
}

impl Scale {
    /// As papers write it.
    pub fn encoder_name(self) -> &'static str {
        match self.encoder {
            EncoderKind::Resnet18 => "ResNet-18",
            EncoderKind::Resnet34 => "ResNet-34",
            EncoderKind::Resnet50 => "ResNet-50",
            EncoderKind::Resnet101 => "ResNet-101",
            EncoderKind::Squeezenet11 => "SqueezeNet 1.1",
        }
    }

    pub fn architecture(self) -> Architecture {
        Architecture { encoder: self.encoder, width: self.width, stem: Stem::Imagenet }
    }
}

impl Case {
    /// SimCLR as both sides train it.
    pub fn config(&self, batch: usize) -> Config {
        let mut config = Config { encoder: self.scale.architecture(), ..Config::default() };
        config.augment.size = self.scale.side;
        config.projector.hidden = config.encoder.embedding_len();
        config.pretrain.batch_size = batch;
        config.pretrain.precision = self.arithmetic;
        config.pretrain.temperature = 0.5;
        config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 0.0 };
        config
    }
}

impl Work {
    pub fn measure(&self, case: &Case, chosen: &ChosenDevice) -> Result<Outcome> {
        match self {
            Self::Step { batch, chunk, gradient_checkpointing } => {
                let mut config = case.config(*batch);
                config.pretrain.chunk_size = *chunk;
                config.pretrain.gradient_checkpointing = *gradient_checkpointing;
                steps(&config, case.seconds, chosen)
            }
            Self::Encode { batch } => encode(case, *batch, chosen),
            Self::Detect { side } => {
                let rate = detector::images_per_second(*side, case.seconds, &chosen.device)?;
                Ok(Outcome {
                    images_per_second: Some(rate),
                    memory_bytes: memory(&chosen.device),
                    ..Outcome::default()
                })
            }
            Self::DetectStep { images, side } => {
                let rate = detector_step::images_per_second(*images, *side, case.seconds, &chosen.device)?;
                Ok(Outcome {
                    images_per_second: Some(rate),
                    memory_bytes: memory(&chosen.device),
                    ..Outcome::default()
                })
            }
            Self::Curve { steps, batch, folder } => curve::train(case, *steps, *batch, folder, chosen),
            Self::Parity { of } => parity::compare(*of, &case.scale, chosen),
        }
    }
}

fn steps(config: &Config, seconds: f64, chosen: &ChosenDevice) -> Result<Outcome> {
    let (batch, side) = (config.pretrain.batch_size, config.augment.size);
    let mut trainee = Trainee::first(config, &["label".to_owned()], &[], &chosen.device)?;
    let values: Vec<f32> = (0..2 * batch * 3 * side * side).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let pairs = PairBatch::whole(values.into(), vec![1.0; batch], batch);
    let begun = Instant::now();
    let mut losses = Vec::new();
    trainee = stepped(trainee, pairs.clone(), 1e-3, &mut losses)?;
    trainee.wait();
    let first = begun.elapsed();
    // A few more: kernels are still tuned, memory pools still grow.
    for _ in 0..2 {
        trainee = stepped(trainee, pairs.clone(), 1e-3, &mut losses)?;
    }
    trainee.wait();
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed().as_secs_f64() < seconds {
        trainee = stepped(trainee, pairs.clone(), 1e-3, &mut losses)?;
        count += 1;
    }
    trainee.wait();
    let rate = (2 * batch * count) as f64 / begun.elapsed().as_secs_f64();
    Ok(Outcome {
        images_per_second: Some(rate),
        first_s: Some(first.as_secs_f64()),
        memory_bytes: memory(&chosen.device),
        losses,
        ..Outcome::default()
    })
}

/// After a step, whose loss is noted.
///
/// # Errors
/// Where the loss is not a number.
pub(super) fn stepped<'a>(
    trainee: Trainee<'a>,
    pairs: PairBatch,
    learning_rate: f64,
    losses: &mut Vec<f64>,
) -> Result<Trainee<'a>> {
    let (trainee, loss) =
        trainee.step_alone(pairs, learning_rate).with_context(|| format!("in step {}", losses.len() + 1))?;
    losses.push(loss);
    Ok(trainee)
}

fn encode(case: &Case, batch: usize, chosen: &ChosenDevice) -> Result<Outcome> {
    let side = case.scale.side;
    let encoder = init::seeded(case.scale.architecture().init(false, &chosen.device), 1).computing_in(case.arithmetic);
    let values: Vec<f32> = (0..batch * 3 * side * side).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let images = Tensor::<4>::from_data(TensorData::new(values, [batch, 3, side, side]), &chosen.device);
    // Reads the embeddings back, as every use of them does.
    let embed = || values_of(encoder.forward(images.clone())).map(drop);
    let begun = Instant::now();
    embed()?;
    let first = begun.elapsed();
    embed()?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed().as_secs_f64() < case.seconds {
        embed()?;
        count += 1;
    }
    Ok(Outcome {
        images_per_second: Some((batch * count) as f64 / begun.elapsed().as_secs_f64()),
        first_s: Some(first.as_secs_f64()),
        memory_bytes: memory(&chosen.device),
        ..Outcome::default()
    })
}

/// Bytes that the device's allocator holds; on the CPU the most that this process ever had (Linux).
pub(super) fn memory(device: &Device) -> Option<u64> {
    match device.clone().inner().memory_pool_usage() {
        Some(usage) => Some(usage.bytes_reserved),
        None => highest_resident().ok(),
    }
}

fn highest_resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: u64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(1024 * kilobytes)
}
