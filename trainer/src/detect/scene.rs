//! Detections in a scene that is read by windows, with the same result as [`Finder::find`] of its whole pixels.

use super::files::{Finder, ImageDetections, TileSettings};
use crate::data::ahead;
use crate::data::raster::SceneImage;
use crate::device::wait;
use crate::progress::Progress;
use anyhow::Result;
use nadir_core::bundle::CropPrediction;
use nadir_core::detection::Size;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::detection::tiles::{Tile, TileDetection};
use nadir_core::image::RgbImage;
use nadir_core::image::resample::CropBox;
use nadir_geo::windows::Window;
use tracing::info;

/// Crops that are classified at once: a multiple of what the classifier's network takes at once, so that batches are
/// those of the whole image.
const CROPS: usize = 256;
/// Fewer, where they are large: a sheet of crops has at most so many px.
const SHEET_PIXELS: usize = 20_000_000;

impl Finder {
    /// The objects of a scene that score `score_from` or more. Other threads read and unpack the next tiles while the
    /// network sees one; a tile without a valid pixel is passed over.
    ///
    /// # Errors
    /// Pixels that cannot be read, a device that fails, settings of tiles that cannot be.
    pub fn find_in_scene(
        &self,
        name: &str,
        scene: &SceneImage,
        score_from: f32,
        tiles: TileSettings,
    ) -> Result<ImageDetections> {
        if let SceneImage::Memory(image) = scene {
            return self.find(name, image.view(), score_from, tiles);
        }
        let (width, height) = scene.size();
        let size = Size::new(height, width);
        let tiles = match self.tiling(size, tiles)? {
            Some(tiling) => tiling.tiles(size),
            None => vec![Tile { left: 0, top: 0, size }],
        };
        let progress = (tiles.len() > 1).then(|| Progress::new(name, tiles.len() as u64, "tiles"));
        let (mut found, mut empty) = (Vec::new(), 0);
        ahead::in_order(
            &tiles,
            |&tile| scene.read(window_of(tile)),
            |at, read| {
                let (read, tile) = (read?, tiles[at]);
                if read.valid == 0 {
                    empty += 1;
                } else {
                    let objects = wait(self.detect(read.image.view()))??;
                    found.extend(objects.into_iter().map(|mut object| {
                        object.box_in_image = tile.in_image(object.box_in_image);
                        TileDetection { tile, object }
                    }));
                }
                if let Some(progress) = &progress {
                    progress.advance(1);
                }
                Ok(())
            },
        )?;
        if let Some(progress) = progress {
            progress.finish();
        }
        if empty > 0 {
            info!(
                "{name}: {empty} of {} tiles have no valid pixel (nodata or transparent) and were passed over",
                tiles.len()
            );
        }
        let shown = self.shown(&found, &tiles, size, score_from);
        let crops = self.classify_in_scene(scene, &shown)?;
        Ok(self.labelled(name, size, tiles.len(), shown, crops))
    }

    /// The crop classes of objects, whose pixels are read again.
    fn classify_in_scene(&self, scene: &SceneImage, objects: &[DetectedObject]) -> Result<Vec<Option<CropPrediction>>> {
        if self.crop_labels().is_empty() {
            return Ok(vec![None; objects.len()]);
        }
        let (width, height) = scene.size();
        let boxes: Vec<CropBox> =
            objects.iter().map(|object| CropBox::around(object.box_in_image, width, height)).collect();
        let mut classes = Vec::with_capacity(objects.len());
        let mut rest = boxes.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(sheet_of(rest));
            let (sheet, places) = sheet(scene, now)?;
            classes.extend(wait(self.classify(sheet.view(), &places))??);
            rest = later;
        }
        Ok(classes)
    }
}

fn window_of(tile: Tile) -> Window {
    Window { left: tile.left, top: tile.top, width: tile.size.width, height: tile.size.height }
}

/// How many of the first boxes fit onto one sheet, one at least.
fn sheet_of(boxes: &[CropBox]) -> usize {
    let (mut width, mut height) = (0, 0);
    let fits = |one: &&CropBox| {
        (width, height) = (one.width.max(width), one.height + height);
        width * height <= SHEET_PIXELS
    };
    boxes.iter().take(CROPS).take_while(fits).count().max(1)
}

/// The pixels of boxes one below the other, and where each is. What lies beside a box has no influence on its crop.
fn sheet(scene: &SceneImage, boxes: &[CropBox]) -> Result<(RgbImage, Vec<PixelBox>)> {
    let width = boxes.iter().map(|one| one.width).max().unwrap_or(0);
    let height = boxes.iter().map(|one| one.height).sum();
    let mut sheet = RgbImage::filled(width, height, [0; 3]);
    let mut places = Vec::with_capacity(boxes.len());
    let mut top = 0;
    for one in boxes {
        let window = Window { left: one.left, top: one.top, width: one.width, height: one.height };
        let read = scene.read(window)?;
        for (row, pixels) in read.image.pixels.chunks_exact(3 * one.width).enumerate() {
            sheet.pixels[3 * (top + row) * width..][..pixels.len()].copy_from_slice(pixels);
        }
        places.push([0.0, top as f32, one.width as f32, (top + one.height) as f32]);
        top += one.height;
    }
    Ok((sheet, places))
}
