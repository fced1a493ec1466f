//! An encoder's shape: enough to build it without its weights.

use serde::{Deserialize, Serialize};

/// Channels of SqueezeNet 1.1's last feature maps.
const SQUEEZENET_EMBEDDING_LEN: usize = 512;

/// The network's shape: enough to build it without its weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// The encoder's family and depth.
    pub encoder: EncoderKind,
    /// Channels of the first stage (torchvision's ResNets: 64). Ignored by SqueezeNet.
    #[serde(default = "Architecture::default_width")]
    pub width: usize,
    /// How the image enters. Ignored by SqueezeNet.
    #[serde(default)]
    pub stem: Stem,
}

impl Architecture {
    /// Blocks of each stage; `None` if it is no ResNet.
    pub fn resnet_blocks(&self) -> Option<[usize; 4]> {
        match self.encoder {
            EncoderKind::Resnet18 => Some([2, 2, 2, 2]),
            EncoderKind::Resnet34 | EncoderKind::Resnet50 => Some([3, 4, 6, 3]),
            EncoderKind::Resnet101 => Some([3, 4, 23, 3]),
            EncoderKind::Squeezenet11 => None,
        }
    }

    /// Whether its blocks are bottlenecks: 1x1, 3x3 and 1x1 convolutions, the last to four times the channels.
    pub fn has_bottlenecks(&self) -> bool {
        matches!(self.encoder, EncoderKind::Resnet50 | EncoderKind::Resnet101)
    }

    /// Length of the embedding.
    pub fn embedding_len(&self) -> usize {
        match (self.resnet_blocks(), self.has_bottlenecks()) {
            (None, _) => SQUEEZENET_EMBEDDING_LEN,
            (Some(_), false) => 8 * self.width,
            (Some(_), true) => 32 * self.width,
        }
    }

    /// About how many values a training step keeps for its backward pass, for one image of `size` px: the output of
    /// every convolution, of its BatchNorm and of its ReLU.
    pub fn activation_count(&self, size: usize) -> u64 {
        let Some(blocks) = self.resnet_blocks() else {
            // Convolution and ReLU, no BatchNorm: 64 channels at half the size, then fire modules at 1/4, 1/8 and 1/16.
            let at = |scale: usize, channels: usize| 2 * (channels * (size / scale).pow(2)) as u64;
            return at(2, 64) + at(4, 64 + 4 * 144) + at(8, 4 * 288) + at(16, 2 * 432 + 2 * 576);
        };
        let stem = match self.stem {
            Stem::Imagenet => (2, 4),
            Stem::Compact => (2, 2),
            Stem::Small => (1, 1),
        };
        let mut values = 3 * self.width * (size / stem.0).pow(2);
        for (stage, &blocks) in blocks.iter().enumerate() {
            let (width, side) = (self.width << stage, size / (stem.1 << stage));
            let channels = if self.has_bottlenecks() { 2 * width + 4 * width } else { 2 * width };
            values += 3 * blocks * channels * side.pow(2);
        }
        values as u64
    }

    fn default_width() -> usize {
        64
    }
}

/// The encoders that Nadir has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderKind {
    /// ResNet-18 (He et al. 2016), basic blocks.
    Resnet18,
    /// ResNet-34: 3, 4, 6 and 3 basic blocks.
    Resnet34,
    /// ResNet-50, bottleneck blocks with the stride on the 3x3 convolution (torchvision's v1.5).
    Resnet50,
    /// ResNet-101: 3, 4, 23 and 3 bottleneck blocks.
    Resnet101,
    /// SqueezeNet 1.1 (Iandola et al. 2016).
    #[serde(rename = "squeezenet1_1")]
    Squeezenet11,
}

/// The first layers of a ResNet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stem {
    /// 7x7 convolution of stride 2 and 3x3 max pooling of stride 2: the published ImageNet stem. Total stride 32.
    #[default]
    Imagenet,
    /// 3x3 convolution of stride 2, no pooling, for images of about 64 to 160 px. Total stride 16.
    Compact,
    /// 3x3 convolution of stride 1, no pooling, for images of about 32 px (SimCLR's CIFAR-10 stem). Total stride 8.
    Small,
}
