//! One convolution, by the faster of two ways.

use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

/// What `conv` gives for [batch, in, height, width].
///
/// In training, a 1x1 convolution of stride 1 is computed as the matrix product that it is: on the CPU its gradient is
/// then several times as fast as burn 0.22's, which transposes the whole batch to find it (docs: `nadir bench`). For four
/// images or fewer and 16 channels or fewer out, it finds the gradient of any kernel by loops of the kernel's width.
pub(in crate::model) fn convolve(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
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
