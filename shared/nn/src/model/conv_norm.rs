//! A convolution with the BatchNorm behind it, or with that BatchNorm folded into it.

use super::Precision;
use super::convolve::{convolve, convolve_in_bf16, on_host};
#[cfg(not(target_arch = "wasm32"))]
#[cfg(not(target_arch = "wasm32"))]
use crate::kernels::native;
use crate::kernels::wasm::Conv;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, FloatDType, Tensor};

/// Convolution, then BatchNorm; or, folded, a convolution with bias that computes the same in evaluation.
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    #[module(skip)]
    precision: Precision,
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
}

impl ConvNormConfig {
    /// The layer with burn's default weights; [`super::init`] or a weight file replaces them.
    pub fn init(self, device: &Device) -> ConvNorm {
        let pad = self.kernel / 2;
        ConvNorm {
            conv: Conv2dConfig::new(self.channels, [self.kernel; 2])
                .with_stride([self.stride; 2])
                .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
                .with_bias(self.folded)
                .init(device),
            norm: (!self.folded).then(|| BatchNormConfig::new(self.channels[1]).init(device)),
            precision: Precision::F32,
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

    /// [batch, in, height, width] to [batch, out, height / stride, width / stride].
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.compute(input, None, false)
    }

    /// Likewise, with negative values set to zero.
    pub fn activated(&self, input: Tensor<4>) -> Tensor<4> {
        self.compute(input, None, true)
    }

    /// Likewise, plus `shortcut` before negative values are set to zero.
    pub fn joined(&self, input: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
        self.compute(input, Some(shortcut), true)
    }

    fn compute(&self, input: Tensor<4>, shortcut: Option<Tensor<4>>, is_activated: bool) -> Tensor<4> {
        let mut output = match self.precision {
            Precision::Bf16 => self.normalised_bf16(input),
            Precision::F32 => {
                #[cfg(not(target_arch = "wasm32"))]
                if let Some(output) = self.on_cpu(&input, shortcut.as_ref(), is_activated) {
                    return output;
                }
                let output = convolve(&self.conv, input);
                match &self.norm {
                    Some(norm) => norm.forward(output),
                    None => output,
                }
            }
        };
        if let Some(shortcut) = shortcut {
            output = output + shortcut;
        }
        if is_activated { relu(output) } else { output }
    }

    /// All at once; `None` if the device is another, or the layer of a kind that is put together from operations.
    #[cfg(not(target_arch = "wasm32"))]
    fn on_cpu(&self, input: &Tensor<4>, shortcut: Option<&Tensor<4>>, is_activated: bool) -> Option<Tensor<4>> {
        match &self.norm {
            Some(norm) => native::convolve_and_normalise(&self.conv, norm, input, shortcut, is_activated),
            None => native::convolve_and_activate(&self.conv, None, input, shortcut, is_activated),
        }
    }

    /// GEMM of bfloat16 numbers; BatchNorm's statistics and scaling in f32, where sums over a batch keep their digits.
    fn normalised_bf16(&self, input: Tensor<4>) -> Tensor<4> {
        let output = convolve_in_bf16(&self.conv, input);
        match &self.norm {
            Some(norm) => norm.forward(output.cast(FloatDType::F32)).cast(FloatDType::BF16),
            None => output,
        }
    }
}
