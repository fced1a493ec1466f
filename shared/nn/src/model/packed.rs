//! Layers of a network that does not train, their weights in the order in which the host's kernels use them.

use super::convolve::{convolve, convolve_on_host, linear_on_host, on_host, rows_on_host, runs_on_host};
use crate::kernels::wasm::Conv;
use burn::module::ParamId;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use std::collections::HashMap;

/// Layers by the ids of their weights, which stay as they are. Those that are not among them compute as ever.
#[derive(Debug, Default)]
pub(super) struct PackedLayers(HashMap<ParamId, Conv>);

impl PackedLayers {
    /// Of these layers, where `device` is one on which the host's kernels are the fastest.
    pub fn new<'a>(
        convs: impl IntoIterator<Item = &'a Conv2d>,
        linears: impl IntoIterator<Item = &'a Linear>,
        device: &Device,
    ) -> Self {
        if !runs_on_host(device) {
            return Self::default();
        }
        Self::of(convs, linears)
    }

    fn of<'a>(convs: impl IntoIterator<Item = &'a Conv2d>, linears: impl IntoIterator<Item = &'a Linear>) -> Self {
        let convs = convs.into_iter().filter_map(|conv| Some((conv.weight.id, on_host(conv)?)));
        Self(convs.chain(linears.into_iter().map(|linear| (linear.weight.id, linear_on_host(linear)))).collect())
    }

    /// What `conv` gives for [batch, in, height, width].
    pub fn convolve(&self, conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
        match self.0.get(&conv.weight.id) {
            Some(packed) => convolve_on_host(packed, input),
            None => convolve(conv, input),
        }
    }

    /// What `linear` gives for [rows, in].
    pub fn linear(&self, linear: &Linear, input: Tensor<2>) -> Tensor<2> {
        match self.0.get(&linear.weight.id) {
            Some(packed) => rows_on_host(packed, input),
            None => linear.forward(input),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::LinearConfig;
    use burn::tensor::TensorData;

    #[test]
    fn packed_rows_give_what_burns_layer_gives() {
        let device = Device::flex();
        for (rows, from, to) in [(1, 8, 3), (37, 20, 16), (80, 7, 9)] {
            let linear = LinearConfig::new(from, to).init(&device);
            let values: Vec<f32> = (0..rows * from).map(|at| (at * 7 % 31) as f32 / 31.0 - 0.5).collect();
            let input = Tensor::<2>::from_data(TensorData::new(values, [rows, from]), &device);
            let of_kernel = PackedLayers::of([], [&linear]).linear(&linear, input.clone());
            let difference = (of_kernel - PackedLayers::default().linear(&linear, input)).abs().max();
            assert!(difference.into_scalar::<f32>() < 1e-6, "{rows} rows of {from} to {to}");
        }
    }
}
