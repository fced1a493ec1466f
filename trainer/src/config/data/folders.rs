//! Settings of data sets that are a folder of images and nothing besides.

use super::bad_images::{check_max_bad_images, default_max_bad_images};
use super::split::SplitConfig;
use super::tiling::Tiling;
use anyhow::{Result, bail, ensure};
use nadir_core::image::bands::{BandSettings, Scaling, band_names};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Images without labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagesConfig {
    /// Folder with the images, at any depth.
    pub images: PathBuf,
    /// Share of the images that no training sees, for what is measured of it: 0 or more and below 1. Drawn by the
    /// experiment's seed and each image's path; one image at the least where the share is above 0.
    #[serde(default = "ImagesConfig::default_held_out")]
    pub held_out: f64,
    /// Share of images that may be broken before the run stops, 0 to 1.
    #[serde(default = "default_max_bad_images")]
    pub max_bad_images: f64,
    /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory, and
    /// tiles of TIFF images are read from these when they are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
    /// Side of the square tiles, px, that every image is cut into; without it, or with 0, images are taken whole. A tile is
    /// named by its image and the row and column of its upper left pixel: `scene.tif:512,256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<usize>,
    /// From a tile to the next, px; the side of a tile if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// Tiles with a smaller share of valid pixels (neither nodata nor transparent) are skipped, 0 to 1; 0.5 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_valid: Option<f64>,
    /// File that keeps which tiles there are, so that not every start looks through all images; without it they are
    /// looked through at every start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile_index: Option<PathBuf>,
    /// Bands of TIFF images that are red, green and blue, by number from 1 or by the file's own names; or one, as grey; or
    /// 2 to 32 of any kind, each with its own channel of the encoder's first convolution, whose views are jittered in
    /// brightness and contrast alone and never grey. The first three (or the first) if not given.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "band_names")]
    pub bands: Option<Vec<String>>,
    /// How the values of TIFF images become [0, 1]: `type`, `percentiles:LOW:HIGH` over the images, or a range `LOW:HIGH`
    /// for all bands or each one after commas. Percentiles are computed once and kept as ranges. Bytes by their type and
    /// all others by the 2nd to 98th percentile if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scaling>,
}

/// Images with one label each: the folder that they are in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassFoldersConfig {
    /// Folder with a folder for each class, in which images are at any depth.
    pub images: PathBuf,
    /// Which image is for what.
    #[serde(default = "ClassFoldersConfig::default_split")]
    pub split: SplitConfig,
    /// Share of images that may be broken before the run stops, 0 to 1.
    #[serde(default = "default_max_bad_images")]
    pub max_bad_images: f64,
    /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory, and
    /// tiles of TIFF images are read from these when they are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
    /// Side of the square tiles, px, that every image is cut into; without it, or with 0, images are taken whole. A tile is
    /// named by its image and the row and column of its upper left pixel: `scene.tif:512,256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<usize>,
    /// From a tile to the next, px; the side of a tile if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// Tiles with a smaller share of valid pixels (neither nodata nor transparent) are skipped, 0 to 1; 0.5 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_valid: Option<f64>,
    /// File that keeps which tiles there are, so that not every start looks through all images; without it they are
    /// looked through at every start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile_index: Option<PathBuf>,
    /// Bands of TIFF images that are red, green and blue, by number from 1 or by the file's own names; or one, as grey; or
    /// 2 to 32 of any kind, each with its own channel of the encoder's first convolution, whose views are jittered in
    /// brightness and contrast alone and never grey. The first three (or the first) if not given.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "band_names")]
    pub bands: Option<Vec<String>>,
    /// How the values of TIFF images become [0, 1]: `type`, `percentiles:LOW:HIGH` over the images, or a range `LOW:HIGH`
    /// for all bands or each one after commas. Percentiles are computed once and kept as ranges. Bytes by their type and
    /// all others by the 2nd to 98th percentile if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scaling>,
}

/// How the images of a folder are read, whatever is known of their labels.
#[derive(Debug, Clone)]
pub struct FolderReading<'a> {
    /// Folder that the images are below.
    pub folder: &'a Path,
    /// What is taken of TIFF images.
    pub bands: BandSettings,
    /// How images are cut into tiles; `None` where they are taken whole.
    pub tiling: Option<Tiling>,
    /// File that keeps which tiles there are.
    pub tile_index: Option<&'a Path>,
    /// Folder that decoded images or tiles are kept in.
    pub cache: Option<&'a Path>,
    /// Share of the images that may be broken.
    pub max_bad_images: f64,
}

impl FolderReading<'_> {
    /// # Errors
    /// Says what cannot be.
    fn check(&self) -> Result<()> {
        if let Some(fault) = self.bands.fault() {
            bail!("data.bands and data.scale: {fault}");
        }
        check_max_bad_images(self.max_bad_images)
    }
}

impl ImagesConfig {
    /// All images below a folder, with default settings.
    pub fn new(images: PathBuf) -> Self {
        Self {
            images,
            held_out: Self::default_held_out(),
            max_bad_images: default_max_bad_images(),
            cache: None,
            tile: None,
            stride: None,
            min_valid: None,
            tile_index: None,
            bands: None,
            scale: None,
        }
    }

    fn default_held_out() -> f64 {
        0.1
    }

    /// How the images are read.
    pub fn reading(&self) -> FolderReading<'_> {
        FolderReading {
            folder: &self.images,
            bands: BandSettings { bands: self.bands.clone(), scaling: self.scale.clone() },
            tiling: Tiling::of(self.tile, self.stride, self.min_valid),
            tile_index: self.tile_index.as_deref(),
            cache: self.cache.as_deref(),
            max_bad_images: self.max_bad_images,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let share = self.held_out;
        ensure!((0.0..1.0).contains(&share), "data.held_out must be a share of at least 0 and below 1, and is {share}");
        Tiling::check(self.tile, self.stride, self.min_valid, self.tile_index.is_some())?;
        self.reading().check()
    }
}

impl ClassFoldersConfig {
    /// All class folders in a folder, with default settings.
    pub fn new(images: PathBuf) -> Self {
        Self {
            images,
            split: Self::default_split(),
            max_bad_images: default_max_bad_images(),
            cache: None,
            tile: None,
            stride: None,
            min_valid: None,
            tile_index: None,
            bands: None,
            scale: None,
        }
    }

    /// How the images are read.
    pub fn reading(&self) -> FolderReading<'_> {
        FolderReading {
            folder: &self.images,
            bands: BandSettings { bands: self.bands.clone(), scaling: self.scale.clone() },
            tiling: Tiling::of(self.tile, self.stride, self.min_valid),
            tile_index: self.tile_index.as_deref(),
            cache: self.cache.as_deref(),
            max_bad_images: self.max_bad_images,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        Tiling::check(self.tile, self.stride, self.min_valid, self.tile_index.is_some())?;
        self.reading().check()
    }

    /// 70 / 20 / 10 of every class.
    pub fn default_split() -> SplitConfig {
        SplitConfig::Fractions { train: 0.7, validation: 0.2, test: 0.1, stratified: true }
    }
}
