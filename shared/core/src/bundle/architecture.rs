//! An encoder's shape: enough to build it without its weights.

use super::efficientnet;
use super::kept_values::KeptValues;
use crate::image::RGB;
use crate::image::bands::BandSettings;
use crate::image::preprocess::{EFFICIENTNET_LITE, IMAGENET};
use serde::{Deserialize, Serialize};

/// Channels of SqueezeNet 1.1's last feature maps.
const SQUEEZENET_EMBEDDING_LEN: usize = 512;

/// The network's shape: enough to build it without its weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// The encoder's family and depth.
    pub encoder: EncoderKind,
    /// Channels of the first stage (torchvision's ResNets: 64). EfficientNet-Lite0 has one width only, 1; ignored by
    /// SqueezeNet.
    #[serde(default = "Architecture::default_width")]
    pub width: usize,
    /// How the image enters. Ignored by SqueezeNet and EfficientNet-Lite0.
    #[serde(default)]
    pub stem: Stem,
    /// So many of a ResNet's four stages, from the first on: 3 for one that ends at `layer3`, whose total stride is half
    /// the whole one's. The other networks have all of theirs, which is 4 here.
    #[serde(default = "Architecture::default_stages")]
    pub stages: usize,
    /// Bands that the first convolution reads: 3 of RGB images. The trainer sets it by `data.bands`.
    #[serde(default = "Architecture::default_bands", skip_serializing_if = "Architecture::is_rgb")]
    pub bands: usize,
}

impl Architecture {
    /// All stages of a ResNet.
    pub const ALL_STAGES: usize = 4;
    /// The widest encoder, far wider than any published one: a number that memory could never hold is a broken file's.
    const MOST_WIDTH: usize = 4096;
    /// EfficientNet-Lite0's only width.
    pub const EFFICIENTNET_WIDTH: usize = 1;

    /// Blocks of each stage, 0 beyond [`Self::stages`]; `None` if it is no ResNet.
    pub fn resnet_blocks(&self) -> Option<[usize; 4]> {
        let mut blocks = match self.encoder {
            EncoderKind::Resnet18 => [2, 2, 2, 2],
            EncoderKind::Resnet34 | EncoderKind::Resnet50 => [3, 4, 6, 3],
            EncoderKind::Resnet101 => [3, 4, 23, 3],
            EncoderKind::Squeezenet11 | EncoderKind::EfficientnetLite0 => return None,
        };
        blocks.iter_mut().skip(self.stages).for_each(|blocks| *blocks = 0);
        Some(blocks)
    }

    /// Whether its blocks are bottlenecks: 1x1, 3x3 and 1x1 convolutions, the last to four times the channels.
    pub fn has_bottlenecks(&self) -> bool {
        matches!(self.encoder, EncoderKind::Resnet50 | EncoderKind::Resnet101)
    }

    /// Whether the network normalises by batches.
    pub fn has_batch_norm(&self) -> bool {
        self.encoder != EncoderKind::Squeezenet11
    }

    /// Length of the embedding.
    pub fn embedding_len(&self) -> usize {
        match self.encoder {
            EncoderKind::Squeezenet11 => SQUEEZENET_EMBEDDING_LEN,
            EncoderKind::EfficientnetLite0 => efficientnet::EMBEDDING_LEN,
            _ => self.stage_channels(self.stages.clamp(1, Self::ALL_STAGES) - 1),
        }
    }

    /// Channels of a ResNet's stage, from 0.
    fn stage_channels(&self, stage: usize) -> usize {
        (self.width << stage) * if self.has_bottlenecks() { 4 } else { 1 }
    }

    /// Channels of the maps that a feature pyramid stands on, finest first, each of half the last one's sides; `None` if
    /// no detector can stand on the network.
    pub fn pyramid_channels(&self) -> Option<Vec<usize>> {
        match self.encoder {
            EncoderKind::Squeezenet11 => None,
            EncoderKind::EfficientnetLite0 => Some(efficientnet::PYRAMID_CHANNELS.to_vec()),
            _ => (self.stages == Self::ALL_STAGES)
                .then(|| (0..Self::ALL_STAGES).map(|stage| self.stage_channels(stage)).collect()),
        }
    }

    /// How many px of the image a cell of each of these maps is wide, finest first.
    pub fn pyramid_strides(&self) -> Option<Vec<usize>> {
        let finest = match (self.encoder, self.stem) {
            (EncoderKind::EfficientnetLite0, _) => efficientnet::PYRAMID_STRIDE,
            (_, Stem::Imagenet) => 4,
            (_, Stem::Compact) => 2,
            (_, Stem::Small) => 1,
        };
        self.pyramid_channels().map(|maps| (0..maps.len()).map(|level| finest << level).collect())
    }

    /// Parts of a detector's backbone that are fixed one after another: first layers, then each stage.
    pub fn backbone_parts(&self) -> usize {
        1 + match self.encoder {
            EncoderKind::EfficientnetLite0 => efficientnet::STAGES.len(),
            _ => Self::ALL_STAGES,
        }
    }

    /// Mean and standard deviation, in [0, 1], that the published ImageNet weights were trained with.
    pub fn published_scaling(&self) -> ([f32; 3], [f32; 3]) {
        if self.encoder == EncoderKind::EfficientnetLite0 { EFFICIENTNET_LITE } else { IMAGENET }
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub fn fault(&self) -> Option<String> {
        let Self { encoder, width, stages, bands, .. } = self;
        let is_resnet = self.resnet_blocks().is_some();
        if *width == 0 {
            return Some("an encoder of width 0: expected at least 1".into());
        }
        if *width > Self::MOST_WIDTH {
            return Some(format!("an encoder of width {width}: expected {} at most", Self::MOST_WIDTH));
        }
        if *encoder == EncoderKind::EfficientnetLite0 && *width != Self::EFFICIENTNET_WIDTH {
            return Some(format!(
                "EfficientNet-Lite0 of width {width}: it has one width only, width = {}",
                Self::EFFICIENTNET_WIDTH
            ));
        }
        if is_resnet && !(1..=Self::ALL_STAGES).contains(stages) {
            return Some(format!("a ResNet of {stages} stages: expected stages of 1 to 4, 4 for the whole network"));
        }
        if !is_resnet && *stages != Self::ALL_STAGES {
            return Some(format!("stages = {stages} for {encoder:?}: only a ResNet can end early"));
        }
        if !(1..=BandSettings::MOST_BANDS).contains(bands) {
            return Some(format!("an encoder of {bands} bands: expected 1 to {}", BandSettings::MOST_BANDS));
        }
        (*encoder == EncoderKind::Squeezenet11 && *bands != RGB).then(|| {
            format!("SqueezeNet of {bands} bands: it reads three; ResNets and EfficientNet-Lite0 read any number")
        })
    }

    /// Why images that are read by these settings do not fit the network, as a sentence; `None` if they do.
    pub fn band_fault(&self, settings: &BandSettings) -> Option<String> {
        let (own, found) = (self.bands, settings.channels());
        let named = |bands: &Vec<String>| format!("{} ({})", bands.len(), bands.join(", "));
        let chosen = settings.bands.as_ref().map_or("none are chosen, which gives three".to_owned(), |bands| {
            format!("{} are chosen{}", named(bands), if bands.len() == 1 { ", which is grey in three" } else { "" })
        });
        (own != found).then(|| format!("the network reads {own} bands, and {chosen}"))
    }

    /// What a training step keeps for its backward pass, for one image of `size` px.
    pub fn kept_values(&self, size: usize) -> KeptValues {
        if self.encoder == EncoderKind::EfficientnetLite0 {
            return efficientnet::kept_values(size);
        }
        let mut kept = KeptValues::default();
        let Some(blocks) = self.resnet_blocks() else {
            // Convolution and ReLU, no BatchNorm: 64 channels at half the size, then fire modules at 1/4, 1/8 and 1/16.
            for (scale, channels) in [(2, 64), (4, 64 + 4 * 144), (8, 4 * 288), (16, 2 * 432 + 2 * 576)] {
                kept += KeptValues::input(2 * channels * (size / scale).pow(2));
            }
            kept.largest = (64 * (size / 2).pow(2)) as u64;
            return kept;
        };
        let (stem_stride, pools) = match self.stem {
            Stem::Imagenet => (2, true),
            Stem::Compact => (2, false),
            Stem::Small => (1, false),
        };
        let mut side = size.div_ceil(stem_stride);
        kept += KeptValues::activated(self.width * side.pow(2));
        if pools {
            side = side.div_ceil(2);
            let pooled = self.width * side.pow(2);
            kept += KeptValues::input(pooled);
            kept.places = pooled as u64;
        }
        let mut channels = self.width;
        for (stage, &blocks) in blocks.iter().enumerate() {
            let (inner, out) = (self.width << stage, self.stage_channels(stage));
            for block in 0..blocks {
                let before = side;
                let stride = if block == 0 && stage > 0 { 2 } else { 1 };
                side = side.div_ceil(stride);
                // The stride is on the first of two 3x3 convolutions, and on the middle one of a bottleneck.
                if self.has_bottlenecks() {
                    kept += KeptValues::activated(inner * before.pow(2));
                }
                kept += KeptValues::activated(inner * side.pow(2));
                kept += KeptValues::activated(out * side.pow(2));
                if stride != 1 || channels != out {
                    kept += KeptValues::normalised(out * side.pow(2));
                }
                channels = out;
            }
        }
        // The last map is averaged, which needs nothing of it.
        kept.others -= (channels * side.pow(2)) as u64;
        kept
    }

    fn default_width() -> usize {
        64
    }

    fn default_stages() -> usize {
        Self::ALL_STAGES
    }

    fn default_bands() -> usize {
        RGB
    }

    /// A network of RGB images is written as it was before there were others.
    fn is_rgb(bands: &usize) -> bool {
        *bands == RGB
    }
}

/// The encoders that Nadir has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excite and with ReLU6, as TensorFlow publishes it).
    #[serde(rename = "efficientnet_lite0")]
    EfficientnetLite0,
}

/// The first layers of a ResNet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn architecture(encoder: EncoderKind, width: usize, stages: usize) -> Architecture {
        Architecture { encoder, width, stem: Stem::Imagenet, stages, bands: 3 }
    }

    #[test]
    fn a_resnet_that_ends_early_is_as_wide_as_its_last_stage() {
        assert_eq!(architecture(EncoderKind::Resnet18, 64, 3).embedding_len(), 256);
        assert_eq!(architecture(EncoderKind::Resnet50, 64, 3).embedding_len(), 1024);
        assert_eq!(architecture(EncoderKind::Resnet50, 64, 4).embedding_len(), 2048);
        assert_eq!(architecture(EncoderKind::Resnet101, 64, 2).resnet_blocks(), Some([3, 4, 0, 0]));
        assert_eq!(architecture(EncoderKind::Resnet18, 64, 3).pyramid_channels(), None);
        assert_eq!(architecture(EncoderKind::Resnet50, 8, 4).pyramid_channels(), Some(vec![32, 64, 128, 256]));
        assert_eq!(architecture(EncoderKind::Resnet50, 8, 4).pyramid_strides(), Some(vec![4, 8, 16, 32]));
        assert_eq!(architecture(EncoderKind::EfficientnetLite0, 1, 4).pyramid_strides(), Some(vec![8, 16, 32]));
        assert_eq!(architecture(EncoderKind::Resnet18, 64, 3).pyramid_strides(), None);
    }

    #[test]
    fn every_map_of_a_resnet_is_counted() {
        // By hand: the first convolution's 64 maps of 112 x 112, pooled to 56 x 56; the blocks' convolutions of stages of
        // 56, 28, 14 and 7 px, those behind a stride at their input's sides, and four on the way past.
        let kept = architecture(EncoderKind::Resnet50, 64, 4).kept_values(224);
        let bottleneck = |inner: u64, before: u64, side: u64| inner * before.pow(2) + 5 * inner * side.pow(2);
        let stages = [(64, 56, 56, 3), (128, 56, 28, 4), (256, 28, 14, 6), (512, 14, 7, 3)];
        let convolved = stages.map(|(inner, before, side, blocks)| {
            bottleneck(inner, before, side) + (blocks - 1) * bottleneck(inner, side, side)
        });
        let (first, past) = (64 * 112_u64.pow(2), [(256, 56), (512, 28), (1024, 14), (2048, 7)]);
        let past: u64 = past.iter().map(|(channels, side): &(u64, u64)| channels * side.pow(2)).sum();
        let inside = first + convolved.iter().sum::<u64>();
        assert_eq!(kept.convolved, inside + past);
        assert_eq!(kept.convolved, 11_113_984);
        assert_eq!(kept.normalised, inside);
        assert_eq!(kept.others, inside + first / 4 - 2048 * 7 * 7);
        assert_eq!((kept.places, kept.largest), (first / 4, first));
        // Basic blocks: two convolutions each, three on the way past.
        let kept = architecture(EncoderKind::Resnet18, 64, 4).kept_values(224);
        assert_eq!(kept.convolved, 64 * (112 * 112 + 4 * 56 * 56) + 5 * (128 * 28 * 28 + 256 * 14 * 14 + 512 * 7 * 7));
        // Without pooling nothing is pooled.
        let small = Architecture { stem: Stem::Small, ..architecture(EncoderKind::Resnet18, 8, 4) };
        assert_eq!((small.kept_values(32).places, small.kept_values(32).largest), (0, 8 * 32 * 32));
    }

    #[test]
    fn what_a_network_does_not_have_is_refused() {
        for (architecture, word) in [
            (architecture(EncoderKind::EfficientnetLite0, 2, 4), "width = 1"),
            (architecture(EncoderKind::EfficientnetLite0, 1, 3), "only a ResNet"),
            (architecture(EncoderKind::Squeezenet11, 64, 3), "only a ResNet"),
            (architecture(EncoderKind::Resnet18, 64, 0), "1 to 4"),
            (architecture(EncoderKind::Resnet18, 64, 5), "1 to 4"),
            (architecture(EncoderKind::Resnet18, 0, 4), "width 0"),
            (architecture(EncoderKind::Squeezenet11, usize::MAX, 4), "4096 at most"),
            (Architecture { bands: 4, ..architecture(EncoderKind::Squeezenet11, 64, 4) }, "SqueezeNet of 4 bands"),
            (Architecture { bands: 0, ..architecture(EncoderKind::Resnet18, 8, 4) }, "1 to 32"),
            (Architecture { bands: 33, ..architecture(EncoderKind::EfficientnetLite0, 1, 4) }, "1 to 32"),
        ] {
            let fault = architecture.fault().expect("it cannot be");
            assert!(fault.contains(word), "{fault}");
        }
        assert_eq!(architecture(EncoderKind::EfficientnetLite0, 1, 4).fault(), None);
        assert_eq!(architecture(EncoderKind::Resnet34, 24, 3).fault(), None);
    }

    #[test]
    fn bands_are_written_where_they_are_not_three_and_images_of_others_are_told() {
        let rgb = architecture(EncoderKind::Resnet18, 8, 4);
        let four = Architecture { bands: 4, ..rgb.clone() };
        assert_eq!(four.fault(), None);
        let json = |architecture: &Architecture| serde_json::to_string(architecture).expect("has a JSON form");
        assert!(!json(&rgb).contains("bands") && json(&four).contains("\"bands\":4"), "{}", json(&four));
        for architecture in [&rgb, &four] {
            assert_eq!(serde_json::from_str::<Architecture>(&json(architecture)).expect("reads"), *architecture);
        }
        let of = |bands: &[&str]| {
            let bands = (!bands.is_empty()).then(|| bands.iter().map(ToString::to_string).collect());
            BandSettings { bands, scaling: None }
        };
        assert_eq!((rgb.band_fault(&of(&[])), rgb.band_fault(&of(&["8"]))), (None, None));
        assert_eq!(four.band_fault(&of(&["1", "2", "3", "nir"])), None);
        let fault = four.band_fault(&of(&["nir", "2", "1"])).expect("three for four");
        assert_eq!(fault, "the network reads 4 bands, and 3 (nir, 2, 1) are chosen");
        assert!(four.band_fault(&of(&[])).expect("three for four").contains("none are chosen"));
    }
}
