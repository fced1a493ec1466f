//! BatchNorm with the sum and the activation behind it on GPUs, by kernels of our own in CubeCL, which compiles one source
//! to CUDA and WGSL: two passes over a map forward and two backward, in place of the dozens of burn's operators.
//!
//! A map stays in the layout that it comes in, channels last or not, and in its own numbers, f32 or bfloat16; what is
//! kept for the backward pass is the map, and its output where a shortcut was added.

mod gradient;
mod launch;
mod layout;
pub(super) mod optimizer;
mod record;
mod statistics;
mod steps;
mod walk;

use super::Activation;
use burn::backend::Cube;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, CheckpointStrategy, NoCheckpointing};
use burn::backend::{AutodiffBackend, DispatchKindConversion, DispatchTensor};
use burn::nn::BatchNorm;
use burn::tensor::{DType, Tensor};
use burn_cubecl::tensor::CubeTensor;
use launch::{Affine, Running};

/// What `norm` gives for a map [batch, channels, height, width] on a GPU, plus `shortcut`, then `activation`: in training
/// with the running statistics brought up to date, else with them. `None` on other devices.
pub fn normalise(
    norm: &BatchNorm,
    map: &Tensor<4>,
    shortcut: Option<&Tensor<4>>,
    activation: Activation,
) -> Option<Tensor<4>> {
    let is_known = |tensor: &Tensor<4>| {
        matches!(tensor.dtype(), DType::F32 | DType::BF16)
            && tensor.dtype() == map.dtype()
            && tensor.dims() == map.dims()
            && tensor.dims().iter().all(|&length| length > 0)
    };
    let weights = [norm.gamma.val(), norm.beta.val(), norm.running_mean.value(), norm.running_var.value()];
    let are_known = weights.iter().all(|weight| weight.dtype() == DType::F32 && weight.dims() == [map.dims()[1]]);
    if !(is_known(map) && shortcut.is_none_or(is_known) && are_known) {
        return None;
    }
    inferred(norm, map, shortcut, activation)
        .or_else(|| recorded::<NoCheckpointing>(norm, map, shortcut, activation))
        .or_else(|| recorded::<BalancedCheckpointing>(norm, map, shortcut, activation))
}

/// Without a gradient.
fn inferred(
    norm: &BatchNorm,
    map: &Tensor<4>,
    shortcut: Option<&Tensor<4>>,
    activation: Activation,
) -> Option<Tensor<4>> {
    let map = plain(map)?;
    let shortcut = match shortcut {
        Some(shortcut) => Some(plain(shortcut)?),
        None => None,
    };
    let affine = Affine { gamma: plain(&norm.gamma.val())?, beta: plain(&norm.beta.val())? };
    let running = Running { mean: plain(&norm.running_mean.value())?, variance: plain(&norm.running_var.value())? };
    let statistics = launch::fixed_statistics(running, norm.epsilon);
    let output = launch::normalise(&map, shortcut.as_ref(), &statistics, &affine, activation);
    Some(Tensor::from_primitive::<Cube>(output))
}

fn recorded<C: CheckpointStrategy>(
    norm: &BatchNorm,
    map: &Tensor<4>,
    shortcut: Option<&Tensor<4>>,
    activation: Activation,
) -> Option<Tensor<4>>
where
    DispatchTensor: DispatchKindConversion<Autodiff<Cube, C>>,
{
    let device = map.device();
    let map = map.clone().try_into_primitive::<Autodiff<Cube, C>>().ok()?;
    let shortcut = match shortcut {
        Some(shortcut) => Some(shortcut.clone().try_into_primitive::<Autodiff<Cube, C>>().ok()?),
        None => None,
    };
    let of = |weight: Tensor<1>| weight.try_into_primitive::<Autodiff<Cube, C>>().ok();
    let weights = [of(norm.gamma.val())?, of(norm.beta.val())?];
    let running = |state: Tensor<1>| of(state.to_device(&device)).map(Autodiff::<Cube, C>::inner);
    let is_training = norm.training.is_enabled();
    let statistics = if is_training {
        let before = Running {
            mean: running(norm.running_mean.value_sync())?,
            variance: running(norm.running_var.value_sync())?,
        };
        let (statistics, after) = launch::statistics(map.primitive(), before, norm.momentum, norm.epsilon);
        for (state, after) in [(&norm.running_mean, after.mean), (&norm.running_var, after.variance)] {
            let after = Autodiff::<Cube, C>::from_inner(after);
            state.update(Tensor::from_primitive::<Autodiff<Cube, C>>(after));
        }
        statistics
    } else {
        let fixed = Running { mean: running(norm.running_mean.value())?, variance: running(norm.running_var.value())? };
        launch::fixed_statistics(fixed, norm.epsilon)
    };
    let output = record::normalise::<C>(map, weights, shortcut, statistics, activation, is_training);
    Some(Tensor::from_primitive::<Autodiff<Cube, C>>(output))
}

fn plain<const D: usize>(tensor: &Tensor<D>) -> Option<CubeTensor> {
    tensor.clone().try_into_primitive::<Cube>().ok()
}
