//! Settings of `nadir study teach`.

use anyhow::{Result, bail};
use nadir_core::active::Prior;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A simulated teacher: whose embeddings, how many clicks, which prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TeachConfig {
    /// Folder of the bundle whose encoder embeds the images.
    pub bundle: PathBuf,
    /// Length of a row: so many principal directions of the training images' embeddings, as a gallery keeps.
    pub dimensions: usize,
    /// Answers that each class gets in all.
    pub clicks: usize,
    /// Answers after which the report's main figures are measured.
    pub measured_at: usize,
    /// Measure on the validation images in place of the test images, to choose the prior by.
    pub on_validation: bool,
    /// What is believed before the first answer.
    pub prior: Prior,
}

impl Default for TeachConfig {
    fn default() -> Self {
        Self {
            bundle: PathBuf::from("static/models/aerial"),
            dimensions: 128,
            clicks: 50,
            measured_at: 10,
            on_validation: false,
            prior: Prior::default(),
        }
    }
}

impl TeachConfig {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<()> {
        let Self { dimensions, clicks, measured_at, .. } = self;
        if *dimensions == 0 {
            bail!("study.teach.dimensions must be at least 1");
        }
        if !(1..=*clicks).contains(measured_at) {
            bail!("study.teach.measured_at must be from 1 to study.teach.clicks ({clicks}), and is {measured_at}");
        }
        if let Some(fault) = self.prior.fault() {
            bail!("study.teach.prior: {fault}");
        }
        Ok(())
    }
}
