//! Detections in a scene that is read by windows, with the same result as [`Finder::find`] of its whole pixels.

use super::files::{Finder, ImageDetections, TileSettings};
use crate::data::ahead;
use crate::data::raster::SceneImage;
use crate::device::wait;
use crate::progress::Progress;
use anyhow::Result;
use nadir_core::bundle::CropPrediction;
use nadir_core::detection::Size;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::detection::tiles::{Tile, TileDetection};
use nadir_core::image::resample::CropBox;
use nadir_geo::windows::Window;
use nadir_raster::{Sheet, sheets};
use tracing::info;

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
        let tiles = self.tiles(size, tiles)?;
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
        for boxes in sheets(&boxes) {
            let Sheet { image, places } = Sheet::read(boxes, |window| Ok(scene.read(window)?.image))?;
            classes.extend(wait(self.classify(image.view(), &places))??);
        }
        Ok(classes)
    }
}

fn window_of(tile: Tile) -> Window {
    Window { left: tile.left, top: tile.top, width: tile.size.width, height: tile.size.height }
}
