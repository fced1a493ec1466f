//! Either kind of convolution.

use super::convolution::{self, Algorithm, Convolution};
use super::depthwise::Depthwise;
use super::epilogue::Epilogue;
use super::pieces::Sizes;

/// A convolution over all channels, or of each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    Dense(Convolution),
    Depthwise(Depthwise),
}

/// Weights in the order of their use.
#[derive(Debug)]
pub(super) enum Packed {
    Dense(convolution::Packed),
    /// [row, column, channel].
    Depthwise(Vec<f32>),
}

/// The order of a layer's weights: of two layers with the same weights and the same order, each can use the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Dense(Algorithm),
    Depthwise,
}

impl Layer {
    /// Sizes of the input.
    pub fn input(&self) -> Sizes {
        match self {
            Self::Dense(layer) => layer.input,
            Self::Depthwise(layer) => layer.input,
        }
    }

    /// Sizes of the output.
    pub fn output(&self) -> Sizes {
        match self {
            Self::Dense(layer) => layer.output(),
            Self::Depthwise(layer) => layer.output(),
        }
    }

    /// The order of its weights.
    pub fn order(&self) -> Order {
        match self {
            Self::Dense(layer) => Order::Dense(layer.algorithm()),
            Self::Depthwise(_) => Order::Depthwise,
        }
    }

    /// The weights [out, in, kernel, kernel], each output channel's times its own of `scale` unless that is empty, for
    /// [`Self::forward`].
    pub fn pack(&self, weight: &[f32], scale: &[f32]) -> Packed {
        match self {
            Self::Dense(layer) => Packed::Dense(layer.pack(weight, scale)),
            Self::Depthwise(layer) => Packed::Depthwise(layer.pack(weight, scale)),
        }
    }

    /// The output, of weights that [`Self::pack`] has made for a layer of the same order.
    ///
    /// # Panics
    /// Of weights for the other kind of layer.
    pub fn forward(&self, input: &[f32], weights: &Packed, epilogue: Epilogue<'_>) -> Vec<f32> {
        match (self, weights) {
            (Self::Dense(layer), Packed::Dense(weights)) => layer.forward(input, weights, epilogue),
            (Self::Depthwise(layer), Packed::Depthwise(weights)) => layer.forward(input, weights, epilogue),
            _ => unreachable!("weights are packed by the layer's kind"),
        }
    }

    /// The gradient by the input, given that by the output.
    pub fn input_gradient(&self, gradient: &[f32], weight: &[f32]) -> Vec<f32> {
        match self {
            Self::Dense(layer) => layer.input_gradient(gradient, weight),
            Self::Depthwise(layer) => layer.input_gradient(gradient, weight),
        }
    }

    /// The gradient by the weight, given that by the output.
    pub fn weight_gradient(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        match self {
            Self::Dense(layer) => layer.weight_gradient(input, gradient),
            Self::Depthwise(layer) => layer.weight_gradient(input, gradient),
        }
    }
}
