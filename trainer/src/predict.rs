//! A bundle run natively, the same code that the page runs.

use crate::export::read_bundle;
use anyhow::{Context, Result};
use burn::tensor::Device;
use nadir_shared::bundle::Bundle;
use nadir_shared::image::RgbView;
use nadir_shared::model::Predictor;
use serde::Serialize;
use std::path::Path;

/// A loaded bundle.
#[derive(Debug)]
pub struct LoadedBundle {
    /// Its description.
    pub bundle: Bundle,
    predictor: Predictor,
}

/// One image's scores.
#[derive(Debug, Clone, Serialize)]
pub struct Predicted {
    /// The file, or `scene-SEED`.
    pub image: String,
    /// In the bundle's order.
    pub scores: Vec<LabelScore>,
}

/// One label's score.
#[derive(Debug, Clone, Serialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// Probability.
    pub score: f32,
    /// At or above the label's threshold.
    pub present: bool,
}

impl LoadedBundle {
    /// Reads, checks and builds a bundle.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let (bundle, weights) = read_bundle(folder)?;
        let predictor =
            Predictor::new(&bundle, &weights, device).with_context(|| format!("in the bundle {}", folder.display()))?;
        Ok(Self { bundle, predictor })
    }

    /// Scores of one image.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn predict(&self, name: &str, image: RgbView<'_>) -> Result<Predicted> {
        let (pixels, _) = self.bundle.preprocess.apply(image);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let scores = runtime.block_on(self.predictor.predict(pixels)).map_err(anyhow::Error::msg)?;
        let scores = self.bundle.labels.iter().zip(scores.probabilities).zip(&self.bundle.thresholds);
        Ok(Predicted {
            image: name.to_owned(),
            scores: scores
                .map(|((label, score), &threshold)| LabelScore {
                    label: label.clone(),
                    score,
                    present: score >= threshold,
                })
                .collect(),
        })
    }
}
