//! Settings of the training that pulls images together: loss, optimizer, schedule, memory.

use super::monitor::MonitorConfig;
use anyhow::{Result, bail};
use nadir_nn::loss::Form;
use nadir_nn::model::Precision;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Contrastive pretraining, or supervised training in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PretrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images a step, over all ranks; each gives two views.
    pub batch_size: usize,
    /// Images a forward pass. Below the batch size, a step's gradient comes by gradient caching (Gao et al. 2021): the
    /// loss sees the whole batch, memory holds one chunk, each view is encoded twice. BatchNorm sees one chunk at a
    /// time. 0: the whole batch at once.
    pub chunk_size: usize,
    /// Chunks encoded at the same time, each on a thread of its own. Where they hold the whole batch, nothing is
    /// encoded twice. The CPU's operations use all cores by themselves, so 1 is fastest there.
    pub chunks_at_once: usize,
    /// What the network's layers compute in.
    pub precision: Precision,
    /// What is cheap to compute again is not kept for the backward pass (Chen et al. 2016, "Training deep nets with
    /// sublinear memory cost"): less memory, more time.
    pub gradient_checkpointing: bool,
    /// With several ranks, an image's second view goes through another rank's network than its first, since BatchNorm
    /// takes each rank's own statistics and could give the pair away (He et al. 2020, section 3.3).
    pub shuffle_batch_norm: bool,
    /// Where the two views are made; by the same draws, so they differ by rounding alone.
    pub augment_on: AugmentOn,
    /// Most of the device's memory that the training images may take where `augment_on` is `device`, GiB; the views of
    /// up to four batches come besides.
    pub device_images_gib: f64,
    /// The loss's temperature, above 0.
    pub temperature: f64,
    /// The loss that is minimised.
    pub objective: Objective,
    /// Compares with the keys of earlier steps; without it with the batch alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueConfig>,
    /// Adam, SGD or LARS.
    pub optimizer: OptimizerConfig,
    /// Learning rate after the warm-up, its highest value.
    pub learning_rate: f64,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// The cosine ends at this to the third power of the highest rate, as in SupCon's published training (0.1 there);
    /// 0: it ends at 0.
    pub decay_rate: f64,
    /// Epochs over which the learning rate rises from 0.
    pub warmup_epochs: f64,
    /// A share of other weights in the encoder that the training ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mix: Option<MixConfig>,
    /// An epoch draws every class as often as every other; one label an image.
    pub class_balanced: bool,
    /// Steps between checkpoints; each epoch's end has one besides.
    pub checkpoint_every: usize,
    /// How many checkpoints stay.
    pub keep_checkpoints: usize,
    /// TensorBoard's event files in the run folder, with all numbers of metrics.jsonl: `tensorboard --logdir runs`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tensorboard: bool,
    /// What is measured on held-out images between epochs.
    #[serde(skip_serializing_if = "MonitorConfig::is_off")]
    pub monitor: MonitorConfig,
}

/// What makes the views that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AugmentOn {
    /// The host's cores; images of any size, decoded in memory or in a cache on the disk.
    Host,
    /// The device that trains, out of its own memory, into which all training images are copied, 3 bytes a pixel; they
    /// must be of one size. For a GPU that waits for the host. On the CPU it is slower than `host`.
    Device,
}

/// A training objective; all but `nt_xent` and `dcl` see the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// SimCLR's loss (Chen et al. 2020).
    NtXent,
    /// Decoupled contrastive learning (Yeh et al. 2022).
    Dcl,
    /// SupCon (Khosla et al. 2020); positives have the same set of labels.
    SupConAll,
    /// SupCon; positives share a label.
    SupConAny,
    /// MulSupCon (Zhang & Wu 2024).
    MulSupCon,
    /// SupCon weighted by the labels' overlap (Zaigrajew & Zieba 2022).
    JaccardSupCon {
        /// Least Jaccard index of a positive, 0 to 1.
        #[serde(default = "Objective::default_threshold")]
        threshold: f64,
    },
    /// Ranked positives, one class a rank (Balasubramanian et al. 2022); see [`crate::config::RankingConfig`].
    Ranked {
        /// Ranks of a class, itself included; 1 with the sum inside is SupCon.
        ranks: usize,
        /// Where the sum over positives stands.
        #[serde(default = "Objective::default_form")]
        form: Form,
    },
    /// RINCE (Hoffmann et al. 2022): a class's similar classes are one cluster, its second rank.
    Rince {
        /// Where the sum over positives stands.
        form: Form,
    },
    /// No contrast: a linear layer on the embedding, binary cross-entropy on the labels.
    Supervised,
    /// No contrast: a linear layer on the embedding, softmax cross-entropy; one label an image.
    Softmax,
}

impl Objective {
    fn default_threshold() -> f64 {
        0.3
    }

    /// That of equation 2.
    fn default_form() -> Form {
        Form::In
    }

    /// The field's name for it.
    pub fn title(self) -> String {
        let form = |form| match form {
            Form::In => "in",
            Form::Out => "out",
            Form::OutIn => "out-in",
        };
        match self {
            Self::NtXent => "SimCLR".into(),
            Self::Dcl => "DCL".into(),
            Self::SupConAll => "SupCon, all labels".into(),
            Self::SupConAny => "SupCon, any label".into(),
            Self::MulSupCon => "MulSupCon".into(),
            Self::JaccardSupCon { .. } => "Jaccard SupCon".into(),
            Self::Ranked { ranks: 1, form: Form::In } => "SupCon in, r = 1".into(),
            Self::Ranked { ranks, form: Form::In } => format!("ranking r = {ranks}"),
            Self::Ranked { ranks, form: which } => format!("ranking r = {ranks}, {}", form(which)),
            Self::Rince { form: which } => format!("RINCE {}", form(which)),
            Self::Supervised => "supervised".into(),
            Self::Softmax => "softmax".into(),
        }
    }

    /// Whether views are compared with each other, and not with labels by a classifier.
    pub fn is_contrast(self) -> bool {
        !matches!(self, Self::Supervised | Self::Softmax)
    }

    /// Whether the temperature is that of the ranks, and not `pretrain.temperature`.
    pub fn is_ranked(self) -> bool {
        matches!(self, Self::Ranked { .. } | Self::Rince { .. })
    }

    /// Whether it needs to know which classes are similar.
    pub fn needs_ranking(self) -> bool {
        self.is_ranked() && !matches!(self, Self::Ranked { ranks: 1, .. })
    }

    /// Whether it sees labels, so that images without any cannot be trained by it.
    pub fn needs_labels(self) -> bool {
        !matches!(self, Self::NtXent | Self::Dcl)
    }

    /// Whether an image must have one label, no more and no fewer.
    pub fn needs_one_label(self) -> bool {
        self.is_ranked() || self == Self::Softmax
    }
}

/// Keys of earlier steps, by a slowly following copy of the network (He et al. 2020, MoCo). First views are anchors,
/// second views keys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    /// Keys kept, with their labels.
    pub length: usize,
    /// Share of the copy's weights that stays at each step, 0 to 1; MoCo: 0.999.
    #[serde(default = "QueueConfig::default_momentum")]
    pub momentum: f64,
}

impl QueueConfig {
    fn default_momentum() -> f64 {
        0.999
    }
}

/// Each value of the encoder becomes `share` times that of other weights and the rest the trained one, BatchNorm's
/// statistics too (WiSE-FT: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", equation 1): what those
/// weights knew and the training's labels did not need stays so. It changes no step: a finished run gives another mix at
/// once with `--resume`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixConfig {
    /// Share of the other weights, at least 0 and below 1.
    pub share: f64,
    /// The other weights, of the same network; those that the training began with (`weights`) if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
}

/// How a gradient becomes a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Kingma & Ba 2015, as PyTorch computes it.
    Adam {
        /// Decay of the mean.
        beta1: f64,
        /// Decay of the mean square.
        beta2: f64,
        /// Added to the root mean square.
        epsilon: f64,
        /// L2 penalty added to the gradient.
        weight_decay: f64,
    },
    /// With momentum and no dampening, as PyTorch computes it.
    Sgd {
        /// Decay of the velocity.
        momentum: f64,
        /// L2 penalty added to the gradient.
        weight_decay: f64,
    },
    /// SGD with a rate for each layer (You et al. 2017), for batches of thousands; biases and BatchNorm have neither
    /// penalty nor a rate of their own, as in SimCLR.
    Lars {
        /// Decay of the velocity.
        momentum: f64,
        /// L2 penalty added to the gradient; SimCLR: 1e-6.
        weight_decay: f64,
        /// A layer's rate is this times its weights' length over its gradient's; 0.001 as published.
        trust: f64,
    },
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// How the learning rate goes after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The learning rate stays at its highest value.
    Constant,
    /// Falls along half a cosine to `decay_rate`^3 of the highest rate.
    Cosine,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self {
            epochs: 16,
            batch_size: 128,
            chunk_size: 0,
            chunks_at_once: 1,
            precision: Precision::F32,
            gradient_checkpointing: false,
            shuffle_batch_norm: true,
            augment_on: AugmentOn::Host,
            device_images_gib: 16.0,
            temperature: 0.2,
            objective: Objective::NtXent,
            queue: None,
            optimizer: OptimizerConfig::default(),
            learning_rate: 2e-3,
            schedule: Schedule::Cosine,
            decay_rate: 0.0,
            warmup_epochs: 1.0,
            mix: None,
            class_balanced: false,
            checkpoint_every: 50,
            keep_checkpoints: 2,
            tensorboard: false,
            monitor: MonitorConfig::default(),
        }
    }
}

impl PretrainConfig {
    /// Images a forward pass.
    pub fn images_a_pass(&self) -> usize {
        if self.chunk_size == 0 { self.batch_size } else { self.chunk_size.min(self.batch_size) }
    }

    /// Refuses what cannot be.
    pub(super) fn check(&self, has_batch_norm: bool) -> Result<()> {
        if self.batch_size < 2 {
            bail!("pretrain.batch_size must be at least 2 images, and is {}", self.batch_size);
        }
        if self.precision == Precision::Bf16 && !has_batch_norm {
            bail!(
                "pretrain.precision = \"bf16\" is for ResNets; SqueezeNet has no BatchNorm to keep its numbers small"
            );
        }
        if self.chunk_size == 1 || (self.chunk_size > 0 && !self.batch_size.is_multiple_of(self.images_a_pass())) {
            bail!(
                "pretrain.batch_size {} does not divide into chunks of {} images (2 at the least)",
                self.batch_size,
                self.chunk_size
            );
        }
        if let Objective::JaccardSupCon { threshold } = self.objective
            && !(threshold > 0.0 && threshold <= 1.0)
        {
            bail!("pretrain.objective.threshold must be above 0 and at most 1, and is {threshold}");
        }
        if let Objective::Ranked { ranks: 0, .. } = self.objective {
            bail!("pretrain.objective.ranks must be at least 1, which is the class itself");
        }
        if !(0.0..1.0).contains(&self.decay_rate) {
            bail!("pretrain.decay_rate must be at least 0 and below 1, and is {}", self.decay_rate);
        }
        if let Some(MixConfig { share, .. }) = self.mix
            && !(0.0..1.0).contains(&share)
        {
            bail!("pretrain.mix.share must be at least 0 and below 1, and is {share}");
        }
        self.monitor.check()?;
        if self.monitor.keep_best.is_some() && !self.objective.is_contrast() {
            bail!(
                "pretrain.monitor.keep_best keeps an encoder without its classifier; {} training is measured by that",
                self.objective.title()
            );
        }
        if let Some(queue) = &self.queue {
            if !self.objective.is_contrast() {
                bail!("pretrain.queue has no use in {} training", self.objective.title());
            }
            if queue.length == 0 || !(0.0..=1.0).contains(&queue.momentum) {
                bail!(
                    "pretrain.queue needs a length of at least 1 and a momentum from 0 to 1, and has {} and {}",
                    queue.length,
                    queue.momentum
                );
            }
        }
        Ok(())
    }
}
