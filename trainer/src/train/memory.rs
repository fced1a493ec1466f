//! What a training step needs of a device's memory, computed from the sizes of its tensors. The CPU's own kernels keep two
//! maps a layer and not three, so there it is less.

use crate::config::{Config, OptimizerConfig};
use nadir_core::bundle::KeptValues;
use nadir_nn::kernels::own_gpu_kernels;
use nadir_nn::model::Precision;

/// Bytes by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepMemory {
    /// Weights, their gradients (twice where chunks are summed), the optimizer's state and a momentum encoder's copy.
    pub parameters: u64,
    /// What one pass keeps for its backward pass; burn's BatchNorm keeps f32 in bf16 too.
    pub activations: u64,
    /// What is computed with beside that, and what the allocator's pages cannot use: some of the largest map, on GPUs alone.
    pub working: u64,
    /// Pixels of one pass.
    pub pixels: u64,
    /// The loss's tables, each of all anchors by all candidates.
    pub similarities: u64,
}

/// Tables of the loss at once: similarities, their softmax's logarithm, weights of the positives, and gradients of two.
const TABLES: u64 = 5;
const F32: u64 = 4;
const BF16: u64 = 2;
/// Places of a pooling's maxima.
const INTEGER: u64 = 4;
/// So many of a network's largest map in f32 come on top of what is kept, by burn's operators: gradients, what a
/// BatchNorm's backward pass goes through, and the ends of the pages that cubecl cuts its tensors from, each as large as the
/// largest tensor so far (that of a kernel tried while tuning included).
const WORKING_MAPS_OF_BURN: u64 = 12;
/// So many, in the numbers that maps have, by kernels of our own, which go through a BatchNorm at once.
const WORKING_MAPS: u64 = 5;

/// What computes the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The CPU, whose allocator has no pages to fill and whose kernels need next to nothing beside their maps.
    Cpu,
    /// A GPU with kernels of our own: BatchNorm, sum and activation at once, in the numbers of its map.
    OwnKernels,
    /// A GPU by burn's operators alone.
    Burn,
}

impl By {
    /// Bytes that `kept` takes for one view, and those of the working maps.
    fn bytes(self, kept: KeptValues, precision: Precision) -> [u64; 2] {
        let of_maps = match precision {
            Precision::F32 => F32,
            Precision::Bf16 => BF16,
        };
        let places = INTEGER * kept.places;
        let chain = F32 * kept.convolved + of_maps * (kept.normalised + kept.others) + places;
        match self {
            Self::Cpu => [chain, 0],
            Self::Burn => [chain, WORKING_MAPS_OF_BURN * F32 * kept.largest],
            Self::OwnKernels => {
                [of_maps * (kept.convolved + kept.others) + places, WORKING_MAPS * of_maps * kept.largest]
            }
        }
    }
}

impl StepMemory {
    /// Of a rank that is one of `ranks`, for a network of so many parameters; `on_gpu`, or on the CPU.
    pub fn of(config: &Config, parameters: u64, ranks: usize, on_gpu: bool) -> Self {
        let by = match on_gpu {
            false => By::Cpu,
            true if own_gpu_kernels() => By::OwnKernels,
            true => By::Burn,
        };
        Self::computed(config, parameters, ranks, by)
    }

    fn computed(config: &Config, parameters: u64, ranks: usize, by: By) -> Self {
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
        let kept = config.encoder.kept_values(config.augment.size);
        let [kept, working] = by.bytes(kept, settings.precision);
        Self {
            parameters: F32 * parameters * copies,
            activations: kept * views,
            working: working * views,
            pixels: F32 * views * config.encoder.bands as u64 * (config.augment.size as u64).pow(2),
            similarities: F32 * TABLES * (anchors as u64) * (candidates as u64),
        }
    }

    /// Sum over all uses, bytes.
    pub fn total(self) -> u64 {
        self.parameters + self.activations + self.working + self.pixels + self.similarities
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::bundle::{Architecture, EncoderKind, Stem};

    fn resnet50(batch_size: usize, chunk_size: usize) -> Config {
        let encoder =
            Architecture { encoder: EncoderKind::Resnet50, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
        let mut config = Config { encoder, ..Config::default() };
        config.augment.size = 224;
        (config.pretrain.batch_size, config.pretrain.chunk_size) = (batch_size, chunk_size);
        config.pretrain.optimizer = OptimizerConfig::Lars { momentum: 0.9, weight_decay: 1e-6, trust: 0.001 };
        config
    }

    /// ResNet-50's 23.5 million and the projector's 4.5.
    const PARAMETERS: u64 = 28_000_000;
    const GIB: u64 = 1 << 30;

    fn of(config: &Config, ranks: usize) -> StepMemory {
        StepMemory::computed(config, PARAMETERS, ranks, By::Burn)
    }

    /// The driver's stub was asked for so much at its peak (STUB_NVRTC=none): by burn's operators at commit 50ee674, by
    /// kernels of our own on 30 November 2026.
    #[test]
    fn it_is_what_a_step_took_within_a_tenth() {
        let took = [
            (By::Burn, Precision::F32, 128, 39.5),
            (By::Burn, Precision::F32, 256, 77.8),
            (By::OwnKernels, Precision::F32, 128, 24.7),
            (By::OwnKernels, Precision::Bf16, 128, 12.8),
        ];
        for (by, precision, pairs, gib) in took {
            let mut config = resnet50(pairs, 0);
            config.pretrain.precision = precision;
            let predicted = StepMemory::computed(&config, PARAMETERS, 1, by).total() as f64 / GIB as f64;
            assert!((predicted / gib - 1.0).abs() < 0.1, "{by:?}, {pairs} pairs: {predicted:.1} GiB, took {gib}");
        }
    }

    #[test]
    fn gradient_caching_brings_a_batch_of_2048_under_24_gb() {
        let chunked = of(&resnet50(2048, 64), 1);
        assert!(chunked.total() < 21 * GIB, "{chunked:?}");
        let whole = of(&resnet50(2048, 0), 1);
        assert!(whole.total() > 600 * GIB, "{whole:?}");
        // By hand: 2 * 64 views; 11,113,984 values of convolutions, 19,317,760 of other maps, 200,704 places; 4 bytes.
        assert_eq!(chunked.activations, 2 * 64 * (11_113_984 + 19_317_760 + 200_704) * 4);
        assert_eq!(chunked.parameters, 28_000_000 * 4 * 4);
    }

    #[test]
    fn bf16_halves_what_no_batch_norm_needs() {
        let mut config = resnet50(64, 0);
        config.pretrain.precision = Precision::Bf16;
        assert_eq!(of(&config, 1).activations, 2 * 64 * (11_113_984 * 4 + 19_317_760 * 2 + 200_704 * 4));
        // By kernels of our own BatchNorm's outputs, 9,608,704 values, are not kept beside those of the activations.
        let own = StepMemory::computed(&config, PARAMETERS, 1, By::OwnKernels);
        assert_eq!(own.activations, 2 * 64 * ((11_113_984 + 19_317_760 - 9_608_704) * 2 + 200_704 * 4));
    }

    #[test]
    fn a_cpu_needs_no_more_than_what_is_kept() {
        let on_cpu = StepMemory::of(&resnet50(64, 0), PARAMETERS, 1, false);
        assert_eq!(StepMemory { working: on_cpu.working, ..of(&resnet50(64, 0), 1) }, on_cpu);
        assert_eq!(on_cpu.working, 0);
    }

    #[test]
    fn ranks_share_the_activations_and_each_has_the_whole_loss() {
        let [alone, of_eight] = [1, 8].map(|ranks| of(&resnet50(1024, 0), ranks));
        assert_eq!(of_eight.activations, alone.activations / 8);
        assert_eq!(of_eight.similarities, alone.similarities);
    }
}
