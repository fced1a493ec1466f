//! The leak line of a study: which test images show ground that was trained on.

use crate::data::Dataset;
use crate::data::detection::DetectData;
use crate::data::objects::{ObjectImage, Part};
use crate::overlap::{look_at_all, overlaps};
use nadir_core::report::{Leak, LeakedImage, Scalar};
use nadir_overlap::{Ground, Kind, Look, Read};
use std::collections::BTreeMap;

/// Test images of a data set that overlap with images which a study learns or chooses from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leaked {
    /// For each test image, in the order of the split, whether it overlaps with a training or validation image.
    pub is_leaked: Vec<bool>,
    /// How many of them could be read.
    pub looked_at: usize,
    /// These with what they overlap with.
    pub images: Vec<LeakedImage>,
    /// How many overlap with a training image, and how many with a validation image.
    pub train_and_validation: [usize; 2],
}

/// Looks for them among a data set's decoded images.
pub fn leaked(dataset: &Dataset) -> Leaked {
    let read = |image: usize| {
        let pixels = dataset.image(image).map_err(|error| format!("{error:#}"))?;
        Ok(pixels.view().to_rgb())
    };
    let mut parts = vec![""; dataset.samples.len()];
    for (name, part) in dataset.split.parts() {
        part.iter().for_each(|&image| parts[image] = name);
    }
    let names: Vec<&str> = dataset.samples.iter().map(|sample| sample.name.as_str()).collect();
    leaked_of(&parts, &names, &read)
}

/// Looks for them among a detector's images; one that cannot be read overlaps with nothing.
pub fn leaked_images(data: &DetectData) -> Leaked {
    let images: Vec<(&str, &ObjectImage)> =
        data.parts().into_iter().flat_map(|(part, images)| images.iter().map(move |image| (part, image))).collect();
    let read = |image: usize| images[image].1.file.read().map_err(|error| format!("{error:#}"));
    let parts: Vec<&str> = images.iter().map(|(part, _)| *part).collect();
    let names: Vec<&str> = images.iter().map(|(_, image)| image.name.as_str()).collect();
    leaked_of(&parts, &names, &read)
}

fn leaked_of(parts: &[&str], names: &[&str], read: Read<'_>) -> Leaked {
    let looks = look_at_all(parts.len(), read);
    let looks: Vec<Option<&Look>> = looks.iter().map(|look| look.as_ref().ok()).collect();
    let ground = Ground::new(parts.len(), &overlaps(&looks, read, &[]));
    let mut leaked = Leaked::default();
    for image in (0..parts.len()).filter(|&image| parts[image] == Part::Test.name()) {
        let of = |part: Part| -> Option<(usize, Kind)> {
            ground.others(image).find(|(other, _)| parts[*other] == part.name())
        };
        let found = [Part::Train, Part::Validation].map(|part| (part, of(part)));
        leaked.looked_at += usize::from(looks[image].is_some());
        leaked.is_leaked.push(found.iter().any(|(_, other)| other.is_some()));
        for (at, (part, other)) in found.into_iter().enumerate() {
            let Some((other, kind)) = other else { continue };
            leaked.train_and_validation[at] += 1;
            leaked.images.push(LeakedImage {
                name: names[image].to_owned(),
                other: names[other].to_owned(),
                part: part.name().to_owned(),
                kind: kind.title().to_owned(),
            });
        }
    }
    leaked
}

impl Leaked {
    /// How often each test image counts without those that overlap; `None` where none does, or all do.
    pub fn counts(&self) -> Option<Vec<u32>> {
        let is_mixed = self.is_leaked.contains(&true) && self.is_leaked.contains(&false);
        is_mixed.then(|| self.is_leaked.iter().map(|&is_leaked| u32::from(!is_leaked)).collect())
    }

    /// For a report, with the arms' figures without them; `None` where no test image could be read.
    pub fn for_report(&self, without: BTreeMap<String, BTreeMap<String, Scalar>>) -> Option<Leak> {
        if self.looked_at == 0 {
            return None;
        }
        let [train, validation] = self.train_and_validation;
        Some(Leak {
            test: self.looked_at,
            overlapping: [("train", train), ("validation", validation)].map(|(part, n)| (part.to_owned(), n)).into(),
            images: self.images.clone(),
            without: without.into_iter().filter(|(_, scalars)| !scalars.is_empty()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};

    #[test]
    fn a_shifted_view_of_a_training_image_is_found_and_a_new_place_is_not() {
        let wide = nadir_scene::generate(11, 288, 288).image;
        let cut = |left: usize, top: usize| {
            let part = CropBox { left, top, width: 192, height: 192 };
            resized_crop(wide.view(), part, 192, 192, Interpolation::Bilinear).to_rgb()
        };
        let images = [
            cut(0, 0),
            nadir_scene::generate(12, 192, 192).image,
            cut(60, 40),
            nadir_scene::generate(13, 192, 192).image,
        ];
        let parts = ["train", "validation", "test", "test"];
        let read = |image: usize| Ok(images[image].clone());
        let leaked = leaked_of(&parts, &["a", "b", "c", "d"], &read);
        assert_eq!((leaked.is_leaked.as_slice(), leaked.train_and_validation), (&[true, false][..], [1, 0]));
        assert_eq!((leaked.images[0].name.as_str(), leaked.images[0].other.as_str()), ("c", "a"));
        assert_eq!(leaked.counts(), Some(vec![0, 1]));
        let report = leaked.for_report(BTreeMap::new()).expect("test images were read");
        assert!(report.sentence().starts_with("Leak: 1 of 2 test images"), "{}", report.sentence());
    }
}
