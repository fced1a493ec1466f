//! Labels that look wrong: what a linear probe says of images that it was not trained on.

use super::embedding::Embeddings;
use super::images::AuditedSet;
use crate::config::ProbeConfig;
use crate::data::split::Split;
use crate::data::{Dataset, Sample};
use crate::device::ChosenDevice;
use crate::train::features::Features;
use crate::train::probe::{EpochChoice, Settings, Source, train};
use anyhow::Result;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_overlap::Ground;
use serde::Serialize;
use tracing::info;

/// Every image is predicted by a probe that was trained on the other four fifths.
const FOLDS: usize = 5;
/// Passes over the embeddings of a fold.
const EPOCHS: usize = 60;
/// A label on fewer images, or on all but so many, is not judged.
const LEAST_EXAMPLES: usize = 10;

/// A label that looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Doubt {
    /// Index of the image.
    pub image: usize,
    /// Index of the label.
    pub label: usize,
    /// Whether the image has it.
    pub is_given: bool,
    /// Probability of the probe that it should.
    pub probability: f32,
}

/// What looks wrong by confident learning (Northcutt et al. 2021), label by label: a label that an image lacks though
/// its probability is at least the mean of the images that have it, and one that it has though its probability is at most
/// the mean of those that lack it; the farthest from what is given first. Images of the same ground are in one fold: a
/// copy would tell the probe what the label is.
///
/// # Errors
/// Where the device cannot give its values back. None is found with fewer labelled images than folds.
pub fn doubtful_labels(
    set: &AuditedSet,
    ground: &Ground,
    embeddings: &Embeddings,
    seed: u64,
    chosen: &ChosenDevice,
) -> Result<Vec<Doubt>> {
    let labels = set.labels.len();
    let labelled = |&(_, &image): &(usize, &usize)| set.images[image].targets.is_some();
    let rows: Vec<(usize, usize)> =
        embeddings.images.iter().enumerate().filter(labelled).map(|(row, &image)| (row, image)).collect();
    if rows.len() < 2 * FOLDS || labels == 0 {
        return Ok(Vec::new());
    }
    let images: Vec<usize> = rows.iter().map(|&(_, image)| image).collect();
    let folds = folds(&images, ground, seed);
    let samples: Vec<Sample> = images
        .iter()
        .map(|&image| Sample {
            name: set.images[image].name.clone(),
            targets: set.images[image].targets.clone().unwrap_or_default(),
        })
        .collect();
    let len = embeddings.len;
    let values = rows.iter().flat_map(|&(row, _)| embeddings.values[row * len..(row + 1) * len].iter().copied());
    let features = Features { values: values.collect(), len, further: Vec::new() };
    let mut dataset = Dataset::without_pixels(set.labels.clone(), samples, Split::default());
    let config = ProbeConfig { epochs: EPOCHS, ..ProbeConfig::default() };
    let mut probabilities = vec![0.0_f32; images.len() * labels];
    for fold in 0..FOLDS {
        info!("out-of-fold probe: fold {} of {FOLDS}", fold + 1);
        let (held_out, learned): (Vec<usize>, Vec<usize>) = (0..images.len()).partition(|&at| folds[at] == fold);
        if held_out.is_empty() || learned.is_empty() {
            continue;
        }
        let table = features.on(&chosen.device, Some(&learned));
        dataset.split = Split { train: learned.clone(), validation: held_out.clone(), test: held_out.clone() };
        let settings = Settings { config: &config, choice: EpochChoice::Last, seed: seed + fold as u64 };
        let probe = train(settings, Source::Table(&table), &dataset, &learned, &chosen.device)?;
        for (scores, &at) in probe.test_scores.chunks_exact(labels).zip(&held_out) {
            probabilities[at * labels..(at + 1) * labels].copy_from_slice(scores);
        }
    }
    let targets: Vec<&[bool]> = dataset.samples.iter().map(|sample| sample.targets.as_slice()).collect();
    Ok(doubts(&images, &targets, &probabilities, labels))
}

/// A fold for each image, the same for images of the same ground.
fn folds(images: &[usize], ground: &Ground, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..images.len()).collect();
    Rng::from_parts(&[seed, fnv1a_64(b"audit folds")]).shuffle(&mut order);
    let place = |image: usize| images.binary_search(&image).ok();
    let mut fold = vec![None; images.len()];
    for (number, at) in order.into_iter().enumerate() {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if fold[at].is_none() {
                fold[at] = Some(number % FOLDS);
                open.extend(ground.others(images[at]).filter_map(|(other, _)| place(other)));
            }
        }
    }
    fold.into_iter().map(|fold| fold.unwrap_or(0)).collect()
}

fn doubts(images: &[usize], targets: &[&[bool]], probabilities: &[f32], labels: usize) -> Vec<Doubt> {
    let mut found = Vec::new();
    for label in 0..labels {
        let of = |given: bool| {
            let those = (0..images.len()).filter(move |&at| targets[at][label] == given);
            those.map(|at| probabilities[at * labels + label]).collect::<Vec<f32>>()
        };
        let (with, without) = (of(true), of(false));
        if with.len().min(without.len()) < LEAST_EXAMPLES {
            continue;
        }
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        let (of_those_with, of_those_without) = (mean(&with), mean(&without));
        for (at, &image) in images.iter().enumerate() {
            let (is_given, probability) = (targets[at][label], probabilities[at * labels + label]);
            let is_doubtful =
                if is_given { probability <= of_those_without } else { probability >= of_those_with.max(0.5) };
            if is_doubtful {
                found.push(Doubt { image, label, is_given, probability });
            }
        }
    }
    let distance = |doubt: &Doubt| (doubt.probability - f32::from(u8::from(doubt.is_given))).abs();
    found.sort_by(|a, b| distance(b).total_cmp(&distance(a)).then((a.image, a.label).cmp(&(b.image, b.label))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_overlap::Overlap;

    #[test]
    fn what_is_far_from_its_likes_is_doubtful() {
        let images: Vec<usize> = (0..24).collect();
        let rows: Vec<Vec<bool>> = (0..24).map(|at| vec![at % 2 == 0]).collect();
        let targets: Vec<&[bool]> = rows.iter().map(Vec::as_slice).collect();
        let mut probabilities: Vec<f32> = (0..24).map(|at| if at % 2 == 0 { 0.8 } else { 0.1 }).collect();
        (probabilities[3], probabilities[4]) = (0.95, 0.02);
        let found = doubts(&images, &targets, &probabilities, 1);
        let order: Vec<(usize, bool)> = found.iter().map(|doubt| (doubt.image, doubt.is_given)).collect();
        assert_eq!(order, [(4, true), (3, false)]);
    }

    #[test]
    fn images_of_one_ground_are_in_one_fold() {
        let images: Vec<usize> = (0..40).collect();
        let overlaps: Vec<Overlap> = (0..20).map(|at| Overlap::exact(2 * at, 2 * at + 1)).collect();
        let folds = folds(&images, &Ground::new(40, &overlaps), 1);
        assert!((0..20).all(|at| folds[2 * at] == folds[2 * at + 1]));
        assert!((0..FOLDS).all(|fold| folds.contains(&fold)));
    }
}
