//! What is done to a layer's values in the end.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// The function that a layer's values go through last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// They stay as they are.
    #[default]
    None,
    /// Negative values become 0.
    Relu,
    /// Likewise, and values above 6 become 6 (Howard et al. 2017, "MobileNets").
    Relu6,
}

impl Activation {
    /// The least and the largest value that is left.
    pub fn bounds(self) -> (f32, f32) {
        match self {
            Self::None => (f32::NEG_INFINITY, f32::INFINITY),
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
        }
    }

    /// The same as tensor operations, on any device.
    pub fn apply(self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::None => input,
            Self::Relu => relu(input),
            Self::Relu6 => input.clamp(0.0, 6.0),
        }
    }
}
