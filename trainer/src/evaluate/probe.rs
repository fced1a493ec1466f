//! Paper A's question: what does a linear probe read off the frozen encoder, before and after SimCLR?

use crate::config::Config;
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::train::pretrain::first_encoder;
use crate::train::probe::{self, Probe};
use anyhow::{Result, ensure};
use nadir_shared::image::preprocess::Preprocess;
use nadir_shared::model::Encoder;
use nadir_shared::model::weights::Weights;
use nadir_shared::report::{Arm, Curve, Report, SCHEMA_VERSION, Scalar};
use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

/// The name of the arm that SimCLR pretrained.
pub const SIMCLR: &str = "SimCLR";

/// An arm's figures and, of its first seed, the probe itself.
pub struct ProbedArm {
    /// For the report.
    pub arm: Arm,
    /// The first seed's probe.
    pub probe: Probe,
    /// What the images went through.
    pub preprocess: Preprocess,
}

/// The images' way into the encoder for a dataset.
fn preprocess(config: &Config, dataset: &Dataset) -> Preprocess {
    let (mean, std) = dataset.mean_and_std(config.normalisation);
    Preprocess { size: config.probe.image_size, mean, std }
}

/// The name of the arm that did not see SimCLR.
fn baseline_name(config: &Config) -> &'static str {
    if config.weights.is_some() { "given weights, frozen" } else { "random weights, frozen" }
}

/// Probes the config's first weights.
///
/// # Errors
/// As [`probe_encoder`], and where the weights do not fit.
pub fn probe_baseline(config: &Config, dataset: &Dataset, seeds: usize, chosen: &ChosenDevice) -> Result<ProbedArm> {
    let encoder = first_encoder(config, &chosen.device)?;
    probe_encoder(baseline_name(config), config, &encoder, dataset, seeds, chosen)
}

/// Probes an encoder given by its weights.
///
/// # Errors
/// As [`probe_encoder`], and where the weights do not fit.
pub fn probe_weights(
    name: &str,
    config: &Config,
    weights: &Weights,
    dataset: &Dataset,
    seeds: usize,
    chosen: &ChosenDevice,
) -> Result<ProbedArm> {
    let encoder = config.encoder.init(false, &chosen.device).import(weights)?;
    probe_encoder(name, config, &encoder, dataset, seeds, chosen)
}

/// Encodes all images once and trains the probe with each seed.
///
/// # Errors
/// Where a value is not finite.
pub fn probe_encoder(
    name: &str,
    config: &Config,
    encoder: &Encoder,
    dataset: &Dataset,
    seeds: usize,
    chosen: &ChosenDevice,
) -> Result<ProbedArm> {
    ensure!(seeds > 0, "--seeds must be at least 1");
    eprintln!("{name}:");
    let preprocess = preprocess(config, dataset);
    let mut features = probe::encode(encoder, dataset, &preprocess, chosen)?;
    let begun = Instant::now();
    if config.probe.standardise {
        features = features.standardised(&dataset.split.train);
    }
    let probes = (0..seeds as u64)
        .map(|seed| probe::train(&config.probe, config.seed + seed, &features, dataset, &chosen.device))
        .collect::<Result<Vec<Probe>>>()?;
    eprintln!(
        "probe: {} epochs over {} features of length {}, {seeds} seed(s), {:.1} s",
        config.probe.epochs,
        dataset.split.train.len(),
        features.len,
        begun.elapsed().as_secs_f64()
    );
    let over = |value: fn(&Probe) -> f64| Scalar::over(probes.iter().map(value).collect());
    let scalars = BTreeMap::from([
        ("test mAP".to_owned(), over(|probe| probe.test.mean)),
        ("validation mAP".to_owned(), over(|probe| probe.validation.mean)),
        ("test F1 micro".to_owned(), over(|probe| probe.test_f1.over_decisions)),
        ("test F1 macro".to_owned(), over(|probe| probe.test_f1.mean_over_classes)),
    ]);
    let test_average_precision = (0..dataset.labels.len())
        .map(|label| {
            let values: Option<Vec<f64>> = probes.iter().map(|probe| probe.test.per_class[label]).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        })
        .collect();
    let arm = Arm { name: name.to_owned(), scalars, test_average_precision, ..Arm::default() };
    Ok(ProbedArm { arm, probe: probes.into_iter().next().expect("at least one seed"), preprocess })
}

/// The report of some arms.
pub fn report(
    config: &Config,
    dataset: &Dataset,
    mut arms: Vec<Arm>,
    pretraining_losses: &[f64],
    begun: Instant,
    chosen: &ChosenDevice,
) -> Report {
    if let Some(arm) = arms.iter_mut().find(|arm| arm.name == SIMCLR) {
        let points = pretraining_losses.iter().enumerate().map(|(epoch, &loss)| [(epoch + 1) as f64, loss]).collect();
        arm.curves.insert("pretraining loss".into(), Curve { x: "epoch".into(), y: "loss".into(), points });
    }
    Report {
        schema_version: SCHEMA_VERSION,
        study: "probe".into(),
        title: "Linear probe before and after SimCLR".into(),
        command: crate::command_line(),
        config: config.to_toml(),
        version: env!("CARGO_PKG_VERSION").into(),
        revision: None,
        device: chosen.name.clone(),
        finished: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        wall_time_s: begun.elapsed().as_secs_f64(),
        images: dataset.split.parts().iter().map(|(name, part)| ((*name).to_owned(), part.len())).collect(),
        split_sha256: dataset.split_hash(),
        labels: dataset.labels.clone(),
        notes: Vec::new(),
        arms,
        comparisons: Vec::new(),
        map_images: Vec::new(),
    }
}
