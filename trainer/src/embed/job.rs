//! What is to be embedded, and how.

use super::folder::Shard;
use crate::data::raster::BandSettings;
use nadir_geo::crs::Crs;
use std::path::PathBuf;

/// What to embed, and where to.
#[derive(Debug, Clone)]
pub struct Job {
    /// Folder with the images, at any depth.
    pub images: PathBuf,
    /// The Parquet file, whose name ends in `.parquet`, or else the folder of the shards' files, see [`Job::file`].
    pub out: PathBuf,
    /// Which of the images.
    pub shard: Shard,
    /// Go on where an earlier run was broken off.
    pub resume: bool,
    /// Images that the encoder takes at once.
    pub batch: usize,
    /// Images a row group, which is also what a killed run loses at most.
    pub row_group: usize,
    /// Share of the images that may be broken, 0 to 1.
    pub max_bad_images: f64,
    /// How images are read, and what of them is embedded.
    pub scenes: SceneSettings,
}

/// How images are read, and what of them is embedded; by default each as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SceneSettings {
    /// The tiles of every image in place of the image.
    pub tiles: Option<TileSettings>,
    /// Bands of TIFF images and their scaling.
    pub bands: BandSettings,
    /// The coordinate system of images that do not say it.
    pub crs: Option<Crs>,
}

/// How images are divided, px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileSettings {
    /// Width and height of a tile; a smaller image is one tile.
    pub side: usize,
    /// From a tile to the next, at most the side.
    pub stride: usize,
    /// A tile with a smaller share of valid pixels (neither nodata nor transparent) has no row.
    pub min_valid: f64,
}

impl Job {
    /// The Parquet file: `out`, or where that is a folder (it is there as one, or is not named `*.parquet`) the shard's
    /// file in it, [`Shard::file_name`]. Until it is whole, `FILE.partial` and `FILE.partial.json` stand in its place.
    pub fn file(&self) -> PathBuf {
        let named = self.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        if named && !self.out.is_dir() { self.out.clone() } else { self.out.join(self.shard.file_name()) }
    }
}
