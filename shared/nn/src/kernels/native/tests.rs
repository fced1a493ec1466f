//! Against burn's own operators. Tolerances are of sums in another order.

use super::*;
use burn::module::{Param, RunningState};
use burn::nn::conv::Conv2dConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, TensorData};
use nadir_core::rng::Rng;

fn random<const D: usize>(rng: &mut Rng, dims: [usize; D], device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..dims.iter().product()).map(|_| rng.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}

fn leaf<const D: usize>(rng: &mut Rng, dims: [usize; D], device: &Device) -> Tensor<D> {
    random(rng, dims, device).require_grad()
}

/// Largest difference over the largest expected value.
fn error<const D: usize>(found: &Tensor<D>, expected: &Tensor<D>) -> f32 {
    assert_eq!(found.dims(), expected.dims());
    let largest = expected.clone().abs().max().into_scalar::<f32>().max(1e-6);
    (found.clone() - expected.clone()).abs().max().into_scalar::<f32>() / largest
}

fn layer([from, to]: [usize; 2], [kernel, stride, padding]: [usize; 3], bias: bool, device: &Device) -> Conv2d {
    Conv2dConfig::new([from, to], [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
        .with_bias(bias)
        .init(device)
}

const KERNELS: [[usize; 3]; 7] = [[1, 1, 0], [1, 2, 0], [3, 1, 1], [3, 2, 1], [3, 2, 0], [7, 2, 3], [2, 3, 1]];

/// The output, and the gradients of everything that a convolution has, must be burn's.
fn is_burns(conv: &Conv2d, input: &Tensor<4>, found: Tensor<4>, expected: Tensor<4>, rng: &mut Rng, what: &str) {
    assert!(error(&found, &expected) < 1e-5, "{what}");
    let pull = random(rng, expected.dims(), &expected.device());
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    let of = "it has a gradient";
    let [found, expected] = [found, expected].map(|output| {
        let gradients = (output * pull.clone()).sum().backward();
        let of_bias = bias.as_ref().map(|bias| bias.grad(&gradients).expect(of));
        (input.grad(&gradients).expect(of), conv.weight.val().grad(&gradients).expect(of), of_bias)
    });
    assert!(error(&found.0, &expected.0) < 1e-4, "{what}: input");
    assert!(error(&found.1, &expected.1) < 1e-4, "{what}: weight");
    if let (Some(found), Some(expected)) = (found.2, expected.2) {
        assert!(error(&found, &expected) < 1e-4, "{what}: bias");
    }
}

#[test]
fn a_convolution_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(1);
    for [batch, height, width] in [[1, 7, 7], [3, 12, 9], [2, 25, 40], [70, 2, 3]] {
        for channels in [[3, 24], [5, 1], [24, 17], [33, 48], [16, 40], [48, 24]] {
            for kernel in KERNELS {
                if height + 2 * kernel[2] < kernel[0] || width + 2 * kernel[2] < kernel[0] {
                    continue;
                }
                let conv = layer(channels, kernel, true, &device);
                assert!(conv.bias.is_some(), "requested above");
                let input = leaf(rng, [batch, channels[0], height, width], &device);
                let expected = conv.forward(input.clone());
                let found = convolve(&conv, &input).expect("it is known");
                let what = format!("{batch} x {height} x {width}, {channels:?}, {kernel:?}");
                is_burns(&conv, &input, found, expected, rng, &what);
            }
        }
    }
}

/// A depthwise layer with TensorFlow's padding.
fn depthwise(channels: usize, kernel: usize, stride: usize, bias: bool, device: &Device) -> Conv2d {
    Conv2dConfig::new([channels; 2], [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Same)
        .with_groups(channels)
        .with_bias(bias)
        .init(device)
}

#[test]
fn a_depthwise_convolution_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(6);
    for [batch, height, width] in [[1, 7, 7], [3, 12, 9], [2, 25, 40], [5, 2, 3], [1, 1, 1]] {
        for channels in [3, 16, 40] {
            for [kernel, stride] in [[3, 1], [3, 2], [5, 1], [5, 2]] {
                let conv = depthwise(channels, kernel, stride, true, &device);
                assert!(conv.bias.is_some(), "requested above");
                let input = leaf(rng, [batch, channels, height, width], &device);
                let expected = conv.forward(input.clone());
                let found = convolve(&conv, &input).expect("it is known");
                let what = format!("{batch} x {height} x {width}, {channels}, {kernel}, {stride}");
                is_burns(&conv, &input, found, expected, rng, &what);
            }
        }
    }
}

#[test]
fn same_padding_at_stride_2_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(7);
    for [height, width] in [[8, 8], [9, 12], [7, 5]] {
        let conv = Conv2dConfig::new([3, 20], [3; 2])
            .with_stride([2; 2])
            .with_padding(PaddingConfig2d::Same)
            .with_bias(false)
            .init(&device);
        let input = leaf(rng, [2, 3, height, width], &device);
        let expected = conv.forward(input.clone());
        let found = convolve(&conv, &input).expect("it is known");
        is_burns(&conv, &input, found, expected, rng, &format!("{height} x {width}"));
    }
}

#[test]
fn relu6_ends_a_normalised_depthwise_layer_and_stops_its_gradient() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(8);
    let conv = depthwise(24, 3, 2, false, &device);
    let norm = || BatchNormConfig::new(24).with_epsilon(1e-3).init(&device);
    // So that many values lie above 6 and below 0.
    let gamma = (random(rng, [24], &device) * 4.0 + 3.0).require_grad();
    let [ours, burns] = [norm(), norm()].map(|norm| BatchNorm { gamma: Param::from_tensor(gamma.clone()), ..norm });
    let input = leaf(rng, [3, 24, 13, 10], &device);
    let expected = Activation::Relu6.apply(burns.forward(conv.forward(input.clone())));
    assert!(expected.clone().max().into_scalar::<f32>() == 6.0);
    let found = convolve_and_normalise(&conv, &ours, &input, None, Activation::Relu6).expect("it is known");
    assert!(error(&found, &expected) < 1e-5);
    let pull = random(rng, expected.dims(), &device);
    let [found, expected] = [found, expected].map(|output| {
        let gradients = (output * pull.clone()).sum().backward();
        let of = "it has a gradient";
        (input.grad(&gradients).expect(of), conv.weight.val().grad(&gradients).expect(of))
    });
    assert!(error(&found.0, &expected.0) < 1e-4, "input");
    assert!(error(&found.1, &expected.1) < 1e-4, "weight");

    // Without a gradient, the BatchNorm is folded into the weights.
    let plain = Device::flex();
    let (ours, conv) = (burn::module::Module::valid(&ours), burn::module::Module::valid(&conv));
    let input = random(rng, [1, 24, 9, 6], &plain);
    let shortcut = random(rng, [1, 24, 5, 3], &plain);
    let expected = Activation::Relu6.apply(ours.forward(conv.forward(input.clone())) + shortcut.clone());
    let found = convolve_and_normalise(&conv, &ours, &input, Some(&shortcut), Activation::Relu6).expect("it is known");
    assert!(error(&found, &expected) < 1e-5);
}

#[test]
fn a_normalised_convolution_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(2);
    for (has_shortcut, has_relu, is_frozen) in
        [(false, false, false), (false, true, false), (true, true, false), (true, false, false), (true, true, true)]
    {
        for kernel in [[1, 1, 0], [3, 1, 1], [3, 2, 1], [7, 2, 3]] {
            let conv = layer([6, 40], kernel, false, &device);
            let [ours, burns] = [(); 2].map(|()| BatchNormConfig::new(40).init(&device));
            let gamma = leaf(rng, [40], &device);
            let beta = leaf(rng, [40], &device);
            let running = [random(rng, [40], &device), random(rng, [40], &device).powi_scalar(2) + 0.5];
            let [ours, burns] = [ours, burns].map(|norm| BatchNorm {
                gamma: Param::from_tensor(gamma.clone()),
                beta: Param::from_tensor(beta.clone()),
                training: Param::from_bool(!is_frozen),
                running_mean: RunningState::new(running[0].clone()),
                running_var: RunningState::new(running[1].clone()),
                ..norm
            });
            let (gamma, beta) = ([ours.gamma.val(), burns.gamma.val()], [ours.beta.val(), burns.beta.val()]);
            let input = leaf(rng, [5, 6, 19, 14], &device);
            let mut expected = conv.forward(input.clone());
            let shortcut = leaf(rng, expected.dims(), &device);
            expected = burns.forward(expected);
            if has_shortcut {
                expected = expected + shortcut.clone();
            }
            if has_relu {
                expected = relu(expected);
            }
            let found = convolve_and_normalise(
                &conv,
                &ours,
                &input,
                has_shortcut.then_some(&shortcut),
                if has_relu { Activation::Relu } else { Activation::None },
            )
            .expect("it is known");
            let what = format!("{kernel:?}, shortcut {has_shortcut}, ReLU {has_relu}, frozen {is_frozen}");
            assert!(error(&found, &expected) < 1e-5, "{what}");
            for (ours, burns) in [(&ours.running_mean, &burns.running_mean), (&ours.running_var, &burns.running_var)] {
                assert!(error(&ours.value_sync(), &burns.value_sync()) < 1e-5, "{what}: running statistics");
            }
            let pull = random(rng, expected.dims(), &device);
            let [found, expected] = [(found, 0), (expected, 1)].map(|(output, at)| {
                let gradients = (output * pull.clone()).sum().backward();
                let of = "it has a gradient";
                (
                    input.grad(&gradients).expect(of),
                    conv.weight.val().grad(&gradients).expect(of),
                    gamma[at].grad(&gradients).expect(of),
                    beta[at].grad(&gradients).expect(of),
                    shortcut.grad(&gradients),
                )
            });
            assert!(error(&found.0, &expected.0) < 1e-4, "{what}: input");
            assert!(error(&found.1, &expected.1) < 1e-4, "{what}: weight");
            assert!(error(&found.2, &expected.2) < 1e-4, "{what}: gamma");
            assert!(error(&found.3, &expected.3) < 1e-4, "{what}: beta");
            assert_eq!(found.4.is_some(), has_shortcut);
            if let (Some(found), Some(expected)) = (found.4, expected.4) {
                assert!(error(&found, &expected) < 1e-6, "{what}: shortcut");
            }
        }
    }
}

#[test]
fn without_a_gradient_running_statistics_normalise() {
    let (training, device) = (Device::flex().autodiff(), Device::flex());
    let rng = &mut Rng::new(3);
    let norm = BatchNormConfig::new(24).init(&training);
    norm.forward(random(rng, [8, 24, 5, 5], &training) * 2.0 + 1.0);
    let norm = burn::module::Module::valid(&norm);
    let conv = layer([7, 24], [3, 2, 1], false, &device);
    let input = random(rng, [2, 7, 11, 8], &device);
    let expected = norm.forward(conv.forward(input.clone()));
    let shortcut = random(rng, expected.dims(), &device);
    let expected = relu(expected + shortcut.clone());
    let found = convolve_and_normalise(&conv, &norm, &input, Some(&shortcut), Activation::Relu).expect("it is known");
    assert!(error(&found, &expected) < 1e-5);
}

#[test]
fn max_pooling_and_its_gradient_are_burns() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(4);
    for [kernel, stride, padding] in [[3, 2, 1], [2, 2, 0], [3, 1, 1], [3, 2, 0]] {
        for dims in [[2, 24, 9, 12], [1, 3, 7, 7]] {
            let pool = MaxPool2dConfig::new([kernel; 2])
                .with_strides([stride; 2])
                .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                .init();
            let input = leaf(rng, dims, &device);
            let expected = pool.forward(input.clone());
            let found = max_pool(&pool, &input).expect("it is known");
            assert_eq!(error(&found, &expected), 0.0);
            let pull = random(rng, expected.dims(), &device);
            let [found, expected] = [found, expected].map(|output| {
                let gradients = (output * pull.clone()).sum().backward();
                input.grad(&gradients).expect("it has a gradient")
            });
            assert!(error(&found, &expected) < 1e-6, "{kernel}, {stride}, {padding}, {dims:?}");
        }
    }
}

#[test]
fn what_is_not_known_here_is_left_to_burn() {
    let device = Device::flex().autodiff();
    let input = Tensor::<4>::ones([1, 4, 6, 6], &device);
    let grouped = Conv2dConfig::new([4, 4], [3, 3]).with_groups(2).init(&device);
    let dilated = Conv2dConfig::new([4, 4], [3, 3]).with_dilation([2, 2]).init(&device);
    let oblong = Conv2dConfig::new([4, 4], [3, 1]).init(&device);
    for conv in [grouped, dilated, oblong] {
        assert!(convolve(&conv, &input).is_none());
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let device = Device::flex().autodiff();
    let rng = &mut Rng::new(5);
    for (stride, side) in [(2, 16), (1, 16), (1, 6)] {
        let conv = layer([24, 48], [3, stride, 1], true, &device);
        let input = leaf(rng, [40, 24, side, side], &device);
        let results = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
            pool.install(|| {
                let output = convolve(&conv, &input).expect("it is known");
                let gradients = output.powi_scalar(2).sum().backward();
                [input.grad(&gradients).expect("tracked"), conv.weight.val().grad(&gradients).expect("tracked")]
                    .map(|gradient| gradient.into_data().try_to_vec::<f32>().expect("f32"))
            })
        });
        assert!(results[0] == results[1], "stride {stride}, {side} px");
    }
}

#[test]
fn an_image_gives_the_same_bits_alone_and_in_a_batch() {
    let device = Device::flex();
    let rng = &mut Rng::new(9);
    for (kernel, [height, width]) in
        [([3, 1, 1], [17, 30]), ([3, 1, 1], [6, 7]), ([3, 2, 1], [9, 9]), ([1, 1, 0], [5, 5])]
    {
        let conv = layer([32, 40], kernel, true, &device);
        let batch = random(rng, [30, 32, height, width], &device);
        let together = convolve(&conv, &batch).expect("it is known");
        for image in [0, 13, 29] {
            let alone = convolve(&conv, &batch.clone().narrow(0, image, 1)).expect("it is known");
            let [alone, there] = [alone, together.clone().narrow(0, image, 1)]
                .map(|output| output.into_data().try_to_vec::<f32>().expect("f32"));
            assert!(alone == there, "{kernel:?}, {height} x {width}, image {image}");
        }
    }
}

#[test]
fn kept_weights_are_those_that_the_network_has_now() {
    let device = Device::flex();
    let rng = &mut Rng::new(10);
    let mut conv = layer([16, 24], [3, 1, 1], false, &device);
    let input = random(rng, [2, 16, 8, 8], &device);
    for _ in 0..3 {
        for _ in 0..2 {
            let found = convolve(&conv, &input).expect("it is known");
            assert!(error(&found, &conv.forward(input.clone())) < 1e-5);
        }
        // In place where nobody else has the weights, as an optimizer writes them.
        conv.weight = conv.weight.map(|weight| weight.mul_scalar(-1.5).add_scalar(0.01));
    }
}
