//! ResNet (He et al. 2016, "Deep residual learning for image recognition") in torchvision's v1.5 layout: the stride of
//! a bottleneck stands on its 3x3 convolution.

use super::Precision;
use super::conv_norm::{ConvNorm, ConvNormConfig, Family};
use super::convolve::max_pool;
use crate::kernels::wasm::{WasmBlock, WasmResNet};
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::Stem;
use std::ops::Range;

/// A ResNet without its classifier.
#[derive(Module, Debug)]
pub struct ResNet {
    conv1: ConvNorm,
    max_pool: Option<MaxPool2d>,
    layer1: Vec<Block>,
    layer2: Vec<Block>,
    layer3: Vec<Block>,
    layer4: Vec<Block>,
}

/// One residual block: two convolutions (basic) or three (bottleneck).
#[derive(Module, Debug)]
struct Block {
    conv1: ConvNorm,
    conv2: ConvNorm,
    conv3: Option<ConvNorm>,
    downsample: Option<ConvNorm>,
}

/// Blocks, width and first layers of a ResNet.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_core::bundle::Stem;
/// # use nadir_nn::model::resnet::ResNetConfig;
/// let device = Device::flex();
/// // A ResNet-50 of width 2: bottlenecks give four times the channels, 2 x 8 x 4 in the last stage.
/// let blocks = [3, 4, 6, 3];
/// let config = ResNetConfig { blocks, bottleneck: true, width: 2, bands: 3, stem: Stem::Imagenet, folded: false };
/// let maps = config.init(&device).stages(Tensor::ones([1, 3, 64, 64], &device));
/// let sizes: Vec<_> = maps.iter().map(|map| map.dims()).collect();
/// assert_eq!(sizes, [[1, 8, 16, 16], [1, 16, 8, 8], [1, 32, 4, 4], [1, 64, 2, 2]]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ResNetConfig {
    /// Blocks in each stage, for example [2, 2, 2, 2] for ResNet-18; none in the stages that are not there.
    pub blocks: [usize; 4],
    /// Three convolutions a block, with four times the channels out.
    pub bottleneck: bool,
    /// Channels of the first stage; each later stage has twice the last one's.
    pub width: usize,
    /// Channels of the images: 3 of RGB ones.
    pub bands: usize,
    /// Kernel and stride of the first layers.
    pub stem: Stem,
    /// BatchNorm folded into the convolutions (evaluation only).
    pub folded: bool,
}

impl ResNetConfig {
    /// Channels of a block's output over its inner channels.
    pub fn expansion(&self) -> usize {
        if self.bottleneck { 4 } else { 1 }
    }

    /// The network with burn's default weights; [`super::init`] or a weight file replaces them.
    pub fn init(&self, device: &Device) -> ResNet {
        let (kernel, stride) = match self.stem {
            Stem::Imagenet => (7, 2),
            Stem::Compact => (3, 2),
            Stem::Small => (3, 1),
        };
        let max_pool = (self.stem == Stem::Imagenet).then(|| {
            MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init()
        });
        let mut channels = self.width;
        let mut stage = |index: usize| {
            let inner = self.width << index;
            (0..self.blocks[index])
                .map(|block| {
                    let stride = if block == 0 && index > 0 { 2 } else { 1 };
                    let block = self.block(channels, inner, stride, device);
                    channels = inner * self.expansion();
                    block
                })
                .collect()
        };
        ResNet {
            conv1: self.layer([self.bands, self.width], kernel, stride).init(device),
            max_pool,
            layer1: stage(0),
            layer2: stage(1),
            layer3: stage(2),
            layer4: stage(3),
        }
    }

    fn layer(&self, channels: [usize; 2], kernel: usize, stride: usize) -> ConvNormConfig {
        ConvNormConfig { channels, kernel, stride, folded: self.folded, family: Family::ResNet }
    }

    fn block(&self, channels: usize, inner: usize, stride: usize, device: &Device) -> Block {
        let layer = |from, to, kernel, stride| self.layer([from, to], kernel, stride).init(device);
        let out = inner * self.expansion();
        let downsample = (stride != 1 || channels != out).then(|| layer(channels, out, 1, stride));
        if self.bottleneck {
            Block {
                conv1: layer(channels, inner, 1, 1),
                conv2: layer(inner, inner, 3, stride),
                conv3: Some(layer(inner, out, 1, 1)),
                downsample,
            }
        } else {
            Block {
                conv1: layer(channels, inner, 3, stride),
                conv2: layer(inner, inner, 3, 1),
                conv3: None,
                downsample,
            }
        }
    }
}

impl Block {
    fn with_precision(self, precision: Precision) -> Self {
        Self {
            conv1: self.conv1.with_precision(precision),
            conv2: self.conv2.with_precision(precision),
            conv3: self.conv3.map(|layer| layer.with_precision(precision)),
            downsample: self.downsample.map(|layer| layer.with_precision(precision)),
        }
    }

    fn on_host(&self) -> Option<WasmBlock> {
        let convs = [Some(&self.conv1), Some(&self.conv2), self.conv3.as_ref()].into_iter().flatten();
        Some(WasmBlock {
            convs: convs.map(ConvNorm::on_host).collect::<Option<_>>()?,
            downsample: match &self.downsample {
                Some(downsample) => Some(downsample.on_host()?),
                None => None,
            },
        })
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let shortcut = match &self.downsample {
            Some(downsample) => downsample.forward(input.clone()),
            None => input.clone(),
        };
        let hidden = self.conv1.activated(input);
        match &self.conv3 {
            Some(conv3) => conv3.joined(self.conv2.activated(hidden), shortcut),
            None => self.conv2.joined(hidden, shortcut),
        }
    }
}

impl ResNet {
    /// The same network, whose feature maps are in `precision`; weights stay f32.
    pub fn with_precision(self, precision: Precision) -> Self {
        let stage = |blocks: Vec<Block>| blocks.into_iter().map(|block| block.with_precision(precision)).collect();
        Self {
            conv1: self.conv1.with_precision(precision),
            max_pool: self.max_pool,
            layer1: stage(self.layer1),
            layer2: stage(self.layer2),
            layer3: stage(self.layer3),
            layer4: stage(self.layer4),
        }
    }

    /// Fixes the first `count` of its five parts (first layers, then the four stages) as they are, BatchNorm included:
    /// they have no gradient.
    pub fn freeze_first(mut self, count: usize) -> Self {
        if count > 0 {
            self.conv1 = self.conv1.freeze();
        }
        for stage in [&mut self.layer1, &mut self.layer2, &mut self.layer3, &mut self.layer4]
            .into_iter()
            .take(count.saturating_sub(1))
        {
            *stage = std::mem::take(stage).freeze();
        }
        self
    }

    /// The network on the host, where BatchNorm is folded.
    pub(super) fn on_host(&self) -> Option<WasmResNet> {
        let stage = |blocks: &[Block]| blocks.iter().map(Block::on_host).collect::<Option<Vec<_>>>();
        Some(WasmResNet {
            stem: self.conv1.on_host()?,
            has_max_pool: self.max_pool.is_some(),
            stages: [stage(&self.layer1)?, stage(&self.layer2)?, stage(&self.layer3)?, stage(&self.layer4)?],
        })
    }

    fn first_layers(&self, images: Tensor<4>) -> Tensor<4> {
        let x = self.conv1.activated(images);
        match &self.max_pool {
            Some(pool) => max_pool(pool, x),
            None => x,
        }
    }

    /// The four stages' feature maps, finest first; images are [batch, bands, height, width].
    pub fn stages(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        self.stages_after(self.first_parts(images, 1), 1)
    }

    /// What [`Self::stages_after`] needs of the first `count` (one at least) of the five parts that
    /// [`Self::freeze_first`] counts: the feature maps of their stages, or of the first layers alone theirs.
    pub fn first_parts(&self, images: Tensor<4>, count: usize) -> Vec<Tensor<4>> {
        let first = self.first_layers(images);
        let maps = self.through(0..count - 1, first.clone());
        if maps.is_empty() { vec![first] } else { maps }
    }

    /// [`Self::stages`] from what [`Self::first_parts`] of as many parts gave.
    pub fn stages_after(&self, mut maps: Vec<Tensor<4>>, count: usize) -> Vec<Tensor<4>> {
        let output = if count > 1 { maps.last().cloned() } else { maps.pop() };
        maps.extend(self.through(count - 1..4, output.expect("the parts have an output")));
        maps
    }

    /// The feature maps of these of the four stages.
    fn through(&self, stages: Range<usize>, mut x: Tensor<4>) -> Vec<Tensor<4>> {
        let stage = |blocks: &Vec<Block>| {
            x = blocks.iter().fold(x.clone(), |x, block| block.forward(x));
            x.clone()
        };
        [&self.layer1, &self.layer2, &self.layer3, &self.layer4][stages].iter().copied().map(stage).collect()
    }

    /// The last stage's feature map, [batch, channels, height / stride, width / stride].
    pub fn feature_map(&self, images: Tensor<4>) -> Tensor<4> {
        let mut x = self.first_layers(images);
        for block in [&self.layer1, &self.layer2, &self.layer3, &self.layer4].into_iter().flatten() {
            x = block.forward(x);
        }
        x
    }
}
