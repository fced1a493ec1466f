//! Where images and labels come from, and how they are split.

mod bad_images;
mod crops;

pub(super) use bad_images::check_max_bad_images;
pub use crops::{AnnotatedFiles, CropsConfig, ObjectsConfig, SourceConfig};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where images and labels come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DataConfig {
    /// Generated aerial scenes with their labels.
    Scenes {
        /// Number of scenes.
        count: usize,
        /// Width and height, px.
        size: usize,
        /// The first scene's seed; the others follow.
        first_seed: u64,
        /// Which scene is for what.
        #[serde(default)]
        split: SplitConfig,
    },
    /// A folder of images and a table of 0/1 labels.
    MultiLabelCsv {
        /// Folder with the images, at any depth.
        images: PathBuf,
        /// CSV or TSV file, or a folder of them: an image column, then one 0/1 column a label.
        labels: PathBuf,
        /// Which image is for what.
        #[serde(default)]
        split: SplitConfig,
        /// Share of images that may be missing or broken before the run stops, 0 to 1.
        #[serde(default = "DataConfig::default_max_bad_images")]
        max_bad_images: f64,
        /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cache: Option<PathBuf>,
    },
    /// Objects cut out of annotated images.
    Crops(CropsConfig),
}

/// Which image is for training, which for validation, which for test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitConfig {
    /// Drawn by the experiment's seed. The shares are above 0 and add up to 1.
    Fractions {
        /// Share of the images for training.
        train: f64,
        /// Share for thresholds and choices.
        validation: f64,
        /// Share for figures alone.
        test: f64,
        /// Each label's positives in the same shares (iterative stratification, Sechidis et al. 2011).
        #[serde(default)]
        stratified: bool,
    },
    /// A folder with train.csv, val.csv and test.csv, whose first column names images.
    Files {
        /// Folder with the three files.
        folder: PathBuf,
    },
}

impl Default for SplitConfig {
    /// 70 / 20 / 10, as the SimCLR study on MLRSNet has it.
    fn default() -> Self {
        Self::Fractions { train: 0.7, validation: 0.2, test: 0.1, stratified: false }
    }
}

impl DataConfig {
    fn default_max_bad_images() -> f64 {
        0.01
    }

    /// The split's setting; crops have none, for their images' annotations and shares decide.
    pub fn split(&self) -> Option<&SplitConfig> {
        match self {
            Self::Scenes { split, .. } | Self::MultiLabelCsv { split, .. } => Some(split),
            Self::Crops(_) => None,
        }
    }

    /// # Errors
    /// Names the setting that cannot be.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(&SplitConfig::Fractions { train, validation, test, .. }) = self.split() {
            for (name, share) in [("train", train), ("validation", validation), ("test", test)] {
                ensure!(share > 0.0, "data.split.{name} must be a share above 0, and is {share}");
            }
            let sum = train + validation + test;
            ensure!(
                (sum - 1.0).abs() < 1e-6,
                "data.split: train + validation + test must be 1, and {train} + {validation} + {test} is {sum}"
            );
        }
        match self {
            Self::Scenes { .. } => Ok(()),
            Self::MultiLabelCsv { max_bad_images, .. } => check_max_bad_images(*max_bad_images),
            Self::Crops(crops) => crops.check(),
        }
    }

    /// The same crops, with these classes held out; other data stay as they are.
    pub fn with_held_out(&self, classes: &[String]) -> Self {
        let mut own = self.clone();
        if let Self::Crops(crops) = &mut own {
            crops.held_out = classes.to_vec();
        }
        own
    }

    /// What of it changes a result: where decoded images are kept does not.
    pub(super) fn without_cache(&self) -> Self {
        let mut relevant = self.clone();
        if let Self::MultiLabelCsv { cache, .. } = &mut relevant {
            *cache = None;
        }
        relevant
    }
}
