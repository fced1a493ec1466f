//! Objects from the formats that `nadir data convert` reads.

use super::clip;
use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part};
use crate::config::AnnotatedFiles;
use crate::data::formats::{self, AnnotatedImage, Annotations, Format, Source, Subset};
use crate::data::label_table::{image_key, read_image_names};
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::path::Path;
use tracing::{info, warn};

/// The images of both parts with the upright boxes of their objects. Where the config names neither part, the set's own
/// division counts: validation images are for training, unless there are no test images, whose place they take.
///
/// # Errors
/// As [`formats::read`]; a set that is not divided; a listed image that it does not have.
pub fn load(format: Format, files: &AnnotatedFiles) -> Result<ObjectSet> {
    let mut set = ObjectSet { classes: Vec::new(), images: Vec::new(), ignored: Vec::new(), cut_off: Vec::new() };
    let (Some(train), Some(test)) = (&files.train, &files.test) else {
        let annotations = read(format, &files.root, files)?;
        let has = |subset| annotations.images.iter().any(|image| image.subset == Some(subset));
        let root = files.root.display();
        ensure!(
            has(Subset::Train) && (has(Subset::Test) || has(Subset::Validation)),
            "data.objects: {root} does not say which images are for training and which for testing; set data.objects.train \
             and data.objects.test to lists of images or to annotations of their own"
        );
        let test = if has(Subset::Test) { Subset::Test } else { Subset::Validation };
        info!("data.objects: {root} tests on its {} images and trains on the others", test.name());
        add(&mut set, &annotations, |image| Some(if image.subset == Some(test) { Part::Test } else { Part::Train }));
        return Ok(sorted(set));
    };
    let lists = [train, test].map(|list| files.root.join(list));
    if lists.iter().all(|list| is_list(list)) {
        let annotations = read(format, &files.root, files)?;
        let parts = parts_by_lists(&annotations, &[(&lists[0], Part::Train), (&lists[1], Part::Test)])?;
        add(&mut set, &annotations, |image| parts.get(&image_key(&image.name)).copied());
        let left = annotations.images.len() - set.images.len();
        if left > 0 {
            info!("data.objects: {left} images stand in neither list and are not used");
        }
    } else {
        for (path, part) in lists.iter().zip([Part::Train, Part::Test]) {
            add(&mut set, &read(format, path, files)?, |_| Some(part));
        }
    }
    Ok(sorted(set))
}

fn read(format: Format, path: &Path, files: &AnnotatedFiles) -> Result<Annotations> {
    let annotations = formats::read(format, &Source { path, images: files.images.as_deref() })?;
    for (what, count) in &annotations.not_read {
        warn!("{}: not read: {what}: {count}", path.display());
    }
    ensure!(!annotations.predicted, "{} holds predictions: expected annotations", path.display());
    Ok(annotations)
}

fn is_list(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    path.is_file() && matches!(ending.as_deref(), Some("txt" | "csv"))
}

/// What each listed image is for, by its key. A list may write more folders in front of a name than the set, or fewer.
fn parts_by_lists(annotations: &Annotations, lists: &[(&Path, Part)]) -> Result<HashMap<String, Part>> {
    let file_name = |key: &str| key.rsplit('/').next().unwrap_or(key).to_owned();
    let keys: Vec<String> = annotations.images.iter().map(|image| image_key(&image.name)).collect();
    let mut by_file_name: HashMap<String, Vec<&String>> = HashMap::new();
    keys.iter().for_each(|key| by_file_name.entry(file_name(key)).or_default().push(key));
    let mut parts = HashMap::new();
    for (list, part) in lists {
        let is_image = |name: &str| by_file_name.contains_key(&file_name(&image_key(name)));
        for name in read_image_names(list, is_image)? {
            let wanted = image_key(&name);
            let candidates = by_file_name.get(&file_name(&wanted)).map_or(&[][..], Vec::as_slice);
            let key = match candidates {
                [one] => *one,
                several => several.iter().copied().find(|key| **key == wanted).with_context(|| {
                    format!("data.objects: the image {name:?} of the list {} is not in the set", list.display())
                })?,
            };
            match parts.insert(key.clone(), *part) {
                None => {}
                Some(other) if other == *part => bail!("data.objects: {name:?} stands twice in {}", list.display()),
                Some(_) => bail!("data.objects: {name:?} stands in the train and in the test list"),
            }
        }
    }
    Ok(parts)
}

/// Adds the images that are for something, their classes by name.
fn add(set: &mut ObjectSet, annotations: &Annotations, part_of: impl Fn(&AnnotatedImage) -> Option<Part>) {
    let mut class_of = Vec::new();
    for name in &annotations.classes {
        let known = set.classes.iter().position(|class| class == name);
        class_of.push(known.unwrap_or(set.classes.len()));
        if known.is_none() {
            set.classes.push(name.clone());
        }
    }
    for image in &annotations.images {
        let Some(part) = part_of(image) else { continue };
        let mut objects = Vec::new();
        for (number, object) in image.objects.iter().enumerate() {
            match clip::inside(object.bounds().map(|side| side as f32), image.size_px) {
                Ok(box_in_image) => objects.push(Object {
                    number,
                    class: class_of[object.class],
                    box_in_image,
                    difficult: object.difficult,
                    truncated: object.truncated || object.occluded,
                    crowd: object.crowd,
                }),
                Err(fault) => {
                    let class = &annotations.classes[object.class];
                    set.ignored.push(format!("image {:?}: object {number} ({class}): {fault}", image.name));
                }
            }
        }
        set.images.push(ObjectImage {
            name: image.name.clone(),
            // A missing image is named once its pixels are read.
            file: ImageFile::Path(image.file.clone().unwrap_or_else(|| image.name.clone().into())),
            size_px: image.size_px,
            part,
            objects,
            unlabelled: Vec::new(),
        });
    }
}

/// Training images first.
fn sorted(mut set: ObjectSet) -> ObjectSet {
    set.images.sort_by_key(|image| image.part == Part::Test);
    set
}
