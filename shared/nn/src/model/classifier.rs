//! A linear layer from embedding to one logit a label: the head of supervised training.

use super::weights::{Weights, WeightsError, export_module, import_module};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// A linear layer from embeddings [batch, embedding] to logits [batch, labels].
#[derive(Module, Debug)]
pub struct Classifier {
    linear: Linear,
}

impl Classifier {
    /// With weights still to be set.
    pub fn new(embedding_len: usize, labels: usize, device: &Device) -> Self {
        Self { linear: LinearConfig::new(embedding_len, labels).init(device) }
    }

    /// [batch, embedding] to logits, [batch, labels].
    pub fn forward(&self, embedding: Tensor<2>) -> Tensor<2> {
        self.linear.forward(embedding)
    }

    /// Weights named as in torch's `Linear`: `weight` [labels, embedding] and `bias`.
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
    path.last().cloned().unwrap_or_default()
}
