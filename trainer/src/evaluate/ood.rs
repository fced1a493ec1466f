//! Which images are unlike those that a probe was trained on.

use crate::data::Dataset;
use crate::tensor::to_unit_length;
use crate::train::features::Features;
use anyhow::Result;
use nadir_core::bundle::ImageOod;
use nadir_core::ood::residual::PrincipalSubspace;
use nadir_core::ood::threshold;
use nadir_nn::model::Weights;
use nadir_nn::model::weights::WeightTensor;
use std::collections::BTreeMap;

/// Directions of the subspace. On UC Merced with EfficientNet-Lite0's embeddings 16 to 128 tell photographs of other
/// things equally well, and the fewest tell flat colours best.
const COMPONENTS: usize = 32;
/// At or below the threshold are so many of the validation images.
const KEPT: f64 = 0.98;
/// More training images than these add time and nothing else.
const MOST_ROWS: usize = 5_000;

/// The subspace of the training images' embeddings, with the threshold from the validation images; `None` where either
/// are too few: two training images a direction, and so many for validation that one may be above the threshold.
///
/// # Errors
/// Where an embedding is not finite.
pub fn fit(features: &Features, dataset: &Dataset) -> Result<Option<(PrincipalSubspace, ImageOod)>> {
    let (train, validation) = (&dataset.split.train, &dataset.split.validation);
    let components = COMPONENTS.min(features.len / 2);
    if train.len() < 2 * components || (validation.len() as f64) < 1.0 / (1.0 - KEPT) || components == 0 {
        return Ok(None);
    }
    let unit = |rows: &mut dyn Iterator<Item = &usize>| {
        let embeddings = rows.map(|&row| &features.values[row * features.len..][..features.len]);
        // One of length 0 has no direction.
        let mut values: Vec<f32> =
            embeddings.filter(|row| row.iter().any(|&value| value != 0.0)).flatten().copied().collect();
        to_unit_length(&mut values, features.len);
        values
    };
    let step = train.len().div_ceil(MOST_ROWS);
    let (train, validation) = (unit(&mut train.iter().step_by(step)), unit(&mut validation.iter()));
    if train.is_empty() || validation.is_empty() {
        return Ok(None);
    }
    let subspace = PrincipalSubspace::fit(&train, features.len, components)?;
    let unlike_above = threshold(&subspace.ood_scores(&validation), KEPT);
    Ok(Some((subspace, ImageOod { components, unlike_above, kept: KEPT })))
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
