//! The leak line of a study: which test images show ground that was trained on.

use crate::data::Dataset;
use crate::overlap::{Ground, Kind, Look, look_at_all, overlaps};
use anyhow::{Result, anyhow};
use nadir_core::image::RgbImage;
use nadir_core::report::{Leak, LeakedImage, Scalar};
use std::collections::BTreeMap;

/// Test images of a data set that overlap with images which a study learns or chooses from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leaked {
    /// For each test image, in the order of the split, whether it overlaps with a training or validation image.
    pub is_leaked: Vec<bool>,
    /// These with what they overlap with.
    pub images: Vec<LeakedImage>,
    /// How many overlap with a training image, and how many with a validation image.
    pub train_and_validation: [usize; 2],
}

/// Looks for them among the decoded images.
///
/// # Errors
/// Never but for an image that the data set lost meanwhile.
pub fn leaked(dataset: &Dataset) -> Result<Leaked> {
    let read = |image: usize| {
        let view = dataset.image(image);
        Ok(RgbImage { width: view.width, height: view.height, pixels: view.pixels.to_vec() })
    };
    let looks: Vec<Look> = look_at_all(dataset.samples.len(), &read)
        .into_iter()
        .collect::<Result<_, String>>()
        .map_err(|error| anyhow!(error))?;
    let found = overlaps(&looks.iter().map(Some).collect::<Vec<_>>(), &read, &[]);
    let ground = Ground::new(dataset.samples.len(), &found);
    let mut part_of = vec![""; dataset.samples.len()];
    for (name, part) in dataset.split.parts() {
        part.iter().for_each(|&image| part_of[image] = name);
    }
    let mut leaked = Leaked::default();
    for &image in &dataset.split.test {
        let of =
            |part: &str| -> Option<(usize, Kind)> { ground.others(image).find(|(other, _)| part_of[*other] == part) };
        let found = [("train", of("train")), ("validation", of("validation"))];
        leaked.is_leaked.push(found.iter().any(|(_, other)| other.is_some()));
        for (at, (part, other)) in found.into_iter().enumerate() {
            let Some((other, kind)) = other else { continue };
            leaked.train_and_validation[at] += 1;
            leaked.images.push(LeakedImage {
                name: dataset.samples[image].name.clone(),
                other: dataset.samples[other].name.clone(),
                part: part.to_owned(),
                kind: kind.title().to_owned(),
            });
        }
    }
    Ok(leaked)
}

impl Leaked {
    /// How often each test image counts without those that overlap; `None` where none does, or all do.
    pub fn counts(&self) -> Option<Vec<u32>> {
        let is_mixed = self.is_leaked.contains(&true) && self.is_leaked.contains(&false);
        is_mixed.then(|| self.is_leaked.iter().map(|&is_leaked| u32::from(!is_leaked)).collect())
    }

    /// For a report, with the arms' figures without them.
    pub fn for_report(&self, without: BTreeMap<String, BTreeMap<String, Scalar>>) -> Leak {
        let [train, validation] = self.train_and_validation;
        Leak {
            test: self.is_leaked.len(),
            overlapping: [("train", train), ("validation", validation)].map(|(part, n)| (part.to_owned(), n)).into(),
            images: self.images.clone(),
            without: without.into_iter().filter(|(_, scalars)| !scalars.is_empty()).collect(),
        }
    }
}
