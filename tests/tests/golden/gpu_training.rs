//! A SimCLR training on WebGPU with Chromium's software driver by kernels of our own: each step's loss and gradients, and
//! each optimizer's step, against the CPU's from the same weights.

use burn::tensor::{Device, DeviceKind, Tensor, TensorData};
use nadir::config::OptimizerConfig;
use nadir::train::gradients::NamedGradients;
use nadir::train::optimizer::Optimizer;
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::rng::Rng;
use nadir_nn::loss::{ContrastiveLogits, nt_xent};
use nadir_nn::model::{Encoder, init};
use nadir_tests::swiftshader::is_on_it;

fn gradients(encoder: &Encoder, images: &TensorData, device: &Device) -> (f64, NamedGradients) {
    let images = Tensor::<4>::from_data(images.clone(), device);
    let loss = nt_xent(&ContrastiveLogits::within(encoder.forward(images), 0.5)).mean();
    let value = loss.clone().into_scalar::<f32>();
    (f64::from(value), NamedGradients::take(encoder, loss.backward()))
}

fn read(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec::<f32>().expect("f32")
}

/// The largest distance of a parameter's two gradients, of its length.
fn distance(found: &NamedGradients, expected: &NamedGradients) -> f64 {
    let length = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let names = found.0.keys().zip(expected.0.keys());
    assert!(found.0.len() == expected.0.len() && names.clone().all(|(found, expected)| found == expected));
    let of = |(found, expected): (&Tensor<1>, &Tensor<1>)| {
        let (found, expected) = (read(found.clone()), read(expected.clone()));
        let apart = length(&mut found.iter().zip(&expected).map(|(found, expected)| found - expected));
        apart / length(&mut expected.iter().copied()).max(1e-6)
    };
    found.0.values().zip(expected.0.values()).map(of).fold(0.0, f64::max)
}

/// Not the losses of two trainings: where a ReLU's argument is within rounding of 0, one lets its gradient through and
/// the other does not, and Adam's first steps, which are as long for a small gradient as for a large one, make different
/// trainings of that. So each step starts from the same weights, and a few may have such a place.
#[test]
fn every_step_of_a_training_is_the_cpus() {
    if !is_on_it("gpu_training::every_step_of_a_training_is_the_cpus") {
        return;
    }
    let (gpu, cpu) = (Device::wgpu(DeviceKind::Cpu).autodiff(), Device::flex().autodiff());
    let shape = Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Compact, stages: 4, bands: 3 };
    let adam = OptimizerConfig::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
    let mut apart = Vec::new();
    for seed in [1, 4] {
        let mut rng = Rng::new(seed);
        let mut encoder = init::seeded(Encoder::new(&shape, false, &gpu), seed);
        let mut optimizer = Optimizer::new(&adam);
        for step in 1..=8 {
            let images = (0..8 * 3 * 32 * 32).map(|_| rng.normal() as f32).collect::<Vec<_>>();
            let images = TensorData::new(images, [8, 3, 32, 32]);
            let twin = Encoder::new(&shape, false, &cpu).import(&encoder.export()).expect("its own names and shapes");
            let (expected, by_cpu) = gradients(&twin, &images, &cpu);
            let (found, by_gpu) = gradients(&encoder, &images, &gpu);
            assert!((found - expected).abs() < 2e-6 * expected, "seed {seed}, step {step}: loss {found}, {expected}");
            apart.push(distance(&by_gpu, &by_cpu));
            encoder = optimizer.step(encoder, by_gpu, 0.001);
        }
    }
    let with_a_kink = apart.iter().filter(|&&apart| apart > 1e-4).count();
    assert!(with_a_kink <= 2 && apart.iter().all(|&apart| apart < 0.1), "{apart:?}");
}

#[test]
fn a_step_of_each_optimizer_is_the_cpus() {
    if !is_on_it("gpu_training::a_step_of_each_optimizer_is_the_cpus") {
        return;
    }
    let optimizers = [
        OptimizerConfig::Adam { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.01 },
        OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 1e-3 },
        OptimizerConfig::Lars { momentum: 0.9, weight_decay: 1e-3, trust: 0.01 },
    ];
    for config in optimizers {
        // More values than one pass of all threads, of a number that vectors of four do not divide and one that they do.
        for count in [1, 12, 300, 70_001, 2_200_000] {
            for is_matrix in [false, true] {
                let path = [Device::wgpu(DeviceKind::Cpu), Device::flex()].map(|device| {
                    let mut rng = Rng::new(count as u64);
                    let mut drawn = |scale: f64| {
                        let values = (0..count).map(|_| (rng.normal() * scale) as f32).collect::<Vec<_>>();
                        Tensor::<1>::from_data(TensorData::new(values, [count]), &device)
                    };
                    let mut optimizer = Optimizer::new(&config);
                    let mut parameter = drawn(0.1);
                    for _ in 0..3 {
                        optimizer.begin_step();
                        parameter = optimizer.update("weight", parameter, drawn(1.0), 0.05, is_matrix);
                    }
                    let state = optimizer.export();
                    let state = state.0.values().flat_map(|tensor| tensor.values.clone());
                    read(parameter).into_iter().chain(state).collect::<Vec<f32>>()
                });
                let [found, expected] = path;
                assert_eq!(found.len(), expected.len());
                let worst =
                    found.iter().zip(&expected).map(|(a, b)| (a - b).abs() / (b.abs() + 1e-2)).fold(0.0, f32::max);
                assert!(worst < 1e-4, "{config:?} of {count} values, matrix {is_matrix}: off by {worst}");
            }
        }
    }
}
