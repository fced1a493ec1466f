//! Either kind of convolution.

use super::convolution::Convolution;
use super::depthwise::Depthwise;
use super::epilogue::Epilogue;
use super::pieces::Sizes;

/// A convolution over all channels, or of each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    Dense(Convolution),
    Depthwise(Depthwise),
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

    /// The output.
    pub fn forward(&self, input: &[f32], weight: &[f32], epilogue: Epilogue<'_>) -> Vec<f32> {
        match self {
            Self::Dense(layer) => layer.forward(input, weight, epilogue),
            Self::Depthwise(layer) => layer.forward(input, weight, epilogue),
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
