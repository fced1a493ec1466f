//! The linear probe: what the frozen encoder's features say about the labels, read off by one linear layer.

use super::features::{FeatureTable, Scaling, encode_in_training_mode};
use super::objective::binary_cross_entropy_with_logits;
use super::optimizer::Optimizer;
use crate::config::{OptimizerConfig, ProbeConfig};
use crate::data::Dataset;
use crate::progress::Progress;
use crate::tensor::values_of;
use anyhow::{Result, ensure};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::image::preprocess::Preprocess;
use nadir_core::metric::average_precision::{MeanAveragePrecision, mean_average_precision};
use nadir_core::metric::classification::accuracy;
use nadir_core::metric::f1::{F1, best_f1_threshold, f1};
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::{Encoder, WeightTensor, Weights};
use std::collections::BTreeMap;

/// Which epoch's layer is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochChoice {
    /// The layer after the last epoch.
    Last,
    /// The first of those with the highest mAP on the validation images.
    BestValidation,
}

/// Where the probe's features come from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// Computed once, in evaluation mode.
    Table(&'a FeatureTable),
    /// Computed anew for each batch by an encoder on a training device, with the batch's own statistics.
    TrainingMode {
        /// The encoder that embeds the images.
        encoder: &'a Encoder,
        /// The images' way into it.
        preprocess: &'a Preprocess,
        /// The training device that it lives on.
        device: &'a Device,
        /// Length of an embedding.
        len: usize,
        /// Counts the images encoded.
        progress: &'a Progress,
    },
}

/// An epoch of the probe's training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeEpoch {
    /// Binary cross-entropy on the training images, mean over the epoch's steps.
    pub training_loss: f64,
    /// Binary cross-entropy on the validation images after the epoch.
    pub validation_loss: f64,
    /// Mean average precision on the validation images after the epoch.
    pub validation_map: f64,
}

/// A trained probe with its figures.
#[derive(Debug, Clone)]
pub struct Probe {
    /// `weight` [labels, features] and `bias` \[labels\], for features as the encoder gives them.
    pub weights: Weights,
    /// For each label, chosen on validation by F1.
    pub thresholds: Vec<f32>,
    /// Losses and mAP of every epoch, in order.
    pub epochs: Vec<ProbeEpoch>,
    /// Which epoch's layer this is, from 1.
    pub epoch: usize,
    /// Average precision on the validation images.
    pub validation: MeanAveragePrecision,
    /// Average precision on the test images.
    pub test: MeanAveragePrecision,
    /// F1 on the test images at the thresholds.
    pub test_f1: F1,
    /// Probabilities on the test images, [images, labels].
    pub test_scores: Vec<f32>,
}

/// The layer while it is trained.
#[derive(Clone)]
struct Layer {
    /// Weight, [features, labels].
    weight: Tensor<2>,
    /// Bias, [1, labels].
    bias: Tensor<2>,
}

impl Source<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Table(table) => table.len(),
            Self::TrainingMode { len, .. } => *len,
        }
    }

    /// What a step draws from: the images, and the rows of their further views.
    fn rows_of(&self, images: &[usize]) -> Vec<usize> {
        match self {
            Self::Table(table) => table.rows_of(images),
            Self::TrainingMode { .. } => images.to_vec(),
        }
    }

    /// Labels of some rows as 0 and 1, [rows, labels].
    fn target_values(&self, dataset: &Dataset, rows: &[usize]) -> Vec<f32> {
        match self {
            Self::Table(table) => {
                let images: Vec<usize> = rows.iter().map(|&row| table.image_of(row)).collect();
                dataset.target_values(&images)
            }
            Self::TrainingMode { .. } => dataset.target_values(rows),
        }
    }

    fn rows(&self, dataset: &Dataset, rows: &[usize]) -> Result<Tensor<2>> {
        match self {
            Self::Table(table) => Ok(table.rows(rows)),
            Self::TrainingMode { encoder, preprocess, device, progress, .. } => {
                progress.advance(rows.len() as u64);
                encode_in_training_mode(encoder, dataset, rows, preprocess, device)
            }
        }
    }
}

/// How a probe is trained.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Epochs, batch and rate.
    pub config: &'a ProbeConfig,
    /// Which epoch is measured.
    pub choice: EpochChoice,
    /// Decides the first weights and the order.
    pub seed: u64,
}

/// Trains a linear layer on the features of the images `train` (Adam, binary cross-entropy), chooses thresholds on
/// validation, and measures on test.
///
/// # Errors
/// Where a score is not finite.
pub fn train(
    Settings { config, choice, seed }: Settings<'_>,
    source: Source<'_>,
    dataset: &Dataset,
    train: &[usize],
    device: &Device,
) -> Result<Probe> {
    let labels = dataset.labels.len();
    let mut layer = Layer::seeded(source.len(), labels, seed, device);
    let mut optimizer = Optimizer::new(&OptimizerConfig::default());
    let validation_truth = truth(dataset, &dataset.split.validation);
    let mut epochs: Vec<ProbeEpoch> = Vec::with_capacity(config.epochs);
    let mut best: Option<(f64, usize, Layer, Vec<f32>)> = None;
    for epoch in 0..config.epochs {
        let mut order = source.rows_of(train);
        Rng::from_parts(&[seed, fnv1a_64(b"probe order"), epoch as u64]).shuffle(&mut order);
        // Read back once an epoch: a GPU need not wait after every step.
        let mut loss = Tensor::<1>::zeros([1], device);
        for batch in order.chunks(config.batch_size) {
            let features = source.rows(dataset, batch)?;
            let targets =
                Tensor::from_data(TensorData::new(source.target_values(dataset, batch), [batch.len(), labels]), device);
            loss = loss + layer.step(features, targets, &mut optimizer, config.learning_rate);
        }
        let steps = order.len().div_ceil(config.batch_size) as f64;
        let (scores, validation_loss) = layer.scores(source, dataset, &dataset.split.validation, config.batch_size)?;
        let validation_map = mean_average_precision(&scores, &validation_truth, labels).mean;
        let training_loss = f64::from(loss.into_scalar::<f32>()) / steps;
        epochs.push(ProbeEpoch { training_loss, validation_loss, validation_map });
        let is_better = match choice {
            EpochChoice::Last => true,
            EpochChoice::BestValidation => best.as_ref().is_none_or(|(highest, ..)| validation_map > *highest),
        };
        if is_better {
            best = Some((validation_map, epoch + 1, layer.clone(), scores));
        }
    }
    let (epoch, layer, validation_scores) = match best {
        Some((_, epoch, layer, scores)) => (epoch, layer, scores),
        // Without training, as the layer was drawn.
        None => (0, layer.clone(), layer.scores(source, dataset, &dataset.split.validation, config.batch_size)?.0),
    };
    let (test_scores, _) = layer.scores(source, dataset, &dataset.split.test, config.batch_size)?;
    let test_truth = truth(dataset, &dataset.split.test);
    let thresholds: Vec<f32> = (0..labels)
        .map(|label| {
            best_f1_threshold(&column(&validation_scores, label, labels), &column(&validation_truth, label, labels))
        })
        .collect();
    let scaling = match source {
        Source::Table(table) => table.scaling.as_ref(),
        Source::TrainingMode { .. } => None,
    };
    Ok(Probe {
        weights: layer.export(scaling)?,
        validation: mean_average_precision(&validation_scores, &validation_truth, labels),
        test: mean_average_precision(&test_scores, &test_truth, labels),
        test_f1: f1(&test_scores, &test_truth, &thresholds),
        thresholds,
        epochs,
        epoch,
        test_scores,
    })
}

impl Probe {
    /// Mean average precision on embeddings [images, features] of images with these labels [images, labels].
    pub fn mean_average_precision(&self, embeddings: &[f32], truth: &[bool]) -> f64 {
        let (weight, bias) = (&self.weights.0["weight"], &self.weights.0["bias"].values);
        let [labels, features] = [weight.shape[0], weight.shape[1]];
        let logit = |embedding: &[f32], label: usize| {
            let row = &weight.values[label * features..(label + 1) * features];
            row.iter().zip(embedding).map(|(a, b)| a * b).sum::<f32>() + bias[label]
        };
        let scores = embeddings.chunks_exact(features).flat_map(|row| (0..labels).map(move |label| logit(row, label)));
        mean_average_precision(&scores.collect::<Vec<f32>>(), truth, labels).mean
    }
}

/// Share of the images whose label has the highest of their `scores`, [images, labels]; each of `part` has one label.
/// `None` where there is no image.
pub fn accuracy_of(scores: &[f32], dataset: &Dataset, part: &[usize]) -> Option<f64> {
    let expected = part.iter().map(|&at| dataset.samples[at].targets.iter().position(|&has| has));
    let expected: Vec<usize> = expected.map(|class| class.expect("one label an image")).collect();
    let highest = |row: &[f32]| (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
    let predicted: Vec<usize> = scores.chunks_exact(dataset.labels.len().max(1)).map(highest).collect();
    accuracy(&predicted, &expected)
}

/// Labels of some images, [images, labels].
pub fn truth(dataset: &Dataset, part: &[usize]) -> Vec<bool> {
    part.iter().flat_map(|&at| dataset.samples[at].targets.iter().copied()).collect()
}

/// One label's values out of rows of `labels` values.
fn column<T: Copy>(values: &[T], label: usize, labels: usize) -> Vec<T> {
    values.iter().skip(label).step_by(labels).copied().collect()
}

impl Layer {
    /// Uniform in +-1/sqrt(features), as PyTorch's `Linear`.
    fn seeded(len: usize, labels: usize, seed: u64, device: &Device) -> Self {
        let mut rng = Rng::from_parts(&[seed, fnv1a_64(b"probe")]);
        let bound = 1.0 / (len as f64).sqrt();
        let mut drawn = |rows, columns| {
            let values: Vec<f32> = (0..rows * columns).map(|_| rng.range(-bound, bound) as f32).collect();
            Tensor::from_data(TensorData::new(values, [rows, columns]), device)
        };
        Self { weight: drawn(len, labels), bias: drawn(1, labels) }
    }

    fn logits(&self, features: Tensor<2>) -> Tensor<2> {
        features.matmul(self.weight.clone()) + self.bias.clone()
    }

    /// One step of binary cross-entropy, whose gradient by the logits is (p - y) over the number of entries; the loss
    /// before the step.
    fn step(
        &mut self,
        features: Tensor<2>,
        targets: Tensor<2>,
        optimizer: &mut Optimizer,
        learning_rate: f64,
    ) -> Tensor<1> {
        let [rows, labels] = targets.dims();
        let logits = self.logits(features.clone());
        let gradient = (sigmoid(logits.clone()) - targets.clone()).div_scalar((rows * labels) as f64);
        let shape = self.weight.dims();
        let by_weight: Tensor<1> = features.transpose().matmul(gradient.clone()).flatten(0, 1);
        let by_bias: Tensor<1> = gradient.sum_dim(0).flatten(0, 1);
        optimizer.begin_step();
        let (weight, bias) = (self.weight.clone().flatten(0, 1), self.bias.clone().flatten(0, 1));
        self.weight = optimizer.update("weight", weight, by_weight, learning_rate, true).reshape(shape);
        self.bias = optimizer.update("bias", bias, by_bias, learning_rate, false).reshape([1, labels]);
        binary_cross_entropy_with_logits(logits, targets)
    }

    /// Probabilities of some images, [images, labels], and their mean binary cross-entropy.
    fn scores(
        &self,
        source: Source<'_>,
        dataset: &Dataset,
        part: &[usize],
        batch_size: usize,
    ) -> Result<(Vec<f32>, f64)> {
        let labels = dataset.labels.len();
        let (mut scores, mut loss) = (Vec::with_capacity(part.len() * labels), 0.0);
        for batch in part.chunks(batch_size) {
            let logits = values_of(self.logits(source.rows(dataset, batch)?))?;
            ensure!(
                logits.iter().all(|logit| logit.is_finite()),
                "the probe's scores are not finite; are the encoder's weights whole?"
            );
            for (&logit, target) in logits.iter().zip(dataset.target_values(batch)) {
                let (logit, target) = (f64::from(logit), f64::from(target));
                loss += logit.max(0.0) - logit * target + (-logit.abs()).exp().ln_1p();
            }
            scores.extend(logits.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())));
        }
        let decisions = scores.len().max(1) as f64;
        Ok((scores, loss / decisions))
    }

    /// As PyTorch holds it, for unscaled features: w (x - m) / s + b = (w / s) x + (b - w m / s).
    fn export(&self, scaling: Option<&Scaling>) -> Result<Weights> {
        let [features, labels] = self.weight.dims();
        let mut weight = values_of(self.weight.clone().transpose())?;
        let mut bias = values_of(self.bias.clone())?;
        if let Some(scaling) = scaling {
            for (row, bias) in weight.chunks_exact_mut(features).zip(&mut bias) {
                for (value, (mean, std)) in row.iter_mut().zip(scaling.mean.iter().zip(&scaling.std)) {
                    *value /= std;
                    *bias -= *value * mean;
                }
            }
        }
        Ok(Weights(BTreeMap::from([
            ("weight".to_owned(), WeightTensor { shape: vec![labels, features], values: weight }),
            ("bias".to_owned(), WeightTensor { shape: vec![labels], values: bias }),
        ])))
    }
}
