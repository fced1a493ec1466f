//! The second stage of paper B: what is in a box, by the nearest class mean of an encoder that was trained on crops.

use crate::artifacts::probe_file;
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::artifacts::weight_file;
use crate::config::DataConfig;
use crate::data::crops::cut_box;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use anyhow::{Context, Result, bail};
use nadir_core::bundle::{ClassMeanClassifier, CropPrediction};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::image::RgbView;
use nadir_core::ood::class_means::ClassMeans;
use nadir_nn::model::Encoder;
use nadir_nn::model::name_crop;
use rayon::prelude::*;
use std::path::Path;

/// Crops that the encoder sees at once.
const BATCH: usize = 64;

/// An encoder with the means of the classes that it knows.
#[derive(Debug)]
pub struct CropClassifier {
    /// Class names.
    pub labels: Vec<String>,
    model: EmbeddingModel,
    means: ClassMeans,
    classifier: ClassMeanClassifier,
    /// Width and height of a crop as the encoder was trained on it, px.
    crop_size: usize,
    chosen: ChosenDevice,
}

impl CropClassifier {
    /// Of one training of `nadir study ranking`, for example `RUN/softmax/all-classes/seed-1`.
    ///
    /// # Errors
    /// Names the file, or what the run is that names no crops.
    pub fn load(run: &Path, chosen: &ChosenDevice) -> Result<Self> {
        let description = probe_file::read_description(run)?;
        let config = RunFolder::read_config(run)?;
        let (DataConfig::Crops(crops), Some(classifier)) = (&config.data, description.crops) else {
            bail!(
                "{} names no crops: expected a training of `nadir study ranking`, with class means in its probe.json",
                run.display()
            );
        };
        let file = run.join(ENCODER_FILE);
        let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(&weight_file::read(&file)?);
        let encoder = encoder.with_context(|| format!("in {}", file.display()))?;
        let source = format!("training {}", run.display());
        let model = EmbeddingModel::new(config.encoder.clone(), &encoder, description.preprocess, source);
        let labels = description.labels;
        let weights = probe_file::read_weights(run)?;
        let values = &weights.expect("class_means", &[labels.len(), model.len])?.values;
        let classes: Vec<usize> = (0..labels.len()).collect();
        let means = ClassMeans::new(values, model.len, &classes, classes.len())
            .with_context(|| format!("the class means of {}", run.display()))?;
        Ok(Self { labels, model, means, classifier, crop_size: crops.size, chosen: chosen.clone() })
    }

    /// What each box of an image holds, in order; `None` if its embedding has no direction.
    ///
    /// # Errors
    /// Where the device cannot give its values back.
    pub fn name(&self, image: RgbView<'_>, boxes: &[PixelBox]) -> Result<Vec<Option<CropPrediction>>> {
        let mut named = Vec::with_capacity(boxes.len());
        for batch in boxes.chunks(BATCH) {
            let input =
                |&corners: &PixelBox| self.model.preprocess.apply(cut_box(image, corners, self.crop_size).view()).0;
            let pixels: Vec<Vec<f32>> = batch.par_iter().map(input).collect();
            let rows = self.model.embed(&pixels.concat(), batch.len(), &self.chosen)?;
            named.extend(
                rows.chunks_exact(self.model.len).map(|embedding| name_crop(&self.means, &self.classifier, embedding)),
            );
        }
        Ok(named)
    }
}
