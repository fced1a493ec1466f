//! Training a detector: every setting with its default and unit. A file of its own kind, for none of SimCLR's settings
//! apply.

use super::data::check_max_bad_images;
use super::difference::differences;
use super::{ObjectsConfig, check_counts, of_report, read_toml};
use anyhow::{Result, bail, ensure};
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::refinement::Refinement;
use nadir_core::detection::resize::DetectorResize;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A whole detector experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectConfig {
    /// Decides first weights, order, augmentation, sampling and splits.
    pub seed: u64,
    /// Weights to start from (.pth or .safetensors, torchvision's names): an encoder's for the backbone, or a whole
    /// detector's, whose class layers are taken where the number of classes fits. Without it they are drawn from the
    /// seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Annotated images, and which of them are for validation and test.
    pub data: DetectDataConfig,
    /// The detector's architecture.
    pub detector: DetectorShape,
    /// How large images are seen in evaluation; training varies it by `augment.scales`.
    pub resize: DetectorResize,
    /// In evaluation what the box head found is looked at once more: `{ vote_above = 0.6 }`; without it as torchvision does
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refinement: Option<Refinement>,
    /// How training images are changed.
    pub augment: DetectAugmentConfig,
    /// How the detector is trained.
    pub train: DetectTrainConfig,
    /// From which score on detections are shown.
    pub threshold: ThresholdConfig,
}

/// From which score on detections are shown: chosen on the validation images, at an overlap of 0.5, all classes
/// together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThresholdConfig {
    /// At least this share of the detections shown is right, where a score gives that: of those scores the one with the
    /// highest F1. Without it, and where no score does, the score with the highest F1. Above 0, at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
}

/// Annotated images, and what is for what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectDataConfig {
    /// Format and files of the annotated images.
    pub objects: ObjectsConfig,
    /// Share of the training images (of generated scenes: of all) that is for validation, above 0 and below 1.
    pub validation_share: f64,
    /// Share of generated scenes for testing, above 0 and below 1; the other formats say themselves what is for it.
    pub test_share: f64,
    /// Share of images that may be missing or broken before the run stops, 0 to 1.
    pub max_bad_images: f64,
    /// Whether objects marked as difficult are to be detected in training. If not, they are neither objects nor
    /// background.
    pub use_difficult: bool,
}

/// How training images are changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectAugmentConfig {
    /// Half of the images are mirrored left to right.
    pub flip: bool,
    /// Turned by 0, 90, 180 or 270 degrees, each as often: images from above have no up.
    pub quarter_turns: bool,
    /// The shorter side becomes `resize.min_size` times one of these, drawn for each image.
    pub scales: Vec<f64>,
    /// Brightness, contrast and saturation are multiplied by 1 - this to 1 + this; 0: as they are.
    pub jitter: f64,
}

/// How the learning rate falls after the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectSchedule {
    /// By `gamma` at the end of each of the epochs in `rate_falls_after`, as torchvision's reference training.
    #[default]
    Steps,
    /// Along half a cosine to 0 at the end of the training (Loshchilov & Hutter 2017, "SGDR", without restarts).
    Cosine,
}

/// SGD with a warm-up, then steps or a cosine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectTrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images a step. For four or fewer, burn 0.22's CPU backend finds the gradient of convolutions to 16 channels or
    /// fewer by slow loops.
    pub batch_size: usize,
    /// Images a forward pass; below the batch size, gradients are added up over several. 0: the whole batch at once.
    pub chunk_size: usize,
    /// Learning rate after the warm-up, its highest value.
    pub learning_rate: f64,
    /// Steps over which the rate rises from a thousandth of it.
    pub warmup_steps: usize,
    /// How the rate falls after the warm-up.
    pub schedule: DetectSchedule,
    /// The rate is multiplied by `gamma` at the end of each of these epochs; for the schedule of steps alone.
    pub rate_falls_after: Vec<usize>,
    /// What the rate is multiplied by then.
    pub gamma: f64,
    /// Decay of the velocity.
    pub momentum: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// Gradients longer than this, over all weights, are shortened to it; 0: never.
    pub clip_gradient: f64,
    /// BatchNorm keeps its statistics, scale and shift, as torchvision's detectors do; for weights that were trained
    /// before. From random weights it must learn.
    pub frozen_batch_norm: bool,
    /// So many of the backbone's parts stay as they are, from the first on: of a ResNet's five (first layers, four
    /// stages), of EfficientNet-Lite0's eight (first layer, seven stages); all of them freeze the backbone. torchvision's
    /// detectors keep 2 of pretrained weights.
    pub frozen_parts: usize,
    /// Folder in which the maps of the backbone's `frozen_parts` are kept: computed once of each image in every
    /// orientation and scale that training may draw, in half precision, so that a step trains what stands behind them
    /// alone, at several times as many images a second. Runs with the same backbone, images and sizes share them. Needs
    /// `augment.jitter = 0`, and `frozen_batch_norm` where a part of the backbone is trained; each image is then a pass of
    /// its own (`chunk_size` 0 or 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_maps: Option<PathBuf>,
    /// Keep the maps of an image in so many of its orientations and scales, drawn from the seed; 0: in all of them,
    /// which are 8 times as many as `augment.scales` names. About 1 MB each at 480 px.
    pub cached_variants: usize,
    /// Anchors of an image that the first stage learns from.
    pub anchors_per_image: usize,
    /// Proposals of an image that the second stage learns from.
    pub proposals_per_image: usize,
    /// Steps between checkpoints; each epoch's end has one besides.
    pub checkpoint_every: usize,
    /// How many checkpoints stay.
    pub keep_checkpoints: usize,
    /// TensorBoard's event files in the run folder, with all numbers of metrics.jsonl: `tensorboard --logdir runs`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tensorboard: bool,
    /// Epochs between measurements on the validation images; the best is kept. 0: only at the end.
    pub validate_every: usize,
}

impl Default for DetectConfig {
    /// What `nadir demo` trains: narrow, and short enough to wait for.
    fn default() -> Self {
        let architecture =
            Architecture { encoder: EncoderKind::Resnet18, width: 16, stem: Stem::Imagenet, stages: 4, bands: 3 };
        Self {
            seed: 1,
            weights: None,
            data: DetectDataConfig::default(),
            detector: DetectorShape {
                channels: 32,
                hidden: 64,
                anchor_sizes: vec![16.0, 32.0, 64.0, 128.0, 256.0],
                ..DetectorShape::of(architecture)
            },
            resize: DetectorResize { min_size: 256, max_size: 256, ..DetectorResize::DEFAULT },
            refinement: None,
            augment: DetectAugmentConfig::default(),
            train: DetectTrainConfig::default(),
            threshold: ThresholdConfig::default(),
        }
    }
}

impl Default for DetectDataConfig {
    fn default() -> Self {
        Self {
            objects: ObjectsConfig::Scenes { count: 600, size: 256, first_seed: 0 },
            validation_share: 0.1,
            test_share: 0.2,
            max_bad_images: 0.01,
            use_difficult: false,
        }
    }
}

impl Default for DetectAugmentConfig {
    fn default() -> Self {
        Self { flip: true, quarter_turns: true, scales: vec![0.8, 1.0, 1.2], jitter: 0.2 }
    }
}

impl Default for DetectTrainConfig {
    fn default() -> Self {
        Self {
            epochs: 2,
            batch_size: 6,
            chunk_size: 0,
            learning_rate: 0.02,
            warmup_steps: 50,
            schedule: DetectSchedule::Steps,
            rate_falls_after: Vec::new(),
            gamma: 0.1,
            momentum: 0.9,
            weight_decay: 1e-4,
            clip_gradient: 10.0,
            frozen_batch_norm: false,
            frozen_parts: 0,
            cache_maps: None,
            cached_variants: 0,
            anchors_per_image: 256,
            proposals_per_image: 64,
            checkpoint_every: 100,
            keep_checkpoints: 2,
            tensorboard: false,
            validate_every: 1,
        }
    }
}

impl DetectConfig {
    /// The defaults, changed by a TOML file, changed by `key=value` pairs such as `train.epochs=5`.
    ///
    /// # Errors
    /// Names the file or pair, the key and what was expected.
    pub fn load(file: Option<&Path>, sets: &[String]) -> Result<Self> {
        let config: Self = read_toml(file, sets)?;
        config.check()?;
        Ok(config)
    }

    /// The config that a report was made with, as it stands there, changed by `key=value` pairs.
    ///
    /// # Errors
    /// As [`DetectConfig::load`].
    pub fn of_report(toml: &str, sets: &[String]) -> Result<Self> {
        let config: Self = of_report(toml, sets)?;
        config.check()?;
        Ok(config)
    }

    /// The config as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every setting has a TOML form")
    }

    /// Tells trained detectors apart: everything that changes the weights.
    pub fn fingerprint(&self) -> String {
        nadir_core::bundle::sha256_hex(self.decisive_toml().as_bytes())
    }

    /// What a checkpoint must have been made with to be continued: everything that changed the weights so far. By
    /// steps the number of epochs did not, for rates fall after the epochs that `train.rate_falls_after` names; along a
    /// cosine every step's rate depends on it.
    pub fn checkpoint_fingerprint(&self) -> String {
        let mut of_any_length = self.clone();
        if self.may_get_longer() {
            of_any_length.train.epochs = 0;
        }
        of_any_length.fingerprint()
    }

    fn may_get_longer(&self) -> bool {
        self.train.schedule == DetectSchedule::Steps
    }

    /// Why a run that was made with the config in `saved` cannot be continued with this one: each setting that differs,
    /// as `key: value there, value here`. Empty where `saved` cannot be read or nothing differs.
    pub fn differences_from(&self, saved: &Path) -> Vec<String> {
        let Ok(there) = Self::load(Some(saved), &[]) else { return Vec::new() };
        let mut differences = differences(&there.decisive_toml(), &self.decisive_toml());
        differences.retain(|difference| !(self.may_get_longer() && difference.starts_with("train.epochs:")));
        if !self.may_get_longer() && there.train.epochs != self.train.epochs {
            differences.push(
                "with train.schedule = \"cosine\" the number of epochs decides the rate of every step, also of those \
                 that are done; a run that is to be prolonged needs \"steps\""
                    .to_owned(),
            );
        }
        differences
    }

    fn decisive_toml(&self) -> String {
        let mut decisive = self.clone();
        // How often a run is saved changes nothing in it.
        decisive.train.checkpoint_every = 1;
        decisive.train.keep_checkpoints = 1;
        // Nor does who can read its numbers.
        decisive.train.tensorboard = false;
        // Where maps are kept does not either; that they are does, by their precision.
        decisive.train.cache_maps = decisive.train.cache_maps.map(|_| PathBuf::new());
        decisive.to_toml()
    }

    fn check(&self) -> Result<()> {
        if let Some(fault) = self.detector.fault().or_else(|| self.resize.fault()) {
            bail!("detector: {fault}");
        }
        if let Some(fault) = self.refinement.and_then(Refinement::fault) {
            bail!("refinement.{fault}");
        }
        let DetectDataConfig { validation_share, test_share, max_bad_images, .. } = self.data;
        for (key, share) in [("validation_share", validation_share), ("test_share", test_share)] {
            ensure!(share > 0.0 && share < 1.0, "data.{key} must be a share above 0 and below 1, and is {share}");
        }
        check_max_bad_images(max_bad_images)?;
        self.data.objects.check(validation_share + test_share)?;
        let scales = &self.augment.scales;
        ensure!(
            !scales.is_empty() && scales.iter().all(|scale| (0.05..=4.0).contains(scale)),
            "augment.scales must be one number or more from 0.05 to 4, and is {scales:?}"
        );
        let jitter = self.augment.jitter;
        ensure!((0.0..1.0).contains(&jitter), "augment.jitter must be at least 0 and below 1, and is {jitter}");
        let train = &self.train;
        check_counts(&[
            ("train.batch_size", train.batch_size),
            ("train.anchors_per_image", train.anchors_per_image),
            ("train.proposals_per_image", train.proposals_per_image),
            ("train.checkpoint_every", train.checkpoint_every),
            ("train.keep_checkpoints", train.keep_checkpoints),
        ])?;
        ensure!(
            train.chunk_size == 0 || train.batch_size.is_multiple_of(train.chunk_size),
            "train.batch_size {} does not divide into chunks of {} images",
            train.batch_size,
            train.chunk_size
        );
        ensure!(
            train.frozen_parts == 0 || self.weights.is_some(),
            "train.frozen_parts = {} would keep random weights: name a file in weights",
            train.frozen_parts
        );
        let parts = self.detector.architecture.backbone_parts();
        ensure!(
            train.frozen_parts <= parts,
            "train.frozen_parts = {}: the backbone has {parts} parts",
            train.frozen_parts
        );
        ensure!(
            train.schedule == DetectSchedule::Steps || train.rate_falls_after.is_empty(),
            "train.rate_falls_after = {:?} is for train.schedule = \"steps\", and the schedule is a cosine",
            train.rate_falls_after
        );
        if let Some(precision) = self.threshold.precision {
            ensure!(
                precision > 0.0 && precision <= 1.0,
                "threshold.precision must be above 0 and at most 1, and is {precision}"
            );
        }
        self.check_cached_maps()?;
        for (key, value, least) in [
            ("learning_rate", train.learning_rate, f64::MIN_POSITIVE),
            ("gamma", train.gamma, f64::MIN_POSITIVE),
            ("momentum", train.momentum, 0.0),
            ("weight_decay", train.weight_decay, 0.0),
            ("clip_gradient", train.clip_gradient, 0.0),
        ] {
            ensure!(value.is_finite() && value >= least, "train.{key} cannot be {value}");
        }
        Ok(())
    }

    fn check_cached_maps(&self) -> Result<()> {
        let train = &self.train;
        if train.cache_maps.is_none() {
            ensure!(train.cached_variants == 0, "train.cached_variants is for train.cache_maps, which is not set");
            return Ok(());
        }
        ensure!(
            train.frozen_parts > 0,
            "train.cache_maps keeps the maps of the backbone's first parts that do not change, and train.frozen_parts is \
             0: the backbone has {} parts",
            self.detector.architecture.backbone_parts()
        );
        ensure!(
            train.frozen_batch_norm || train.frozen_parts == self.detector.architecture.backbone_parts(),
            "train.cache_maps with a part of the backbone trained needs train.frozen_batch_norm = true: each image is a \
             pass of its own, of which no statistics can be taken"
        );
        ensure!(
            self.augment.jitter == 0.0,
            "train.cache_maps needs augment.jitter = 0, and it is {}: every drawn colour would have maps of its own",
            self.augment.jitter
        );
        ensure!(
            train.chunk_size <= 1,
            "with train.cache_maps each image is a pass of its own: train.chunk_size must be 0 or 1, and is {}",
            train.chunk_size
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[&str]) -> Result<DetectConfig> {
        DetectConfig::load(None, &pairs.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn one_key_is_set_and_the_others_keep_their_defaults() {
        let config = set(&["train.epochs=3", "detector.channels=32"]).expect("valid");
        let default = DetectConfig::default();
        assert_eq!((config.train.epochs, config.detector.channels), (3, 32));
        assert_eq!(config.detector.anchor_sizes, default.detector.anchor_sizes);
        assert_eq!(toml::from_str::<DetectConfig>(&config.to_toml()).expect("reads back"), config);
    }

    #[test]
    fn values_that_cannot_be_are_refused_by_name() {
        for (pair, word) in [
            ("train.epoch=3", "epoch"),
            ("train.batch_size=0", "train.batch_size"),
            ("train.chunk_size=4", "chunks of 4"),
            ("train.frozen_parts=2", "train.frozen_parts"),
            ("train={schedule=\"cosine\",rate_falls_after=[1]}", "train.rate_falls_after"),
            ("train.schedule=falling", "falling"),
            ("train.cache_maps=maps", "train.frozen_parts is 0"),
            ("train.cached_variants=2", "train.cached_variants"),
            ("threshold.precision=0", "threshold.precision"),
            ("threshold.precision=1.5", "threshold.precision"),
            ("train.learning_rate=0", "train.learning_rate"),
            ("train.momentum=-0.1", "train.momentum"),
            ("detector.channels=0", "channels"),
            ("detector.architecture.encoder=squeezenet1_1", "ResNet"),
            ("detector.anchor_sizes=[1,2,3,4,0]", "anchor sizes"),
            ("detector.anchor_sizes=[1,2,3,4]", "expected 5"),
            ("detector.architecture.stages=3", "whole ResNet"),
            ("detector.architecture.encoder=efficientnet_lite0", "width = 1"),
            ("resize.min_size=0", "sides"),
            ("refinement.vote_above=1.5", "refinement.vote_above"),
            ("augment.scales=[]", "augment.scales"),
            ("augment.jitter=1", "augment.jitter"),
            ("data.validation_share=0", "data.validation_share"),
            ("data.objects.count=2", "data.objects.count"),
            ("data.max_bad_images=2", "max_bad_images"),
        ] {
            let error = format!("{:#}", set(&[pair]).expect_err(pair));
            assert!(error.contains(word), "{pair}: {error}");
        }
    }

    #[test]
    fn kept_maps_need_a_frozen_backbone_and_images_that_lie_in_few_ways() {
        let with = |pairs: &[&str]| {
            let all = ["weights=w.pth", "train.frozen_parts=5", "train.cache_maps=maps"];
            set(&all.iter().chain(pairs).copied().collect::<Vec<_>>())
        };
        for (pairs, word) in [
            (&[][..], "augment.jitter"),
            (&["augment.jitter=0", "train.chunk_size=2"][..], "train.chunk_size"),
            (
                &["augment.jitter=0", "train.frozen_parts=4", "train.frozen_batch_norm=false"][..],
                "train.frozen_batch_norm",
            ),
        ] {
            let error = format!("{:#}", with(pairs).expect_err(word));
            assert!(error.contains(word), "{error}");
        }
        let config = with(&["augment.jitter=0"]).expect("valid");
        let elsewhere = with(&["augment.jitter=0", "train.cache_maps=other"]).expect("valid");
        let without =
            DetectConfig { train: DetectTrainConfig { cache_maps: None, ..config.train.clone() }, ..config.clone() };
        assert_eq!(config.fingerprint(), elsewhere.fingerprint());
        assert_ne!(config.fingerprint(), without.fingerprint());
    }

    #[test]
    fn how_often_a_run_is_saved_is_no_part_of_the_fingerprint() {
        let default = DetectConfig::default();
        let of = |pair: &str| set(&[pair]).expect("valid").fingerprint();
        assert_eq!(of("train.keep_checkpoints=5"), default.fingerprint());
        let resumes = |pairs: &[&str]| set(pairs).expect("valid").checkpoint_fingerprint();
        assert_eq!(resumes(&["train.epochs=9"]), default.checkpoint_fingerprint(), "rates fall by steps");
        let cosine = "train.schedule=cosine";
        assert_ne!(resumes(&["train.epochs=9", cosine]), resumes(&[cosine]), "every rate depends on the epochs");
        assert_ne!(of("train.gamma=0.5"), default.fingerprint());
    }
}
