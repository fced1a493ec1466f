//! Objects in COCO's JSON (Lin et al. 2014, "Microsoft COCO: Common Objects in Context"): a file for training, one for
//! testing, a folder of images.

use super::clip;
use super::coco_values::{Flag, Id};
use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part, image_paths, known_size};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// What is needed of a file. Other keys (info, licenses, segmentation, area) may be there or not.
#[derive(Deserialize)]
struct CocoFile {
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: Id,
    file_name: String,
    width: Option<f64>,
    height: Option<f64>,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    id: Option<Id>,
    image_id: Id,
    category_id: i64,
    bbox: Option<[f64; 4]>,
    iscrowd: Option<Flag>,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: i64,
    name: String,
}

/// The images of both files, which lie below the folder `images`. Classes in the order of the categories' ids.
///
/// # Errors
/// Names the file, and the line, or the annotation with the image or category id that does not exist, or the first
/// category that differs between the files.
pub fn load(images: &Path, train: &Path, test: &Path) -> Result<ObjectSet> {
    let files = [(Part::Train, train, read(train)?), (Part::Test, test, read(test)?)];
    let classes = class_names(&files[0].2.categories);
    check_same_classes(&classes, train, &class_names(&files[1].2.categories), test)?;

    let names: Vec<&str> =
        files.iter().flat_map(|(_, _, file)| &file.images).map(|image| image.file_name.as_str()).collect();
    let mut paths = image_paths(images, &names)?.into_iter();
    let mut set = ObjectSet { classes, images: Vec::with_capacity(names.len()), ignored: Vec::new() };
    for (part, path, file) in &files {
        let first = set.images.len();
        set.images.extend(file.images.iter().zip(paths.by_ref()).map(|(image, path)| {
            let size_px = [image.width, image.height].map(|side| side.unwrap_or(0.0) as usize);
            let size_px = known_size(size_px, &path);
            let name = image.file_name.clone();
            let (objects, unlabelled) = (Vec::new(), Vec::new());
            ObjectImage { name, file: ImageFile::Path(path), size_px, part: *part, objects, unlabelled }
        }));
        add_objects(&mut set, first, file, path).with_context(|| format!("in the COCO file {}", path.display()))?;
    }
    Ok(set)
}

/// Reads a file, its categories sorted by id.
fn read(path: &Path) -> Result<CocoFile> {
    let what = || format!("cannot read the COCO file {}", path.display());
    let bytes = std::fs::read(path).with_context(what)?;
    let mut file: CocoFile = serde_json::from_slice(&bytes).with_context(what)?;
    file.categories.sort_by_key(|category| category.id);
    for (at, category) in file.categories.iter().enumerate() {
        for other in &file.categories[..at] {
            let same = other.id == category.id || other.name == category.name;
            let (a, b) = (&other.name, &category.name);
            ensure!(
                !same,
                "{}: categories {} {a:?} and {} {b:?}: expected ids and names of their own",
                path.display(),
                other.id,
                category.id
            );
        }
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
    let mut image_by_id: HashMap<String, usize> = HashMap::new();
    for (at, image) in file.images.iter().enumerate() {
        if let Some(other) = image_by_id.insert(image.id.to_string(), at) {
            let other = &file.images[other].file_name;
            bail!("images {other:?} and {:?} have the same id {}", image.file_name, image.id);
        }
    }
    let mut counts = vec![0; file.images.len()];
    for (at, annotation) in file.annotations.iter().enumerate() {
        let named = annotation.id.as_ref().map_or(format!("number {at} of the list"), ToString::to_string);
        let image = *image_by_id
            .get(&annotation.image_id.to_string())
            .with_context(|| format!("annotation {named}: no image has the image_id {}", annotation.image_id))?;
        let class =
            file.categories.binary_search_by_key(&annotation.category_id, |category| category.id).ok().with_context(
                || format!("annotation {named}: no category has the category_id {}", annotation.category_id),
            )?;
        let [x, y, width, height] =
            annotation.bbox.with_context(|| format!("annotation {named}: expected a bbox [x, y, width, height]"))?;
        let number = counts[image];
        counts[image] += 1;
        let crowd = annotation.iscrowd.as_ref().is_some_and(Flag::is_set);
        let object_image = &mut set.images[first + image];
        match clip::inside([x, y, x + width, y + height].map(|side| side as f32), object_image.size_px) {
            Ok(box_in_image) => {
                object_image.objects.push(Object {
                    number,
                    class,
                    box_in_image,
                    difficult: false,
                    truncated: false,
                    crowd,
                });
            }
            Err(fault) => {
                let (path, class, image) = (path.display(), &file.categories[class].name, &object_image.name);
                set.ignored.push(format!("{path}: annotation {named} ({class}) of image {image:?}: {fault}"));
            }
        }
    }
    Ok(())
}
