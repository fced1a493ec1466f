//! BatchNorm on WebGPU (WGSL by wgpu) with Chromium's software driver, against burn's own operators on the CPU.

use burn::module::{Module, Param, RunningState};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, DeviceKind, Tensor, TensorData};
use nadir_core::rng::Rng;
use nadir_nn::kernels::{Activation, gpu};
use nadir_tests::swiftshader::is_on_it;

fn drawn<const D: usize>(rng: &mut Rng, dims: [usize; D], scale: f64, shift: f64) -> TensorData {
    let count = dims.iter().product::<usize>();
    TensorData::new((0..count).map(|_| (rng.normal() * scale + shift) as f32).collect::<Vec<_>>(), dims)
}

/// A map [batch, channels, height, width] that lies with its channels last, or with padding behind them, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lying {
    First,
    Last,
    /// Part of a larger map, which has to be copied.
    Part,
}

fn laid(data: &TensorData, lying: Lying, device: &Device) -> Tensor<4> {
    let map = Tensor::<4>::from_data(data.clone(), device);
    match lying {
        Lying::First => map,
        // Adding nothing makes the copy.
        Lying::Last => {
            let last = map.permute([0, 2, 3, 1]);
            let dims = last.dims();
            let flat: Tensor<1> = last.reshape([-1]);
            flat.reshape(dims).permute([0, 3, 1, 2])
        }
        Lying::Part => {
            let [batch, channels, height, width] = map.dims();
            let more = Tensor::zeros([batch, channels, height, width + 1], device);
            let whole = more.slice_assign([0..batch, 0..channels, 0..height, 0..width], map);
            whole.slice([0..batch, 0..channels, 0..height, 0..width])
        }
    }
}

struct Case {
    /// Of the map, and of the shortcut and the output's gradient.
    lying: [Lying; 2],
    activation: Activation,
    is_trained: bool,
    /// With gradient checkpointing.
    is_checkpointed: bool,
    map: TensorData,
    shortcut: Option<TensorData>,
    pull: TensorData,
    weights: [TensorData; 4],
}

fn layer(weights: &[TensorData; 4], device: &Device) -> BatchNorm {
    let channels = weights[0].shape()[0];
    let mut norm = BatchNormConfig::new(channels).with_epsilon(1e-3).init(device);
    let [gamma, beta, mean, variance] = weights.clone().map(|data| Tensor::<1>::from_data(data, device));
    norm.gamma = Param::from_tensor(gamma);
    norm.beta = Param::from_tensor(beta);
    norm.running_mean = RunningState::new(mean);
    norm.running_var = RunningState::new(variance);
    norm
}

type Found = Vec<(&'static str, Vec<f32>)>;

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec::<f32>().expect("f32")
}

/// All that a step gives, by the kernels or by burn's operators.
fn step(case: &Case, device: &Device) -> Found {
    let Case { lying, activation, is_trained, .. } = *case;
    let mut learning = device.clone().autodiff();
    if case.is_checkpointed {
        learning = learning.gradient_checkpointing();
    }
    let is_gpu = *device != Device::flex();
    let mut norm = layer(&case.weights, &learning);
    if !is_trained {
        norm = norm.freeze();
        norm.gamma = norm.gamma.set_require_grad(true);
        norm.beta = norm.beta.set_require_grad(true);
    }
    let map = laid(&case.map, lying[0], &learning).detach().require_grad();
    let shortcut = case.shortcut.as_ref().map(|shortcut| laid(shortcut, lying[1], &learning).detach().require_grad());
    let output = if is_gpu {
        gpu::normalise(&norm, &map, shortcut.as_ref(), activation).expect("it is a GPU")
    } else {
        let output = norm.forward(map.clone());
        let output = match &shortcut {
            Some(shortcut) => output + shortcut.clone(),
            None => output,
        };
        match activation {
            Activation::None => output,
            Activation::Relu => burn::tensor::activation::relu(output),
            Activation::Relu6 => output.clamp(0.0, 6.0),
        }
    };
    let gradients = (output.clone() * laid(&case.pull, lying[1], &learning)).sum().backward();
    let of = "it has a gradient";
    let mut found = vec![
        ("output", read(output)),
        ("gradient by the map", read(map.grad(&gradients).expect(of))),
        ("gradient by gamma", read(norm.gamma.val().grad(&gradients).expect(of))),
        ("gradient by beta", read(norm.beta.val().grad(&gradients).expect(of))),
        ("running mean", read(norm.running_mean.value_sync())),
        ("running variance", read(norm.running_var.value_sync())),
    ];
    if let Some(shortcut) = shortcut {
        found.push(("gradient by the shortcut", read(shortcut.grad(&gradients).expect(of))));
    }
    found
}

/// `values`: of a channel. Sums over them, of deviation 1 each, are as large as the root of their number, also where they
/// happen to cancel.
fn compare(found: &Found, expected: &Found, values: usize, what: &str) {
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "{what}: {name}");
        let is_sum = matches!(*name, "gradient by gamma" | "gradient by beta");
        let least = if is_sum { (values as f32).sqrt() } else { 1e-3 };
        let largest = expected.iter().fold(least, |most, value| most.max(value.abs()));
        let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let is_finite = found.iter().all(|value| value.is_finite());
        assert!(is_finite && worst <= 2e-5 * largest, "{what}: {name} is off by {worst} of {largest}");
    }
}

#[test]
fn a_normalisation_and_its_gradients_are_the_cpus() {
    if !is_on_it("gpu_norm::a_normalisation_and_its_gradients_are_the_cpus") {
        return;
    }
    let gpu = Device::wgpu(DeviceKind::Cpu);
    let rng = &mut Rng::new(3);
    let dims = [
        [2, 64, 12, 9],
        [3, 5, 7, 11],
        [40, 48, 1, 1],
        [5, 2048, 2, 3],
        [1, 33, 1, 6],
        [9, 1, 16, 16],
        [4, 24, 37, 29],
    ];
    let layings = [
        [Lying::First; 2],
        [Lying::Last; 2],
        [Lying::First, Lying::Last],
        [Lying::Last, Lying::First],
        [Lying::Part; 2],
    ];
    let mut number = 0_usize;
    for dims in dims {
        for activation in [Activation::None, Activation::Relu, Activation::Relu6] {
            for has_shortcut in [false, true] {
                number += 1;
                let of_channels = [dims[1]];
                let variance = (0..dims[1]).map(|_| 0.5 + rng.uniform() as f32).collect::<Vec<_>>();
                let case = Case {
                    lying: layings[number % layings.len()],
                    activation,
                    is_trained: number % 4 != 3,
                    is_checkpointed: number.is_multiple_of(3),
                    // Far from 0, so that a variance by plain sums of squares would lose its digits.
                    map: drawn(rng, dims, 2.0, 30.0),
                    shortcut: has_shortcut.then(|| drawn(rng, dims, 2.0, 0.0)),
                    pull: drawn(rng, dims, 1.0, 0.2),
                    weights: [
                        drawn(rng, of_channels, 1.5, 2.0),
                        drawn(rng, of_channels, 1.0, 0.5),
                        drawn(rng, of_channels, 1.0, 30.0),
                        TensorData::new(variance, of_channels),
                    ],
                };
                let what = format!(
                    "{dims:?}, {activation:?}, shortcut {has_shortcut}, {:?}, trained {}, checkpointed {}",
                    case.lying, case.is_trained, case.is_checkpointed
                );
                compare(&step(&case, &gpu), &step(&case, &Device::flex()), dims[0] * dims[2] * dims[3], &what);
            }
        }
    }
}
