//! Settings of the training that pulls images together: loss, optimizer, schedule, memory.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Contrastive pretraining, or supervised training in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PretrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images a step; each gives two views.
    pub batch_size: usize,
    /// Images a forward pass. Below the batch size, a step's gradient comes by gradient caching (Gao et al. 2021): the
    /// loss sees the whole batch, memory holds one chunk, each view is encoded twice. BatchNorm sees one chunk at a
    /// time. 0: the whole batch at once.
    pub chunk_size: usize,
    /// Chunks encoded at the same time, each on a thread of its own; on the CPU 2 use the cores better. Where they hold
    /// the whole batch, nothing is encoded twice.
    pub chunks_at_once: usize,
    /// The loss's temperature, above 0.
    pub temperature: f64,
    /// What is minimised.
    pub objective: Objective,
    /// Compares with the keys of earlier steps; without it with the batch alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueConfig>,
    /// Adam, SGD or LARS.
    pub optimizer: OptimizerConfig,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// Epochs over which the learning rate rises from 0.
    pub warmup_epochs: f64,
    /// Steps between checkpoints; each epoch's end has one besides.
    pub checkpoint_every: usize,
    /// How many checkpoints stay.
    pub keep_checkpoints: usize,
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
    /// No contrast: a linear layer on the embedding, binary cross-entropy on the labels.
    Supervised,
}

impl Objective {
    fn default_threshold() -> f64 {
        0.3
    }

    /// The field's name for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::NtXent => "SimCLR",
            Self::Dcl => "DCL",
            Self::SupConAll => "SupCon, all labels",
            Self::SupConAny => "SupCon, any label",
            Self::MulSupCon => "MulSupCon",
            Self::JaccardSupCon { .. } => "Jaccard SupCon",
            Self::Supervised => "supervised",
        }
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
    /// Stays.
    Constant,
    /// Falls to 0 along half a cosine.
    Cosine,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self {
            epochs: 16,
            batch_size: 128,
            chunk_size: 0,
            chunks_at_once: 1,
            temperature: 0.2,
            objective: Objective::NtXent,
            queue: None,
            optimizer: OptimizerConfig::default(),
            learning_rate: 2e-3,
            schedule: Schedule::Cosine,
            warmup_epochs: 1.0,
            checkpoint_every: 50,
            keep_checkpoints: 2,
        }
    }
}

impl PretrainConfig {
    /// Images a forward pass.
    pub fn images_a_pass(&self) -> usize {
        if self.chunk_size == 0 { self.batch_size } else { self.chunk_size.min(self.batch_size) }
    }

    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<()> {
        if self.batch_size < 2 {
            bail!("pretrain.batch_size must be at least 2 images, and is {}", self.batch_size);
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
        if let Some(queue) = &self.queue {
            if self.objective == Objective::Supervised {
                bail!("pretrain.queue has no use in supervised training");
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
