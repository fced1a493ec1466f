//! A bundle run natively, the same code that the page runs.

use crate::artifacts::bundle::{read_bundle, read_gallery, read_objects};
use crate::device::wait;
use anyhow::{Context, Result};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, NamedCrop};
use nadir_core::image::RgbView;
use nadir_core::neighbours::Gallery;
use nadir_nn::model::{ObjectFinder, Predictor};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A loaded bundle.
#[derive(Debug)]
pub struct LoadedBundle {
    /// Its description.
    pub bundle: Bundle,
    predictor: Predictor,
    folder: PathBuf,
    device: Device,
}

/// One image's scores.
#[derive(Debug, Clone, Serialize)]
pub struct Predicted {
    /// The file, or `scene-SEED`.
    pub image: String,
    /// In the bundle's order.
    pub scores: Vec<LabelScore>,
    /// The image as a crop of an object, where the bundle names crops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<PredictedCrop>,
}

/// A crop by its nearest class mean.
#[derive(Debug, Clone, Serialize)]
pub struct PredictedCrop {
    /// The nearest class.
    pub label: String,
    /// Whether it is too far from all classes to be one of them.
    pub unknown: bool,
    /// 1 - the largest probability; above the bundle's threshold, the crop is unknown.
    pub foreignness: f32,
    /// Softmax over the cosines with the class means, most probable first.
    pub probabilities: Vec<ClassProbability>,
    /// Classes that a person ranked as similar to the nearest one, most similar first.
    pub similar: Vec<String>,
}

/// One class's probability.
#[derive(Debug, Clone, Serialize)]
pub struct ClassProbability {
    /// The class.
    pub label: String,
    /// Probability.
    pub score: f32,
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
        Ok(Self { bundle, predictor, folder: folder.to_owned(), device: device.clone() })
    }

    /// The bundle's detector, ready to run; none where it has none.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit.
    pub fn object_finder(&self) -> Result<Option<ObjectFinder>> {
        let Some(objects) = &self.bundle.objects else { return Ok(None) };
        let weights = read_objects(&self.folder, objects)?;
        let finder = ObjectFinder::new(objects, &weights, &self.predictor, &self.device)
            .with_context(|| format!("in the bundle {}", self.folder.display()))?;
        Ok(Some(finder))
    }

    /// Scores of one image.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn predict(&self, name: &str, image: RgbView<'_>) -> Result<Predicted> {
        let (pixels, _) = self.bundle.preprocess.apply(image);
        let scores = wait(self.predictor.predict(pixels))?.map_err(anyhow::Error::msg)?;
        let crop = scores.crop.map(|crop| self.crop(crop));
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
            crop,
        })
    }

    /// The embedding of one image, as the page computes it.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn embed(&self, image: RgbView<'_>) -> Result<Vec<f32>> {
        wait(self.predictor.embed(self.bundle.preprocess.apply(image).0))?.map_err(anyhow::Error::msg)
    }

    /// The bundle's gallery, ready to be searched; none where it has none.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn gallery(&self) -> Result<Option<Gallery>> {
        read_gallery(&self.folder, &self.bundle)
    }

    fn crop(&self, crop: NamedCrop) -> PredictedCrop {
        let name = |label: usize| self.bundle.labels[label].clone();
        let mut probabilities: Vec<ClassProbability> = crop
            .probabilities
            .iter()
            .enumerate()
            .map(|(label, &score)| ClassProbability { label: name(label), score })
            .collect();
        probabilities.sort_by(|a, b| b.score.total_cmp(&a.score));
        let similar = self.bundle.crops.iter().flat_map(|crops| &crops.similar[crop.label]);
        PredictedCrop {
            label: name(crop.label),
            unknown: crop.unknown,
            foreignness: crop.foreignness,
            probabilities,
            similar: similar.map(|&label| name(label)).collect(),
        }
    }
}
