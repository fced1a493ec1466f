//! The detector of a bundle, and its crop classifier.

use super::exportable::{Exportable, weight_bytes};
use crate::artifacts::bundle::read_bytes;
use crate::artifacts::detector_file::DetectorDescription;
use crate::config::Config;
use anyhow::{Context, Result};
use nadir_core::bundle::{Architecture, BundleFile, CropClassifierModel, ObjectsModel};
use nadir_nn::model::Weights;
use nadir_nn::model::objects::ObjectWeights;
use nadir_nn::model::weights::Dtype;
use std::path::Path;
use tracing::info;

/// The detector's file in a bundle.
pub const DETECTOR_FILE: &str = "detector.safetensors";
/// The backbone's names in a detector's weights.
const BACKBONE: &str = "backbone.body";
/// The crop classifier's file in a bundle.
pub const CROP_CLASSIFIER_FILE: &str = "crop_classifier.safetensors";

/// What a trained detector, and perhaps a ranking training, have for a bundle.
#[derive(Debug, Clone)]
pub struct ExportableObjects {
    /// All but the detector's weights.
    pub description: DetectorDescription,
    /// The detector's weights, BatchNorm not folded.
    pub detector: Weights,
    /// A network that classifies what the detector finds.
    pub crop_classifier: Option<ExportableCropClassifier>,
}

/// A training of `nadir study ranking`, with its config; it has [`Exportable::crops`].
pub type ExportableCropClassifier = (Config, Exportable);

/// The description and the bytes that it describes.
pub struct PreparedObjects {
    pub model: ObjectsModel,
    detector: Vec<u8>,
    crop_classifier: Option<Vec<u8>>,
}

impl ExportableObjects {
    /// Folds, writes as `dtype` and describes. Where the backbone is the bundle's encoder of this architecture, whose weight file
    /// holds these tensors, value by value, it is not written a second time.
    ///
    /// # Errors
    /// Where a BatchNorm does not belong to a convolution, or the crop classifier has no class means.
    pub fn prepare(self, architecture: &Architecture, encoder: &[u8], dtype: Dtype) -> Result<PreparedObjects> {
        let folded = self.detector.fold_batch_norm().context("the detector cannot be folded")?;
        let mut detector = weight_bytes(&folded, dtype);
        let shares_encoder = self.description.detector.architecture == *architecture
            && is_part_of(&Weights::from_safetensors(&detector)?.below(BACKBONE), &Weights::from_safetensors(encoder)?);
        if shares_encoder {
            let before = detector.len();
            detector = weight_bytes(&folded.without(BACKBONE), dtype);
            info!("the detector's backbone is the bundle's encoder: {} bytes in place of {before}", detector.len());
        }
        let DetectorDescription { labels, detector: shape, resize, refinement, score_threshold, figures } =
            self.description;
        let weights = BundleFile::describe(DETECTOR_FILE, &detector);
        let stacked_above = ObjectsModel::STACKED_ABOVE;
        let model = ObjectsModel {
            labels,
            detector: shape,
            resize,
            score_threshold,
            stacked_above,
            refinement,
            weights,
            shares_encoder,
            figures,
            crop_classifier: None,
        };
        PreparedObjects { model, detector, crop_classifier: None }.with_crop_classifier(self.crop_classifier, dtype)
    }
}

impl PreparedObjects {
    /// The detector of a bundle as it is, to be written with another gallery.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn kept(folder: &Path, model: ObjectsModel) -> Result<Self> {
        let detector = read_bytes(folder, &model.weights)?;
        let crop_classifier = model
            .crop_classifier
            .as_ref()
            .map(|crop_classifier| read_bytes(folder, &crop_classifier.weights))
            .transpose()?;
        Ok(Self { model: named(model), detector, crop_classifier })
    }

    /// With this crop classifier, where there is one, in place of its own; its weights become `dtype`.
    ///
    /// # Errors
    /// Where it has no class means.
    pub fn with_crop_classifier(self, given: Option<ExportableCropClassifier>, dtype: Dtype) -> Result<Self> {
        let Some((config, run)) = given else { return Ok(self) };
        let bytes = run.weight_file(dtype)?;
        let classifier = run.crops.context("the crop classifier has no class means to classify crops by")?;
        let crop_classifier = Some(CropClassifierModel {
            architecture: config.encoder,
            labels: run.labels,
            preprocess: run.preprocess,
            classifier,
            weights: BundleFile::describe(CROP_CLASSIFIER_FILE, &bytes),
        });
        let model = ObjectsModel { crop_classifier, ..self.model };
        Ok(Self { model, crop_classifier: Some(bytes), ..self })
    }

    /// The weights as whoever opens the bundle gets them.
    pub fn read(&self) -> Result<ObjectWeights> {
        let read = |bytes: &Vec<u8>| Weights::from_safetensors(bytes).context("the weights just written");
        Ok(ObjectWeights {
            detector: read(&self.detector)?,
            crop_classifier: self.crop_classifier.as_ref().map(read).transpose()?,
        })
    }

    /// File name and bytes of each weight file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let crop_classifier = self.crop_classifier.as_deref().map(|bytes| (CROP_CLASSIFIER_FILE, bytes));
        [Some((DETECTOR_FILE, self.detector.as_slice())), crop_classifier].into_iter().flatten()
    }
}

/// Whether `whole` holds every one of these tensors, with the same values.
fn is_part_of(part: &Weights, whole: &Weights) -> bool {
    !part.0.is_empty() && part.0.iter().all(|(name, tensor)| whole.0.get(name) == Some(tensor))
}

/// The description with the names that this version gives its files.
fn named(mut model: ObjectsModel) -> ObjectsModel {
    model.weights.name = DETECTOR_FILE.to_owned();
    if let Some(crop_classifier) = &mut model.crop_classifier {
        crop_classifier.weights.name = CROP_CLASSIFIER_FILE.to_owned();
    }
    model
}
