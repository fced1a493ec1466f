//! One training on crops, with some classes held out or none, and what is measured of its encoder in evaluation mode.

use crate::artifacts::probe_file;
use crate::artifacts::probe_file::ProbeDescription;
use crate::artifacts::run_folder::RunFolder;
use crate::config::Config;
use crate::data::crops::CropDataset;
use crate::device::ChosenDevice;
use crate::distributed::Group;
use crate::evaluate::maps::maps_of_test;
use crate::evaluate::neighbours::neighbours;
use crate::tensor::values_of;
use crate::train::features::{Features, encode, preprocess};
use crate::train::pretrain::pretrain;
use crate::train::probe::{self, EpochChoice, Probe, Settings, Source};
use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::ClassMeanClassifier;
use nadir_core::metric::classification::accuracy;
use nadir_core::metric::rank_order::{RankOrder, rank_satisfaction, requested_and_learned_tau};
use nadir_core::ood;
use nadir_core::ood::class_means::ClassMeans;
use nadir_core::ood::{Detectors, max_softmax};
use nadir_core::ranking::Ranking;
use nadir_nn::model::Encoder;
use nadir_nn::model::{WeightTensor, Weights};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Anchors whose similarities are computed at once.
const BLOCK: usize = 256;

/// Name of the classifier by class means, the paper's.
pub const NEAREST_CLASS_MEAN: &str = "nearest class mean";

/// A classifier that the objective itself trains.
const OWN_CLASSIFIER: &str = "own classifier";

/// Share of validation crops that a bundle's threshold takes for known.
const IN_DISTRIBUTION_SHARE: f64 = 0.95;

/// What is kept of a training. Classes are indices into the classes that it knew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Experiment {
    /// The class of each test crop.
    pub truth: Vec<usize>,
    /// The class that each classifier gives it.
    pub predicted: BTreeMap<String, Vec<usize>>,
    /// Of each test crop: the share of pairs of training crops in the order that the ranking requires.
    pub satisfaction: Vec<Option<f64>>,
    /// Kendall's tau-b between required and learned order of the other classes, for each class.
    pub tau: Vec<Option<f64>>,
    /// Cosines of class means.
    pub class_similarity: Vec<Vec<f64>>,
    /// By score: how far out of distribution each test crop is, then each test crop of a held-out class.
    pub ood_scores: BTreeMap<String, Vec<f32>>,
    /// Mean loss of each epoch.
    pub losses: Vec<f64>,
    /// The first test crops in two dimensions, by method; empty where no map was requested.
    pub maps: BTreeMap<String, Vec<[f32; 2]>>,
}

/// Trains in `run`, or goes on there, and measures.
///
/// # Errors
/// As training and probing, and where a score cannot be fitted.
pub fn experiment(
    config: &Config,
    crops: &CropDataset,
    ranking: Option<&Ranking>,
    with_maps: bool,
    run: &RunFolder,
    chosen: &ChosenDevice,
) -> Result<Experiment> {
    let dataset = &crops.dataset;
    let pretrained = pretrain(config, dataset, run, true, chosen, &Group::alone())?;
    run.write_encoder(&pretrained.encoder)?;
    let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(&pretrained.encoder)?;
    let features = encode(&encoder, dataset, &preprocess(config, dataset), chosen)?;
    let own = pretrained.classifier.as_ref();

    let (train, test) = (&dataset.split.train, &dataset.split.test);
    let training_rows = features.unit_rows(train);
    let (training_classes, truth) = (classes_of(crops, train), classes_of(crops, test));
    let number = dataset.labels.len();
    let means = ClassMeans::new(&training_rows, features.len, &training_classes, number)?;
    let class_similarity = means.similarity();
    let similar = ranking.map_or_else(|| vec![Vec::new(); number], Ranking::similar_classes);
    let (satisfaction, tau) = match ranking {
        Some(_) => {
            let order = RankOrder::new(&similar, number)?;
            let satisfaction = satisfaction(&features, train, test, &training_classes, &truth, &order, &chosen.device)?;
            (satisfaction, requested_and_learned_tau(&class_similarity, &order))
        }
        None => (vec![None; test.len()], vec![None; number]),
    };
    let probe = train_probe(config, crops, &features, chosen)?;
    let predicted = predictions(config, crops, &features, (&means, &probe, own), chosen)?;
    let accuracy = accuracy(&predicted[NEAREST_CLASS_MEAN], &truth).unwrap_or(0.0);
    write_for_export(config, crops, &features, (&means, &probe), accuracy, similar, run)?;
    Ok(Experiment {
        predicted,
        ood_scores: ood_scores(config, crops, &features, (&training_rows, &training_classes), own)?,
        maps: if with_maps { maps_of_test(config, &features, dataset)? } else { BTreeMap::new() },
        losses: run.epoch_losses(),
        truth,
        satisfaction,
        tau,
        class_similarity,
    })
}

/// The class of crops of known classes.
fn classes_of(crops: &CropDataset, images: &[usize]) -> Vec<usize> {
    let class = |&image: &usize| crops.dataset.samples[image].targets.iter().position(|&has| has);
    images.iter().map(|image| class(image).expect("a part holds known classes alone")).collect()
}

/// The index of the largest entry of each row.
fn largest(rows: &[f32], len: usize) -> Vec<usize> {
    let of_row = |row: &[f32]| (0..len).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("a class at least");
    rows.chunks_exact(len).map(of_row).collect()
}

fn train_probe(config: &Config, crops: &CropDataset, features: &Features, chosen: &ChosenDevice) -> Result<Probe> {
    let dataset = &crops.dataset;
    let table = features.on(&chosen.device, config.probe.standardise.then_some(&dataset.split.train));
    let settings = Settings { config: &config.probe, choice: EpochChoice::BestValidation, seed: config.seed };
    probe::train(settings, Source::Table(&table), dataset, &dataset.split.train, &chosen.device)
}

fn predictions(
    config: &Config,
    crops: &CropDataset,
    features: &Features,
    (means, probe, own): (&ClassMeans, &Probe, Option<&Weights>),
    chosen: &ChosenDevice,
) -> Result<BTreeMap<String, Vec<usize>>> {
    let dataset = &crops.dataset;
    let (number, test) = (dataset.labels.len(), &dataset.split.test);
    let by_neighbours = neighbours(features, dataset, config.study.neighbours, &chosen.device)?;
    let mut predicted = BTreeMap::from([
        (NEAREST_CLASS_MEAN.to_owned(), means.nearest(&features.unit_rows(test))),
        ("kNN".to_owned(), largest(&by_neighbours.knn_scores, number)),
        ("linear probe".to_owned(), largest(&probe.test_scores, number)),
    ]);
    if let Some(own) = own {
        predicted.insert(OWN_CLASSIFIER.to_owned(), largest(&logits(own, features, test)?, number));
    }
    Ok(predicted)
}

/// Leaves the heads in the run folder as `nadir export` takes them: probe, class means, the threshold of the unknown.
fn write_for_export(
    config: &Config,
    crops: &CropDataset,
    features: &Features,
    (means, probe): (&ClassMeans, &Probe),
    accuracy: f64,
    similar: Vec<Vec<usize>>,
    run: &RunFolder,
) -> Result<()> {
    let dataset = &crops.dataset;
    let temperature = config.ranking.lowest_temperature;
    let validation = means.cosines(&features.unit_rows(&dataset.split.validation));
    let ood_scores = max_softmax::ood_scores(&validation, means.classes(), temperature);
    let mut weights = probe.weights.clone();
    let shape = vec![means.classes(), means.embedding_len()];
    weights.0.insert("class_means".to_owned(), WeightTensor { shape, values: means.values().to_vec() });
    let description = ProbeDescription {
        ood: None,
        arm: config.pretrain.objective.title(),
        labels: dataset.labels.clone(),
        thresholds: probe.thresholds.clone(),
        preprocess: preprocess(config, dataset),
        figures: BTreeMap::from([("test_accuracy_nearest_class_mean".to_owned(), accuracy)]),
        crops: Some(ClassMeanClassifier {
            temperature,
            unknown_above: ood::threshold(&ood_scores, IN_DISTRIBUTION_SHARE),
            similar,
        }),
    };
    probe_file::write(run, &weights, &description)
}

/// A trained classifier's logits, [images, classes].
fn logits(classifier: &Weights, features: &Features, images: &[usize]) -> Result<Vec<f32>> {
    let tensor = |name: &str| classifier.0.get(name).with_context(|| format!("a classifier has a {name}"));
    let (weight, bias) = (tensor("weight")?, tensor("bias")?);
    let of_image = |&image: &usize| {
        let row = features.row(image);
        weight.values.chunks_exact(features.len).zip(&bias.values).map(move |(weight, bias)| {
            weight.iter().zip(row).map(|(weight, value)| f64::from(*weight) * f64::from(*value)).sum::<f64>() as f32
                + bias
        })
    };
    Ok(images.iter().flat_map(of_image).collect())
}

/// Each test crop's share of training crops in the required order.
fn satisfaction(
    features: &Features,
    train: &[usize],
    test: &[usize],
    training_classes: &[usize],
    truth: &[usize],
    order: &RankOrder,
    device: &Device,
) -> Result<Vec<Option<f64>>> {
    let rows = |images: &[usize]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(features.unit_rows(images), [images.len(), features.len]), device)
    };
    let gallery = rows(train).transpose();
    let mut found = Vec::with_capacity(test.len());
    for (images, classes) in test.chunks(BLOCK).zip(truth.chunks(BLOCK)) {
        let similarities = values_of(rows(images).matmul(gallery.clone()))?;
        found.extend(rank_satisfaction(&similarities, classes, training_classes, order).per_anchor.values);
    }
    Ok(found)
}

/// Every score of the test crops and of those of held-out classes; nothing where none is held out.
fn ood_scores(
    config: &Config,
    crops: &CropDataset,
    features: &Features,
    (training_rows, training_classes): (&[f32], &[usize]),
    own: Option<&Weights>,
) -> Result<BTreeMap<String, Vec<f32>>> {
    if crops.out_of_distribution.is_empty() {
        return Ok(BTreeMap::new());
    }
    let number = crops.dataset.labels.len();
    let images: Vec<usize> = crops.dataset.split.test.iter().chain(&crops.out_of_distribution).copied().collect();
    let settings = ood::Settings { temperature: config.ranking.lowest_temperature, ..ood::Settings::default() };
    let detectors = Detectors::fit(training_rows, features.len, training_classes, number, &settings)?;
    let scores = detectors.scores(&features.unit_rows(&images))?;
    let mut scores: BTreeMap<String, Vec<f32>> =
        scores.into_iter().map(|(score, values)| (score.to_string(), values)).collect();
    if let Some(own) = own {
        let logits = logits(own, features, &images)?;
        scores.insert(format!("{OWN_CLASSIFIER}'s softmax"), max_softmax::ood_scores(&logits, number, 1.0));
    }
    Ok(scores)
}
