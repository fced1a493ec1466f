//! What a bundle with a detector runs: the detector, and the encoder that names what it finds.

use super::detector::{DetectError, Detector, DetectorConfig};
use super::predictor::Predictor;
use super::weights::{Weights, WeightsError};
use burn::tensor::Device;
use nadir_core::bundle::{NamedCrop, ObjectsModel};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::image::{Planes, RgbView};

/// A detector with BatchNorm folded, and perhaps an encoder with class means.
#[derive(Debug)]
pub struct ObjectFinder {
    detector: Detector,
    namer: Option<Predictor>,
}

/// The weight files of an [`ObjectsModel`], read.
#[derive(Debug, Clone)]
pub struct ObjectWeights {
    /// The detector's.
    pub detector: Weights,
    /// Of [`ObjectsModel::namer`], where there is one.
    pub namer: Option<Weights>,
}

impl ObjectFinder {
    /// Builds the networks of `objects` on `device`, which must not be autodiff. Crops are named by the bundle's `namer`,
    /// or else by its `own` network where that has class means.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn new(
        objects: &ObjectsModel,
        weights: &ObjectWeights,
        own: &Predictor,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let detector = Detector::new(DetectorConfig::of_bundle(objects), &weights.detector, device)?;
        let namer = match (&objects.namer, &weights.namer) {
            (Some(namer), Some(weights)) => Some(Predictor::of_namer(namer, weights, device)?),
            (Some(namer), None) => return Err(WeightsError::File(format!("{} was not read", namer.weights.name))),
            (None, _) => own.names_crops().then(|| own.clone()),
        };
        Ok(Self { detector, namer })
    }

    /// What may be objects in the image, in px of it, the surest first; boxes of one object are not yet suppressed
    /// ([`nadir_core::detection::postprocess::suppress`]). Waits for the device asynchronously, so that it runs in a browser.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn find(&self, image: RgbView<'_>) -> Result<Vec<DetectedObject>, DetectError> {
        self.detector.candidates(&Planes::from_rgb(image)).await
    }

    /// Whether crops can be named.
    pub fn names_crops(&self) -> bool {
        self.namer.is_some()
    }

    /// Names what each box holds; none where crops cannot be named.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn name(&self, image: RgbView<'_>, boxes: &[PixelBox]) -> Result<Vec<Option<NamedCrop>>, String> {
        match &self.namer {
            Some(namer) => namer.name(image, boxes).await,
            None => Ok(vec![None; boxes.len()]),
        }
    }
}
