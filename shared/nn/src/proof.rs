//! A device proves itself: drivers exist whose matrix products are zeros, and a network on them goes on and tells nobody.
//! So small operations are compared with the CPU before a GPU is used, natively and in the browser.

use crate::kernels::Activation;
use crate::model::conv_norm::normalise;
use burn::nn::BatchNormConfig;
use burn::tensor::activation::softmax;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::rng::Rng;

/// Of the largest value: f32 in another order of sums, and matrix units may multiply as TF32, which has ten bits.
const ALLOWED: f64 = 2e-2;

/// What a device is compared by.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Its name, for a sentence: "a sum".
    pub name: &'static str,
    compute: fn(&Device) -> Tensor<1>,
}

/// What a network needs that does not learn. Sides that no tile divides.
pub const FORWARD: [Operation; 4] = [
    Operation {
        name: "a matrix product",
        compute: |device| {
            let left = Tensor::<2>::from_data(drawn("left", [70, 130]), device);
            left.matmul(Tensor::from_data(drawn("right", [130, 50]), device)).flatten(0, 1)
        },
    },
    Operation {
        name: "a convolution",
        compute: |device| {
            let [input, weight] = images_and_kernel(device);
            convolved(input, weight).flatten(0, 3)
        },
    },
    Operation {
        name: "a sum",
        compute: |device| {
            let summed = Tensor::<2>::from_data(drawn("summed", [300, 70]), device);
            Tensor::cat(vec![summed.clone().sum_dim(1).flatten::<1>(0, 1), summed.mean_dim(0).flatten(0, 1)], 0)
        },
    },
    Operation {
        name: "a softmax",
        compute: |device| softmax(Tensor::<2>::from_data(drawn("logits", [40, 300]), device) * 4.0, 1).flatten(0, 1),
    },
];

/// What one that learns needs besides.
pub const BACKWARD: [Operation; 2] = [
    Operation {
        name: "a convolution's gradients",
        compute: |device| {
            let [input, weight] = images_and_kernel(&device.clone().autodiff()).map(Tensor::require_grad);
            let gradients = convolved(input.clone(), weight.clone()).square().mean().backward();
            let found = [input.grad(&gradients), weight.grad(&gradients)].into_iter().flatten();
            Tensor::cat(found.map(of_unit_size).collect(), 0)
        },
    },
    Operation {
        name: "a normalisation with its gradients",
        compute: |device| {
            let device = &device.clone().autodiff();
            let [map, shortcut] = ["map", "shortcut"]
                .map(|name| Tensor::<4>::from_data(drawn(name, [3, 20, 9, 7]), device).require_grad());
            let norm = BatchNormConfig::new(20).init(device);
            let output = normalise(&norm, map.clone(), Some(shortcut.clone()), Activation::Relu);
            let gradients = output.clone().square().mean().backward();
            let maps = [Some(output.inner()), map.grad(&gradients), shortcut.grad(&gradients)].into_iter().flatten();
            let weights = [norm.gamma.val().grad(&gradients), norm.beta.val().grad(&gradients)].into_iter().flatten();
            Tensor::cat(maps.map(of_unit_size).chain(weights.map(of_unit_size)).collect(), 0)
        },
    },
];

impl Operation {
    /// Its result on a device.
    ///
    /// # Errors
    /// Where the device does not give the values back.
    pub async fn values(&self, device: &Device) -> Result<Vec<f32>, String> {
        let data = (self.compute)(device).into_data_async().await.map_err(|error| error.to_string())?;
        data.convert::<f32>().try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
    }

    /// What is wrong with its result on a device, as a sentence's part; `None` if it is the CPU's.
    pub async fn fault(&self, device: &Device) -> Option<String> {
        let Ok(expected) = self.values(&Device::flex()).await else { return None };
        match self.values(device).await {
            Ok(found) => self.compared(&found, &expected),
            Err(error) => Some(format!("{} ({error})", self.name)),
        }
    }

    fn compared(&self, found: &[f32], expected: &[f32]) -> Option<String> {
        difference(found, expected).map(|difference| format!("{} ({difference})", self.name))
    }
}

/// Of one size, or the faults of one tensor would be small beside another.
fn of_unit_size<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let values = tensor.reshape([-1]);
    let scale = values.clone().square().mean().sqrt();
    values / scale
}

fn images_and_kernel(device: &Device) -> [Tensor<4>; 2] {
    [
        Tensor::from_data(drawn("input", [2, 8, 17, 19]), device),
        Tensor::from_data(drawn("weight", [16, 8, 3, 3]), device),
    ]
}

fn convolved(input: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    conv2d(input, weight, None, ConvOptions::new([2, 2], [1, 1], [1, 1], 1))
}

fn drawn<const D: usize>(name: &str, shape: [usize; D]) -> TensorData {
    let mut rng = Rng::from_name(name);
    TensorData::new((0..shape.iter().product()).map(|_| rng.normal() as f32).collect::<Vec<_>>(), shape)
}

/// What is wrong with `found`.
fn difference(found: &[f32], expected: &[f32]) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} values in place of {}", found.len(), expected.len()));
    }
    if let Some(value) = found.iter().find(|value| !value.is_finite()) {
        return Some(format!("{value} among its values"));
    }
    let relative = relative_difference(found, expected).unwrap_or(f64::INFINITY);
    (relative > ALLOWED).then(|| format!("off by {:.1} % of its largest value", 100.0 * relative))
}

/// The largest difference over the largest expected value. `None` where there is nothing to compare: not as many values
/// as expected, none, or one that is not finite.
pub fn relative_difference(found: &[f32], expected: &[f32]) -> Option<f64> {
    let is_whole =
        found.len() == expected.len() && !expected.is_empty() && found.iter().chain(expected).all(|v| v.is_finite());
    let largest = expected.iter().fold(1e-12_f32, |most, value| most.max(value.abs()));
    let apart = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    is_whole.then(|| f64::from(apart / largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// On the CPU nothing waits.
    fn now<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the CPU does not answer at once"),
        }
    }

    #[test]
    fn the_cpu_computes_as_itself() {
        for operation in FORWARD.iter().chain(&BACKWARD) {
            assert_eq!(now(operation.fault(&Device::flex())), None, "{}", operation.name);
            assert!(now(operation.values(&Device::flex())).expect("values").iter().any(|value| *value != 0.0));
        }
    }

    #[test]
    fn a_wrong_result_is_named() {
        let expected = now(FORWARD[0].values(&Device::flex())).expect("values");
        let fault = FORWARD[0].compared(&vec![0.0; expected.len()], &expected);
        assert_eq!(fault.as_deref(), Some("a matrix product (off by 100.0 % of its largest value)"));
        assert_eq!(difference(&[1.0, f32::NAN], &[1.0, 2.0]).as_deref(), Some("NaN among its values"));
        assert_eq!(difference(&[1.0], &[1.0, 2.0]).as_deref(), Some("1 values in place of 2"));
        assert_eq!(difference(&[1.0, -3.95], &[1.0, -4.0]), None);
    }
}
