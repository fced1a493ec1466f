//! From a run to a bundle: weights folded and halved, described, checked by reading them back.

use crate::config::Config;
use crate::weight_file::write_atomically;
use anyhow::{Context, Result};
use nadir_shared::bundle::{Bundle, BundleFile, CropClassifier, DESCRIPTION_FILE, SCHEMA_VERSION};
use nadir_shared::image::preprocess::Preprocess;
use nadir_shared::model::Predictor;
use nadir_shared::model::weights::{Precision, Weights};
use std::collections::BTreeMap;
use std::path::Path;

/// The weight file's name in a bundle.
const WEIGHTS_FILE: &str = "weights.safetensors";

/// What a probed run has for a bundle.
#[derive(Debug, Clone)]
pub struct Exportable {
    /// The encoder under torchvision's names.
    pub encoder: Weights,
    /// The probe's `weight` and `bias`, and `class_means` where crops are named by them.
    pub heads: Weights,
    /// Class names.
    pub labels: Vec<String>,
    /// Each class's threshold.
    pub thresholds: Vec<f32>,
    /// What the probe's images went through.
    pub preprocess: Preprocess,
    /// Figures for the description.
    pub figures: BTreeMap<String, f64>,
    /// How crops are named by class means.
    pub crops: Option<CropClassifier>,
}

/// Writes `out/bundle.json` and `out/weights.safetensors`, the description last, so that a folder with a description
/// is whole.
///
/// # Errors
/// Names the file that cannot be written or the tensor that does not fit.
pub fn write_bundle(config: &Config, run: Exportable, name: &str, description: &str, out: &Path) -> Result<Bundle> {
    let weights =
        run.encoder.fold_batch_norm().context("the encoder cannot be folded")?.merge(run.heads.with_prefix("probe"));
    let bytes = weights.to_safetensors(Precision::F16, BTreeMap::from([("format".to_owned(), "pt".to_owned())]));
    let bundle = Bundle {
        schema_version: SCHEMA_VERSION,
        name: name.to_owned(),
        description: description.to_owned(),
        architecture: config.encoder.clone(),
        labels: run.labels,
        thresholds: run.thresholds,
        preprocess: run.preprocess,
        weights: BundleFile::describe(WEIGHTS_FILE, &bytes),
        figures: run.figures,
        crops: run.crops,
        objects: None,
        command: crate::command_line(),
    };
    // What the page will read, read once here: a weight beyond f16's range would come back as infinity.
    let halved = Weights::from_safetensors(&bytes).context("the weights just written")?;
    Predictor::new(&bundle, &halved, &burn::tensor::Device::flex())
        .context("the weights do not survive rounding to f16")?;

    std::fs::create_dir_all(out).with_context(|| format!("cannot create the bundle's folder {}", out.display()))?;
    let description_file = out.join(DESCRIPTION_FILE);
    if description_file.exists() {
        std::fs::remove_file(&description_file)
            .with_context(|| format!("cannot replace {}", description_file.display()))?;
    }
    write_atomically(&out.join(WEIGHTS_FILE), &bytes)?;
    write_atomically(&description_file, format!("{}\n", bundle.to_json()).as_bytes())?;
    Ok(bundle)
}

/// Reads and checks a bundle's description and weights.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_bundle(folder: &Path) -> Result<(Bundle, Weights)> {
    let path = folder.join(DESCRIPTION_FILE);
    let json = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: is {} a bundle?", path.display(), folder.display()))?;
    let bundle = Bundle::from_json(&json).with_context(|| format!("in {}", path.display()))?;
    let path = folder.join(&bundle.weights.name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    bundle
        .weights
        .verify(&bytes)
        .with_context(|| format!("the bundle {} is broken; export it again", folder.display()))?;
    let weights = Weights::from_safetensors(&bytes).with_context(|| format!("in {}", path.display()))?;
    Ok((bundle, weights))
}
