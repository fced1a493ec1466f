//! What the engine does with an image, on any device and for any caller.

use crate::objects::Finder;
use crate::run_times::RunTimes;
use crate::weight_file::{checked, unusable};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, CropPrediction};
use nadir_core::image::{RgbImage, RgbView};
use nadir_core::protocol::Prediction;
use nadir_nn::model::Predictor;

/// A loaded bundle on a device.
#[derive(Debug)]
pub struct Engine {
    /// The description of the model that runs.
    pub bundle: Bundle,
    /// Finds objects, once its weights are fetched.
    pub finder: Option<Finder>,
    /// Of the image that was predicted last.
    pub(crate) embedding: Option<Vec<f32>>,
    predictor: Predictor,
    device: Device,
    run_times: RunTimes,
}

/// That the page, which has pictures of red, green and blue, can run the network of a bundle.
///
/// # Errors
/// A sentence for the visitor, which names the bands that the network reads.
pub fn check_bands(bundle: &Bundle) -> Result<(), String> {
    match bundle.bands_sentence() {
        Some(sentence) => {
            Err(format!("This page cannot run the model {:?}. {sentence} `nadir predict` runs it.", bundle.title))
        }
        None => Ok(()),
    }
}

impl Engine {
    /// Checks the weights against the description and builds the network.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn load(bundle: Bundle, weights: &[u8], device: &Device) -> Result<Self, String> {
        check_bands(&bundle)?;
        let weights = checked(&bundle.weights, weights)?;
        let predictor = Predictor::new(&bundle, &weights, device).map_err(unusable)?;
        Ok(Self {
            bundle,
            finder: None,
            embedding: None,
            predictor,
            device: device.clone(),
            run_times: RunTimes::default(),
        })
    }

    /// Checks the weights of the detector, and of the crop classifier if the bundle has one,
    /// against the description and builds both.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn load_finder(&mut self, detector: &[u8], crop_classifier: Option<&[u8]>) -> Result<(), String> {
        self.finder = Some(Finder::load(&self.bundle, detector, crop_classifier, &self.predictor, &self.device)?);
        Ok(())
    }

    /// Scores an image. `now` gives milliseconds.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn predict(&mut self, image: RgbView<'_>, now: impl Fn() -> f64) -> Result<Prediction, String> {
        let started = now();
        let (pixels, crop_in_image) = self.bundle.preprocess.apply(image);
        let scores = self.predictor.predict(pixels).await?;
        if scores.probabilities.iter().any(|score| !score.is_finite()) {
            return Err("the device gave scores that are not numbers".to_owned());
        }
        let run_ms = now() - started;
        let (median_ms, runs) = self.run_times.add(run_ms);
        self.embedding = Some(scores.embedding);
        Ok(Prediction {
            scores: scores.probabilities,
            activation: scores.activation,
            activation_height: scores.rows,
            activation_width: scores.columns,
            crop_in_image,
            ood: scores.ood,
            run_ms,
            median_ms,
            runs,
        })
    }

    /// Probability of each label of a tile of a large image, and the tile as a crop; counted in no median.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn label_tile(&self, tile: RgbView<'_>) -> Result<(Vec<f32>, Option<CropPrediction>), String> {
        let scores = self.predictor.predict(self.bundle.preprocess.apply(tile).0).await?;
        if scores.probabilities.iter().any(|score| !score.is_finite()) {
            return Err("the device gave scores that are not numbers".to_owned());
        }
        Ok((scores.probabilities, scores.crop))
    }

    /// Runs once on a grey image, so that a GPU compiles its kernels; milliseconds. Not counted in the median.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn warm_up(&mut self, now: impl Fn() -> f64) -> Result<f64, String> {
        let size = self.bundle.preprocess.size;
        let first = self.predict(RgbImage::filled(size, size, [128; 3]).view(), now).await?;
        self.run_times = RunTimes::default();
        self.embedding = None;
        Ok(first.run_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_other_bands_than_a_picture_has_is_refused_by_name() {
        let json = include_str!("../../../static/models/scenes/bundle.json");
        let rgb = Bundle::from_json(json).expect("the committed bundle");
        assert_eq!(check_bands(&rgb), Ok(()));
        let mut four = rgb;
        four.architecture.bands = 4;
        let bands = ["nir", "4", "3", "2"].map(str::to_owned).to_vec();
        four.bands = Some(nadir_core::image::bands::BandSettings { bands: Some(bands), scaling: None });
        let refused = Engine::load(four, &[], &Device::flex()).expect_err("no picture has them");
        for words in ["reads 4 bands (nir, 4, 3, 2)", "red, green and blue cannot be read", "nadir predict"] {
            assert!(refused.contains(words), "{refused}");
        }
    }
}
