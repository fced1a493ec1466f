//! What a folder of images holds that is a data set by itself, and what is wrong with it.

use super::image_folder::{class_files, image_files};
use super::label_table::{LabelRow, LabelTable};
use super::statistics::{DatasetStatistics, statistics_of, statistics_of_files};
use crate::config::{ClassFoldersConfig, ImagesConfig};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Decodes every image, and verifies the cache's checksums where there is a cache. There are no labels.
///
/// # Errors
/// As [`image_files`]. Faults of single images are part of the statistics.
pub fn statistics_of_images(settings: &ImagesConfig, seed: u64) -> Result<DatasetStatistics> {
    let files = image_files(&settings.images)?;
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let images = statistics_of_files(&settings.images, &paths);
    let rows = files.iter().map(|file| row(file, Vec::new())).collect();
    statistics_of(LabelTable::of_rows(Vec::new(), rows), Some(images), settings.cache.as_deref(), None, seed)
}

/// As [`statistics_of_images`], with the classes as labels and their split.
///
/// # Errors
/// As [`class_files`].
pub fn statistics_of_class_folders(settings: &ClassFoldersConfig, seed: u64) -> Result<DatasetStatistics> {
    let found = class_files(&settings.images)?;
    let paths: Vec<&Path> = found.files.iter().map(|(file, _)| file.as_path()).collect();
    let mut images = statistics_of_files(&settings.images, &paths);
    images.files += found.without_class.len();
    images.without_labels = found.without_class.iter().map(|file| file.display().to_string()).collect();
    let one_hot = |class: usize| (0..found.classes.len()).map(|at| at == class).collect();
    let rows = found.files.iter().map(|(file, class)| row(file, one_hot(*class))).collect();
    let table = LabelTable::of_rows(found.classes.clone(), rows);
    statistics_of(table, Some(images), settings.cache.as_deref(), Some(&settings.split), seed)
}

fn row(file: &Path, targets: Vec<bool>) -> LabelRow {
    LabelRow { image: file.display().to_string(), targets }
}
