//! What the engine does with an image, whatever device it is on and whoever asks.

use crate::objects::Finder;
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, BundleFile};
use nadir_core::image::{RgbImage, RgbView};
use nadir_core::protocol::Prediction;
use nadir_nn::model::{Predictor, Weights};

/// A loaded bundle on a device.
#[derive(Debug)]
pub struct Engine {
    /// What was loaded.
    pub bundle: Bundle,
    /// Finds objects, once its weights are fetched.
    pub finder: Option<Finder>,
    /// Of the image that was predicted last.
    pub(crate) embedding: Option<Vec<f32>>,
    pub(crate) predictor: Predictor,
    pub(crate) device: Device,
    run_times: RunTimes,
}

impl Engine {
    /// Checks the weights against the description and builds the network.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn load(bundle: Bundle, weights: &[u8], device: &Device) -> Result<Self, String> {
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

    /// Scores an image. `now` gives milliseconds.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn predict(&mut self, image: RgbView<'_>, now: impl Fn() -> f64) -> Result<Prediction, String> {
        let begun = now();
        let (pixels, crop_in_image) = self.bundle.preprocess.apply(image);
        let scores = self.predictor.predict(pixels).await?;
        if scores.probabilities.iter().any(|score| !score.is_finite()) {
            return Err("the device gave scores that are not numbers".to_owned());
        }
        let run_ms = now() - begun;
        let (median_ms, runs) = self.run_times.add(run_ms);
        self.embedding = Some(scores.embedding);
        Ok(Prediction {
            scores: scores.probabilities,
            activation: scores.activation,
            activation_height: scores.rows,
            activation_width: scores.columns,
            crop_in_image,
            run_ms,
            median_ms,
            runs,
        })
    }

    /// Runs once on a grey image, so that a GPU compiles its kernels; milliseconds. No part of the median.
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

/// A weight file that matches its description.
pub(crate) fn checked(file: &BundleFile, bytes: &[u8]) -> Result<Weights, String> {
    file.verify(bytes).map_err(unusable)?;
    Weights::from_safetensors(bytes).map_err(unusable)
}

/// The sentence on a bundle that does not fit itself.
pub(crate) fn unusable(error: impl std::fmt::Display) -> String {
    format!("The model cannot be used: {error}.")
}

/// How long each run took.
#[derive(Debug, Default)]
pub(crate) struct RunTimes {
    ms: Vec<f64>,
}

impl RunTimes {
    /// Counts one more run; gives the median and how many runs it is over.
    pub(crate) fn add(&mut self, run_ms: f64) -> (f64, usize) {
        self.ms.push(run_ms);
        (median(&self.ms), self.ms.len())
    }
}

/// The middle value; the mean of the two middle ones where their number is even.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
