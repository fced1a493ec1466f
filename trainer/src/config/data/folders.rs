//! Settings of data sets that are a folder of images and nothing besides.

use super::bad_images::{check_max_bad_images, default_max_bad_images};
use super::split::SplitConfig;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
    /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
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
    /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
}

impl ImagesConfig {
    fn default_held_out() -> f64 {
        0.1
    }

    pub(super) fn check(&self) -> Result<()> {
        let share = self.held_out;
        ensure!((0.0..1.0).contains(&share), "data.held_out must be a share of at least 0 and below 1, and is {share}");
        check_max_bad_images(self.max_bad_images)
    }
}

impl ClassFoldersConfig {
    /// 70 / 20 / 10 of every class.
    pub fn default_split() -> SplitConfig {
        SplitConfig::Fractions { train: 0.7, validation: 0.2, test: 0.1, stratified: true }
    }
}
