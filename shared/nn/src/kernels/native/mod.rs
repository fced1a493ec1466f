//! Convolutions, BatchNorm and max pooling on the CPU, in place of burn's own operators, whose convolutions write a
//! matrix of patches and whose gradients transpose the whole batch.
//!
//! Maps keep their channels together: they are burn tensors [batch, channels, height, width] whose strides say so. A
//! convolution with the BatchNorm, the sum and the ReLU behind it is one operation with its own backward pass.
//!
//! Unlike the rest of this crate it works on all cores, by rayon, as burn's own operators on the CPU do. Results depend
//! on neither the number of threads nor their timing.

mod convolution;
mod depthwise;
mod direct;
mod epilogue;
mod gather;
mod gemm;
mod kept;
mod layer;
mod map;
mod norm;
pub(super) mod optimizer;
mod pieces;
mod pool;
mod ranked;
pub mod simd;
mod steps;
#[cfg(test)]
mod tests;
mod upsample;
mod winograd;

use super::{Activation, Padding};
use burn::backend::autodiff::Autodiff;
use burn::backend::flex::FlexTensor;
use burn::backend::{AutodiffBackend, Flex};
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::nn::pool::MaxPool2d;
use burn::tensor::{DType, Tensor};
use convolution::Convolution;
use depthwise::Depthwise;
use epilogue::Epilogue;
use gather::Gather;
pub(crate) use gather::WeightedPlaces;
use kept::Made;
use layer::Layer;
use map::{channels_last, contiguous, sizes, to_tensor, values};
use norm::Statistics;
use pool::MaxPool;
pub(crate) use ranked::{Ranks, ranked};
use steps::Tracked;
use upsample::Upsample;

/// A tensor on the CPU.
enum OnCpu {
    /// With a gradient, perhaps.
    Tracked(Tracked),
    Plain(FlexTensor),
}

impl OnCpu {
    fn of<const D: usize>(tensor: &Tensor<D>) -> Option<Self> {
        if tensor.dtype() != DType::F32 {
            return None;
        }
        match tracked(tensor) {
            Some(tensor) => Some(Self::Tracked(tensor)),
            None => tensor.clone().try_into_primitive::<Flex>().ok().map(Self::Plain),
        }
    }

    fn primitive(&self) -> &FlexTensor {
        match self {
            Self::Tracked(tensor) => tensor.primitive(),
            Self::Plain(tensor) => tensor,
        }
    }
}

fn tracked<const D: usize>(tensor: &Tensor<D>) -> Option<Tracked> {
    tensor.clone().try_into_primitive::<Autodiff<Flex>>().ok()
}

fn plain<const D: usize>(tensor: &Tensor<D>) -> Option<FlexTensor> {
    tensor.clone().try_into_primitive::<Flex>().ok()
}

/// The convolution's sizes, of those that are computed here.
fn convolution(conv: &Conv2d, input: &FlexTensor) -> Option<Layer> {
    let padding = Padding::of(&conv.padding)?;
    let [kernel, stride] = [square(conv.kernel_size)?, square(conv.stride)?];
    let input = sizes(input);
    let [channels_out, channels_in, ..] = conv.weight.dims();
    let is_known = conv.dilation == [1, 1]
        && input.len() > 0
        && [input.height, input.width].iter().all(|&side| {
            let (before, behind) = padding.around(side, kernel, stride);
            side + before + behind >= kernel
        });
    if !is_known {
        return None;
    }
    if conv.groups == 1 {
        return (channels_in == input.channels).then_some(Layer::Dense(Convolution {
            input,
            channels_out,
            kernel,
            stride,
            padding,
        }));
    }
    let is_depthwise = conv.groups == input.channels && channels_in == 1 && channels_out == input.channels;
    (is_depthwise && matches!(kernel, 3 | 5)).then_some(Layer::Depthwise(Depthwise { input, kernel, stride, padding }))
}

fn square([height, width]: [usize; 2]) -> Option<usize> {
    (height == width).then_some(height)
}

/// What `conv` gives for [batch, in, height, width]; `None` if burn has to compute it.
pub(crate) fn convolve(conv: &Conv2d, input: &Tensor<4>) -> Option<Tensor<4>> {
    match OnCpu::of(input)? {
        OnCpu::Tracked(input) => {
            let convolution = convolution(conv, input.primitive())?;
            let bias = match &conv.bias {
                Some(bias) => Some(tracked(&bias.val())?),
                None => None,
            };
            let output = steps::convolve(convolution, input, tracked(&conv.weight.val())?, bias);
            Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
        }
        OnCpu::Plain(_) => convolve_and_activate(conv, None, input, None, Activation::None),
    }
}

/// What `conv`, then `norm`, gives, plus `shortcut`, then `activation`: in training with the running statistics brought
/// up to date, else with them. `None` if that has to be put together from other operations.
pub(crate) fn convolve_and_normalise(
    conv: &Conv2d,
    norm: &BatchNorm,
    input: &Tensor<4>,
    shortcut: Option<&Tensor<4>>,
    activation: Activation,
) -> Option<Tensor<4>> {
    let on_cpu = match OnCpu::of(input)? {
        OnCpu::Tracked(input) => input,
        OnCpu::Plain(_) => return convolve_and_activate(conv, Some(norm), input, shortcut, activation),
    };
    if conv.bias.is_some() {
        return None;
    }
    let convolution = convolution(conv, on_cpu.primitive())?;
    let shortcut = match shortcut {
        Some(shortcut) => Some(tracked(shortcut)?),
        None => None,
    };
    let fixed = if norm.training.is_enabled() { None } else { Some(running_statistics(norm)?) };
    let parents = [on_cpu, tracked(&conv.weight.val())?, tracked(&norm.gamma.val())?, tracked(&norm.beta.val())?];
    let (output, statistics) =
        steps::convolve_and_normalise(convolution, parents, shortcut, activation, norm.epsilon, fixed);
    if !norm.training.is_enabled() {
        return Some(Tensor::from_primitive::<Autodiff<Flex>>(output));
    }
    let [kept, new] = [1.0 - norm.momentum, norm.momentum].map(|share| share as f32);
    for (running, of_batch) in [(&norm.running_mean, statistics.mean), (&norm.running_var, statistics.variance)] {
        let before = OnCpu::of(&running.value_sync())?;
        let before = values(before.primitive());
        let after: Vec<f32> = before.iter().zip(&of_batch).map(|(before, of)| before * kept + of * new).collect();
        let after = Autodiff::<Flex>::from_inner(contiguous(after, [of_batch.len()]));
        running.update(Tensor::from_primitive::<Autodiff<Flex>>(after));
    }
    Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

fn running_statistics(norm: &BatchNorm) -> Option<Statistics> {
    let of = |tensor: Tensor<1>| OnCpu::of(&tensor).map(|tensor| values(tensor.primitive()).into_owned());
    Some(Statistics { mean: of(norm.running_mean.value())?, variance: of(norm.running_var.value())? })
}

/// Without a gradient: what `conv`, then `norm` with its running statistics, gives, plus `shortcut`, then
/// `activation`.
pub(crate) fn convolve_and_activate(
    conv: &Conv2d,
    norm: Option<&BatchNorm>,
    input: &Tensor<4>,
    shortcut: Option<&Tensor<4>>,
    activation: Activation,
) -> Option<Tensor<4>> {
    let input = plain(input)?;
    let convolution = convolution(conv, &input)?;
    let weight = plain(&conv.weight.val())?;
    let bias = match &conv.bias {
        Some(bias) => Some(plain(&bias.val())?),
        None => None,
    };
    let bias = bias.as_ref().map(values);
    // The BatchNorm is folded into the weights on their way into the order of their use.
    let scaled_by = match norm {
        Some(norm) => Some([plain(&norm.gamma.val())?, plain(&norm.running_var.value())?]),
        None => None,
    };
    let mut affine = match (norm, &scaled_by) {
        (Some(norm), Some([gamma, _])) => {
            let beta = plain(&norm.beta.val())?;
            Some(running_statistics(norm)?.affine(&values(gamma), &values(&beta), norm.epsilon))
        }
        _ => None,
    };
    if let (Some(affine), Some(bias)) = (&mut affine, &bias) {
        let shifts = affine.shift.iter_mut().zip(&affine.scale).zip(bias.iter());
        shifts.for_each(|((shift, scale), bias)| *shift += scale * bias);
    }
    let shortcut = match shortcut {
        Some(shortcut) => Some(plain(shortcut)?),
        None => None,
    };
    let sum = shortcut.as_ref().map(channels_last);
    let (scale, shift) = match &affine {
        Some(affine) => (affine.scale.as_slice(), affine.shift.as_slice()),
        None => (&[] as &[f32], bias.as_deref().unwrap_or(&[])),
    };
    let tensors: Vec<&FlexTensor> = std::iter::once(&weight).chain(scaled_by.iter().flatten()).collect();
    let made = Made { tensors: &tensors, epsilon: norm.map_or(0.0, |norm| norm.epsilon) };
    let weights = kept::packed(&convolution, made, || convolution.pack(&values(&weight), scale));
    let epilogue = Epilogue { shift, sum: sum.as_deref(), activation };
    let output = convolution.forward(&channels_last(&input), &weights, epilogue);
    Some(Tensor::from_primitive::<Flex>(to_tensor(output, &convolution.output())))
}

/// `fine` plus `coarse`, enlarged to its size by repeating its cells; `None` if that has to be put together from other
/// operations.
pub(crate) fn plus_enlarged(fine: &Tensor<4>, coarse: &Tensor<4>) -> Option<Tensor<4>> {
    Some(match (OnCpu::of(fine)?, OnCpu::of(coarse)?) {
        (OnCpu::Tracked(fine), OnCpu::Tracked(coarse)) => {
            let sizes = Upsample::of(fine.primitive(), coarse.primitive())?;
            Tensor::from_primitive::<Autodiff<Flex>>(upsample::upsample(sizes, fine, coarse))
        }
        (OnCpu::Plain(fine), OnCpu::Plain(coarse)) => {
            Tensor::from_primitive::<Flex>(Upsample::of(&fine, &coarse)?.forward(&fine, &coarse))
        }
        _ => return None,
    })
}

/// Weighted sums of the places of a map [batch, channels, height, width], in groups of `group`: [groups, channels,
/// group]; `None` if that has to be put together from other operations.
pub(crate) fn weighted_sums(map: &Tensor<4>, places: WeightedPlaces, group: usize) -> Option<Tensor<3>> {
    Some(match OnCpu::of(map)? {
        OnCpu::Tracked(map) => {
            let sums = gather::gather(Gather::of(map.primitive(), places, group), map);
            Tensor::from_primitive::<Autodiff<Flex>>(sums)
        }
        OnCpu::Plain(map) => Tensor::from_primitive::<Flex>(Gather::of(&map, places, group).forward(&map)),
    })
}

/// What `pool` gives; `None` if burn has to compute it.
pub(crate) fn max_pool(pool: &MaxPool2d, input: &Tensor<4>) -> Option<Tensor<4>> {
    let on_cpu = OnCpu::of(input)?;
    let [kernel, stride] = [square(pool.kernel_size)?, square(pool.stride)?];
    let Padding::Each(padding) = Padding::of(&pool.padding)? else { return None };
    let input = sizes(on_cpu.primitive());
    let is_known = !pool.ceil_mode
        && pool.dilation == [1, 1]
        && (padding + 1..16).contains(&kernel)
        && input.len() > 0
        && input.height.min(input.width) + 2 * padding >= kernel;
    if !is_known {
        return None;
    }
    let pool = MaxPool { input, kernel, stride, padding };
    Some(match on_cpu {
        OnCpu::Tracked(input) => Tensor::from_primitive::<Autodiff<Flex>>(steps::max_pool(pool, input)),
        OnCpu::Plain(input) => {
            let (output, _) = pool.forward(&channels_last(&input));
            Tensor::from_primitive::<Flex>(to_tensor(output, &pool.output()))
        }
    })
}
