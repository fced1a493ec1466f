//! Annotated objects of images, from wherever, in one form. What is done with them (cutting them out, finding them) is
//! not decided here.

mod annotated;
mod clip;
mod coco;
pub(crate) mod coco_file;
mod joined;
mod object_set;
mod scenes;
#[cfg(test)]
mod tests;
mod upright;
mod validation;
mod voc;
mod voc_list;

pub use object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part};
pub use validation::draw_validation;
pub(crate) use voc::annotated_objects;

use crate::config::{ObjectsConfig, SourceConfig};
use crate::data::formats::Format;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::path::Path;
use tracing::warn;

/// Reads the annotations that the config names. Generated scenes go to testing by `test_share` and `seed`; the other
/// formats say themselves what is for testing. A box that reaches out of its image is cut off at its border; one
/// without an area inside is skipped, and a warning is logged.
///
/// # Errors
/// Names the file, its line or annotation, and what was expected. Images themselves are not decoded.
pub fn load(config: &ObjectsConfig, test_share: f64, seed: u64) -> Result<ObjectSet> {
    tell_and_check(read(config, test_share, seed)?)
}

/// Reads one COCO file, whose images lie below the folder `images`; all of them are for training.
///
/// # Errors
/// As [`load`].
pub fn load_coco_file(images: &Path, file: &Path) -> Result<ObjectSet> {
    tell_and_check(coco::load_file(images, file)?)
}

/// Turns boxes with their images; logs what is skipped; refuses an image that stands twice.
fn tell_and_check(mut set: ObjectSet) -> Result<ObjectSet> {
    upright::turn(&mut set);
    if !set.ignored.is_empty() {
        let all: usize = set.images.iter().map(|image| image.objects.len()).sum::<usize>() + set.ignored.len();
        warn!("objects: {} of {all} skipped because of their boxes", set.ignored.len());
    }
    for sentence in set.ignored.iter().take(5) {
        warn!(reason = sentence, "skipped: {sentence}");
    }
    let mut parts: HashMap<&str, Part> = HashMap::new();
    for image in &set.images {
        if let Some(other) = parts.insert(&image.name, image.part) {
            let (name, part) = (&image.name, image.part.name());
            ensure!(other != image.part, "data.objects: image {name:?} stands twice in the {part} list");
            bail!("data.objects: image {name:?} stands in the {} and in the {part} list", other.name());
        }
    }
    Ok(set)
}

fn read(config: &ObjectsConfig, test_share: f64, seed: u64) -> Result<ObjectSet> {
    match config {
        ObjectsConfig::Voc { root, train, test } => voc::load(root, train, test),
        ObjectsConfig::Coco { images, train, test } => coco::load(images, train, test),
        ObjectsConfig::Yolo(files) => annotated::load(Format::Yolo, files),
        ObjectsConfig::Dota(files) => annotated::load(Format::Dota, files),
        ObjectsConfig::Labelme(files) => annotated::load(Format::Labelme, files),
        ObjectsConfig::Cvat(files) => annotated::load(Format::Cvat, files),
        ObjectsConfig::LabelStudio(files) => annotated::load(Format::LabelStudio, files),
        &ObjectsConfig::Scenes { count, size, first_seed } => {
            Ok(scenes::load(count, size, first_seed, test_share, seed))
        }
        ObjectsConfig::Joined { sources } => {
            let read = |source: &SourceConfig| {
                let set = read(&source.objects, test_share, seed);
                Ok((source.clone(), set.with_context(|| format!("in the source {:?} of data.objects", source.name))?))
            };
            joined::join(sources.iter().map(read).collect::<Result<_>>()?, seed)
        }
    }
}
