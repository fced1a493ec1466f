//! A bundle run natively, the same code that the page runs.

use crate::artifacts::bundle::{read_bundle, read_gallery, read_objects};
use crate::artifacts::head_file::TaughtHead;
use crate::device::wait;
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir_core::bundle::Bundle;
pub use nadir_core::bundle::{LabelScore, Predicted};
use nadir_core::image::RgbView;
use nadir_core::image::bands::BandSettings;
use nadir_core::neighbours::Gallery;
use nadir_nn::model::{ObjectDetector, Predictor, Scores};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A bundle whose networks are ready to run.
#[derive(Debug)]
pub struct LoadedBundle {
    /// The bundle's description.
    pub bundle: Bundle,
    predictor: Predictor,
    /// Scores in place of the bundle's own labels, where one was given.
    head: Option<TaughtHead>,
    folder: PathBuf,
    device: Device,
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
        Ok(Self { bundle, predictor, head: None, folder: folder.to_owned(), device: device.clone() })
    }

    /// With the classes of a head that was taught in the page on this bundle, in place of its own labels.
    ///
    /// # Errors
    /// Names the file: no head, or taught on another bundle.
    pub fn with_head(mut self, file: &Path) -> Result<Self> {
        self.head = Some(TaughtHead::read(file, &self.bundle, &self.folder)?);
        Ok(self)
    }

    /// Names of what is scored: the head's classes, or the bundle's labels.
    pub fn labels(&self) -> &[String] {
        self.head.as_ref().map_or(&self.bundle.labels, |head| &head.labels)
    }

    /// The bundle's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is taken of TIFF images: what its training images were read by.
    pub fn band_settings(&self) -> BandSettings {
        self.bundle.bands.clone().unwrap_or_default()
    }

    /// The bundle's detector, ready to run; `None` if it has none.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit.
    pub fn object_finder(&self) -> Result<Option<ObjectDetector>> {
        let Some(objects) = &self.bundle.objects else { return Ok(None) };
        let weights = read_objects(&self.folder, objects)?;
        let finder = ObjectDetector::new(objects, &weights, &self.predictor, &self.device)
            .with_context(|| format!("in the bundle {}", self.folder.display()))?;
        Ok(Some(finder))
    }

    /// Scores of one image.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn predict(&self, name: &str, image: RgbView<'_>) -> Result<Predicted> {
        let (scores, _) = self.scores(image)?;
        // A head's classes are what is asked for.
        let crop = scores.crop.filter(|_| self.head.is_none());
        let (probabilities, thresholds) = match &self.head {
            None => (scores.probabilities, &self.bundle.thresholds),
            Some(head) => (head.scores(&scores.embedding).with_context(|| name.to_owned())?, &head.thresholds),
        };
        Ok(Predicted {
            image: name.to_owned(),
            scores: LabelScore::of_all(self.labels(), thresholds, &probabilities),
            ood: scores.ood,
            crop,
        })
    }

    /// Scores, maps and embedding of one image as the page has them, and what the network sees of it: left, top, width and
    /// height, px.
    ///
    /// # Errors
    /// An image of other bands; where the device fails.
    pub fn scores(&self, image: RgbView<'_>) -> Result<(Scores, [f32; 4])> {
        let (pixels, seen) = self.input(image)?;
        Ok((wait(self.predictor.predict(pixels))?.map_err(anyhow::Error::msg)?, seen))
    }

    /// The embedding of one image, as the page computes it.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn embed(&self, image: RgbView<'_>) -> Result<Vec<f32>> {
        wait(self.predictor.embed(self.input(image)?.0))?.map_err(anyhow::Error::msg)
    }

    /// What the network takes of an image, and what of the image that is.
    fn input(&self, image: RgbView<'_>) -> Result<(Vec<f32>, [f32; 4])> {
        let (bands, found) = (self.bundle.architecture.bands, image.channels());
        ensure!(bands == found, "the network of this bundle reads {bands} bands, and the image has {found}");
        Ok(self.bundle.preprocess.apply(image))
    }

    /// The bundle's gallery, ready to be searched; `None` if it has none.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn gallery(&self) -> Result<Option<Gallery>> {
        read_gallery(&self.folder, &self.bundle)
    }

    /// Classes that a person ranked as similar to `label`, most similar first.
    pub fn similar(&self, label: usize) -> Vec<&str> {
        let similar = self.bundle.crops.iter().flat_map(|crops| &crops.similar[label]);
        similar.map(|&label| self.bundle.labels[label].as_str()).collect()
    }

    /// What was predicted, as JSON, the crop's classes under their names, most probable first.
    pub fn to_json(&self, predicted: &Predicted) -> Value {
        let mut json = json!(predicted);
        if let Some(ood) = predicted.ood {
            json["ood"] = json!({
                "unlike_training": ood.is_unlike(),
                "residual": ood.residual,
                "unlike_above": ood.unlike_above,
                "spread": ood.spread,
                "concentrated_below": ood.concentrated_below,
            });
        }
        if let Some(crop) = &predicted.crop {
            let labels = &self.bundle.labels;
            let mut probabilities: Vec<(&String, f32)> =
                labels.iter().zip(crop.probabilities.iter().copied()).collect();
            probabilities.sort_by(|a, b| b.1.total_cmp(&a.1));
            json["crop"] = json!({
                "label": labels[crop.label],
                "unknown": crop.unknown,
                "ood_score": crop.ood_score,
                "probabilities": probabilities
                    .into_iter()
                    .map(|(label, score)| json!({"label": label, "score": score}))
                    .collect::<Vec<_>>(),
                "similar": self.similar(crop.label),
            });
        }
        json
    }
}
