//! EfficientNet-Lite0's table of stages (Tan and Le 2019, "EfficientNet", table 1, without squeeze-and-excite).

use super::kept_values::KeptValues;

/// Blocks of one kind, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficientnetStage {
    /// How many blocks.
    pub blocks: usize,
    /// Side of the depthwise kernel.
    pub kernel: usize,
    /// Stride of the first block; the others have 1.
    pub stride: usize,
    /// Inner channels over those that come in.
    pub expansion: usize,
    /// Channels that go out.
    pub channels: usize,
}

/// Channels of the first convolution, whose stride is 2.
pub const STEM_CHANNELS: usize = 32;
/// Channels of the last convolution, 1x1: the embedding's length.
pub const EMBEDDING_LEN: usize = 1280;
/// The seven stages.
pub const STAGES: [EfficientnetStage; 7] = [
    EfficientnetStage { blocks: 1, kernel: 3, stride: 1, expansion: 1, channels: 16 },
    EfficientnetStage { blocks: 2, kernel: 3, stride: 2, expansion: 6, channels: 24 },
    EfficientnetStage { blocks: 2, kernel: 5, stride: 2, expansion: 6, channels: 40 },
    EfficientnetStage { blocks: 3, kernel: 3, stride: 2, expansion: 6, channels: 80 },
    EfficientnetStage { blocks: 3, kernel: 5, stride: 1, expansion: 6, channels: 112 },
    EfficientnetStage { blocks: 4, kernel: 5, stride: 2, expansion: 6, channels: 192 },
    EfficientnetStage { blocks: 1, kernel: 3, stride: 1, expansion: 6, channels: 320 },
];
/// The stages that a feature pyramid stands on, from 0: the last ones of strides 8, 16 and 32.
pub const PYRAMID_STAGES: [usize; 3] = [2, 4, 6];
/// The first one's stride, px; each has twice the one before.
pub const PYRAMID_STRIDE: usize = 8;
/// Their channels.
pub const PYRAMID_CHANNELS: [usize; 3] =
    [STAGES[PYRAMID_STAGES[0]].channels, STAGES[PYRAMID_STAGES[1]].channels, STAGES[PYRAMID_STAGES[2]].channels];

/// What a training step keeps, for one image of `size` px; a block's last convolution has no activation, but the next
/// one needs what it gave.
pub(super) fn kept_values(size: usize) -> KeptValues {
    let mut side = size.div_ceil(2);
    let mut channels = STEM_CHANNELS;
    let mut kept = KeptValues::activated(channels * side.pow(2));
    for stage in STAGES {
        for block in 0..stage.blocks {
            let inner = channels * stage.expansion;
            if stage.expansion > 1 {
                kept += KeptValues::activated(inner * side.pow(2));
            }
            side = side.div_ceil(if block == 0 { stage.stride } else { 1 });
            kept += KeptValues::activated(inner * side.pow(2));
            kept += KeptValues::normalised(stage.channels * side.pow(2));
            kept += KeptValues::input(stage.channels * side.pow(2));
            channels = stage.channels;
        }
    }
    kept += KeptValues::activated(EMBEDDING_LEN * side.pow(2));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pyramid_stands_on_strides_of_8_16_and_32() {
        let mut stride = 2;
        let strides = STAGES.map(|stage| {
            stride *= stage.stride;
            stride
        });
        assert_eq!(PYRAMID_STAGES.map(|at| strides[at]), [8, 16, 32]);
        assert_eq!(PYRAMID_CHANNELS, [40, 112, 320]);
        for (at, next) in PYRAMID_STAGES.into_iter().zip(PYRAMID_STAGES.into_iter().skip(1)) {
            assert!(strides[at] < strides[next] && (at + 1 == STAGES.len() || strides[at + 1] > strides[at]));
        }
    }
}
