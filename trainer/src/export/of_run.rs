//! What runs have for a bundle.

use super::exportable::Exportable;
use super::{ExportableCropClassifier, ExportableObjects, Parts, Words, described, write_bundle};
use crate::artifacts::probe_file::ProbeDescription;
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::artifacts::{detector_file, probe_file, weight_file};
use crate::config::Config;
use crate::evaluate::probe::baseline_name;
use crate::train::contrastive_model::init_encoder;
use anyhow::{Context, Result, ensure};
use nadir_core::bundle::{Bundle, weak_ap50};
use nadir_nn::model::weights::Dtype;
use nadir_nn::model::{Encoder, Weights};
use std::path::Path;
use tracing::warn;

/// Bundles the probed run in `run` with what else there is, its weights as `dtype`.
///
/// # Errors
/// Names what the run lacks, and the file that cannot be written.
pub fn export_run(run: &Path, parts: Parts, words: &Words, dtype: Dtype, out: &Path) -> Result<Bundle> {
    let (config, exportable) = exportable(run)?;
    write_bundle(&config, exportable, parts, words, dtype, out)
}

/// The probed run in `run` as a bundle of whole images that is written nowhere, with its weights.
///
/// # Errors
/// Names what the run lacks.
pub fn bundle_of_run(run: &Path) -> Result<(Bundle, Weights)> {
    let (config, exportable) = exportable(run)?;
    let name = run.file_name().and_then(|name| name.to_str()).unwrap_or("run").to_owned();
    let words = Words { title: name.clone(), description: format!("The run {name}."), name };
    let (bundle, bytes) = described(&config, exportable, &words, Dtype::F16)?;
    Ok((bundle, Weights::from_safetensors(&bytes)?))
}

/// The bundle's name: the last part of its folder.
///
/// # Errors
/// Where `out` has no last part.
pub fn name_of(out: &Path) -> Result<&str> {
    out.file_name().and_then(|name| name.to_str()).with_context(|| format!("the folder {} has no name", out.display()))
}

/// What a probed run has for a bundle.
fn exportable(run: &Path) -> Result<(Config, Exportable)> {
    let config = RunFolder::read_config(run)?;
    if !probe_file::exists(run) {
        // What is asked for next, `nadir probe`, has no labels either.
        config.data.expect_labels("a bundle, which shows what a probe reads off the network,")?;
    }
    let probe = probe_file::read_description(run)?;
    let encoder = encoder_of(run, &config, Some(&probe))?;
    let exportable = Exportable {
        encoder,
        heads: probe_file::read_weights(run)?,
        labels: probe.labels,
        thresholds: probe.thresholds,
        preprocess: probe.preprocess,
        figures: probe.figures,
        ood: probe.ood,
        crops: probe.crops,
    };
    Ok((config, exportable))
}

/// The weights of a run's encoder: what it trained, or the first ones where its probe reads those, as it does of a run that
/// only probed.
///
/// # Errors
/// Names the file that is missing or does not fit.
pub fn encoder_of(run: &Path, config: &Config, probe: Option<&ProbeDescription>) -> Result<Weights> {
    if is_untrained(config, probe) {
        return Ok(init_encoder(config, &burn::tensor::Device::flex())?.export());
    }
    let weights = weight_file::read(&run.join(ENCODER_FILE))?;
    let encoder = Encoder::new(&config.encoder, false, &burn::tensor::Device::flex()).import(&weights);
    let encoder = encoder.with_context(|| format!("{} does not fit the run's config", ENCODER_FILE))?;
    Ok(encoder.export())
}

/// Whether a run's probe reads the first weights.
pub(super) fn is_untrained(config: &Config, probe: Option<&ProbeDescription>) -> bool {
    probe.is_some_and(|probe| probe.arm == baseline_name(config))
}

/// What a detector's run has for a bundle, checked before anything is written. That a detector finds little is logged
/// on standard error: the page says it too, and whether it is of use all the same its owner knows best.
///
/// # Errors
/// Names the file, or the first tensor that does not fit.
pub fn exportable_objects(detector: &Path, crop_classifier: Option<&Path>) -> Result<ExportableObjects> {
    let (description, weights) = detector_file::read(detector)?;
    description
        .load(&weights, &burn::tensor::Device::flex())
        .with_context(|| format!("the weights in {} do not fit its detector.json", detector.display()))?;
    if let Some(ap50) = weak_ap50(&description.figures) {
        warn!(
            ap50,
            path = %detector.display(),
            "the detector in {} finds little: AP50 {ap50:.2} on validation images, where 1 is the best; the page says \
             so before it is used. Train it longer or on more images, or export without --detector",
            detector.display()
        );
    }
    let crop_classifier = crop_classifier.map(exportable_crop_classifier).transpose()?;
    Ok(ExportableObjects { description, detector: weights, crop_classifier })
}

/// A training whose class means classify crops.
///
/// # Errors
/// Where it has none; names the file of the run that is missing or broken.
pub fn exportable_crop_classifier(run: &Path) -> Result<ExportableCropClassifier> {
    let (config, exportable) = exportable(run)?;
    ensure!(
        exportable.crops.is_some(),
        "{} has no class means to classify crops by; take a training of `nadir study ranking`",
        run.display()
    );
    Ok((config, exportable))
}
