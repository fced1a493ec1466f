//! Detections in images of any size, as `nadir detect run` does it: large ones by overlapping tiles.

use crate::artifacts::detector_file;
use crate::device::wait;
use crate::predict::LoadedBundle;
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use nadir_core::bundle::{CropPrediction, ObjectsModel};
use nadir_core::detection::Size;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::{DetectedObject, DetectionSettings};
use nadir_core::detection::resize::DetectorResize;
use nadir_core::detection::scene;
pub use nadir_core::detection::scene::TileSettings;
use nadir_core::detection::tiles::{Tile, TileDetection};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::{Planes, RgbImage, RgbView};
use nadir_nn::model::ObjectDetector;
use nadir_nn::model::detector::Detector;
pub use nadir_raster::results::{ImageDetections, LabelledDetection};
use std::path::Path;

/// A detector with its labels.
#[derive(Debug)]
pub struct Finder {
    model: Model,
    labels: Vec<String>,
    /// Of the crop classifier.
    crop_labels: Vec<String>,
    resize: DetectorResize,
    /// Objects from this score on are shown, unless the caller requests others.
    pub score_threshold: f32,
    /// What is taken of TIFF images.
    pub bands: BandSettings,
    /// Of shown boxes that overlap by more than this, whatever their classes, the highest-scoring stays; 1: all do.
    pub stacked_above: f64,
}

/// The detector that is run, from a run folder or a bundle.
#[derive(Debug)]
enum Model {
    Run(Box<Detector>),
    /// As the page runs it; classifies what it detects, where the bundle has a crop classifier.
    Bundle(Box<ObjectDetector>),
}

impl Finder {
    /// The detector of a run folder.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit.
    pub fn from_run(run: &Path, device: &Device) -> Result<Self> {
        let (description, weights) = detector_file::read(run)?;
        let file = run.join(detector_file::WEIGHTS_FILE);
        let detector =
            description.load(&weights, device).with_context(|| format!("in the weights {}", file.display()))?;
        let (resize, score_threshold) = (description.resize, description.score_threshold);
        let (model, labels) = (Model::Run(Box::new(detector)), description.labels);
        let stacked_above = ObjectsModel::STACKED_ABOVE;
        let bands = BandSettings::default();
        Ok(Self { model, labels, crop_labels: Vec::new(), resize, score_threshold, bands, stacked_above })
    }

    /// The detector of a bundle, and its crop classifier.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit; a bundle without a detector.
    pub fn from_bundle(folder: &Path, device: &Device) -> Result<Self> {
        let loaded = LoadedBundle::load(folder, device)?;
        let bands = loaded.band_settings();
        let (Some(finder), Some(objects)) = (loaded.object_finder()?, loaded.bundle.objects) else {
            bail!("the bundle {} has no detector; `nadir export --detector` puts one in", folder.display());
        };
        Ok(Self {
            model: Model::Bundle(Box::new(finder)),
            labels: objects.labels,
            crop_labels: objects.crop_classifier.map_or(loaded.bundle.labels, |crop_classifier| crop_classifier.labels),
            resize: objects.resize,
            score_threshold: objects.score_threshold,
            bands,
            stacked_above: objects.stacked_above,
        })
    }

    /// The detector's class names.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The crop classifier's class names; empty without one.
    pub fn crop_labels(&self) -> &[String] {
        &self.crop_labels
    }

    /// The objects in an image or tile, in px of it.
    pub(super) async fn detect(&self, image: RgbView<'_>) -> Result<Vec<DetectedObject>> {
        match &self.model {
            Model::Run(detector) => Ok(detector.detect(&Planes::from_rgb(image)).await?),
            Model::Bundle(finder) => Ok(DetectionSettings::DEFAULT.kept(&finder.find(image).await?)),
        }
    }

    /// What the boxes hold by the nearest class mean; `None` for each without a crop classifier.
    pub(super) async fn classify(&self, image: RgbView<'_>, boxes: &[PixelBox]) -> Result<Vec<Option<CropPrediction>>> {
        let Model::Bundle(finder) = &self.model else { return Ok(vec![None; boxes.len()]) };
        finder.name(image, boxes).await.map_err(anyhow::Error::msg)
    }

    /// The tiles of an image of this size; one if it is seen as a whole.
    ///
    /// # Errors
    /// Where tiles overlap by their side or more.
    pub fn tiles(&self, image: Size, settings: TileSettings) -> Result<Vec<Tile>> {
        Ok(settings.tiles(image, self.resize.max_size)?)
    }

    /// The objects that score `score_from` or more.
    ///
    /// # Errors
    /// Where the device fails, or the settings of tiles cannot be.
    pub fn find(
        &self,
        name: &str,
        image: RgbView<'_>,
        score_from: f32,
        tiles: TileSettings,
    ) -> Result<ImageDetections> {
        let size = Size::new(image.height, image.width);
        let tiles = self.tiles(size, tiles)?;
        let progress = (tiles.len() > 1).then(|| Progress::new(name, tiles.len() as u64, "tiles"));
        let mut found = Vec::new();
        for &tile in &tiles {
            let objects = match tiles.len() {
                1 => wait(self.detect(image))??,
                _ => wait(self.detect(cut(image, tile).view()))??,
            };
            found.extend(objects.into_iter().map(|mut object| {
                object.box_in_image = tile.in_image(object.box_in_image);
                TileDetection { tile, object }
            }));
            if let Some(progress) = &progress {
                progress.advance(1);
            }
        }
        if let Some(progress) = progress {
            progress.finish();
        }
        let shown = self.shown(&found, &tiles, size, score_from);
        let boxes: Vec<PixelBox> = shown.iter().map(|object| object.box_in_image).collect();
        let crops = wait(self.classify(image, &boxes))??;
        Ok(self.labelled(name, size, tiles.len(), shown, crops))
    }

    /// What of the detections of all tiles is shown, the highest-scoring first.
    pub(super) fn shown(
        &self,
        found: &[TileDetection],
        tiles: &[Tile],
        size: Size,
        score_from: f32,
    ) -> Vec<DetectedObject> {
        scene::shown(found, tiles, size, score_from, self.stacked_above)
    }

    /// Detections under their classes' names.
    pub(super) fn labelled(
        &self,
        name: &str,
        size: Size,
        tiles: usize,
        shown: Vec<DetectedObject>,
        crops: Vec<Option<CropPrediction>>,
    ) -> ImageDetections {
        ImageDetections::new(name, (size.width, size.height), tiles, &self.labels, shown, crops)
    }
}

/// The pixels of a tile.
fn cut(image: RgbView<'_>, tile: Tile) -> RgbImage {
    let Size { height, width } = tile.size;
    let row = |row: usize| &image.pixels[3 * ((tile.top + row) * image.width + tile.left)..][..3 * width];
    RgbImage { width, height, pixels: (0..height).flat_map(row).copied().collect() }
}
