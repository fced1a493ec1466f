//! Which images are unlike those that a probe was trained on.

use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::embed::{Shard, folder};
use crate::tensor::to_unit_length;
use crate::train::features::{Features, encode_files};
use anyhow::{Context, Result};
use nadir_core::bundle::ImageOod;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::ood::residual::PrincipalSubspace;
use nadir_core::ood::{spread, threshold};
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::weights::WeightTensor;
use nadir_nn::model::{Encoder, Weights};
use std::collections::BTreeMap;
use std::path::Path;

/// Directions of the subspace. On UC Merced with EfficientNet-Lite0's embeddings 16 to 128 tell photographs of other
/// things equally well, and the fewest tell flat colours best.
const COMPONENTS: usize = 32;
/// At or below the residual's threshold are so many of the validation images.
const KEPT: f64 = 0.985;
/// At or above the spread's are so many.
const SPREAD: f64 = 0.99;
/// More training images than these add time and nothing else.
const MOST_ROWS: usize = 5_000;

/// The subspace of the training images' embeddings, with the thresholds from the validation images; `None` where either
/// are too few: two training images a direction, and so many for validation that one may be above the threshold.
/// `familiar`: embeddings of other images that count as known, [images, features], in the same shares to fit and to choose
/// by.
///
/// # Errors
/// Where an embedding is not finite.
pub fn fit(features: &Features, dataset: &Dataset, familiar: &[f32]) -> Result<Option<(PrincipalSubspace, ImageOod)>> {
    let (train, validation) = (&dataset.split.train, &dataset.split.validation);
    let components = COMPONENTS.min(features.len / 2);
    if train.len() < 2 * components || (validation.len() as f64) < 1.0 / (1.0 - KEPT) || components == 0 {
        return Ok(None);
    }
    let len = features.len;
    let unit = |rows: &mut dyn Iterator<Item = &[f32]>| {
        // One of length 0 has no direction.
        let mut values: Vec<f32> =
            rows.filter(|row| row.iter().any(|&value| value != 0.0)).flatten().copied().collect();
        to_unit_length(&mut values, len);
        values
    };
    let of = |rows: &[usize], every: usize| -> Vec<&[f32]> {
        rows.iter().step_by(every).map(|&row| &features.values[row * len..][..len]).collect()
    };
    let known: Vec<&[f32]> = familiar.chunks_exact(len).collect();
    let (known_train, known_validation) = known.split_at(known.len() * train.len() / (train.len() + validation.len()));
    let train = of(train, train.len().div_ceil(MOST_ROWS));
    let train = unit(&mut train.into_iter().chain(known_train.iter().copied()));
    let validation = unit(&mut of(validation, 1).into_iter().chain(known_validation.iter().copied()));
    if train.is_empty() || validation.is_empty() {
        return Ok(None);
    }
    let subspace = PrincipalSubspace::fit(&train, len, components)?;
    let residuals = subspace.ood_scores(&validation);
    let concentrations: Vec<f32> = validation.chunks_exact(len).map(|row| -spread(row)).collect();
    let (unlike_above, concentrated_below) = (threshold(&residuals, KEPT), -threshold(&concentrations, SPREAD));
    let is_kept =
        |(&residual, &concentration): (&f32, &f32)| residual <= unlike_above && -concentration >= concentrated_below;
    let kept = residuals.iter().zip(&concentrations).filter(|pair| is_kept(*pair)).count();
    let kept = kept as f64 / residuals.len() as f64;
    let concentrated_below = Some(concentrated_below);
    Ok(Some((subspace, ImageOod { components, unlike_above, concentrated_below, kept })))
}

/// Embeddings of some of the images below a folder, in the order drawn, [images, features]; all of them where there are no
/// more than `count`.
///
/// # Errors
/// Names the folder without images, or the image that cannot be read.
pub fn familiar(
    folder: &Path,
    count: usize,
    seed: u64,
    encoder: &Encoder,
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<Vec<f32>> {
    let mut files = folder::images(folder, Shard::WHOLE).context("probe.familiar")?;
    Rng::from_parts(&[seed, fnv1a_64(b"familiar images")]).shuffle(&mut files);
    files.truncate(count);
    encode_files(encoder, folder, &files, preprocess, chosen).context("probe.familiar")
}

/// The subspace as a probe's file has it.
pub fn weights(subspace: &PrincipalSubspace) -> Weights {
    let (mean, components) = (subspace.mean(), subspace.components());
    let tensor = |shape: Vec<usize>, values: &[f32]| WeightTensor { shape, values: values.to_vec() };
    Weights(BTreeMap::from([
        ("ood_mean".to_owned(), tensor(vec![mean.len()], mean)),
        ("ood_components".to_owned(), tensor(vec![components.len() / mean.len(), mean.len()], components)),
    ]))
}
