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
use nadir_core::detection::postprocess::{DetectedObject, DetectionSettings, suppress_across_classes};
use nadir_core::detection::resize::DetectorResize;
use nadir_core::detection::tiles::{Tile, TileDetection, Tiling, merge};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::{Planes, RgbImage, RgbView};
use nadir_nn::model::ObjectDetector;
use nadir_nn::model::detector::Detector;
use serde::Serialize;
use std::path::Path;

/// A tile's side is this times the longest side that the detector sees: it sees a tile at half its size, as it saw most
/// training images at half theirs or more.
const TILE_FACTOR: usize = 2;
/// An image with a side above this times a tile's is divided; a smaller one is still seen well enough as a whole.
const DIVIDED_ABOVE: usize = 2;
/// Neighbouring tiles share a tile's side divided by this.
const OVERLAP_DIVISOR: usize = 4;
/// What is narrower or lower than this, px, is no object that anybody could tell from noise.
const SMALLEST_SIDE: f32 = 2.0;

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

/// How images are divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TileSettings {
    /// A tile's side, px: every image with a longer side is divided, none for 0. None given: see [`Finder::tiling`].
    pub side: Option<usize>,
    /// What neighbours share, px. None given: a quarter of the side.
    pub overlap: Option<usize>,
}

/// The detections of an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageDetections {
    /// Name of the image, as it was given.
    pub image: String,
    /// Width of the image, px.
    pub width: usize,
    /// Height of the image, px.
    pub height: usize,
    /// In so many tiles; 1 for an image that was seen as a whole.
    pub tiles: usize,
    /// Detections, highest score first.
    pub objects: Vec<LabelledDetection>,
}

/// One detection with its class's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledDetection {
    /// Name of the detected class.
    pub label: String,
    /// Probability of the class.
    pub score: f32,
    /// Corners \[x0, y0, x1, y1\], px of the image.
    pub box_px: [f32; 4],
    /// What its pixels are by the nearest class mean; `None` without a crop classifier.
    #[serde(skip)]
    pub crop: Option<CropPrediction>,
    /// The class's number, which decides the colour.
    #[serde(skip)]
    pub class: usize,
}

impl ImageDetections {
    /// As JSON, crops under the names of `crop_labels`.
    pub fn to_json(&self, crop_labels: &[String]) -> serde_json::Value {
        let mut json = serde_json::json!(self);
        for (entry, object) in json["objects"].as_array_mut().into_iter().flatten().zip(&self.objects) {
            if let Some(crop) = &object.crop {
                entry["crop"] = serde_json::json!({
                    "label": crop_labels[crop.label],
                    "ood_score": crop.ood_score,
                    "unknown": crop.unknown,
                });
            }
        }
        json
    }
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

    /// How an image of this size is divided; `None` if it is seen as a whole. Unless `settings` say otherwise, an image
    /// with a side above 4 times what the detector sees is divided into tiles of twice what it sees.
    ///
    /// # Errors
    /// Where tiles overlap by their side or more.
    pub fn tiling(&self, image: Size, settings: TileSettings) -> Result<Option<Tiling>> {
        let longer = image.height.max(image.width);
        let (side, divided_above) = match settings.side {
            Some(side) => (side, side),
            None => {
                let side = TILE_FACTOR * self.resize.max_size;
                (side, DIVIDED_ABOVE * side)
            }
        };
        if side == 0 || longer <= divided_above {
            return Ok(None);
        }
        Ok(Some(Tiling::new(side, settings.overlap.unwrap_or(side / OVERLAP_DIVISOR))?))
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
        let tiles = match self.tiling(size, tiles)? {
            Some(tiling) => tiling.tiles(size),
            None => vec![Tile { left: 0, top: 0, size }],
        };
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
        let merged = merge(found, tiles, size, DetectionSettings::DEFAULT.iou_threshold);
        let is_shown = |object: &DetectedObject| {
            let [x0, y0, x1, y1] = object.box_in_image;
            object.score >= score_from && (x1 - x0).min(y1 - y0) >= SMALLEST_SIDE
        };
        let shown: Vec<DetectedObject> = merged.into_iter().filter(is_shown).collect();
        let kept = suppress_across_classes(&shown, self.stacked_above);
        kept.into_iter().map(|at| shown[at]).collect()
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
        let objects = shown.into_iter().zip(crops).map(|(object, crop)| LabelledDetection {
            label: self.labels[object.class].clone(),
            class: object.class,
            score: object.score,
            box_px: object.box_in_image,
            crop,
        });
        let (width, height) = (size.width, size.height);
        ImageDetections { image: name.to_owned(), width, height, tiles, objects: objects.collect() }
    }
}

/// The pixels of a tile.
fn cut(image: RgbView<'_>, tile: Tile) -> RgbImage {
    let Size { height, width } = tile.size;
    let row = |row: usize| &image.pixels[3 * ((tile.top + row) * image.width + tile.left)..][..3 * width];
    RgbImage { width, height, pixels: (0..height).flat_map(row).copied().collect() }
}
