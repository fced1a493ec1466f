//! What a training is measured by: the validation images, between epochs.

use super::maps::{BackboneMaps, MapCache};
use crate::artifacts::detector_file;
use crate::artifacts::detector_file::DetectorDescription;
use crate::artifacts::run_folder::{Metrics, RunFolder};
use crate::config::DetectConfig;
use crate::data::detection::DetectData;
use crate::data::objects::ObjectImage;
use crate::detect::figures::figures;
use crate::detect::images::{Detected, check_skipped, detect_images, detections, truths};
use crate::detect::threshold::{ChosenThreshold, choose_threshold};
use crate::device::{ChosenDevice, wait};
use crate::progress::Progress;
use anyhow::Result;
use nadir_nn::model::detector::{Detector, FasterRcnn};
use std::collections::BTreeMap;
use tracing::info;

/// Average precision on the validation images, by which the best weights are chosen.
const CHOSEN_BY: &str = "validation_ap";

/// Measures on the validation images and keeps the best weights.
pub struct Validator<'a> {
    config: &'a DetectConfig,
    data: &'a DetectData,
    images: Vec<&'a ObjectImage>,
    /// The frozen backbone's maps of the images.
    maps: Option<MapCache>,
    run: &'a RunFolder,
    chosen: &'a ChosenDevice,
    /// The run's lines, in which a measurement is one too.
    pub metrics: Metrics,
}

impl<'a> Validator<'a> {
    /// For a run that goes on behind `first_step` steps.
    ///
    /// # Errors
    /// Names the file of the run's lines.
    pub fn new(
        config: &'a DetectConfig,
        data: &'a DetectData,
        maps: Option<MapCache>,
        run: &'a RunFolder,
        chosen: &'a ChosenDevice,
        first_step: usize,
    ) -> Result<Self> {
        let images = data.validation.iter().collect();
        let metrics = run.metrics(first_step, config.train.tensorboard)?;
        Ok(Self { config, data, images, maps, run, chosen, metrics })
    }

    /// After the epochs that `train.validate_every` names, and after the last one; once each.
    ///
    /// # Errors
    /// Where the device fails, more images cannot be read than the config allows, or the disk is full.
    pub fn measure_if_due(&mut self, network: &FasterRcnn, done: usize, steps_per_epoch: usize) -> Result<()> {
        let settings = &self.config.train;
        let epoch = done / steps_per_epoch;
        let is_due = done.is_multiple_of(steps_per_epoch)
            && (epoch == settings.epochs
                || (settings.validate_every > 0 && epoch.is_multiple_of(settings.validate_every)));
        if !is_due || self.run.measured(CHOSEN_BY).contains_key(&(epoch as u64)) {
            return Ok(());
        }
        let weights = network.export();
        let mut description = DetectorDescription {
            labels: self.data.classes.clone(),
            detector: self.config.detector.clone(),
            resize: self.config.resize,
            refinement: self.config.refinement,
            score_threshold: 0.0,
            figures: BTreeMap::new(),
        };
        let detector = description.load(&weights, &self.chosen.device)?;
        let max_bad_images = self.config.data.max_bad_images;
        let found = match &self.maps {
            Some(maps) => self.detect_by(maps, &detector, max_bad_images)?,
            None => detect_images(&detector, &self.images, max_bad_images)?,
        };
        let classes = self.data.classes.len();
        let threshold = choose_threshold(&found, classes, self.config.threshold.precision);
        let ChosenThreshold { score, precision, recall } = threshold;
        description.score_threshold = score;
        let figures = figures(&found, classes, f64::from(score)).coco;
        let (ap, ap50) = (figures.ap.unwrap_or(0.0), figures.ap50.unwrap_or(0.0));
        info!(
            epoch,
            validation_ap = ap,
            validation_ap50 = ap50,
            "epoch {epoch}: validation AP {ap:.4}, AP50 {ap50:.4}; from a score of {score:.2} on precision \
             {precision:.3}, recall {recall:.3}"
        );
        if let Some(requested) = self.config.threshold.precision.filter(|&requested| precision < requested) {
            info!("epoch {epoch}: no score gives a precision of {requested}; {score:.2} has the highest F1");
        }
        // Written before the line that says so: a run that is killed in between measures again.
        let best = self.run.measured(CHOSEN_BY).into_values().fold(f64::NEG_INFINITY, f64::max);
        if ap > best {
            description.figures = BTreeMap::from([
                ("epoch".to_owned(), epoch as f64),
                (CHOSEN_BY.to_owned(), ap),
                ("validation_ap50".to_owned(), ap50),
                ("validation_precision".to_owned(), precision),
                ("validation_recall".to_owned(), recall),
            ]);
            detector_file::write(self.run, &weights, &description)?;
        }
        self.metrics.write(&serde_json::json!({"step": done, "epoch": epoch, CHOSEN_BY: ap, "validation_ap50": ap50}))
    }

    /// What [`detect_images`] finds, from the backbone's kept maps on.
    fn detect_by(&self, maps: &MapCache, detector: &Detector, max_bad_images: f64) -> Result<Detected> {
        let mut found = Detected::default();
        let progress = Progress::new("detecting", self.images.len() as u64, "images");
        for (at, image) in self.images.iter().enumerate() {
            match (maps.image(at), maps.read(at, 0)?) {
                (Ok(size), Ok(stored)) => {
                    let BackboneMaps { size: seen, padded, maps } = stored.on_device(&self.chosen.device);
                    let maps = detector.backbone_maps_after(maps, self.config.train.frozen_parts);
                    let first = wait(detector.first_stage_of_maps(maps, seen, padded))??;
                    let objects = wait(detector.objects(&first, size))??;
                    found.truths.extend(truths(image, at));
                    found.detections.extend(detections(image, at, objects));
                }
                (Err(reason), _) | (_, Err(reason)) => {
                    found.skipped.push(reason);
                    check_skipped(&found.skipped, self.images.len(), max_bad_images)?;
                }
            }
            progress.advance(1);
        }
        progress.finish();
        Ok(found)
    }
}
