//! What a probed run has for a bundle.

use anyhow::{Context, Result};
use nadir_core::bundle::{ClassMeanClassifier, ImageOod};
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::weights::{Dtype, Weights};
use std::collections::BTreeMap;

/// What a probed run has for a bundle.
#[derive(Debug, Clone)]
pub struct Exportable {
    /// The encoder under torchvision's names.
    pub encoder: Weights,
    /// The probe's `weight` and `bias`, `class_means` where it classifies crops, `ood_mean` and `ood_components` where it
    /// tells images unlike those of training.
    pub heads: Weights,
    /// Class names, in the order of the probe's rows.
    pub labels: Vec<String>,
    /// Each class's threshold on its probability, in [0, 1].
    pub thresholds: Vec<f32>,
    /// What the probe's images went through.
    pub preprocess: Preprocess,
    /// Figures for the description.
    pub figures: BTreeMap<String, f64>,
    /// How images unlike those of training are told.
    pub ood: Option<ImageOod>,
    /// How crops are classified by class means.
    pub crops: Option<ClassMeanClassifier>,
}

impl Exportable {
    /// Encoder and heads as a weight file has them: BatchNorm folded, the heads below `probe`.
    pub(super) fn weight_file(&self, dtype: Dtype) -> Result<Vec<u8>> {
        let encoder = self.encoder.clone().fold_batch_norm().context("the encoder cannot be folded")?;
        Ok(weight_bytes(&encoder.merge(self.heads.clone().with_prefix("probe")), dtype))
    }
}

/// A weight file of a bundle.
pub(super) fn weight_bytes(weights: &Weights, dtype: Dtype) -> Vec<u8> {
    weights.to_safetensors(dtype, BTreeMap::from([("format".to_owned(), "pt".to_owned())]))
}
