//! How images are divided among training, validation and test.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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

impl SplitConfig {
    pub(super) fn check(&self) -> Result<()> {
        let &Self::Fractions { train, validation, test, .. } = self else { return Ok(()) };
        for (name, share) in [("train", train), ("validation", validation), ("test", test)] {
            ensure!(share > 0.0, "data.split.{name} must be a share above 0, and is {share}");
        }
        let sum = train + validation + test;
        ensure!(
            (sum - 1.0).abs() < 1e-6,
            "data.split: train + validation + test must be 1, and {train} + {validation} + {test} is {sum}"
        );
        Ok(())
    }
}
