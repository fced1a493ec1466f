//! Objects cut out of their images, each with its class, as the ranking study on VOC2007 uses them: the annotated box,
//! resized to a square of one size.

mod cut;
mod rules;
#[cfg(test)]
mod tests;

pub use cut::cut_box;

use super::dataset::Dataset;
use super::label_table::image_key;
use super::objects::{self, ObjectSet, Part, draw_validation};
use super::sample::Sample;
use super::split::Split;
use crate::config::{CropsConfig, ObjectsConfig};
use anyhow::{Result, ensure};
use nadir_core::image::RgbImage;
use rayon::prelude::*;
use rules::Chosen;
use std::sync::Arc;
use tracing::{info, warn};

/// Crops of all classes, in memory.
#[derive(Debug, Clone)]
pub struct CropSet {
    /// The classes that have a crop, in the order of the annotations.
    pub classes: Vec<String>,
    /// The classes of the annotations that have none.
    pub absent: Vec<String>,
    /// By image (training images first, as the files have them), then by the object's index in its image.
    pub crops: Vec<Crop>,
    /// `images[i]` is that of `crops[i]`; all of one size.
    pub images: Arc<Vec<RgbImage>>,
    /// Images skipped: missing, broken, or of another size than annotated, with the reason.
    pub skipped: Vec<String>,
}

/// One object, cut out of its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crop {
    /// The image's name without ending, `#`, and the object's index among the image's objects in the file, from 0.
    pub name: String,
    /// Index into the classes.
    pub class: usize,
    /// What it is for; all crops of an image have the same part.
    pub part: Part,
}

/// Crops as a dataset of the classes that are known.
#[derive(Debug, Clone)]
pub struct CropDataset {
    /// Every crop is a sample, in the set's order; its targets are one-hot over the known classes, all false for a
    /// held out one. The split holds crops of known classes alone.
    pub dataset: Dataset,
    /// Test crops of held-out classes: indices into the samples, ascending.
    pub out_of_distribution: Vec<usize>,
}

impl CropSet {
    /// Reads the annotations, decodes each image that has an object to keep once, and cuts the objects out: the box in
    /// whole px, resized with antialiasing and without keeping its aspect ratio. Which images are for validation is
    /// drawn by `seed` from the training images, passing over those that hold a class's last training crop.
    ///
    /// # Errors
    /// As [`objects::load`]; more missing or broken images than allowed; crops that would not fit into memory.
    pub fn load(settings: &CropsConfig, seed: u64) -> Result<Self> {
        let mut set = objects::load(&settings.objects, settings.test_share, seed)?;
        let chosen = rules::choose(&set, settings);
        let (mut kept, mut images, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let all = chosen.len();
        for (chosen, cut) in chosen.iter().zip(cut::cut_out(&set, &chosen, settings.size)?) {
            match cut {
                Ok(cut) => {
                    kept.push(chosen.clone());
                    images.extend(cut);
                }
                Err(reason) => skipped.push(reason),
            }
        }
        for reason in skipped.iter().take(5) {
            warn!(reason, "skipped: {reason}");
        }
        ensure!(
            skipped.len() as f64 <= settings.max_bad_images * all as f64,
            "{} of {all} images are missing, broken or of another size, more than data.max_bad_images = {} allows; the \
             first: {}",
            skipped.len(),
            settings.max_bad_images,
            skipped[0],
        );
        assign_validation(&mut set, &kept, settings, seed);
        rules::report(&set, &kept, settings);
        let set = Self::new(&set, &kept, images, skipped);
        info!("crops: train/validation/test of each class: {}", set.counts_text());
        Ok(set)
    }

    fn new(set: &ObjectSet, kept: &[Chosen], images: Vec<RgbImage>, skipped: Vec<String>) -> Self {
        let mut new_class = vec![None; set.classes.len()];
        kept.iter().flat_map(|chosen| &chosen.objects).for_each(|object| new_class[object.class] = Some(0));
        let mut classes = Vec::new();
        for (new, name) in new_class.iter_mut().zip(&set.classes).filter(|(new, _)| new.is_some()) {
            *new = Some(classes.len());
            classes.push(name.clone());
        }
        let absent = set.classes.iter().zip(&new_class).filter(|(_, new)| new.is_none());
        let absent = absent.map(|(name, _)| name.clone()).collect();
        let crops = kept.iter().flat_map(|chosen| {
            let image = &set.images[chosen.image];
            let stem = image_key(&image.name);
            let new_class = &new_class;
            chosen.objects.iter().map(move |object| Crop {
                name: format!("{stem}#{}", object.number),
                class: new_class[object.class].expect("a class with a crop was kept"),
                part: image.part,
            })
        });
        Self { classes, absent, crops: crops.collect(), images: Arc::new(images), skipped }
    }

    /// The crops as a dataset that does not know the `held_out` classes. Its images are shared with the set.
    ///
    /// # Errors
    /// A held-out class that does not exist, fewer than two known classes, a known class without a training crop,
    /// held-out classes that together have no test crop.
    pub fn dataset(&self, held_out: &[String]) -> Result<CropDataset> {
        for class in held_out {
            let exists = self.classes.contains(class);
            ensure!(
                exists,
                "the held-out class {class:?} does not exist; classes with crops: {}",
                self.classes.join(", ")
            );
        }
        let is_known: Vec<bool> = self.classes.iter().map(|class| !held_out.contains(class)).collect();
        let known: Vec<usize> = (0..self.classes.len()).filter(|&class| is_known[class]).collect();
        let labels: Vec<String> = known.iter().map(|&class| self.classes[class].clone()).collect();
        ensure!(labels.len() >= 2, "expected at least 2 known classes, and there are {}: {labels:?}", labels.len());
        let untrained: Vec<String> = known
            .iter()
            .filter(|&&class| self.count(class, Part::Train) == 0)
            .map(|&class| format!("{:?} ({} in test)", self.classes[class], self.count(class, Part::Test)))
            .collect();
        ensure!(
            untrained.is_empty(),
            "classes without a training crop: {}; hold out them, keep more objects (data.use_difficult, \
             data.min_side), or change the split (data.objects)",
            untrained.join(", "),
        );

        let target = |crop: &Crop| known.iter().map(|&class| class == crop.class).collect();
        let samples = self.crops.iter().map(|crop| Sample { name: crop.name.clone(), targets: target(crop) }).collect();
        let indices = |part, of_known: bool| -> Vec<usize> {
            let fits = |crop: &Crop| crop.part == part && is_known[crop.class] == of_known;
            (0..self.crops.len()).filter(|&at| fits(&self.crops[at])).collect()
        };
        let [train, validation, test] = Part::ALL.map(|part| indices(part, true));
        let split = Split { train, validation, test };
        let out_of_distribution = indices(Part::Test, false);
        ensure!(
            held_out.is_empty() || !out_of_distribution.is_empty(),
            "the held-out classes ({}) have no test crop: hold out others, or change the split (data.objects)",
            held_out.join(", "),
        );
        let mut dataset = Dataset::in_memory(labels, samples, Arc::clone(&self.images), split, self.skipped.clone());
        dataset.other_labels = self.absent.iter().chain(held_out).cloned().collect();
        Ok(CropDataset { dataset, out_of_distribution })
    }

    /// Crops of a class in a part.
    pub fn count(&self, class: usize, part: Part) -> usize {
        self.crops.iter().filter(|crop| crop.class == class && crop.part == part).count()
    }

    fn counts_text(&self) -> String {
        let counts = self.classes.iter().enumerate().map(|(class, name)| {
            let [train, validation, test] = Part::ALL.map(|part| self.count(class, part));
            format!("{name} {train}/{validation}/{test}")
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// What [`CropSet::load`] will find, as far as annotations and the images' headers tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Crops for training, validation and testing where every image can be decoded.
    pub counts: [usize; 3],
    /// Images that objects are cut out of.
    pub images: usize,
    /// Those of them that are missing, of a kind that is not read, or of another size than annotated.
    pub faults: Vec<String>,
}

/// Reads the annotations, and the headers of the images.
///
/// # Errors
/// As [`objects::load`].
pub fn preview(settings: &CropsConfig, seed: u64) -> Result<Preview> {
    let mut set = objects::load(&settings.objects, settings.test_share, seed)?;
    let chosen = rules::choose(&set, settings);
    assign_validation(&mut set, &chosen, settings, seed);
    let counts = Part::ALL.map(|part| {
        let of_part = chosen.iter().filter(|chosen| set.images[chosen.image].part == part);
        of_part.map(|chosen| chosen.objects.len()).sum()
    });
    let faults = chosen.par_iter().filter_map(|chosen| set.images[chosen.image].check().err()).collect();
    Ok(Preview { counts, images: chosen.len(), faults })
}

/// Gives training images to validation.
fn assign_validation(set: &mut ObjectSet, chosen: &[Chosen], settings: &CropsConfig, seed: u64) {
    let training: Vec<&Chosen> = chosen.iter().filter(|chosen| set.images[chosen.image].part == Part::Train).collect();
    let all = match settings.objects {
        ObjectsConfig::Scenes { count, .. } => count,
        _ => training.len(),
    };
    let count = ((all as f64 * settings.validation_share).round() as usize).max(1);
    let classes: Vec<Vec<usize>> =
        training.iter().map(|chosen| chosen.objects.iter().map(|object| object.class).collect()).collect();
    for at in draw_validation(&classes, count, seed) {
        set.images[training[at].image].part = Part::Validation;
    }
}
