//! One convolution, by the fastest of four ways.

use crate::kernels::wasm::{Conv, ConvShape, Depthwise, DepthwiseShape, Epilogue, Map};
use crate::kernels::{Padding, own_gpu_kernels};
use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::pool::MaxPool2d;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, FloatDType, Tensor, TensorData};

/// What `conv` gives for [batch, in, height, width].
///
/// On the CPU it goes through `crate::kernels::native`, and in a browser, without a gradient, through
/// [`crate::kernels::wasm`].
///
/// In training elsewhere, a 1x1 convolution of stride 1 is computed as the matrix multiply that it is: on a browser's
/// CPU its gradient is then several times as fast as burn 0.22's, which transposes the whole batch to find it. Beside
/// the kernels of our own on GPUs maps lie with their channels last, as burn's other convolutions give them, so that no map
/// is transposed between.
pub(crate) fn convolve(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    if runs_on_host(&input.device())
        && let Some(conv) = on_host(conv)
    {
        return convolve_on_host(&conv, input);
    }
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(output) = crate::kernels::native::convolve(conv, &input) {
        return output;
    }
    let is_pointwise = conv.kernel_size == [1, 1] && conv.stride == [1, 1] && conv.groups == 1;
    if !(is_pointwise && input.device().is_autodiff()) {
        return conv.forward(input);
    }
    let [batch, channels, height, width] = input.dims();
    let weight = conv.weight.val();
    let out = weight.dims()[0];
    let weight = weight.reshape([1, out, channels]);
    let bias = conv.bias.as_ref().map(Param::val);
    if !own_gpu_kernels() {
        let output = weight.matmul(input.reshape([batch, channels, height * width]));
        let output = match bias {
            Some(bias) => output + bias.reshape([1, out, 1]),
            None => output,
        };
        return output.reshape([batch, out, height, width]);
    }
    let pixels = input.permute([0, 2, 3, 1]).reshape([batch, height * width, channels]);
    let output = pixels.matmul(weight.swap_dims(1, 2));
    let output = match bias {
        Some(bias) => output + bias.reshape([1, 1, out]),
        None => output,
    };
    output.reshape([batch, height, width, out]).permute([0, 3, 1, 2])
}

/// What `pool` gives for [batch, channels, height, width].
pub(crate) fn max_pool(pool: &MaxPool2d, input: Tensor<4>) -> Tensor<4> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(output) = crate::kernels::native::max_pool(pool, &input) {
        return output;
    }
    pool.forward(input)
}

/// Whether [`crate::kernels::wasm`] is the fastest here: on a browser's CPU, without a gradient.
pub(crate) fn runs_on_host(device: &Device) -> bool {
    cfg!(target_arch = "wasm32") && !device.is_autodiff() && *device == Device::flex()
}

/// What `conv` gives for bfloat16 activations, in bfloat16; its f32 weights are rounded for it each time.
///
/// # Panics
/// Where the padding is another on each side, as that of none of our networks is.
pub(crate) fn convolve_in_bf16(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    let padding = Padding::of(&conv.padding).expect("our networks pad both sides alike, or as SAME");
    let [_, _, height, width] = input.dims();
    let around = |side: usize, axis: usize| padding.around(side, conv.kernel_size[axis], conv.stride[axis]);
    let padding = [around(height, 0), around(width, 1)];
    let options = ConvOptions::new_with_padding(conv.stride, padding, conv.dilation, conv.groups);
    let input = input.cast(FloatDType::BF16);
    let weight = conv.weight.val().cast(FloatDType::BF16);
    let bias = conv.bias.as_ref().map(|bias| bias.val().cast(FloatDType::BF16));
    #[cfg(all(feature = "cuda", not(target_arch = "wasm32")))]
    if let Some(output) = crate::kernels::cube::convolve(&input, &weight, &options) {
        return match bias {
            Some(bias) => output + bias.reshape([1, -1, 1, 1]),
            None => output,
        };
    }
    conv2d(input, weight, bias, options)
}

/// The convolution on the host, of any that the networks have.
pub(crate) fn on_host(conv: &Conv2d) -> Option<Conv> {
    let [kernel, stride] = [conv.kernel_size, conv.stride];
    let padding = Padding::of(&conv.padding)?;
    let is_square = kernel[0] == kernel[1] && stride[0] == stride[1];
    if !is_square || conv.groups != 1 || conv.dilation != [1, 1] {
        return None;
    }
    let weight = conv.weight.val();
    let [channels_out, channels_in, ..] = weight.dims();
    let shape = ConvShape { channels_in, channels_out, kernel: kernel[0], stride: stride[0], padding };
    let bias = conv.bias.as_ref().map(|bias| bias.val().into_data());
    Some(Conv::new(shape, values(&weight.into_data()), bias.as_ref().map_or(&[], values)))
}

/// A depthwise convolution on the host, of any that the networks have.
pub(crate) fn depthwise_on_host(conv: &Conv2d) -> Option<Depthwise> {
    let padding = Padding::of(&conv.padding)?;
    let weight = conv.weight.val();
    let [channels, of_group, kernel, columns] = weight.dims();
    let is_known = kernel == columns
        && of_group == 1
        && conv.groups == channels
        && channels.is_multiple_of(4)
        && conv.stride[0] == conv.stride[1]
        && conv.dilation == [1, 1];
    if !is_known {
        return None;
    }
    let shape = DepthwiseShape { channels, kernel, stride: conv.stride[0], padding };
    let bias = conv.bias.as_ref().map(|bias| bias.val().into_data());
    Some(Depthwise::new(shape, values(&weight.into_data()), bias.as_ref().map_or(&[], values)))
}

fn convolve_on_host(conv: &Conv, input: Tensor<4>) -> Tensor<4> {
    let device = input.device();
    let [batch, channels, height, width] = input.dims();
    let input = input.into_data();
    let mut output = Vec::new();
    let mut sizes = [batch, conv.channels_out(), 0, 0];
    for image in values(&input).chunks_exact(channels * height * width) {
        let image = Map::from_planes(image, [channels, height, width], conv.frame());
        let map = conv.forward(&image, Epilogue::default());
        map.append_planes(&mut output);
        [sizes[2], sizes[3]] = [map.height, map.width];
    }
    Tensor::from_data(TensorData::new(output, sizes), &device)
}

fn values(data: &TensorData) -> &[f32] {
    data.as_slice().expect("the networks are of f32")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    fn values_of(rng: &mut Rng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.uniform() as f32 - 0.5).collect()
    }

    /// The largest difference between ours and burn's.
    fn difference(shape: ConvShape, sides: [usize; 2], has_bias: bool) -> f32 {
        let ConvShape { channels_in, channels_out, kernel, stride, padding } = shape;
        let [height, width] = sides;
        let rng = &mut Rng::new(7);
        let input = values_of(rng, 2 * channels_in * height * width);
        let weight = values_of(rng, channels_out * channels_in * kernel * kernel);
        let bias = if has_bias { values_of(rng, channels_out) } else { Vec::new() };
        let device = &Device::flex();
        let tensor =
            |values: &[f32], dims: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), dims), device);
        let input = tensor(&input, [2, channels_in, height, width]);
        let expected = conv2d(
            input.clone(),
            tensor(&weight, [channels_out, channels_in, kernel, kernel]),
            has_bias.then(|| Tensor::<1>::from_floats(bias.as_slice(), device)),
            ConvOptions::new_with_padding(
                [stride; 2],
                sides.map(|side| padding.around(side, kernel, stride)),
                [1, 1],
                1,
            ),
        );
        let ours = convolve_on_host(&Conv::new(shape, &weight, &bias), input);
        assert_eq!(ours.dims(), expected.dims(), "{shape:?}");
        (ours - expected).abs().max().into_scalar::<f32>()
    }

    #[test]
    fn on_the_host_it_is_burns_convolution_for_every_layer_that_the_networks_have() {
        let kinds = [(1, 1, 0), (1, 2, 0), (3, 1, 1), (3, 2, 1), (3, 2, 0), (7, 2, 3)];
        let kinds = kinds.map(|(kernel, stride, padding)| (kernel, stride, Padding::Each(padding)));
        let same = [(3, 1, Padding::Same), (3, 2, Padding::Same), (5, 2, Padding::Same)];
        for (kernel, stride, padding) in kinds.into_iter().chain(same) {
            for (channels_in, channels_out) in [(3, 24), (5, 1), (16, 17), (8, 12), (24, 32)] {
                for sides in [[7, 7], [12, 19], [9, 24]] {
                    let shape = ConvShape { channels_in, channels_out, kernel, stride, padding };
                    let worst = difference(shape, sides, kernel != 3);
                    assert!(worst < 2e-5, "{shape:?} of {sides:?}: {worst}");
                }
            }
        }
    }
}
