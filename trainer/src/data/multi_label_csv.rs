//! A folder of images with a table of 0/1 labels: UC Merced's official multi-labels, MLRSNet's files, and like ones.

use super::dataset::Dataset;
use super::image_index::ImageIndex;
use super::label_table::{self, Duplicates, image_key};
use super::loaded_images::{check_skipped, load_images};
use super::raster::BandSettings;
use super::sample::Sample;
use super::split::Split;
use crate::config::SplitConfig;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tracing::warn;

/// What of a data set lies where.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Folder with the images, at any depth.
    pub images: &'a Path,
    /// Label table, or a folder of them.
    pub labels: &'a Path,
    /// Which image is for what.
    pub split: &'a SplitConfig,
    /// Folder for decoded images; without it they are held in memory.
    pub cache: Option<&'a Path>,
    /// Share of images that may be missing or broken.
    pub max_bad_images: f64,
}

/// Loads labels and images, which are decoded into the cache where there is one.
///
/// # Errors
/// Names the table and line, or the image, and what was expected. Up to `max_bad_images` may be missing or broken: they
/// are skipped and counted.
pub fn load(source: Source<'_>, seed: u64) -> Result<Dataset> {
    let table = label_table::read(source.labels)?;
    table.notes.iter().for_each(|note| warn!("{note}"));
    report_duplicates(source.labels, &table.duplicates);
    let index = ImageIndex::read(source.images)?;
    table.expect_headers(|name| index.has(name))?;
    let resolved = index.resolve(table.rows.iter().map(|row| row.image.as_str()))?;
    let files: Vec<PathBuf> = resolved.iter().flatten().cloned().collect();
    let (images, there) = load_images(source.images, &files, source.cache, &BandSettings::default())?;

    let rows = table.rows.len();
    let mut there = there.into_iter();
    let (mut samples, mut skipped) = (Vec::with_capacity(rows), Vec::new());
    for (row, resolved) in table.rows.into_iter().zip(resolved) {
        match resolved.and_then(|_| there.next().expect("one result a file")) {
            Ok(()) => samples.push(Sample { name: image_key(&row.image), targets: row.targets }),
            Err(reason) => skipped.push(reason),
        }
    }
    check_skipped(&skipped, rows, "images are missing or broken", source.max_bad_images)?;
    let split = Split::new(source.split, &samples, skipped.len(), seed)?;
    let other_labels = Vec::new();
    let labels = table.labels;
    Ok(Dataset { labels, other_labels, samples, split, skipped, images, training_mean_and_std: OnceLock::new() })
}

/// Logs how many rows were skipped, and the first that has other labels.
pub fn report_duplicates(labels: &Path, duplicates: &Duplicates) {
    if let Some(sentence) = duplicates.sentence() {
        warn!(path = %labels.display(), "{}: {sentence}", labels.display());
    }
}
