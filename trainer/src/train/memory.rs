//! What a training step needs of a device's memory, computed from the sizes of its tensors.

use crate::config::{Config, OptimizerConfig};

/// Bytes by what they are for. Memory that an allocator keeps or cannot use comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepMemory {
    /// Weights, their gradients (twice where chunks are summed), the optimizer's state and a momentum encoder's copy.
    pub parameters: u64,
    /// What one pass keeps for its backward pass; BatchNorm keeps f32 in bf16 too.
    pub activations: u64,
    /// Pixels of one pass.
    pub pixels: u64,
    /// The loss's tables, each of all anchors by all candidates.
    pub similarities: u64,
}

/// Tables of the loss at once: similarities, their softmax's logarithm, weights of the positives, and gradients of two.
const TABLES: u64 = 5;
const F32: u64 = 4;

impl StepMemory {
    /// Of a rank that is one of `ranks`, for a network of so many parameters.
    pub fn of(config: &Config, parameters: u64, ranks: usize) -> Self {
        let settings = &config.pretrain;
        let own = settings.batch_size / ranks.max(1);
        let pass = settings.images_a_pass().min(own).max(1);
        let passes = own.div_ceil(pass);
        let at_once = settings.chunks_at_once.clamp(1, passes);
        let views = (2 * pass * at_once) as u64;
        let state = match settings.optimizer {
            OptimizerConfig::Adam { .. } => 2,
            OptimizerConfig::Sgd { .. } | OptimizerConfig::Lars { .. } => 1,
        };
        let gradients = if passes > 1 { 2 } else { 1 };
        let copies = 1 + gradients + state + u64::from(settings.queue.is_some());
        let (anchors, candidates) = match settings.queue {
            Some(queue) => (settings.batch_size, settings.batch_size + queue.length),
            None => (2 * settings.batch_size, 2 * settings.batch_size),
        };
        Self {
            parameters: F32 * parameters * copies,
            activations: F32 * config.encoder.activation_count(config.augment.size) * views,
            pixels: F32 * views * 3 * (config.augment.size as u64).pow(2),
            similarities: F32 * TABLES * (anchors as u64) * (candidates as u64),
        }
    }

    /// Sum over all uses, bytes.
    pub fn total(self) -> u64 {
        self.parameters + self.activations + self.pixels + self.similarities
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::bundle::{Architecture, EncoderKind, Stem};

    fn resnet50(batch_size: usize, chunk_size: usize) -> Config {
        let encoder = Architecture { encoder: EncoderKind::Resnet50, width: 64, stem: Stem::Imagenet, stages: 4 };
        let mut config = Config { encoder, ..Config::default() };
        config.augment.size = 224;
        (config.pretrain.batch_size, config.pretrain.chunk_size) = (batch_size, chunk_size);
        config.pretrain.optimizer = OptimizerConfig::Lars { momentum: 0.9, weight_decay: 1e-6, trust: 0.001 };
        config
    }

    /// ResNet-50's 23.5 million and the projector's 4.5.
    const PARAMETERS: u64 = 28_000_000;
    const GIB: u64 = 1 << 30;

    #[test]
    fn gradient_caching_brings_a_batch_of_2048_under_24_gb() {
        let chunked = StepMemory::of(&resnet50(2048, 64), PARAMETERS, 1);
        assert!(chunked.total() < 16 * GIB, "{chunked:?}");
        let whole = StepMemory::of(&resnet50(2048, 0), PARAMETERS, 1);
        assert!(whole.total() > 400 * GIB, "{whole:?}");
        // By hand: 2 * 64 views, 27,245,568 values each, 4 bytes.
        assert_eq!(chunked.activations, 2 * 64 * 27_245_568 * 4);
        assert_eq!(chunked.parameters, 28_000_000 * 4 * 4);
    }

    #[test]
    fn ranks_share_the_activations_and_each_has_the_whole_loss() {
        let [alone, of_eight] = [1, 8].map(|ranks| StepMemory::of(&resnet50(1024, 0), PARAMETERS, ranks));
        assert_eq!(of_eight.activations, alone.activations / 8);
        assert_eq!(of_eight.similarities, alone.similarities);
    }
}
