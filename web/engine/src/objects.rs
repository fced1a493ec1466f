//! Objects in an image: found by the bundle's detector, named by its encoder of crops.

use crate::run_times::RunTimes;
use crate::weight_file::{checked, unusable};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, NamedCrop};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::image::RgbImage;
use nadir_core::protocol::{NamesOffer, Objects, ObjectsOffer, TrueObject};
use nadir_nn::model::objects::ObjectWeights;
use nadir_nn::model::{ObjectFinder, Predictor};
use nadir_scene::SceneObject;

/// A bundle's detector on a device, and the image that it saw last.
#[derive(Debug)]
pub struct Finder {
    networks: ObjectFinder,
    /// None where crops cannot be named: then nobody asks for it.
    image: Option<RgbImage>,
    run_times: RunTimes,
}

/// What the bundle's detector offers; none where it has none.
pub fn offer(bundle: &Bundle) -> Option<ObjectsOffer> {
    let objects = bundle.objects.as_ref()?;
    let own = bundle.crops.as_ref().map(|crops| (&bundle.labels, crops));
    let names = objects.namer.as_ref().map(|namer| (&namer.labels, &namer.classifier)).or(own);
    Some(ObjectsOffer {
        labels: objects.labels.clone(),
        shown_from: objects.shown_from,
        weights_bytes: objects.weights.size + objects.namer.as_ref().map_or(0, |namer| namer.weights.size),
        figures: objects.figures.clone(),
        names: names.map(|(labels, crops)| NamesOffer { labels: labels.clone(), similar: crops.similar.clone() }),
    })
}

impl Finder {
    /// Checks the weights of the detector, and of the network that names crops where the bundle has one of its own,
    /// against the description and builds both. Without one of its own, `predictor`, of whole images, names them.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn load(
        bundle: &Bundle,
        detector: &[u8],
        namer: Option<&[u8]>,
        predictor: &Predictor,
        device: &Device,
    ) -> Result<Self, String> {
        let objects = bundle.objects.as_ref().ok_or("The model has no detector.")?;
        let of_namer = objects.namer.as_ref().zip(namer);
        let weights = ObjectWeights {
            detector: checked(&objects.weights, detector)?,
            namer: of_namer.map(|(namer, bytes)| checked(&namer.weights, bytes)).transpose()?,
        };
        let networks = ObjectFinder::new(objects, &weights, predictor, device).map_err(unusable)?;
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
        let begun = now();
        let candidates = self.networks.find(image.view()).await.map_err(|error| error.to_string())?;
        let run_ms = now() - begun;
        let (median_ms, runs) = self.run_times.add(run_ms);
        self.image = self.networks.names_crops().then_some(image);
        let truth = truth.map(|objects| {
            let object = |object: &SceneObject| TrueObject { label: object.label, box_in_image: object.box_in_image };
            objects.iter().map(object).collect()
        });
        Ok(Objects { candidates, truth, run_ms, median_ms, runs })
    }

    /// What the boxes of the last image hold.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn name(&self, boxes: &[PixelBox]) -> Result<Vec<Option<NamedCrop>>, String> {
        match &self.image {
            Some(image) => self.networks.name(image.view(), boxes).await,
            None => Ok(vec![None; boxes.len()]),
        }
    }
}
