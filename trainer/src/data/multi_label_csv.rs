//! A folder of images with a table of 0/1 labels: UC Merced's official multi-labels, MLRSNet's files, and like ones.

use super::availability::Availability;
use super::cache::ImageCache;
use super::dataset::{Dataset, ImageStore};
use super::decode::{read_dimensions, read_image};
use super::image_index::ImageIndex;
use super::label_table::{self, Duplicates, image_key};
use super::sample::Sample;
use super::split::Split;
use crate::config::SplitConfig;
use crate::progress::Progress;
use crate::resources::{bytes_text, free_memory};
use anyhow::{Result, bail, ensure};
use nadir_core::image::RgbImage;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
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
    let (images, there) = match source.cache {
        Some(folder) => {
            let (cache, there) = ImageCache::open(folder, source.images, &files)?;
            (ImageStore::Mapped(Arc::new(cache)), there)
        }
        None => {
            let (images, there) = decode_into_memory(source.images, &files)?;
            (ImageStore::Memory(Arc::new(images)), there)
        }
    };

    let rows = table.rows.len();
    let mut there = there.into_iter();
    let (mut samples, mut skipped) = (Vec::with_capacity(rows), Vec::new());
    for (row, resolved) in table.rows.into_iter().zip(resolved) {
        match resolved.and_then(|_| there.next().expect("one result a file")) {
            Ok(()) => samples.push(Sample { name: image_key(&row.image), targets: row.targets }),
            Err(reason) => skipped.push(reason),
        }
    }
    for reason in skipped.iter().take(5) {
        warn!(reason, "skipped: {reason}");
    }
    ensure!(
        skipped.len() as f64 <= source.max_bad_images * rows as f64,
        "{} of {rows} images are missing or broken, more than data.max_bad_images = {} allows; the first: {}",
        skipped.len(),
        source.max_bad_images,
        skipped[0],
    );
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

/// The images that can be decoded, and for each file whether it is among them or why not.
fn decode_into_memory(folder: &Path, files: &[PathBuf]) -> Result<(Vec<RgbImage>, Vec<Availability>)> {
    if let Some(free) = free_memory() {
        let bytes_of = |file: &PathBuf| read_dimensions(&folder.join(file)).map_or(0, |(w, h)| 3 * (w * h) as u64);
        let needed: u64 = files.par_iter().map(bytes_of).sum();
        if needed > free / 2 {
            bail!(
                "the {} images of {} take {} decoded, more than half of the {} of memory that are free; set data.cache \
                 to a folder on a disk with that much free space",
                files.len(),
                folder.display(),
                bytes_text(needed),
                bytes_text(free),
            );
        }
    }
    let progress = Progress::new("decoding images", files.len() as u64, "images");
    let decoded: Vec<Result<RgbImage>> = files
        .par_iter()
        .map(|file| {
            let image = read_image(&folder.join(file));
            progress.advance(1);
            image
        })
        .collect();
    progress.finish();
    let mut images = Vec::with_capacity(decoded.len());
    let there = decoded
        .into_iter()
        .map(|image| image.map(|image| images.push(image)).map_err(|error| format!("{error:#}")))
        .collect();
    Ok((images, there))
}
