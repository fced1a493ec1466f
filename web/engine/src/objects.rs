//! Objects in an image: found by the bundle's detector, classified by its crop classifier.

use crate::run_times::RunTimes;
use crate::weight_file::{checked, unusable};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, CropPrediction};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::{DetectedObject, DetectionSettings};
use nadir_core::image::{RgbImage, RgbView};
use nadir_core::protocol::{NamesOffer, Objects, ObjectsOffer, TrueObject};
use nadir_nn::model::objects::ObjectWeights;
use nadir_nn::model::{ObjectDetector, Predictor};
use nadir_scene::SceneObject;

/// A bundle's detector on a device, and the image that it saw last.
#[derive(Debug)]
pub struct Finder {
    networks: ObjectDetector,
    /// `None` if nothing classifies crops, so that the image is not needed.
    image: Option<RgbImage>,
    run_times: RunTimes,
}

/// What the bundle's detector offers; `None` if it has none.
pub fn offer(bundle: &Bundle) -> Option<ObjectsOffer> {
    let objects = bundle.objects.as_ref()?;
    let own = bundle.crops.as_ref().map(|crops| (&bundle.labels, crops));
    let names = objects
        .crop_classifier
        .as_ref()
        .map(|crop_classifier| (&crop_classifier.labels, &crop_classifier.classifier))
        .or(own);
    Some(ObjectsOffer {
        labels: objects.labels.clone(),
        score_threshold: objects.score_threshold,
        stacked_above: objects.stacked_above,
        weights_bytes: objects.weights.size
            + objects.crop_classifier.as_ref().map_or(0, |crop_classifier| crop_classifier.weights.size),
        figures: objects.figures.clone(),
        names: names.map(|(labels, crops)| NamesOffer { labels: labels.clone(), similar: crops.similar.clone() }),
    })
}

impl Finder {
    /// Checks the weights of the detector, and of the crop classifier if the bundle has one,
    /// against the description and builds both. Without one, `predictor`, of whole images, classifies crops.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn load(
        bundle: &Bundle,
        detector: &[u8],
        crop_classifier: Option<&[u8]>,
        predictor: &Predictor,
        device: &Device,
    ) -> Result<Self, String> {
        let objects = bundle.objects.as_ref().ok_or("The model has no detector.")?;
        let of_crop_classifier = objects.crop_classifier.as_ref().zip(crop_classifier);
        let weights = ObjectWeights {
            detector: checked(&objects.weights, detector)?,
            crop_classifier: of_crop_classifier
                .map(|(crop_classifier, bytes)| checked(&crop_classifier.weights, bytes))
                .transpose()?,
        };
        let networks = ObjectDetector::new(objects, &weights, predictor, device).map_err(unusable)?;
        Ok(Self { networks, image: None, run_times: RunTimes::default() })
    }

    /// What may be objects in the image. `now` gives milliseconds; `truth` is for a generated scene.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn find(
        &mut self,
        image: RgbImage,
        truth: Option<&[SceneObject]>,
        now: impl Fn() -> f64,
    ) -> Result<Objects, String> {
        let started = now();
        let candidates = self.networks.find(image.view()).await.map_err(|error| error.to_string())?;
        let run_ms = now() - started;
        let (median_ms, runs) = self.run_times.add(run_ms);
        self.image = self.networks.classifies_crops().then_some(image);
        let truth = truth.map(|objects| {
            let object = |object: &SceneObject| TrueObject { label: object.label, box_in_image: object.box_in_image };
            objects.iter().map(object).collect()
        });
        Ok(Objects { candidates, truth, run_ms, median_ms, runs })
    }

    /// The objects in a tile of a large image, each once, in px of the tile; the image of the last search stays.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn find_in_tile(&self, tile: RgbView<'_>) -> Result<Vec<DetectedObject>, String> {
        let candidates = self.networks.find(tile).await.map_err(|error| error.to_string())?;
        Ok(DetectionSettings::DEFAULT.kept(&candidates))
    }

    /// The classes of these boxes' crops of an image.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn name_in_sheet(
        &self,
        sheet: RgbView<'_>,
        boxes: &[PixelBox],
    ) -> Result<Vec<Option<CropPrediction>>, String> {
        self.networks.name(sheet, boxes).await
    }

    /// The classes of these boxes' crops of the last image.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn name(&self, boxes: &[PixelBox]) -> Result<Vec<Option<CropPrediction>>, String> {
        match &self.image {
            Some(image) => self.networks.name(image.view(), boxes).await,
            None => Ok(vec![None; boxes.len()]),
        }
    }
}
