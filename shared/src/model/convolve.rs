//! One convolution, by the fastest of three ways.

use super::host_conv::{self, ConvShape};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};

/// What `conv` gives for [batch, in, height, width].
///
/// In training, a 1x1 convolution of stride 1 is computed as the matrix product that it is: on the CPU its gradient is
/// then several times as fast as burn 0.22's, which transposes the whole batch to find it (docs: `nadir bench`). For four
/// images or fewer and 16 channels or fewer out, it finds the gradient of any kernel by loops of the kernel's width.
///
/// On a browser's CPU it goes through [`host_conv`].
pub(in crate::model) fn convolve(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    if cfg!(target_arch = "wasm32")
        && let Some(shape) = host_shape(conv, &input)
    {
        return on_host(conv, shape, input);
    }
    let is_pointwise = conv.kernel_size == [1, 1] && conv.stride == [1, 1] && conv.groups == 1;
    if !(is_pointwise && input.device().is_autodiff()) {
        return conv.forward(input);
    }
    let [batch, channels, height, width] = input.dims();
    let weight = conv.weight.val();
    let out = weight.dims()[0];
    let places = input.reshape([batch, channels, height * width]);
    let output = weight.reshape([1, out, channels]).matmul(places);
    let output = match &conv.bias {
        Some(bias) => output + bias.val().reshape([1, out, 1]),
        None => output,
    };
    output.reshape([batch, out, height, width])
}

/// The convolution's sizes where it can be computed on the host: on the CPU, without a gradient.
fn host_shape(conv: &Conv2d, input: &Tensor<4>) -> Option<ConvShape> {
    let device = input.device();
    let [kernel, stride] = [conv.kernel_size, conv.stride];
    let padding = match conv.padding {
        PaddingConfig2d::Valid => 0,
        PaddingConfig2d::Explicit(top, left, bottom, right) if [left, bottom, right] == [top; 3] => top,
        _ => return None,
    };
    let is_square = kernel[0] == kernel[1] && stride[0] == stride[1];
    if device.is_autodiff() || device != Device::flex() || !is_square || conv.groups != 1 || conv.dilation != [1, 1] {
        return None;
    }
    let [_, channels_in, height, width] = input.dims();
    let [channels_out, ..] = conv.weight.val().dims();
    let fits = height.min(width) + 2 * padding >= kernel[0];
    let shape = ConvShape { channels_in, channels_out, kernel: kernel[0], stride: stride[0], padding, height, width };
    fits.then_some(shape)
}

/// As burn's own; `shape` is of these.
fn on_host(conv: &Conv2d, shape: ConvShape, input: Tensor<4>) -> Tensor<4> {
    let device = input.device();
    let [batch, ..] = input.dims();
    let [rows, columns] = shape.output();
    let [input, weight] = [input, conv.weight.val()].map(Tensor::into_data);
    let bias = conv.bias.as_ref().map(|bias| bias.val().into_data());
    let output = host_conv::convolve(&shape, values(&input), values(&weight), bias.as_ref().map_or(&[], values));
    Tensor::from_data(TensorData::new(output, [batch, shape.channels_out, rows, columns]), &device)
}

fn values(data: &TensorData) -> &[f32] {
    data.as_slice().expect("the networks are of f32")
}
