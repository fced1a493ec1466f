//! What a bundle with a detector runs: the detector, and the encoder that names what it finds.

use super::detector::{DetectError, Detector, DetectorConfig};
use super::predictor::Predictor;
use super::weights::{Weights, WeightsError};
use burn::tensor::Device;
use nadir_core::bundle::{CropPrediction, ObjectsModel};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::image::{Planes, RgbView};

/// A detector with BatchNorm folded, and perhaps an encoder with class means.
#[derive(Debug)]
pub struct ObjectDetector {
    detector: Detector,
    crop_classifier: Option<Predictor>,
}

/// The weight files of an [`ObjectsModel`], read.
#[derive(Debug, Clone)]
pub struct ObjectWeights {
    /// Of [`ObjectsModel::weights`], the detector's network.
    pub detector: Weights,
    /// Of [`ObjectsModel::crop_classifier`], where there is one.
    pub crop_classifier: Option<Weights>,
}

impl ObjectDetector {
    /// Builds the networks of `objects` on `device`, which must not be autodiff. A detector that shares the bundle's
    /// encoder stands on that of `own`. Crops are classified by the bundle's
    /// `crop_classifier`, or else by its `own` network where that has class means.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn new(
        objects: &ObjectsModel,
        weights: &ObjectWeights,
        own: &Predictor,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let config = DetectorConfig::of_bundle(objects);
        let detector = if objects.shares_encoder {
            Detector::sharing(config, &weights.detector, own.network(), device)?
        } else {
            Detector::new(config, &weights.detector, device)?
        };
        let crop_classifier = match (&objects.crop_classifier, &weights.crop_classifier) {
            (Some(crop_classifier), Some(weights)) => {
                Some(Predictor::of_crop_classifier(crop_classifier, weights, device)?)
            }
            (Some(crop_classifier), None) => {
                return Err(WeightsError::File(format!("{} was not read", crop_classifier.weights.name)));
            }
            (None, _) => own.classifies_crops().then(|| own.clone()),
        };
        Ok(Self { detector, crop_classifier })
    }

    /// What may be objects in the image, in px of it, the highest-scoring first; boxes of one object are not yet
    /// suppressed ([`nadir_core::detection::postprocess::suppress`]). Waits for the device asynchronously, so that it
    /// runs in a browser.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn find(&self, image: RgbView<'_>) -> Result<Vec<DetectedObject>, DetectError> {
        self.detector.candidates(&Planes::from_rgb(image)).await
    }

    /// Whether there is a network to classify crops by.
    pub fn classifies_crops(&self) -> bool {
        self.crop_classifier.is_some()
    }

    /// Classifies what each box holds; `None` if there is no network for it.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn name(&self, image: RgbView<'_>, boxes: &[PixelBox]) -> Result<Vec<Option<CropPrediction>>, String> {
        match &self.crop_classifier {
            Some(crop_classifier) => crop_classifier.name(image, boxes).await,
            None => Ok(vec![None; boxes.len()]),
        }
    }
}
