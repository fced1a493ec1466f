//! A convolution with the BatchNorm behind it, or with that BatchNorm folded into it.

use super::Precision;
use super::convolve::{convolve, convolve_in_bf16, depthwise_on_host, on_host};
use crate::kernels::Activation;
#[cfg(not(target_arch = "wasm32"))]
use crate::kernels::native;
#[cfg(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion")))]
use crate::kernels::own_gpu_kernels;
use crate::kernels::wasm::{Conv, Depthwise};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{DType, Device, Tensor};

/// BatchNorm's epsilon in TensorFlow's EfficientNets.
pub(super) const EFFICIENTNET_EPSILON: f64 = 1e-3;

/// Convolution, then BatchNorm; or, folded, a convolution with bias that computes the same in evaluation.
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    #[module(skip)]
    precision: Precision,
    #[module(skip)]
    activation: Activation,
}

/// Channels, kernel and stride of a [`ConvNorm`].
#[derive(Debug, Clone, Copy)]
pub struct ConvNormConfig {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Width and height of the kernel; the padding keeps the size at stride 1.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Without BatchNorm, with bias.
    pub folded: bool,
    /// Whose conventions it follows.
    pub family: Family,
}

/// The conventions of a family of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// torchvision's ResNets: as much padding on all sides, BatchNorm's epsilon 1e-5, ReLU.
    ResNet,
    /// TensorFlow's EfficientNet-Lite: SAME padding, BatchNorm's epsilon 1e-3, ReLU6.
    EfficientnetLite {
        /// Each channel has a kernel of its own; as many go out as come in.
        depthwise: bool,
    },
}

impl ConvNormConfig {
    /// The layer with burn's default weights; [`super::init`] or a weight file replaces them.
    pub fn init(self, device: &Device) -> ConvNorm {
        let pad = self.kernel / 2;
        let (padding, groups, epsilon, activation) = match self.family {
            Family::ResNet => (PaddingConfig2d::Explicit(pad, pad, pad, pad), 1, 1e-5, Activation::Relu),
            Family::EfficientnetLite { depthwise } => {
                let groups = if depthwise { self.channels[0] } else { 1 };
                (PaddingConfig2d::Same, groups, EFFICIENTNET_EPSILON, Activation::Relu6)
            }
        };
        let norm = || BatchNormConfig::new(self.channels[1]).with_epsilon(epsilon).init(device);
        ConvNorm {
            conv: Conv2dConfig::new(self.channels, [self.kernel; 2])
                .with_stride([self.stride; 2])
                .with_padding(padding)
                .with_groups(groups)
                .with_bias(self.folded)
                .init(device),
            norm: (!self.folded).then(norm),
            precision: Precision::F32,
            activation,
        }
    }
}

impl ConvNorm {
    /// The same layer, which takes and gives activations in `precision`.
    pub(super) fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The layer on the host, where BatchNorm is folded.
    pub(super) fn on_host(&self) -> Option<Conv> {
        if self.norm.is_none() { on_host(&self.conv) } else { None }
    }

    /// Likewise, a depthwise one.
    pub(super) fn depthwise_on_host(&self) -> Option<Depthwise> {
        if self.norm.is_none() { depthwise_on_host(&self.conv) } else { None }
    }

    /// [batch, in, height, width] to [batch, out, height / stride, width / stride].
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.compute(input, None, Activation::None)
    }

    /// Likewise, with the family's activation: ReLU or ReLU6.
    pub fn activated(&self, input: Tensor<4>) -> Tensor<4> {
        self.compute(input, None, self.activation)
    }

    /// Likewise, plus `shortcut` before the activation.
    pub fn joined(&self, input: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
        self.compute(input, Some(shortcut), self.activation)
    }

    /// Likewise, plus `shortcut`, without an activation.
    pub fn plus(&self, input: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
        self.compute(input, Some(shortcut), Activation::None)
    }

    fn compute(&self, input: Tensor<4>, shortcut: Option<Tensor<4>>, activation: Activation) -> Tensor<4> {
        let output = match self.precision {
            Precision::Bf16 => convolve_in_bf16(&self.conv, input),
            Precision::F32 => {
                #[cfg(not(target_arch = "wasm32"))]
                if let Some(output) = self.on_cpu(&input, shortcut.as_ref(), activation) {
                    return output;
                }
                convolve(&self.conv, input)
            }
        };
        match &self.norm {
            Some(norm) => normalise(norm, output, shortcut, activation),
            None => activation.apply(plus(output, shortcut)),
        }
    }

    /// All at once; `None` if the device is another, or the layer of a kind that is put together from operations.
    #[cfg(not(target_arch = "wasm32"))]
    fn on_cpu(&self, input: &Tensor<4>, shortcut: Option<&Tensor<4>>, activation: Activation) -> Option<Tensor<4>> {
        match &self.norm {
            Some(norm) => native::convolve_and_normalise(&self.conv, norm, input, shortcut, activation),
            None => native::convolve_and_activate(&self.conv, None, input, shortcut, activation),
        }
    }
}

fn plus(map: Tensor<4>, shortcut: Option<Tensor<4>>) -> Tensor<4> {
    match shortcut {
        Some(shortcut) => map + shortcut,
        None => map,
    }
}

/// What `norm` gives for `map`, plus `shortcut`, then `activation`, in the map's numbers; statistics and scaling in f32,
/// where sums over a batch keep their digits.
pub(crate) fn normalise(
    norm: &BatchNorm,
    map: Tensor<4>,
    shortcut: Option<Tensor<4>>,
    activation: Activation,
) -> Tensor<4> {
    #[cfg(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion")))]
    if own_gpu_kernels()
        && let Some(output) = crate::kernels::gpu::normalise(norm, &map, shortcut.as_ref(), activation)
    {
        return output;
    }
    let dtype = map.dtype();
    let output = match dtype {
        DType::F32 => norm.forward(map),
        _ => norm.forward(map.cast(DType::F32)).cast(dtype),
    };
    activation.apply(plus(output, shortcut))
}
