//! `nadir probe`: what does a linear probe read off the frozen encoder, before and after pretraining?

use super::leak::Leaked;
use super::ood;
use super::resampled::Resamples;
use crate::artifacts::probe_file::{self, ProbeDescription};
use crate::artifacts::run_folder::RunFolder;
use crate::config::Config;
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::train::contrastive_model::init_encoder;
use crate::train::features::{Shown, encode_for_probe, encode_shown, preprocess};
use crate::train::probe::{self, EpochChoice, Probe, Settings, Source, accuracy_of, truth};
use anyhow::{Result, ensure};
use nadir_core::bundle::ImageOod;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::ood::residual::PrincipalSubspace;
use nadir_core::report::{Arm, Curve, Report, Scalar};
use nadir_nn::model::{Encoder, Weights};
use std::collections::BTreeMap;
use std::time::Instant;
use tracing::info;

/// How figures of images with one label are to be read.
pub const ONE_LABEL_NOTE: &str = "Each image has one label. The probe is that of several labels an image: each label is \
                                  told from all others by itself (binary cross-entropy), mAP is the mean over the labels \
                                  one against the rest, and accuracy takes the label with the highest score.";

/// An arm's figures and, of its first seed, the probe itself.
pub struct ProbedArm {
    /// The arm's entry in the report.
    pub arm: Arm,
    /// The first seed's probe.
    pub probe: Probe,
    /// What the images went through.
    pub preprocess: Preprocess,
    /// What tells images unlike those of training; `None` where there are too few of them.
    pub ood: Option<(PrincipalSubspace, ImageOod)>,
    /// The arm's test figures without the test images that overlap with others; none where none does.
    pub without: BTreeMap<String, Scalar>,
}

/// Keeps an arm's first probe in the run folder.
///
/// # Errors
/// Names the file.
pub fn write_probe(run: &RunFolder, dataset: &Dataset, probed: &ProbedArm) -> Result<()> {
    let figures = BTreeMap::from([
        ("test_map".to_owned(), probed.probe.test.mean),
        ("validation_map".to_owned(), probed.probe.validation.mean),
        ("test_f1_micro".to_owned(), probed.probe.test_f1.over_decisions),
    ]);
    let description = ProbeDescription {
        arm: probed.arm.name.clone(),
        labels: dataset.labels.clone(),
        thresholds: probed.probe.thresholds.clone(),
        preprocess: probed.preprocess.clone(),
        figures,
        ood: probed.ood.as_ref().map(|(_, ood)| ood.clone()),
        crops: None,
    };
    let weights = probed.probe.weights.clone();
    let weights = match &probed.ood {
        Some((subspace, _)) => weights.merge(ood::weights(subspace)),
        None => weights,
    };
    probe_file::write(run, &weights, &description)
}

/// The name of the arm that nothing trained here.
pub fn baseline_name(config: &Config) -> &'static str {
    if config.weights.is_some() { "given weights, frozen" } else { "random weights, frozen" }
}

/// Probes the config's first weights.
///
/// # Errors
/// As [`probe_encoder`], and where the weights do not fit.
pub fn probe_baseline(
    config: &Config,
    dataset: &Dataset,
    leaked: &Leaked,
    seeds: usize,
    chosen: &ChosenDevice,
) -> Result<ProbedArm> {
    let encoder = init_encoder(config, &chosen.device)?;
    probe_encoder(baseline_name(config), config, &encoder, dataset, leaked, seeds, chosen)
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
    leaked: &Leaked,
    seeds: usize,
    chosen: &ChosenDevice,
) -> Result<ProbedArm> {
    let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(weights)?;
    probe_encoder(name, config, &encoder, dataset, leaked, seeds, chosen)
}

/// Encodes all images once and trains the probe with each seed; its last epoch counts.
///
/// # Errors
/// Where a value is not finite.
pub fn probe_encoder(
    name: &str,
    config: &Config,
    encoder: &Encoder,
    dataset: &Dataset,
    leaked: &Leaked,
    seeds: usize,
    chosen: &ChosenDevice,
) -> Result<ProbedArm> {
    ensure!(seeds > 0, "--seeds must be at least 1");
    info!(arm = name, "{name}:");
    let preprocess = preprocess(config, dataset);
    // First, for a file that cannot be read is to end nothing.
    let familiar = match &config.probe.familiar {
        Some(folder) => {
            // As many as there are of one's own, so that neither outweighs the other.
            let count = dataset.split.train.len() + dataset.split.validation.len();
            ood::familiar(folder, count, config.seed, encoder, &preprocess, chosen)?
        }
        None => Vec::new(),
    };
    let features = encode_for_probe(encoder, dataset, &preprocess, &config.probe, chosen)?;
    let started = Instant::now();
    let train = dataset.split.train.as_slice();
    let table = features.on(&chosen.device, config.probe.standardise.then_some(train));
    let probes = (0..seeds as u64)
        .map(|seed| {
            let settings = Settings { config: &config.probe, choice: EpochChoice::Last, seed: config.seed + seed };
            probe::train(settings, Source::Table(&table), dataset, train, &chosen.device)
        })
        .collect::<Result<Vec<Probe>>>()?;
    info!(
        seconds = started.elapsed().as_secs_f64(),
        "probe: {} epochs over {} features of length {}, {seeds} seed(s), {:.1} s",
        config.probe.epochs,
        train.len(),
        features.len,
        started.elapsed().as_secs_f64()
    );
    let over = |value: fn(&Probe) -> f64| Scalar::over(probes.iter().map(value).collect());
    let mut scalars = BTreeMap::from([
        ("test mAP".to_owned(), over(|probe| probe.test.mean)),
        ("validation mAP".to_owned(), over(|probe| probe.validation.mean)),
        ("test F1 micro".to_owned(), over(|probe| probe.test_f1.over_decisions)),
        ("test F1 macro".to_owned(), over(|probe| probe.test_f1.mean_over_classes)),
    ]);
    if config.data.is_single_label() {
        let test = &dataset.split.test;
        let values = probes.iter().filter_map(|probe| accuracy_of(&probe.test_scores, dataset, test)).collect();
        scalars.insert("accuracy, linear probe".to_owned(), Scalar::over(values));
    }
    for (part, rows) in [("validation", &dataset.split.validation), ("test", &dataset.split.test)] {
        let truth = truth(dataset, rows);
        for (further, views) in Shown::measured(&config.probe) {
            let values = views.into_iter().map(|shown| {
                let features = encode_shown(encoder, dataset, rows, &preprocess, shown, chosen)?;
                Ok(probes.iter().map(|probe| probe.mean_average_precision(&features, &truth)).collect())
            });
            let values: Vec<Vec<f64>> = values.collect::<Result<_>>()?;
            scalars.insert(format!("{part} mAP {further}"), Scalar::over(mean_over_views(&values)));
        }
    }
    let arm = Arm {
        name: name.to_owned(),
        scalars,
        test_average_precision: mean_average_precisions(&probes),
        curves: probe_curves(&probes[0]),
        ..Arm::default()
    };
    let mut without = leaked.counts().map_or(BTreeMap::new(), |counts| {
        let truth = truth(dataset, &dataset.split.test);
        let evaluation = |probe: &Probe| Evaluation::new(&probe.test_scores, &truth, &probe.thresholds, 1);
        Resamples::figures_over(&probes.iter().map(evaluation).collect::<Vec<_>>(), &counts)
    });
    without.retain(|name, _| arm.scalars.contains_key(name));
    let ood = ood::fit(&features, dataset, &familiar)?;
    Ok(ProbedArm { without, arm, ood, probe: probes.into_iter().next().expect("at least one seed"), preprocess })
}

/// Of each view's figures, one a probe, the means over the views.
fn mean_over_views(values: &[Vec<f64>]) -> Vec<f64> {
    let mean = |probe: usize| values.iter().map(|of_view| of_view[probe]).sum::<f64>() / values.len() as f64;
    (0..values.first().map_or(0, Vec::len)).map(mean).collect()
}

/// Each label's average precision on test, mean over the probes; `None` for a label without a positive.
pub fn mean_average_precisions(probes: &[Probe]) -> Vec<Option<f64>> {
    (0..probes[0].test.per_class.len())
        .map(|label| {
            let values: Option<Vec<f64>> = probes.iter().map(|probe| probe.test.per_class[label]).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        })
        .collect()
}

/// A probe's losses and validation mAP by epoch.
pub fn probe_curves(probe: &Probe) -> BTreeMap<String, Curve> {
    let curve = |y: &str, value: fn(&probe::ProbeEpoch) -> f64| Curve {
        x: "epoch of the probe".into(),
        y: y.into(),
        points: probe.epochs.iter().enumerate().map(|(at, epoch)| [(at + 1) as f64, value(epoch)]).collect(),
        band: Vec::new(),
    };
    BTreeMap::from([
        ("probe training loss".to_owned(), curve("binary cross-entropy", |epoch| epoch.training_loss)),
        ("probe validation loss".to_owned(), curve("binary cross-entropy", |epoch| epoch.validation_loss)),
        ("probe validation mAP".to_owned(), curve("mAP", |epoch| epoch.validation_map)),
    ])
}

/// Pretraining's mean loss by epoch.
pub fn pretraining_curve(losses: &[f64]) -> Curve {
    let points = losses.iter().enumerate().map(|(epoch, &loss)| [(epoch + 1) as f64, loss]).collect();
    Curve { x: "epoch of pretraining".into(), y: "loss".into(), points, band: Vec::new() }
}

/// The report of the arms before and after pretraining.
pub fn report(
    config: &Config,
    dataset: &Dataset,
    leaked: &Leaked,
    arms: Vec<ProbedArm>,
    pretraining_losses: &[f64],
    started: Instant,
    chosen: &ChosenDevice,
) -> Report {
    let without = arms.iter().map(|probed| (probed.arm.name.clone(), probed.without.clone())).collect();
    let leak = leaked.for_report(without);
    let mut arms: Vec<Arm> = arms.into_iter().map(|probed| probed.arm).collect();
    let baseline = baseline_name(config);
    if let Some(arm) = arms.iter_mut().find(|arm| arm.name != baseline) {
        arm.curves.insert("pretraining loss".into(), pretraining_curve(pretraining_losses));
    }
    let is_trained = arms.iter().any(|arm| arm.name != baseline);
    let title = if is_trained {
        let objective = config.pretrain.objective;
        let training = if objective.is_contrast() { "" } else { " training" };
        format!("Linear probe before and after {}{training}", objective.title())
    } else {
        format!("Linear probe: {baseline}")
    };
    let mut report = Report { arms, leak, ..super::report::begin("probe", &title, config, dataset, started, chosen) };
    if config.data.is_single_label() {
        report.notes.push(ONE_LABEL_NOTE.to_owned());
    }
    report
}
