//! What a probed run folder holds for `nadir export`: the probe's weights, and a description of all else.

use crate::artifacts::run_folder::RunFolder;
use crate::artifacts::weight_file;
use anyhow::{Context, Result};
use nadir_core::bundle::{ClassMeanClassifier, ImageOod};
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Weights;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const WEIGHTS_FILE: &str = "probe.safetensors";
const DESCRIPTION_FILE: &str = "probe.json";

/// What stands beside the probe's weights.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProbeDescription {
    /// Name of the arm that was probed.
    pub arm: String,
    /// Class names, in the order of the weights' rows.
    pub labels: Vec<String>,
    /// Each class's threshold on its probability, in [0, 1].
    pub thresholds: Vec<f32>,
    /// What the images went through.
    pub preprocess: Preprocess,
    /// Figures of the first seed.
    pub figures: BTreeMap<String, f64>,
    /// How images unlike those of training are told by `ood_mean` and `ood_components` among the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<ImageOod>,
    /// How crops are classified by class means, whose weights stand with the probe's as `class_means`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crops: Option<ClassMeanClassifier>,
}

/// Writes both files; `weights` holds the probe's `weight` and `bias`, and perhaps `class_means`, or `ood_mean` and
/// `ood_components`.
///
/// # Errors
/// Names the file.
pub fn write(run: &RunFolder, weights: &Weights, description: &ProbeDescription) -> Result<()> {
    weight_file::write(&run.path.join(WEIGHTS_FILE), weights, BTreeMap::new())?;
    run.write_json(DESCRIPTION_FILE, description)
}

/// Whether a run was probed.
pub fn exists(run: &Path) -> bool {
    run.join(DESCRIPTION_FILE).exists()
}

/// Reads the description from a run folder.
///
/// # Errors
/// Names the file, and says how it is made.
pub fn read_description(run: &Path) -> Result<ProbeDescription> {
    let path = run.join(DESCRIPTION_FILE);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; run `nadir probe --run {}` first", path.display(), run.display()))?;
    serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))
}

/// Reads the probe's weights from a run folder.
///
/// # Errors
/// Names the file.
pub fn read_weights(run: &Path) -> Result<Weights> {
    weight_file::read(&run.join(WEIGHTS_FILE))
}
