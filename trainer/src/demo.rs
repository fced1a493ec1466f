//! The whole way in minutes, on the CPU: generated scenes, SimCLR, linear probe, detector, bundle.

use crate::artifacts::probe_file;
use crate::artifacts::run_folder::{CONFIG_FILE, ENCODER_FILE, RunFolder};
use crate::config::{Config, DetectConfig, MapMethod};
use crate::data;
use crate::data::detection::load_parts;
use crate::device::ChosenDevice;
use crate::distributed::Group;
use crate::evaluate::leak::leaked;
use crate::evaluate::probe::{probe_baseline, probe_weights, report, write_probe};
use crate::export::{GalleryImages, GalleryRequest, Parts, Words, export_run, exportable_objects};
use crate::train::detect;
use crate::train::pretrain::pretrain;
use anyhow::{Result, ensure};
use nadir_core::report::{Arm, Report, Scalar};
use nadir_nn::model::weights::Dtype;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracing::info;

/// The bundle's name and title.
const NAME: &str = "demo";
const TITLE: &str = "trained just now, by the demo";
const DESCRIPTION: &str = "A ResNet-18 pretrained by SimCLR on generated aerial scenes by `nadir demo`, with a linear \
                           probe for their labels and a detector of their objects.";

/// Images of the page's gallery.
const GALLERY: usize = 300;

/// What the demo trains.
#[derive(Debug)]
pub struct DemoSettings<'a> {
    /// Of the experiment, `key=value`.
    pub sets: &'a [String],
    /// Of the detector, `key=value`.
    pub detector_sets: &'a [String],
    /// How often the experiment is repeated, at least 1.
    pub seeds: usize,
    /// Folder for runs and bundle.
    pub run: &'a Path,
}

/// What the demo came to.
#[derive(Debug)]
pub struct DemoOutcome {
    /// The first seed's report; its arms are those of all seeds.
    pub report: Report,
    /// Path of the exported bundle.
    pub bundle: PathBuf,
}

/// Trains and exports, or takes up what is still valid of an earlier call.
///
/// # Errors
/// Those of the parts; what was finished stays.
pub fn run(settings: &DemoSettings<'_>, chosen: &ChosenDevice) -> Result<DemoOutcome> {
    ensure!(settings.seeds > 0, "--seeds must be at least 1");
    let mut reports = Vec::new();
    let base = Config::load(None, settings.sets)?;
    let folder = |seed: u64| settings.run.join(format!("seed-{seed}"));
    for seed in base.seed..base.seed + settings.seeds as u64 {
        reports.push(one_seed(&Config { seed, ..base.clone() }, &folder(seed), chosen)?);
    }
    // In the run that it starts from, and gone with it.
    let detector = folder(base.seed).join("detector");
    train_detector(&base, &folder(base.seed), settings.detector_sets, &detector, chosen)?;
    let bundle = settings.run.join("bundle").join(NAME);
    let gallery = GalleryRequest {
        images: GalleryImages::of_run(&base, GALLERY)?,
        map: MapMethod::Umap,
        device: chosen.device.clone(),
    };
    let parts =
        Parts { objects: Some(exportable_objects(&detector, None)?), gallery: Some(gallery), ..Parts::default() };
    let words = Words { name: NAME.into(), title: TITLE.into(), description: DESCRIPTION.into() };
    export_run(&folder(base.seed), parts, &words, Dtype::F16, &bundle)?;
    let mut report = reports[0].clone();
    report.arms = over_seeds(&reports);
    Ok(DemoOutcome { report, bundle })
}

/// Pretrains, probes and reports one seed, or takes up a finished run of the same config.
fn one_seed(config: &Config, folder: &Path, chosen: &ChosenDevice) -> Result<Report> {
    if let Some(report) = finished(config, folder) {
        info!(path = %folder.display(), "{}: already done with this config; taken up", folder.display());
        return Ok(report);
    }
    if RunFolder::read_config(folder).is_ok_and(|old| old.pretrain_fingerprint() != config.pretrain_fingerprint()) {
        info!(path = %folder.display(), "{}: made with another config; done again", folder.display());
        std::fs::remove_dir_all(folder)?;
    }
    let started = Instant::now();
    let run = RunFolder::create(folder)?;
    let dataset = data::load(config)?;
    let pretrained = pretrain(config, &dataset, &run, true, chosen, &Group::alone())?;
    run.write_encoder(&pretrained.encoder)?;
    let leaked = leaked(&dataset);
    let baseline = probe_baseline(config, &dataset, &leaked, 1, chosen)?;
    let trained =
        probe_weights(&config.pretrain.objective.title(), config, &pretrained.encoder, &dataset, &leaked, 1, chosen)?;
    write_probe(&run, &dataset, &trained)?;
    let report = report(config, &dataset, &leaked, vec![baseline, trained], &run.epoch_losses(), started, chosen);
    run.write_report(&report)?;
    Ok(report)
}

/// Trains the detector of the page's objects on the encoder that was pretrained in `pretrained`, or takes up what
/// stands in the folder of the same config.
fn train_detector(
    base: &Config,
    pretrained: &Path,
    sets: &[String],
    folder: &Path,
    chosen: &ChosenDevice,
) -> Result<()> {
    let mut config = DetectConfig::load(None, sets)?;
    config.detector.architecture = base.encoder.clone();
    config.weights = Some(pretrained.join(ENCODER_FILE));
    config.train.frozen_parts = 2;
    let saved = folder.join(CONFIG_FILE);
    if saved.exists()
        && DetectConfig::load(Some(&saved), &[]).is_ok_and(|old| old.fingerprint() != config.fingerprint())
    {
        info!(path = %folder.display(), "{}: made with another config; done again", folder.display());
        std::fs::remove_dir_all(folder)?;
    }
    let run = RunFolder::create(folder)?;
    let trained = detect::train(&config, &load_parts(&config)?, &run, true, chosen)?;
    for (name, value) in trained.description.figures {
        info!(figure = name, value, "detector: {name} {value:.4}");
    }
    Ok(())
}

fn finished(config: &Config, folder: &Path) -> Option<Report> {
    let same = RunFolder::read_config(folder).ok()? == *config;
    let complete = probe_file::exists(folder) && folder.join(ENCODER_FILE).exists();
    let report = serde_json::from_str(&std::fs::read_to_string(folder.join("report.json")).ok()?).ok()?;
    (same && complete).then_some(report)
}

/// Each arm over the runs' seeds.
fn over_seeds(reports: &[Report]) -> Vec<Arm> {
    let arms = |index: usize| reports.iter().filter_map(move |report| report.arms.get(index));
    (0..reports[0].arms.len())
        .map(|index| {
            let first = &reports[0].arms[index];
            let scalars: BTreeMap<_, _> = first
                .scalars
                .keys()
                .map(|name| {
                    let values = arms(index).filter_map(|arm| Some(arm.scalars.get(name)?.mean)).collect();
                    (name.clone(), Scalar::over(values))
                })
                .collect();
            let test_average_precision = (0..first.test_average_precision.len())
                .map(|label| {
                    let values: Vec<f64> = arms(index).filter_map(|arm| arm.test_average_precision[label]).collect();
                    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
                })
                .collect();
            Arm { scalars, test_average_precision, ..first.clone() }
        })
        .collect()
}
