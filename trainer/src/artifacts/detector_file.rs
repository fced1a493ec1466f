//! What a trained detector's run folder holds for evaluation, `nadir detect run` and `nadir export`: its weights under
//! torchvision's names, and a description of all else.

use crate::artifacts::run_folder::RunFolder;
use crate::artifacts::weight_file;
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir_core::bundle::DetectorShape;
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::refinement::Refinement;
use nadir_core::detection::resize::DetectorResize;
use nadir_nn::model::Weights;
use nadir_nn::model::detector::{Detector, DetectorConfig};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// File name of the weights in a run folder.
pub const WEIGHTS_FILE: &str = "detector.safetensors";
const DESCRIPTION_FILE: &str = "detector.json";

/// What stands beside a detector's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectorDescription {
    /// Class names, without the background.
    pub labels: Vec<String>,
    /// The detector's architecture.
    pub detector: DetectorShape,
    /// How large it sees an image.
    pub resize: DetectorResize,
    /// What the box head found is looked at once more; without it as torchvision does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refinement: Option<Refinement>,
    /// Detections from this probability on are shown at first.
    pub score_threshold: f32,
    /// Figures of the run, for example `validation_ap50`.
    pub figures: BTreeMap<String, f64>,
}

impl DetectorDescription {
    /// Ready to run with these weights, BatchNorm not folded.
    ///
    /// # Errors
    /// Names the first tensor that does not fit.
    pub fn load(&self, weights: &Weights, device: &Device) -> Result<Detector> {
        let config = DetectorConfig {
            shape: self.detector.clone(),
            folded: false,
            classes: self.labels.len(),
            resize: self.resize,
            proposals: ProposalSettings::INFERENCE,
            detections: DetectionSettings { refinement: self.refinement, ..DetectionSettings::DEFAULT },
        };
        Ok(Detector::new(config, weights, device)?)
    }
}

/// Writes weights and description into the run folder.
///
/// # Errors
/// Names the file.
pub fn write(run: &RunFolder, weights: &Weights, description: &DetectorDescription) -> Result<()> {
    let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
    weight_file::write(&run.path.join(WEIGHTS_FILE), weights, metadata)?;
    run.write_json(DESCRIPTION_FILE, description)
}

/// Reads description and weights from a run folder.
///
/// # Errors
/// Names the file, and says how it is made.
pub fn read(run: &Path) -> Result<(DetectorDescription, Weights)> {
    let path = run.join(DESCRIPTION_FILE);
    ensure!(run.is_dir(), "{} is no run folder; `nadir detect train` makes one", run.display());
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; `nadir detect train --run {}` makes it", path.display(), run.display())
    })?;
    let description = serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    Ok((description, weight_file::read(&run.join(WEIGHTS_FILE))?))
}
