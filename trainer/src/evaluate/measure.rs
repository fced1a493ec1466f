//! Everything that is measured of a frozen encoder, by the corrected protocol: evaluation mode, features computed once,
//! the probe's best epoch by validation mAP.

use super::neighbours::{CUTOFFS, Neighbours, neighbours};
use super::resampled::{Resampled, Resamples};
use crate::config::{Config, ProbeConfig};
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::progress::Progress;
use crate::tensor::to_unit_length;
use crate::train::features::{FeatureTable, Features, encode_for_probe, encode_views, preprocess};
use crate::train::probe::{self, EpochChoice, Probe, Settings, Source, accuracy_of, truth};
use anyhow::Result;
use nadir_core::metric::alignment_uniformity::{alignment, uniformity};
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::metric::per_image::PerImage;
use nadir_core::report::Scalar;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::Encoder;
use std::collections::BTreeMap;

/// Bins of the calibration error.
const BINS: usize = 15;

/// Test images whose pairs give alignment and uniformity, at the most.
const PAIRS_OF: usize = 1000;

/// What is measured of one encoder.
#[derive(Debug, Clone)]
pub struct ArmResult {
    /// The probes on all labels, one a probe seed.
    pub probes: Vec<Probe>,
    /// Embeddings of all images.
    pub features: Features,
    /// Probes on a share of the labels: the share and a probe for each seed.
    few: Vec<(f64, Vec<Probe>)>,
    neighbours: Neighbours,
    alignment: Option<f64>,
    uniformity: Option<f64>,
}

/// Probes, classifies by neighbours, and measures distances.
///
/// # Errors
/// Where a value is not finite.
pub fn measure(config: &Config, encoder: &Encoder, dataset: &Dataset, chosen: &ChosenDevice) -> Result<ArmResult> {
    let preprocess = preprocess(config, dataset);
    let features = encode_for_probe(encoder, dataset, &preprocess, &config.probe, chosen)?;
    let train = dataset.split.train.as_slice();
    let table = features.on(&chosen.device, config.probe.standardise.then_some(train));
    let seeds = config.study.probe_seeds as u64;
    let probe = |settings: &ProbeConfig, seed: u64, rows: &[usize]| {
        let settings = Settings { config: settings, choice: EpochChoice::BestValidation, seed: config.seed + seed };
        probe::train(settings, Source::Table(&table), dataset, rows, &chosen.device)
    };
    let probes = (0..seeds).map(|seed| probe(&config.probe, seed, train)).collect::<Result<Vec<_>>>()?;
    let few = config.study.label_shares.iter().map(|&share| {
        let probes = (0..seeds).map(|seed| {
            let rows = labelled(train, share, config.seed + seed);
            probe(&with_as_many_steps(&config.probe, train.len(), rows.len()), seed, &rows)
        });
        Ok((share, probes.collect::<Result<Vec<_>>>()?))
    });
    let few = few.collect::<Result<Vec<_>>>()?;
    let some = &dataset.split.test[..dataset.split.test.len().min(PAIRS_OF)];
    let mut views = encode_views(encoder, dataset, some, &config.augment, &preprocess, chosen)?;
    views.iter_mut().for_each(|rows| to_unit_length(rows, features.len));
    Ok(ArmResult {
        neighbours: neighbours(&features, dataset, config.study.neighbours, &chosen.device)?,
        alignment: alignment(&views[0], &views[1], features.len),
        uniformity: uniformity(&features.unit_rows(some), features.len),
        probes,
        features,
        few,
    })
}

/// The probe as the published code trains it: see [`super::ablation`]. `encoder` lives on a training device.
///
/// # Errors
/// Where a value is not finite.
pub fn measure_faithfully(
    config: &Config,
    encoder: &Encoder,
    dataset: &Dataset,
    table: Option<&FeatureTable>,
    chosen: &ChosenDevice,
) -> Result<Vec<Probe>> {
    let preprocess = preprocess(config, dataset);
    let device = chosen.device.clone().autodiff();
    let seeds = config.study.faithful_probe_seeds.unwrap_or(config.study.probe_seeds);
    let [train, validation, test] = dataset.split.parts().map(|(_, part)| part.len());
    let encoded = if table.is_some() { 0 } else { seeds * (config.probe.epochs * (train + validation) + test) };
    let progress = Progress::new("probing in training mode", encoded as u64, "images");
    let source = match table {
        Some(table) => Source::Table(table),
        None => Source::TrainingMode {
            encoder,
            preprocess: &preprocess,
            device: &device,
            len: config.encoder.embedding_len(),
            progress: &progress,
        },
    };
    let probes = (0..seeds as u64)
        .map(|seed| {
            let settings = Settings { config: &config.probe, choice: EpochChoice::Last, seed: config.seed + seed };
            probe::train(settings, source, dataset, &dataset.split.train, &chosen.device)
        })
        .collect::<Result<Vec<_>>>()?;
    if encoded > 0 {
        progress.finish();
    }
    Ok(probes)
}

/// A share of the training images, drawn by seed; one at the least.
fn labelled(train: &[usize], share: f64, seed: u64) -> Vec<usize> {
    let mut rows = train.to_vec();
    Rng::from_parts(&[seed, fnv1a_64(b"labelled")]).shuffle(&mut rows);
    rows.truncate(((train.len() as f64 * share).round() as usize).max(1));
    rows
}

/// The same number of steps on fewer images.
fn with_as_many_steps(config: &ProbeConfig, all: usize, some: usize) -> ProbeConfig {
    let steps = |images: usize| images.div_ceil(config.batch_size).max(1);
    ProbeConfig { epochs: (config.epochs * steps(all)).div_ceil(steps(some)), ..config.clone() }
}

/// Predictions on the test images, ready to be resampled.
fn evaluations<'a>(probes: impl IntoIterator<Item = &'a Probe>, dataset: &Dataset) -> Vec<Evaluation> {
    let truth = truth(dataset, &dataset.split.test);
    probes.into_iter().map(|probe| Evaluation::new(&probe.test_scores, &truth, &probe.thresholds, BINS)).collect()
}

/// An arm's figures over its encoders and probes.
pub struct Figures {
    /// Figures of the report, by name.
    pub scalars: BTreeMap<String, Scalar>,
    /// Those that arms are compared by.
    pub compared: BTreeMap<String, Resampled>,
    /// The first probe's reliability curve.
    pub calibration: Vec<nadir_core::report::CalibrationBin>,
    /// The figures where only some of the test images count; none where all do.
    pub without: BTreeMap<String, Scalar>,
}

/// Figures that arms are compared by.
const COMPARED: [&str; 2] = ["test mAP", "retrieval mAP@R"];

/// The figures of probes alone. `counts` are how often each test image counts in [`Figures::without`], where there is
/// such.
pub fn figures_of_probes(
    probes: &[&Probe],
    dataset: &Dataset,
    resamples: Resamples,
    counts: Option<&[u32]>,
) -> Figures {
    let evaluations = evaluations(probes.iter().copied(), dataset);
    let mut all = resamples.figures(&evaluations);
    let mut scalars: BTreeMap<String, Scalar> =
        all.iter().map(|(name, figure)| (name.clone(), figure.scalar.clone())).collect();
    let validation = probes.iter().map(|probe| probe.validation.mean).collect();
    scalars.insert("validation mAP".to_owned(), Scalar::over(validation));
    all.retain(|name, _| COMPARED.contains(&name.as_str()));
    let without = counts.map_or(BTreeMap::new(), |counts| Resamples::figures_over(&evaluations, counts));
    Figures { scalars, compared: all, calibration: evaluations[0].reliability_curve(), without }
}

/// The figures of one arm's encoders, one a pretraining seed; `counts` as in [`figures_of_probes`].
pub fn figures(
    config: &Config,
    encoders: &[ArmResult],
    dataset: &Dataset,
    resamples: Resamples,
    counts: Option<&[u32]>,
) -> Figures {
    let probes: Vec<&Probe> = encoders.iter().flat_map(|encoder| &encoder.probes).collect();
    let mut figures = figures_of_probes(&probes, dataset, resamples, counts);
    let mut without = std::mem::take(&mut figures.without);
    let map_over = |evaluations: &[Evaluation], counts: &[u32]| {
        Resamples::figures_over(evaluations, counts).remove("test mAP").expect("mAP is among the figures")
    };
    let mut add = |name: String, figure: Resampled| {
        figures.scalars.insert(name.clone(), figure.scalar.clone());
        if COMPARED.contains(&name.as_str()) {
            figures.compared.insert(name, figure);
        }
    };
    for (at, (share, _)) in encoders[0].few.iter().enumerate() {
        let evaluations = evaluations(encoders.iter().flat_map(|encoder| &encoder.few[at].1), dataset);
        let map = resamples.figures(&evaluations).remove("test mAP");
        let name = format!("test mAP, {} % of the labels", share * 100.0);
        if let Some(counts) = counts {
            without.insert(name.clone(), map_over(&evaluations, counts));
        }
        add(name, map.expect("mAP is among the figures"));
    }
    let truth = truth(dataset, &dataset.split.test);
    let undecided = vec![0.5; dataset.labels.len()];
    let by_neighbours: Vec<Evaluation> = encoders
        .iter()
        .map(|encoder| Evaluation::new(&encoder.neighbours.knn_scores, &truth, &undecided, BINS))
        .collect();
    let map = resamples.figures(&by_neighbours).remove("test mAP");
    add("kNN test mAP".to_owned(), map.expect("mAP is among the figures"));
    let mean_over = |seeds: &[PerImage], counts: &[u32]| {
        Scalar::over(seeds.iter().map(|seed| seed.mean_over(counts).unwrap_or(0.0)).collect())
    };
    if let Some(counts) = counts {
        without.insert("kNN test mAP".to_owned(), map_over(&by_neighbours, counts));
    }
    for (at, k) in CUTOFFS.into_iter().enumerate() {
        let recall: Vec<_> = encoders.iter().map(|encoder| encoder.neighbours.retrieval.recall[at].clone()).collect();
        if let Some(counts) = counts {
            without.insert(format!("retrieval R@{k}"), mean_over(&recall, counts));
        }
        add(format!("retrieval R@{k}"), resamples.per_image(&recall));
    }
    let map_at_r: Vec<_> = encoders.iter().map(|encoder| encoder.neighbours.retrieval.map_at_r.clone()).collect();
    if let Some(counts) = counts {
        without.insert("retrieval mAP@R".to_owned(), mean_over(&map_at_r, counts));
    }
    add("retrieval mAP@R".to_owned(), resamples.per_image(&map_at_r));
    if config.data.is_single_label() {
        let test = &dataset.split.test;
        let of = |scores: &[f32]| accuracy_of(scores, dataset, test).unwrap_or(0.0);
        let by_probe = probes.iter().map(|probe| of(&probe.test_scores)).collect();
        let by_neighbours = encoders.iter().map(|encoder| of(&encoder.neighbours.knn_scores)).collect();
        figures.scalars.insert("accuracy, linear probe".to_owned(), Scalar::over(by_probe));
        figures.scalars.insert("accuracy, kNN".to_owned(), Scalar::over(by_neighbours));
    }
    for (name, value) in [
        ("alignment", (|encoder| encoder.alignment) as fn(&ArmResult) -> Option<f64>),
        ("uniformity", |encoder| encoder.uniformity),
    ] {
        if let Some(values) = encoders.iter().map(value).collect::<Option<Vec<f64>>>() {
            figures.scalars.insert(name.to_owned(), Scalar::over(values));
        }
    }
    Figures { without, ..figures }
}
