//! The linear probe: what the frozen encoder's features say about the labels, read off by one linear layer.

use super::gradients::NamedGradients;
use super::optimizer::Optimizer;
use super::progress::Progress;
use crate::config::{OptimizerConfig, ProbeConfig};
use crate::data::Dataset;
use crate::device::ChosenDevice;
use anyhow::{Result, ensure};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_shared::image::preprocess::Preprocess;
use nadir_shared::metric::average_precision::{MeanAveragePrecision, mean_average_precision};
use nadir_shared::metric::f1::{F1, best_f1_threshold, f1};
use nadir_shared::model::weights::{WeightTensor, Weights};
use nadir_shared::model::{Encoder, init};
use nadir_shared::rng::{Rng, fnv1a_64};
use rayon::prelude::*;
use std::collections::BTreeMap;

const ENCODE_BATCH: usize = 64;

/// Features of all images, computed once.
#[derive(Debug, Clone)]
pub struct Features {
    /// [samples, len], row-major.
    pub values: Vec<f32>,
    /// Length of one embedding.
    pub len: usize,
    /// What the values were scaled by, where they were.
    scaling: Option<Scaling>,
}

/// A trained probe with its figures.
#[derive(Debug, Clone)]
pub struct Probe {
    /// `weight` [labels, features] and `bias` \[labels\].
    pub weights: Weights,
    /// For each label, chosen on validation by F1.
    pub thresholds: Vec<f32>,
    /// Average precision on the validation images.
    pub validation: MeanAveragePrecision,
    /// Average precision on the test images.
    pub test: MeanAveragePrecision,
    /// F1 on the test images at the thresholds.
    pub test_f1: F1,
}

/// Encodes every image once, in evaluation mode.
///
/// # Errors
/// Where the device cannot give its values back.
pub fn encode(
    encoder: &Encoder,
    dataset: &Dataset,
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<Features> {
    let encoder = encoder.valid();
    let progress = Progress::new("encoding", dataset.samples.len() as u64, "images");
    let mut values = Vec::new();
    let all: Vec<usize> = (0..dataset.samples.len()).collect();
    for samples in all.chunks(ENCODE_BATCH) {
        let pixels: Vec<Vec<f32>> = samples.par_iter().map(|&at| preprocess.apply(dataset.image(at)).0).collect();
        let shape = [samples.len(), 3, preprocess.size, preprocess.size];
        let images = Tensor::<4>::from_data(TensorData::new(pixels.concat(), shape), &chosen.device);
        let data = encoder.forward(images).into_data().convert::<f32>();
        values.extend(
            data.try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the features cannot be read back: {error:?}"))?,
        );
        progress.advance(samples.len() as u64);
    }
    progress.finish();
    let len = values.len() / dataset.samples.len();
    Ok(Features { values, len, scaling: None })
}

/// Trains a linear layer on the training features (Adam, binary cross-entropy), chooses thresholds on validation, and
/// measures on test.
///
/// # Errors
/// Where a score is not finite.
pub fn train(
    config: &ProbeConfig,
    seed: u64,
    features: &Features,
    dataset: &Dataset,
    device: &Device,
) -> Result<Probe> {
    let labels = dataset.labels.len();
    let training = device.clone().autodiff();
    let mut head: Linear = init::seeded(
        LinearConfig::new(features.len, labels).init(&training),
        Rng::from_parts(&[seed, fnv1a_64(b"probe")]).next_u64(),
    );
    let mut optimizer = Optimizer::new(&OptimizerConfig::default());
    for epoch in 0..config.epochs {
        let mut order = dataset.split.train.clone();
        Rng::from_parts(&[seed, fnv1a_64(b"probe order"), epoch as u64]).shuffle(&mut order);
        for batch in order.chunks(config.batch_size) {
            let (x, y) = (features.rows(batch, &training), targets(dataset, batch, &training));
            let loss = binary_cross_entropy_with_logits(head.forward(x), y);
            let gradients = NamedGradients::take(&head, loss.backward());
            head = optimizer.step(head, gradients, config.learning_rate);
        }
    }
    let head = head.valid();
    let scores = |part: &[usize]| -> Result<Vec<f32>> {
        let data = head.forward(features.rows(part, device)).into_data().convert::<f32>();
        let logits: Vec<f32> = data.try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("{error:?}"))?;
        ensure!(
            logits.iter().all(|logit| logit.is_finite()),
            "the probe's scores are not finite; are the encoder's weights whole?"
        );
        Ok(logits.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect())
    };
    let truth =
        |part: &[usize]| part.iter().flat_map(|&at| dataset.samples[at].targets.iter().copied()).collect::<Vec<bool>>();

    let (validation_scores, validation_truth) = (scores(&dataset.split.validation)?, truth(&dataset.split.validation));
    let (test_scores, test_truth) = (scores(&dataset.split.test)?, truth(&dataset.split.test));
    let thresholds: Vec<f32> = (0..labels)
        .map(|label| {
            best_f1_threshold(&column(&validation_scores, label, labels), &column(&validation_truth, label, labels))
        })
        .collect();
    Ok(Probe {
        weights: export_head(&head, features.scaling.as_ref()),
        validation: mean_average_precision(&validation_scores, &validation_truth, labels),
        test: mean_average_precision(&test_scores, &test_truth, labels),
        test_f1: f1(&test_scores, &test_truth, &thresholds),
        thresholds,
    })
}

/// Mean and deviation of each feature.
type Scaling = (Vec<f32>, Vec<f32>);

impl Features {
    /// Scaled to mean 0 and deviation 1 over the rows `over`; a probe trained on it is exported for unscaled features. A
    /// feature that never changes stays 0.
    pub fn standardised(mut self, over: &[usize]) -> Self {
        let mut sums = vec![(0.0_f64, 0.0_f64); self.len];
        for &row in over {
            for (sum, &value) in sums.iter_mut().zip(&self.values[row * self.len..(row + 1) * self.len]) {
                sum.0 += f64::from(value);
                sum.1 += f64::from(value) * f64::from(value);
            }
        }
        let count = over.len().max(1) as f64;
        let mean: Vec<f32> = sums.iter().map(|sum| (sum.0 / count) as f32).collect();
        let deviation: Vec<f32> = sums
            .iter()
            .map(|sum| {
                let variance = (sum.1 / count - (sum.0 / count).powi(2)).max(0.0);
                if variance > 1e-12 { variance.sqrt() as f32 } else { 1.0 }
            })
            .collect();
        for row in self.values.chunks_exact_mut(self.len) {
            for (value, (mean, deviation)) in row.iter_mut().zip(mean.iter().zip(&deviation)) {
                *value = (*value - mean) / deviation;
            }
        }
        self.scaling = Some((mean, deviation));
        self
    }

    fn rows(&self, indices: &[usize], device: &Device) -> Tensor<2> {
        let mut values = Vec::with_capacity(indices.len() * self.len);
        for &index in indices {
            values.extend_from_slice(&self.values[index * self.len..(index + 1) * self.len]);
        }
        Tensor::from_data(TensorData::new(values, [indices.len(), self.len]), device)
    }
}

fn targets(dataset: &Dataset, indices: &[usize], device: &Device) -> Tensor<2> {
    let values: Vec<f32> = indices
        .iter()
        .flat_map(|&at| dataset.samples[at].targets.iter().map(|&present| f32::from(u8::from(present))))
        .collect();
    Tensor::from_data(TensorData::new(values, [indices.len(), dataset.labels.len()]), device)
}

/// One label's values out of rows of `labels` values.
fn column<T: Copy>(values: &[T], label: usize, labels: usize) -> Vec<T> {
    values.iter().skip(label).step_by(labels).copied().collect()
}

/// Mean over all entries of `max(x, 0) - x y + log(1 + exp(-|x|))`, as PyTorch's function of this name.
fn binary_cross_entropy_with_logits(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let positive = logits.clone().clamp_min(0.0);
    let log = logits.clone().abs().neg().exp().log1p();
    (positive - logits * targets + log).mean()
}

/// The layer as PyTorch holds it, for features as the encoder gives them: w (x - m) / s + b = (w / s) x + (b - w m / s).
fn export_head(head: &Linear, scaling: Option<&Scaling>) -> Weights {
    let [features, labels] = head.weight.val().dims();
    let values = |data: TensorData| data.convert::<f32>().try_to_vec::<f32>().expect("converted to f32");
    let mut weight = values(head.weight.val().transpose().into_data());
    let mut bias = head.bias.as_ref().map_or_else(|| vec![0.0; labels], |bias| values(bias.val().into_data()));
    if let Some((mean, deviation)) = scaling {
        for (row, bias) in weight.chunks_exact_mut(features).zip(&mut bias) {
            for (value, (mean, deviation)) in row.iter_mut().zip(mean.iter().zip(deviation)) {
                *value /= deviation;
                *bias -= *value * mean;
            }
        }
    }
    Weights(BTreeMap::from([
        ("weight".to_owned(), WeightTensor { shape: vec![labels, features], values: weight }),
        ("bias".to_owned(), WeightTensor { shape: vec![labels], values: bias }),
    ]))
}
