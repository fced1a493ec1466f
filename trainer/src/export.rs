//! From a run to a bundle: weights folded and halved, described, checked by reading them back.

mod objects;

pub use objects::{ExportableObjects, read_objects};

use crate::config::Config;
use crate::weight_file::write_atomically;
use anyhow::{Context, Result};
use nadir_shared::bundle::{Bundle, BundleFile, CropClassifier, DESCRIPTION_FILE, SCHEMA_VERSION};
use nadir_shared::image::preprocess::Preprocess;
use nadir_shared::model::weights::{Precision, Weights};
use nadir_shared::model::{ObjectFinder, Predictor};
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

impl Exportable {
    /// Encoder and heads as a weight file has them: BatchNorm folded, the heads below `probe`, f16.
    fn weight_file(&self) -> Result<Vec<u8>> {
        let encoder = self.encoder.clone().fold_batch_norm().context("the encoder cannot be folded")?;
        Ok(halved(&encoder.merge(self.heads.clone().with_prefix("probe"))))
    }
}

/// A weight file of f16 values.
fn halved(weights: &Weights) -> Vec<u8> {
    weights.to_safetensors(Precision::F16, BTreeMap::from([("format".to_owned(), "pt".to_owned())]))
}

/// Writes a probed run as a bundle into `out`.
///
/// # Errors
/// As [`write`].
pub fn write_bundle(
    config: &Config,
    run: Exportable,
    objects: Option<ExportableObjects>,
    name: &str,
    description: &str,
    out: &Path,
) -> Result<Bundle> {
    let bytes = run.weight_file()?;
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
    write(bundle, &bytes, objects, out)
}

/// Writes the bundle in `from` with another detector into `out`, which may be the same folder.
///
/// # Errors
/// As [`read_bundle`] and [`write`].
pub fn with_objects(from: &Path, objects: ExportableObjects, name: &str, out: &Path) -> Result<Bundle> {
    let (bundle, _) = read_bundle(from)?;
    let path = from.join(&bundle.weights.name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let weights = BundleFile::describe(WEIGHTS_FILE, &bytes);
    let command = format!("{}; {}", bundle.command, crate::command_line());
    write(Bundle { name: name.to_owned(), weights, command, ..bundle }, &bytes, Some(objects), out)
}

/// Writes `out/bundle.json` and the weight files that it names, the description last, so that a folder with a
/// description is whole.
///
/// # Errors
/// Names the file that cannot be written or the tensor that does not fit.
fn write(bundle: Bundle, bytes: &[u8], objects: Option<ExportableObjects>, out: &Path) -> Result<Bundle> {
    let objects = objects.map(|objects| objects.prepare()).transpose()?;
    let bundle = Bundle { objects: objects.as_ref().map(|objects| objects.model.clone()), ..bundle };
    // What the page will read, read once here: a weight beyond f16's range would come back as infinity.
    let device = burn::tensor::Device::flex();
    let read = Weights::from_safetensors(bytes).context("the weights just written")?;
    let own = Predictor::new(&bundle, &read, &device).context("the weights do not survive rounding to f16")?;
    if let Some(objects) = &objects {
        ObjectFinder::new(&objects.model, &objects.read()?, &own, &device).context(
            "the detector's or the namer's weights are of another network, or do not survive rounding to f16",
        )?;
    }

    std::fs::create_dir_all(out).with_context(|| format!("cannot create the bundle's folder {}", out.display()))?;
    // A detector of an earlier export would be shipped with the site, and never be read.
    for earlier in [DESCRIPTION_FILE, objects::DETECTOR_FILE, objects::NAMER_FILE] {
        let file = out.join(earlier);
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| format!("cannot replace {}", file.display()))?;
        }
    }
    write_atomically(&out.join(WEIGHTS_FILE), bytes)?;
    for (name, bytes) in objects.iter().flat_map(|objects| objects.files()) {
        write_atomically(&out.join(name), bytes)?;
    }
    write_atomically(&out.join(DESCRIPTION_FILE), format!("{}\n", bundle.to_json()).as_bytes())?;
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
    let weights = read_file(folder, &bundle.weights)?;
    Ok((bundle, weights))
}

/// Reads one of a bundle's weight files and compares it with its description.
fn read_file(folder: &Path, file: &BundleFile) -> Result<Weights> {
    let path = folder.join(&file.name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    file.verify(&bytes).with_context(|| format!("the bundle {} is broken; export it again", folder.display()))?;
    Weights::from_safetensors(&bytes).with_context(|| format!("in {}", path.display()))
}
