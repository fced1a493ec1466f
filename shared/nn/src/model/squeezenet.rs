//! SqueezeNet 1.1 (Iandola et al. 2016) in torchvision's layout, without its classifier.

use super::convolve::{convolve, on_host};
use crate::kernels::wasm::{WasmFire, WasmSqueezeNet};
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Where torchvision's `features` holds the fire modules; pooling stands before the ones named in [`POOL_BEFORE`].
pub(super) const FIRE_AT: [usize; 8] = [3, 4, 6, 7, 9, 10, 11, 12];

/// Fire modules (by order) that have a pooling before them.
const POOL_BEFORE: [usize; 3] = [0, 2, 4];

/// Channels into each fire module, squeezed, and expanded by each of its two branches.
const FIRES: [[usize; 3]; 8] = [
    [64, 16, 64],
    [128, 16, 64],
    [128, 32, 128],
    [256, 32, 128],
    [256, 48, 192],
    [384, 48, 192],
    [384, 64, 256],
    [512, 64, 256],
];

/// The `features` part of SqueezeNet 1.1.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::model::squeezenet::SqueezeNet;
/// let device = Device::flex();
/// let map = SqueezeNet::new(&device).feature_map(Tensor::ones([1, 3, 64, 64], &device));
/// assert_eq!(map.dims(), [1, 512, 3, 3]);
/// ```
#[derive(Module, Debug)]
pub struct SqueezeNet {
    conv1: Conv2d,
    pool: MaxPool2d,
    fires: Vec<Fire>,
}

#[derive(Module, Debug)]
struct Fire {
    squeeze: Conv2d,
    expand1x1: Conv2d,
    expand3x3: Conv2d,
}

impl SqueezeNet {
    /// The network with burn's default weights; [`super::init`] or a weight file replaces them.
    pub fn new(device: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([3, 64], [3, 3])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Valid)
                .init(device),
            pool: MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_ceil_mode(true).init(),
            fires: FIRES.iter().map(|&sizes| Fire::new(sizes, device)).collect(),
        }
    }

    /// The network on the host.
    pub(super) fn on_host(&self) -> Option<WasmSqueezeNet> {
        let fires = self.fires.iter().enumerate().map(|(index, fire)| {
            Some(WasmFire {
                is_pooled: POOL_BEFORE.contains(&index),
                squeeze: on_host(&fire.squeeze)?,
                expand: [on_host(&fire.expand1x1)?, on_host(&fire.expand3x3)?],
            })
        });
        Some(WasmSqueezeNet { stem: on_host(&self.conv1)?, fires: fires.collect::<Option<_>>()? })
    }

    /// [batch, 3, height, width] to [batch, 512, about height / 16, about width / 16]; at least 17 px a side.
    pub fn feature_map(&self, images: Tensor<4>) -> Tensor<4> {
        let mut x = relu(self.conv1.forward(images));
        for (index, fire) in self.fires.iter().enumerate() {
            if POOL_BEFORE.contains(&index) {
                x = self.pool.forward(x);
            }
            x = fire.forward(x);
        }
        x
    }
}

impl Fire {
    fn new([channels, squeezed, expanded]: [usize; 3], device: &Device) -> Self {
        Self {
            squeeze: Conv2dConfig::new([channels, squeezed], [1, 1]).init(device),
            expand1x1: Conv2dConfig::new([squeezed, expanded], [1, 1]).init(device),
            expand3x3: Conv2dConfig::new([squeezed, expanded], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let squeezed = relu(convolve(&self.squeeze, input));
        Tensor::cat(
            vec![relu(convolve(&self.expand1x1, squeezed.clone())), relu(convolve(&self.expand3x3, squeezed))],
            1,
        )
    }
}
