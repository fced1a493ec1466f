//! Data sets that are a folder of images: without labels, or with the folder that an image is in as its label.

use super::dataset::Dataset;
use super::image_ending::is_read_name;
use super::loaded_images::{self, check_skipped};
use super::sample::Sample;
use super::split::Split;
use super::tiled_folder;
use super::walk::{files_below, slashed};
use crate::config::{ClassFoldersConfig, FolderReading, ImagesConfig};
use anyhow::{Result, bail, ensure};
use nadir_core::rng::{Rng, fnv1a_64};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tracing::warn;

/// Names of a split's parts. Folders with these names alone are a split, and not classes.
const PARTS: [&str; 7] = ["train", "training", "val", "valid", "validation", "test", "testing"];

/// The files below a folder that can be images, by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassFiles {
    /// Names of the folders in byte order.
    pub classes: Vec<String>,
    /// Paths relative to the folder in byte order, each with its class's index.
    pub files: Vec<(PathBuf, usize)>,
    /// Images that lie beside the classes' folders and have no class.
    pub without_class: Vec<PathBuf>,
}

/// The image files below `folder` at any depth, relative to it, in byte order of their paths. Hidden files and folders
/// are left alone; a link in a circle ends.
///
/// # Errors
/// Names a folder that cannot be read, or that holds no image.
pub fn image_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files_below(folder, "image folder")?;
    files.retain(|file| file.to_str().is_some_and(is_read_name));
    ensure!(!files.is_empty(), "no .jpg, .jpeg, .png, .webp, .bmp or .tif image below {}", folder.display());
    files.sort_unstable();
    Ok(files)
}

/// As [`image_files`], by the folder in `folder` that each is in.
///
/// # Errors
/// As [`image_files`]; where there are fewer than two classes, or the folders are called like the parts of a split.
pub fn class_files(folder: &Path) -> Result<ClassFiles> {
    let class_of = |file: &Path| -> Option<String> {
        let mut parts = file.iter();
        let first = parts.next()?.to_str()?.to_owned();
        parts.next().is_some().then_some(first)
    };
    let (mut files, mut without_class) = (Vec::new(), Vec::new());
    for file in image_files(folder)? {
        match class_of(&file) {
            Some(class) => files.push((file, class)),
            None => without_class.push(file),
        }
    }
    let classes: BTreeSet<&String> = files.iter().map(|(_, class)| class).collect();
    let classes: Vec<String> = classes.into_iter().cloned().collect();
    if classes.len() < 2 {
        bail!(
            "data.kind = \"class_folders\" needs a folder of images for each of two classes at the least, and {} holds \
             {}; without labels: data.kind = \"images\"",
            folder.display(),
            classes.first().map_or("no such folder".to_owned(), |only| format!("only {only:?}"))
        );
    }
    ensure!(
        !classes.iter().all(|class| PARTS.contains(&class.to_lowercase().as_str())),
        "{} holds the parts of a split ({}) and not the classes; name the folder of one part in data.images",
        folder.display(),
        classes.join(", ")
    );
    let index = |class: &String| classes.binary_search(class).expect("one of them");
    let files = files.iter().map(|(file, class)| (file.clone(), index(class))).collect();
    Ok(ClassFiles { classes, files, without_class })
}

/// Loads all images below a folder, without labels. A share of them is held out as the validation part, and none is
/// for test.
///
/// # Errors
/// As [`image_files`]; more broken images than allowed; a single image, of which no two views of different images can be
/// told apart.
pub fn load_images(settings: &ImagesConfig, seed: u64) -> Result<Dataset> {
    let files = image_files(&settings.images)?;
    load_listed_images(settings, &files, seed)
}

/// [`load_images`] of files that were listed; one that has gone since is skipped like a broken one.
fn load_listed_images(settings: &ImagesConfig, files: &[PathBuf], seed: u64) -> Result<Dataset> {
    let rows: Vec<(String, Vec<bool>)> = files.iter().map(|file| (slashed(file), Vec::new())).collect();
    let reading = settings.reading();
    if let Some(tiling) = reading.tiling {
        return tiled_folder::load(&reading, tiling, files, rows, Vec::new(), |scenes, _| {
            let tiles: usize = scenes.iter().map(|scene| scene.windows.len()).sum();
            ensure!(
                tiles >= 2,
                "tiles of the images below {}: {tiles}; learning by contrast needs two at the least",
                settings.images.display()
            );
            Ok(tiled_folder::held_out(scenes, tiling, settings.held_out, seed))
        });
    }
    load(&reading, files, rows, Vec::new(), |samples, _| {
        ensure!(
            samples.len() >= 2,
            "images that can be read below {}: {}; learning by contrast needs two at the least",
            settings.images.display(),
            samples.len()
        );
        Ok(held_out(samples, settings.held_out, seed))
    })
}

/// Loads the images of class folders; each has one label.
///
/// # Errors
/// As [`class_files`]; more broken images than allowed; as [`Split::new`].
pub fn load_class_folders(settings: &ClassFoldersConfig, seed: u64) -> Result<Dataset> {
    let ClassFiles { classes, files, without_class } = class_files(&settings.images)?;
    if let Some(first) = without_class.first() {
        warn!(
            "data: {} images lie in no class's folder and are not used; the first: {}",
            without_class.len(),
            first.display()
        );
    }
    let row = |(file, class): &(PathBuf, usize)| {
        (slashed(file), (0..classes.len()).map(|at| at == *class).collect::<Vec<bool>>())
    };
    let rows: Vec<(String, Vec<bool>)> = files.iter().map(row).collect();
    let files: Vec<PathBuf> = files.into_iter().map(|(file, _)| file).collect();
    let reading = settings.reading();
    if let Some(tiling) = reading.tiling {
        return tiled_folder::load(&reading, tiling, &files, rows, classes, |scenes, skipped| {
            // By images: two tiles of one show the same ground, or ground beside it.
            let images: Vec<Sample> = scenes.iter().map(|scene| scene.sample.clone()).collect();
            Ok(tiled_folder::split_by_image(scenes, Split::new(&settings.split, &images, skipped, seed)?))
        });
    }
    load(&reading, &files, rows, classes, |samples, skipped| Split::new(&settings.split, samples, skipped, seed))
}

/// `rows` are the files' names and labels; `split` divides those that can be read, beside the number of those that
/// cannot.
fn load(
    reading: &FolderReading<'_>,
    files: &[PathBuf],
    rows: Vec<(String, Vec<bool>)>,
    labels: Vec<String>,
    split: impl FnOnce(&[Sample], usize) -> Result<Split>,
) -> Result<Dataset> {
    let (images, there) = loaded_images::load_images(reading.folder, files, reading.cache, &reading.bands)?;
    let (mut samples, mut skipped) = (Vec::with_capacity(rows.len()), Vec::new());
    for ((name, targets), there) in rows.into_iter().zip(there) {
        match there {
            Ok(()) => samples.push(Sample { name, targets }),
            Err(reason) => skipped.push(reason),
        }
    }
    check_skipped(&skipped, files.len(), "images are broken", reading.max_bad_images)?;
    if !skipped.is_empty() {
        warn!("data: {} of {} images below {} were skipped", skipped.len(), files.len(), reading.folder.display());
    }
    let split = split(&samples, skipped.len())?;
    let other_labels = Vec::new();
    Ok(Dataset { labels, other_labels, samples, split, skipped, images, training_mean_and_std: OnceLock::new() })
}

/// A share for validation, the others for training. Each image's path has a number by `seed`, and those with the lowest
/// are held out: images that come into the folder later move few others.
fn held_out(samples: &[Sample], share: f64, seed: u64) -> Split {
    let number =
        |sample: &Sample| Rng::from_parts(&[seed, fnv1a_64(b"held out"), fnv1a_64(sample.name.as_bytes())]).next_u64();
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_cached_key(|&at| (number(&samples[at]), at));
    let wanted = (samples.len() as f64 * share).round() as usize;
    // One that measures, where any is asked for; and one to train on.
    let count = if share > 0.0 { wanted.clamp(1, samples.len() - 1) } else { 0 };
    let (mut validation, mut train) = (order[..count].to_vec(), order[count..].to_vec());
    validation.sort_unstable();
    train.sort_unstable();
    Split { train, validation, test: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (at, file) in (0u8..).zip(files) {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("has one")).expect("created");
            image::RgbImage::from_pixel(3, 2, image::Rgb([at, 0, 0])).save(path).expect("written");
        }
        folder
    }

    fn settings(folder: &Path) -> ImagesConfig {
        ImagesConfig { held_out: 0.25, max_bad_images: 0.3, ..ImagesConfig::new(folder.to_owned()) }
    }

    #[test]
    fn images_are_named_by_their_path_and_a_share_is_held_out() {
        let folder = folder(&["b/2.png", "a.png", "b/c/1.png", ".hidden/4.png", "b/.5.png"]);
        fs::write(folder.path().join("notes.txt"), "no image").expect("written");
        let dataset = load_images(&settings(folder.path()), 1).expect("three images");
        let names: Vec<&str> = dataset.samples.iter().map(|sample| sample.name.as_str()).collect();
        assert_eq!(names, ["a.png", "b/2.png", "b/c/1.png"]);
        assert_eq!(dataset.image(0).expect("in memory").view().pixels[0], 1, "the pixels are those of the file");
        let sizes = dataset.split.parts().map(|(_, part)| part.len());
        assert_eq!((sizes, dataset.labels.len()), ([2, 1, 0], 0));
    }

    #[test]
    fn a_file_that_vanishes_between_listing_and_reading_is_skipped_and_named() {
        let folder = folder(&["1.png", "2.png", "3.png", "4.png"]);
        let files = image_files(folder.path()).expect("four");
        fs::remove_file(folder.path().join("2.png")).expect("removed");
        for cache in [None, Some(folder.path().join("cache"))] {
            let settings = ImagesConfig { cache, ..settings(folder.path()) };
            let dataset = load_listed_images(&settings, &files, 1).expect("one of four may be missing");
            assert_eq!((dataset.samples.len(), dataset.skipped.len()), (3, 1));
            assert!(dataset.skipped[0].contains("2.png"), "{}", dataset.skipped[0]);
            let strict = ImagesConfig { max_bad_images: 0.2, ..settings };
            let error = load_listed_images(&strict, &files, 1).expect_err("one of five at the most").to_string();
            assert!(error.contains("1 of 4 images are broken") && error.contains("2.png"), "{error}");
        }
    }

    /// 25 of 100; another seed others; of 20 images that come later few change sides.
    #[test]
    fn what_is_held_out_hangs_on_seed_and_path() {
        let samples = |count: usize| -> Vec<Sample> {
            (0..count).map(|at| Sample { name: format!("{at}.png"), targets: Vec::new() }).collect()
        };
        let (split, other) = (held_out(&samples(100), 0.25, 1), held_out(&samples(100), 0.25, 2));
        assert_eq!((split.train.len(), split.validation.len()), (75, 25));
        assert_ne!(split.validation, other.validation);
        assert_eq!(split, held_out(&samples(100), 0.25, 1));
        let more = held_out(&samples(120), 0.25, 1);
        let moved = split.validation.iter().filter(|at| more.train.contains(at)).count();
        assert!(moved <= 5, "{moved} of 25 changed sides");
        assert_eq!(held_out(&samples(2), 0.9, 1).train.len(), 1);
        assert!(held_out(&samples(5), 0.0, 1).validation.is_empty());
    }

    #[test]
    fn classes_are_the_folders_and_every_part_has_all_of_them() {
        let files: Vec<String> = ["sea", "land"]
            .iter()
            .flat_map(|class| (0..10).map(move |at| format!("{class}/deep/{at}.png")))
            .chain(["stray.png".to_owned()])
            .collect();
        let folder = folder(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let settings = ClassFoldersConfig { max_bad_images: 0.0, ..ClassFoldersConfig::new(folder.path().to_owned()) };
        let dataset = load_class_folders(&settings, 3).expect("two classes");
        assert_eq!(dataset.labels, ["land", "sea"]);
        assert_eq!(dataset.samples[0].name, "land/deep/0.png");
        assert_eq!(dataset.samples[0].targets, [true, false]);
        for ((_, part), each) in dataset.split.parts().into_iter().zip([7, 2, 1]) {
            let of_land = part.iter().filter(|&&at| dataset.samples[at].targets[0]).count();
            assert_eq!((of_land, part.len()), (each, 2 * each));
        }
    }

    #[test]
    fn folders_that_are_no_classes_are_refused() {
        let words = |files: &[&str], expected: &[&str]| {
            let error = class_files(folder(files).path()).expect_err("no classes").to_string();
            assert!(expected.iter().all(|word| error.contains(word)), "{error}");
        };
        words(&["1.png", "2.png"], &["no such folder", "data.kind = \"images\""]);
        words(&["sea/1.png"], &["only \"sea\""]);
        words(&["train/sea/1.png", "Test/sea/1.png"], &["parts of a split", "train"]);
    }
}
