//! Annotated images for training and evaluating a detector, in their three parts.

use super::objects::{self, ObjectImage, ObjectSet, Part, draw_validation};
use crate::config::{DetectConfig, DetectDataConfig, ObjectsConfig};
use anyhow::{Result, ensure};
use tracing::info;

/// The images of each part.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectData {
    /// Class names, by the objects' class index.
    pub classes: Vec<String>,
    /// Images that the detector is trained on.
    pub train: Vec<ObjectImage>,
    /// Images that the best weights and the score threshold are chosen on.
    pub validation: Vec<ObjectImage>,
    /// Images that only the reported figures are measured on.
    pub test: Vec<ObjectImage>,
}

/// Reads the annotations that the config names, and draws the validation images from the training images by seed,
/// passing over those that hold a class's last object. An image without objects is an image like others.
///
/// # Errors
/// As [`objects::load`]; a part without images, training images without an object.
pub fn load_parts(config: &DetectConfig) -> Result<DetectData> {
    let settings = &config.data;
    let mut set = objects::load(&settings.objects, settings.test_share, config.seed)?;
    assign_validation(&mut set, settings, config.seed);
    let ObjectSet { classes, images, .. } = set;
    let mut data = DetectData { classes, train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    for image in images {
        match image.part {
            Part::Train => data.train.push(image),
            Part::Validation => data.validation.push(image),
            Part::Test => data.test.push(image),
        }
    }
    for (name, images) in data.parts() {
        ensure!(
            !images.is_empty(),
            "data: the {name} part has no image ({} train, {} validation, {} test); {}",
            data.train.len(),
            data.validation.len(),
            data.test.len(),
            match name {
                "validation" => "a larger data.validation_share, or more images of each class, give it some",
                _ => "data.objects names what is in it",
            },
        );
    }
    let objects = |images: &[ObjectImage]| images.iter().map(|image| image.objects.len()).sum::<usize>();
    ensure!(objects(&data.train) > 0, "data: the {} training images have no object", data.train.len());
    let counts = data.parts().map(|(name, images)| format!("{} {name} ({} objects)", images.len(), objects(images)));
    info!("data: {}, {} classes, split {}", counts.join(", "), data.classes.len(), &data.split_hash()[..12]);
    Ok(data)
}

/// Gives training images to validation.
fn assign_validation(set: &mut ObjectSet, settings: &DetectDataConfig, seed: u64) {
    let training: Vec<usize> = (0..set.images.len()).filter(|&at| set.images[at].part == Part::Train).collect();
    let all = match settings.objects {
        ObjectsConfig::Scenes { count, .. } => count,
        _ => training.len(),
    };
    let count = ((all as f64 * settings.validation_share).round() as usize).max(1);
    let learned = |image: &ObjectImage| -> Vec<usize> {
        let learned =
            image.objects.iter().filter(|object| !object.crowd && (settings.use_difficult || !object.difficult));
        learned.map(|object| object.class).collect()
    };
    let classes: Vec<Vec<usize>> = training.iter().map(|&at| learned(&set.images[at])).collect();
    for at in draw_validation(&classes, count, seed) {
        set.images[training[at]].part = Part::Validation;
    }
}

impl DetectData {
    /// The parts with their names, in the order of a split.
    pub fn parts(&self) -> [(&'static str, &[ObjectImage]); 3] {
        [
            (Part::Train.name(), &self.train),
            (Part::Validation.name(), &self.validation),
            (Part::Test.name(), &self.test),
        ]
    }

    /// The images of a part.
    pub fn part(&self, part: Part) -> &[ObjectImage] {
        match part {
            Part::Train => &self.train,
            Part::Validation => &self.validation,
            Part::Test => &self.test,
        }
    }

    /// The images of one of several sources that are joined (see [`ObjectsConfig::Joined`]).
    ///
    /// # Errors
    /// Where no image is of that source.
    pub fn of_source(mut self, source: &str) -> Result<Self> {
        let start = format!("{source}/");
        for images in [&mut self.train, &mut self.validation, &mut self.test] {
            images.retain(|image| image.name.starts_with(&start));
        }
        ensure!(
            self.parts().iter().any(|(_, images)| !images.is_empty()),
            "no image is of the source {source:?}: expected the name of one of data.objects.sources"
        );
        Ok(self)
    }

    /// The same images with classes numbered as `labels`, those of a trained detector. Labels that are no class of the
    /// images are unlabelled in all of them.
    ///
    /// # Errors
    /// Names a class that has objects and is not among the labels.
    pub fn with_classes(mut self, labels: &[String]) -> Result<Self> {
        let number: Vec<Option<usize>> =
            self.classes.iter().map(|class| labels.iter().position(|label| label == class)).collect();
        let elsewhere: Vec<usize> = (0..labels.len()).filter(|&label| !self.classes.contains(&labels[label])).collect();
        for image in self.train.iter_mut().chain(&mut self.validation).chain(&mut self.test) {
            for object in &mut image.objects {
                let class = &self.classes[object.class];
                let known = number[object.class];
                ensure!(
                    known.is_some(),
                    "image {:?} has an object of the class {class:?}, which the detector does not know; it was trained \
                     on {}",
                    image.name,
                    labels.join(", "),
                );
                object.class = known.unwrap_or_default();
            }
            let own = image.unlabelled.iter().filter_map(|&class| number[class]);
            image.unlabelled = own.chain(elsewhere.iter().copied()).collect();
            image.unlabelled.sort_unstable();
        }
        Ok(Self { classes: labels.to_vec(), ..self })
    }

    /// SHA-256 over which image stands in which part.
    pub fn split_hash(&self) -> String {
        let lines = self
            .parts()
            .map(|(name, images)| images.iter().map(|image| format!("{name}\t{}\n", image.name)).collect::<String>());
        nadir_core::bundle::sha256_hex(lines.concat().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenes(pairs: &[&str]) -> DetectConfig {
        let sets = ["data.objects.count=20", "data.objects.size=64"].iter().chain(pairs).map(ToString::to_string);
        DetectConfig::load(None, &sets.collect::<Vec<_>>()).expect("a valid config")
    }

    #[test]
    fn parts_are_drawn_by_seed_and_no_image_is_in_two() {
        let data = load_parts(&scenes(&["data.validation_share=0.2"])).expect("20 scenes");
        assert_eq!([data.train.len(), data.validation.len(), data.test.len()], [12, 4, 4]);
        let mut names: Vec<&str> =
            data.parts().iter().flat_map(|(_, images)| *images).map(|image| image.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 20);
        assert_eq!(load_parts(&scenes(&["data.validation_share=0.2"])).expect("again"), data);
        let other = load_parts(&scenes(&["data.validation_share=0.2", "seed=2"])).expect("another seed");
        assert_ne!(other.split_hash(), data.split_hash());
    }

    #[test]
    fn classes_are_numbered_as_the_detectors_labels_and_an_unknown_one_is_named() {
        let data = load_parts(&scenes(&[])).expect("20 scenes");
        let names = |data: &DetectData| -> Vec<String> {
            let objects = data.test.iter().flat_map(|image| &image.objects);
            objects.map(|object| data.classes[object.class].clone()).collect()
        };
        let turned: Vec<String> = data.classes.iter().rev().cloned().chain(["quarry".to_owned()]).collect();
        let mut partly = data.clone();
        partly.test[0].unlabelled = vec![0];
        let renumbered = partly.with_classes(&turned).expect("all are known");
        assert_eq!(renumbered.classes, turned);
        let quarry = turned.len() - 1;
        assert_eq!(renumbered.test[0].unlabelled, [quarry - 1, quarry], "the first class comes last of the known ones");
        assert_eq!(renumbered.test[1].unlabelled, [quarry]);
        assert_eq!(names(&renumbered), names(&data));
        let first = names(&data)[0].clone();
        let without: Vec<String> = data.classes.iter().filter(|class| **class != first).cloned().collect();
        let error = data.with_classes(&without).expect_err("a class is unknown").to_string();
        assert!(error.contains(&format!("{first:?}")) && error.contains(&without.join(", ")), "{error}");
    }
}
