//! EfficientNet-Lite0 (Tan and Le 2019, "EfficientNet"; TensorFlow's Lite variant: no squeeze-and-excite, ReLU6) without
//! its classifier.

use super::Precision;
use super::conv_norm::{ConvNorm, ConvNormConfig, Family};
use crate::kernels::wasm::{WasmEfficientnet, WasmMbConv};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::efficientnet::{EMBEDDING_LEN, EfficientnetStage, PYRAMID_STAGES, STAGES, STEM_CHANNELS};
use std::ops::Range;

/// The network up to its last 1x1 convolution, or, as a detector's backbone, up to its last block.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::model::efficientnet::EfficientnetLite;
/// let device = Device::flex();
/// let network = EfficientnetLite::new(3, false, true, &device);
/// let image = || Tensor::ones([1, 3, 64, 64], &device);
/// assert_eq!(network.feature_map(image()).dims(), [1, 1280, 2, 2]);
/// // A detector's pyramid stands on maps of a stride of 8, 16 and 32 px.
/// let sides: Vec<_> = network.pyramid_maps(image()).iter().map(|map| map.dims()[2]).collect();
/// assert_eq!(sides, [8, 4, 2]);
/// ```
#[derive(Module, Debug)]
pub struct EfficientnetLite {
    conv_stem: ConvNorm,
    blocks: Vec<MbConv>,
    conv_head: Option<ConvNorm>,
}

/// An inverted bottleneck (Sandler et al. 2018, "MobileNetV2"): 1x1 to more channels, depthwise, 1x1 to few.
#[derive(Module, Debug)]
struct MbConv {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    project: ConvNorm,
    /// What comes in is added to what goes out.
    has_shortcut: bool,
}

fn layer(channels: [usize; 2], kernel: usize, stride: usize, folded: bool, depthwise: bool) -> ConvNormConfig {
    ConvNormConfig { channels, kernel, stride, folded, family: Family::EfficientnetLite { depthwise } }
}

/// The index of the last block of each of the pyramid's stages.
pub(super) fn pyramid_blocks() -> [usize; 3] {
    PYRAMID_STAGES.map(|last| STAGES[..=last].iter().map(|stage| stage.blocks).sum::<usize>() - 1)
}

/// Whether the pyramid stands on the output of the last of the first `blocks` blocks.
fn is_pyramid_block(blocks: usize) -> bool {
    pyramid_blocks().iter().any(|at| at + 1 == blocks)
}

/// How many blocks the first `count` parts have: first layer, then the seven stages.
fn blocks_of_parts(count: usize) -> usize {
    STAGES.iter().take(count.saturating_sub(1)).map(|stage| stage.blocks).sum()
}

impl EfficientnetLite {
    /// For images of so many `bands` (3 of RGB ones), with weights still to be set. `folded`: BatchNorm is in the convolutions. `has_head`: with the 1x1 convolution to
    /// 1280 channels.
    pub fn new(bands: usize, folded: bool, has_head: bool, device: &Device) -> Self {
        let mut channels = STEM_CHANNELS;
        let mut blocks = Vec::new();
        for stage in STAGES {
            for block in 0..stage.blocks {
                let stride = if block == 0 { stage.stride } else { 1 };
                blocks.push(MbConv::new(channels, stage, stride, folded, device));
                channels = stage.channels;
            }
        }
        Self {
            conv_stem: layer([bands, STEM_CHANNELS], 3, 2, folded, false).init(device),
            blocks,
            conv_head: has_head.then(|| layer([channels, EMBEDDING_LEN], 1, 1, folded, false).init(device)),
        }
    }

    /// As a detector's backbone, which has no use for the head.
    pub(super) fn without_head(&self) -> Self {
        Self { conv_head: None, ..self.clone() }
    }

    /// The same network, whose feature maps are in `precision`; weights stay f32.
    pub fn with_precision(self, precision: Precision) -> Self {
        Self {
            conv_stem: self.conv_stem.with_precision(precision),
            blocks: self.blocks.into_iter().map(|block| block.with_precision(precision)).collect(),
            conv_head: self.conv_head.map(|layer| layer.with_precision(precision)),
        }
    }

    /// Fixes the first `count` of its eight parts (first layer, then the seven stages) as they are, BatchNorm included:
    /// they have no gradient.
    pub fn freeze_first(mut self, count: usize) -> Self {
        if count > 0 {
            self.conv_stem = self.conv_stem.freeze();
        }
        let frozen = blocks_of_parts(count);
        self.blocks = self
            .blocks
            .into_iter()
            .enumerate()
            .map(|(at, block)| if at < frozen { block.freeze() } else { block })
            .collect();
        self
    }

    /// The network on the host, where BatchNorm is folded.
    pub(super) fn on_host(&self) -> Option<WasmEfficientnet> {
        Some(WasmEfficientnet {
            stem: self.conv_stem.on_host()?,
            blocks: self.blocks.iter().map(MbConv::on_host).collect::<Option<_>>()?,
            head: match &self.conv_head {
                Some(head) => Some(head.on_host()?),
                None => None,
            },
        })
    }

    /// The maps of strides 8, 16 and 32, [batch, channels, rows, columns], for [batch, 3, height, width].
    pub fn pyramid_maps(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        self.pyramid_maps_after(self.first_parts(images, 1), 1)
    }

    /// What [`Self::pyramid_maps_after`] needs of the first `count` (one at least) of the eight parts that
    /// [`Self::freeze_first`] counts: the pyramid's maps that they make, and last their output, where it is none of them.
    pub fn first_parts(&self, images: Tensor<4>, count: usize) -> Vec<Tensor<4>> {
        let blocks = blocks_of_parts(count);
        let (x, mut maps) = self.through(0..blocks, self.conv_stem.activated(images));
        if !is_pyramid_block(blocks) {
            maps.push(x);
        }
        maps
    }

    /// [`Self::pyramid_maps`] from what [`Self::first_parts`] of as many parts gave.
    pub fn pyramid_maps_after(&self, mut maps: Vec<Tensor<4>>, count: usize) -> Vec<Tensor<4>> {
        let blocks = blocks_of_parts(count);
        let output = if is_pyramid_block(blocks) { maps.last().cloned() } else { maps.pop() };
        let (_, coarser) = self.through(blocks..self.blocks.len(), output.expect("the parts have an output"));
        maps.extend(coarser);
        maps
    }

    /// The output of these blocks, and the pyramid's maps among theirs.
    fn through(&self, blocks: Range<usize>, mut x: Tensor<4>) -> (Tensor<4>, Vec<Tensor<4>>) {
        let mut maps = Vec::new();
        for at in blocks {
            x = self.blocks[at].forward(x);
            if is_pyramid_block(at + 1) {
                maps.push(x.clone());
            }
        }
        (x, maps)
    }

    /// The last map, [batch, 1280, height / 32, width / 32], rounded up; without the head 320 channels.
    pub fn feature_map(&self, images: Tensor<4>) -> Tensor<4> {
        let x = self.blocks.iter().fold(self.conv_stem.activated(images), |x, block| block.forward(x));
        match &self.conv_head {
            Some(head) => head.activated(x),
            None => x,
        }
    }
}

impl MbConv {
    fn new(channels: usize, stage: EfficientnetStage, stride: usize, folded: bool, device: &Device) -> Self {
        let inner = channels * stage.expansion;
        Self {
            expand: (stage.expansion > 1).then(|| layer([channels, inner], 1, 1, folded, false).init(device)),
            depthwise: layer([inner, inner], stage.kernel, stride, folded, true).init(device),
            project: layer([inner, stage.channels], 1, 1, folded, false).init(device),
            has_shortcut: stride == 1 && channels == stage.channels,
        }
    }

    fn with_precision(self, precision: Precision) -> Self {
        Self {
            expand: self.expand.map(|layer| layer.with_precision(precision)),
            depthwise: self.depthwise.with_precision(precision),
            project: self.project.with_precision(precision),
            ..self
        }
    }

    fn on_host(&self) -> Option<WasmMbConv> {
        Some(WasmMbConv {
            expand: match &self.expand {
                Some(expand) => Some(expand.on_host()?),
                None => None,
            },
            depthwise: self.depthwise.depthwise_on_host()?,
            project: self.project.on_host()?,
            has_shortcut: self.has_shortcut,
        })
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let shortcut = self.has_shortcut.then(|| input.clone());
        let hidden = match &self.expand {
            Some(expand) => expand.activated(input),
            None => input,
        };
        let hidden = self.depthwise.activated(hidden);
        match shortcut {
            Some(shortcut) => self.project.plus(hidden, shortcut),
            None => self.project.forward(hidden),
        }
    }
}

/// The field path `blocks.3.depthwise.norm.gamma` as the published name, `_blocks.3._bn1.weight`.
pub(super) fn efficientnet_name(path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let leaf = match parts.last() {
        Some(&"gamma") => "weight",
        Some(&"beta") => "bias",
        Some(&leaf) => leaf,
        None => "",
    };
    let published = |conv: &str, norm: &str, is_norm: bool| {
        if is_norm { format!("{norm}.{leaf}") } else { format!("{conv}.{leaf}") }
    };
    match parts.as_slice() {
        ["conv_stem", kind, ..] => published("_conv_stem", "_bn0", *kind == "norm"),
        ["conv_head", kind, ..] => published("_conv_head", "_bn1", *kind == "norm"),
        ["blocks", block, layer, kind, ..] => {
            let norm = match *layer {
                "expand" => "_bn0",
                "depthwise" => "_bn1",
                _ => "_bn2",
            };
            format!("_blocks.{block}.{}", published(&format!("_{layer}_conv"), norm, *kind == "norm"))
        }
        _ => parts.join("."),
    }
}

/// The convolution that a BatchNorm of such a published name stands behind; `None` if the name is another network's.
pub(super) fn convolution_before(norm: &str) -> Option<String> {
    let (owner, leaf) = norm.rsplit_once('.').map_or(("", norm), |(owner, leaf)| (owner, leaf));
    let is_block = owner.rsplit('.').nth(1) == Some("_blocks");
    let conv = match (leaf, is_block) {
        ("_bn0", true) => "_expand_conv",
        ("_bn1", true) => "_depthwise_conv",
        ("_bn2", true) => "_project_conv",
        ("_bn0", false) => "_conv_stem",
        ("_bn1", false) => "_conv_head",
        _ => return None,
    };
    Some(if owner.is_empty() { conv.to_owned() } else { format!("{owner}.{conv}") })
}
