//! One measurement, described so that another process can do it.

use crate::config::{Config, OptimizerConfig};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::Precision;
use nadir_nn::proof::relative_difference;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Network and images of a measurement.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Scale {
    pub encoder: EncoderKind,
    pub width: usize,
    /// Width and height of the images, px.
    pub side: usize,
}

/// The work that a row measures.
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
    /// Values that the device computes, compared with the CPU's.
    Parity { of: Subject },
}

/// A row of the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    pub name: String,
    pub scale: Scale,
    pub precision: Precision,
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
    /// A measurement that takes longer, once its kernels are compiled, is ended.
    pub limit: Duration,
}

/// What was measured; each field is empty where the work does not give it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    /// Images (pairs count as two views) a second.
    pub images_per_second: Option<f64>,
    /// Seconds of the first call, which compiles and tunes what is not kept.
    pub first_s: Option<f64>,
    /// Seconds of a call afterwards, on the average.
    pub call_s: Option<f64>,
    /// Bytes reserved on the device at the end; on the CPU the process's highest.
    pub memory_bytes: Option<u64>,
    /// Loss of every step.
    pub losses: Vec<f64>,
    /// (step, bytes in use).
    pub memory: Vec<[f64; 2]>,
    /// What was compared, and by how much it differs, relative to the largest value.
    pub differences: Vec<Difference>,
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
            EncoderKind::EfficientnetLite0 => "EfficientNet-Lite0",
        }
    }

    pub fn architecture(self) -> Architecture {
        Architecture { encoder: self.encoder, width: self.width, stem: Stem::Imagenet, stages: 4, bands: 3 }
    }
}

impl Case {
    /// SimCLR as both sides train it.
    pub fn config(&self, batch: usize) -> Config {
        let mut config = Config { encoder: self.scale.architecture(), ..Config::default() };
        config.augment.size = self.scale.side;
        config.projector.hidden = config.encoder.embedding_len();
        config.pretrain.batch_size = batch;
        config.pretrain.precision = self.precision;
        config.pretrain.temperature = 0.5;
        config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 0.0 };
        config
    }
}

/// The computation whose values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    /// Embeddings of each kind of encoder.
    Encoders,
    /// Contrastive losses and their gradients.
    Losses,
    /// A whole step's gradients.
    Training,
    /// Boxes and scores of the detector.
    Detector,
    /// Views made by tensor operations, against the host's.
    Augmentation,
}

impl Subject {
    pub const ALL: [Self; 5] = [Self::Losses, Self::Encoders, Self::Training, Self::Augmentation, Self::Detector];

    pub fn name(self) -> &'static str {
        match self {
            Self::Encoders => "encoders",
            Self::Losses => "losses",
            Self::Training => "a step's gradients",
            Self::Detector => "detector",
            Self::Augmentation => "augmentation",
        }
    }
}

/// One comparison of a device's values with the CPU's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Difference {
    pub what: String,
    /// Largest difference over the largest value of the CPU; `None` if either gave nothing, something else than
    /// numbers, or not as many as the other.
    pub relative: Option<f64>,
    pub allowed: f64,
}

impl Difference {
    pub fn between(what: String, device: &[f32], cpu: &[f32], allowed: f64) -> Self {
        Self { what, relative: relative_difference(device, cpu), allowed }
    }

    pub fn is_wrong(&self) -> bool {
        self.relative.is_none_or(|relative| relative > self.allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_device_is_called_wrong() {
        let between = |device: &[f32], cpu: &[f32]| Difference::between("x".to_owned(), device, cpu, 0.02);
        // The largest value is 4, so that 0.04 is a hundredth of it, and 0.2 a twentieth.
        let near = between(&[1.0, -3.96, 0.0], &[1.0, -4.0, 0.0]);
        assert!(near.relative.is_some_and(|relative| (relative - 0.01).abs() < 1e-6) && !near.is_wrong(), "{near:?}");
        let far = between(&[1.2, -4.0, 0.0], &[1.0, -4.0, 0.0]);
        assert!(far.relative.is_some_and(|relative| (relative - 0.05).abs() < 1e-6) && far.is_wrong(), "{far:?}");
        assert!(between(&[1.0, 4.0, 0.0], &[1.0, -4.0, 0.0]).is_wrong(), "a sign");
        assert!(!between(&[0.0; 3], &[0.0; 3]).is_wrong(), "gradients that are nothing on both");
    }

    #[test]
    fn what_cannot_be_compared_is_called_wrong() {
        let numbers = [1.0, 2.0, 3.0];
        for (device, cpu, what) in [
            (&[1.0, f32::NAN, 3.0][..], &numbers[..], "not a number on the device"),
            (&[1.0, f32::INFINITY, 3.0], &numbers, "infinite on the device"),
            (&numbers, &[1.0, f32::NAN, 3.0], "not a number on the CPU"),
            (&numbers[..2], &numbers, "fewer"),
            (&[], &numbers, "none on the device"),
            (&[], &[], "none at all"),
        ] {
            let difference = Difference::between("x".to_owned(), device, cpu, 1e6);
            assert!(difference.relative.is_none() && difference.is_wrong(), "{what}: {difference:?}");
        }
    }

    #[test]
    fn a_case_is_the_same_for_the_process_that_measures_it() {
        let case = Case {
            name: "a curve".to_owned(),
            scale: Scale { encoder: EncoderKind::Resnet18, width: 8, side: 32 },
            precision: Precision::Bf16,
            seconds: 0.5,
            work: Work::Curve { steps: 3, batch: 8, folder: PathBuf::from("images") },
            beside_torch: true,
            torch_compiles: false,
            minimal_tuning: true,
            other_build: false,
            limit: Duration::from_millis(1500),
        };
        let text = serde_json::to_string(&case).expect("JSON");
        let read: Case = serde_json::from_str(&text).expect("its own words");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        // `torch.py` reads these.
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&json["work"]["kind"], &json["precision"]), (&"curve".into(), &"bf16".into()));
    }
}
