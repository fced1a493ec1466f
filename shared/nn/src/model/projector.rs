//! The projector: what the contrastive loss sees (Chen et al. 2020, "A simple framework for contrastive learning").

use super::weights::{Weights, WeightsError, export_module, import_module};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Projection head of two linear layers with a ReLU between (Chen et al. 2020, section 4.2).
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::model::projector::ProjectorConfig;
/// let (device, config) = (Device::flex(), ProjectorConfig::default());
/// let projections = config.init(32, &device).forward(Tensor::ones([2, 32], &device));
/// assert_eq!(projections.dims(), [2, config.output]);
/// ```
#[derive(Module, Debug)]
pub struct Projector {
    hidden: Linear,
    output: Linear,
}

/// A projector's sizes. SimCLR: 2048 and 128; paper A's code: 512 and 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectorConfig {
    /// Length of the hidden layer.
    pub hidden: usize,
    /// Length of the projection.
    pub output: usize,
}

impl Default for ProjectorConfig {
    fn default() -> Self {
        Self { hidden: 512, output: 128 }
    }
}

impl ProjectorConfig {
    /// A projector for embeddings of the given length, with weights still to be set.
    pub fn init(&self, embedding_len: usize, device: &Device) -> Projector {
        Projector {
            hidden: LinearConfig::new(embedding_len, self.hidden).init(device),
            output: LinearConfig::new(self.hidden, self.output).init(device),
        }
    }
}

impl Projector {
    /// [batch, embedding] to [batch, projection], not normalised.
    pub fn forward(&self, embedding: Tensor<2>) -> Tensor<2> {
        self.output.forward(relu(self.hidden.forward(embedding)))
    }

    /// Weights named as in torch's `Sequential(Linear, ReLU, Linear)`: `0.weight`, `2.bias`...
    pub fn export(&self) -> Weights {
        export_module(self, name)
    }

    /// Takes every weight from `weights`.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn import(self, weights: &Weights) -> Result<Self, WeightsError> {
        import_module(self, weights, name)
    }
}

fn name(path: &[String]) -> String {
    let layer = if path.first().is_some_and(|part| part == "hidden") { "0" } else { "2" };
    format!("{layer}.{}", path.last().map(String::as_str).unwrap_or_default())
}
