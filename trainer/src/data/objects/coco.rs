//! Objects in COCO's JSON (Lin et al. 2014, "Microsoft COCO: Common Objects in Context"): a file for training, one for
//! testing, a folder of images.

use super::clip;
use super::coco_file::{CocoCategory, CocoFile};
use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part, image_paths, known_size};
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::path::Path;
use tracing::warn;

/// The images of both files, which lie below the folder `images`. Classes in the order of the categories' ids.
///
/// # Errors
/// Names the file, and the line, or the annotation with the image or category id that does not exist, or the first
/// category that differs between the files.
pub fn load(images: &Path, train: &Path, test: &Path) -> Result<ObjectSet> {
    let files = [(Part::Train, train, read(train)?), (Part::Test, test, read(test)?)];
    let classes = class_names(&files[0].2.categories);
    check_same_classes(&classes, train, &class_names(&files[1].2.categories), test)?;
    of_files(images, classes, &files)
}

/// The images of one file, all for training.
///
/// # Errors
/// As [`load`].
pub fn load_file(images: &Path, path: &Path) -> Result<ObjectSet> {
    let file = read(path)?;
    of_files(images, class_names(&file.categories), &[(Part::Train, path, file)])
}

fn of_files(images: &Path, classes: Vec<String>, files: &[(Part, &Path, CocoFile)]) -> Result<ObjectSet> {
    let mut names: Vec<&str> = Vec::new();
    for (_, path, file) in files {
        for image in &file.images {
            let named = image.file_name.as_deref();
            names.push(named.with_context(|| format!("{}: image {} has no file_name", path.display(), image.id))?);
        }
    }
    let mut paths = names.iter().zip(image_paths(images, &names)?);
    let mut set =
        ObjectSet { classes, images: Vec::with_capacity(names.len()), ignored: Vec::new(), cut_off: Vec::new() };
    for (part, path, file) in files {
        let first = set.images.len();
        set.images.extend(file.images.iter().zip(paths.by_ref()).map(|(image, (name, path))| {
            let size_px = known_size(image.size_px, &path);
            let name = (*name).to_owned();
            ObjectImage {
                name,
                file: ImageFile::Path(path),
                size_px,
                part: *part,
                objects: Vec::new(),
                unlabelled: Vec::new(),
            }
        }));
        add_objects(&mut set, first, file, path).with_context(|| format!("in the COCO file {}", path.display()))?;
    }
    Ok(set)
}

/// Reads a file whose categories have names of their own, and logs what is odd about its ids.
fn read(path: &Path) -> Result<CocoFile> {
    let file = CocoFile::read(path)?;
    for (at, category) in file.categories.iter().enumerate() {
        if let Some(other) = file.categories[..at].iter().find(|other| other.name == category.name) {
            let (a, b) = (&other.name, &category.name);
            bail!(
                "{}: categories {} {a:?} and {} {b:?}: expected ids and names of their own",
                path.display(),
                other.id,
                category.id
            );
        }
    }
    for note in file.notes_on_ids() {
        warn!(path = %path.display(), "{}: {note}", path.display());
    }
    Ok(file)
}

fn class_names(categories: &[CocoCategory]) -> Vec<String> {
    categories.iter().map(|category| category.name.clone()).collect()
}

fn check_same_classes(train: &[String], train_path: &Path, test: &[String], test_path: &Path) -> Result<()> {
    for at in 0..train.len().max(test.len()) {
        let name = |classes: &[String]| classes.get(at).map_or("missing".to_owned(), |class| format!("{class:?}"));
        ensure!(
            train.get(at) == test.get(at),
            "both COCO files must have the same categories: number {} by id is {} in {} and {} in {}",
            at + 1,
            name(train),
            train_path.display(),
            name(test),
            test_path.display(),
        );
    }
    Ok(())
}

/// Gives the annotations of a file to its images, which stand in the set from `first` on.
fn add_objects(set: &mut ObjectSet, first: usize, file: &CocoFile, path: &Path) -> Result<()> {
    let mut image_by_id = HashMap::new();
    for (at, image) in file.images.iter().enumerate() {
        if let Some(other) = image_by_id.insert(&image.id, at) {
            let [a, b] = [other, at].map(|at| &set.images[first + at].name);
            bail!("images {a:?} and {b:?} have the same id {}", image.id);
        }
    }
    let mut counts = vec![0; file.images.len()];
    for (at, annotation) in file.annotations.iter().enumerate() {
        let named = || annotation.named(at);
        let image = *image_by_id
            .get(&annotation.image_id)
            .with_context(|| format!("{}: no image has the image_id {}", named(), annotation.image_id))?;
        let class = file
            .class(&annotation.category_id)
            .with_context(|| format!("{}: no category has the category_id {}", named(), annotation.category_id))?;
        let [x, y, width, height] =
            annotation.bbox.with_context(|| format!("{}: expected a bbox [x, y, width, height]", named()))?;
        let number = counts[image];
        counts[image] += 1;
        let object_image = &mut set.images[first + image];
        let annotated = [x, y, x + width, y + height].map(|side| side as f32);
        match clip::inside(annotated, object_image.size_px) {
            Ok(box_in_image) => {
                if box_in_image != annotated {
                    let (path, image) = (path.display(), &object_image.name);
                    set.cut_off.push(format!("{path}: {} of image {image:?}: {annotated:?} px", named()));
                }
                object_image.objects.push(Object {
                    number,
                    class,
                    box_in_image,
                    difficult: false,
                    truncated: false,
                    crowd: annotation.crowd,
                });
            }
            Err(fault) => {
                let (path, class, image) = (path.display(), &file.categories[class].name, &object_image.name);
                set.ignored.push(format!("{path}: {} ({class}) of image {image:?}: {fault}", named()));
            }
        }
    }
    Ok(())
}
