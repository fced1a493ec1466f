//! The pixels of a folder's files: decoded into memory, or into a cache on the disk.

use super::availability::Availability;
use super::cache::ImageCache;
use super::cache::Item;
use super::dataset::ImageStore;
use super::decode::read_dimensions;
use super::raster::{BandSettings, read_valid_image};
use crate::progress::Progress;
use crate::resources::{bytes_text, free_memory};
use anyhow::{Result, ensure};
use nadir_core::image::RgbImage;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::warn;

/// The images that can be decoded, of files below `folder`, and for each file whether it is among them or why not. Of TIFF
/// images, `bands` are taken; one without a valid pixel is not among them.
///
/// # Errors
/// Where they do not fit into memory, or the cache cannot be written.
pub(super) fn load_images(
    folder: &Path,
    files: &[PathBuf],
    cache: Option<&Path>,
    bands: &BandSettings,
) -> Result<(ImageStore, Vec<Availability>)> {
    match cache {
        Some(cache) => {
            let items: Vec<Item<'_>> = files.iter().map(|file| Item::whole(folder, file, bands)).collect();
            let (cache, there) = ImageCache::open_items(cache, &items)?;
            Ok((ImageStore::Mapped(Arc::new(cache)), there))
        }
        None => {
            let (images, there) = decode_into_memory(folder, files, bands)?;
            Ok((ImageStore::Memory(Arc::new(images)), there))
        }
    }
}

/// Logs the first images that were skipped, of `all`. `what` says of them what they are: "images are broken".
///
/// # Errors
/// Where they are more than `max_bad_images` allows: their number and the first.
pub(super) fn check_skipped(skipped: &[String], all: usize, what: &str, max_bad_images: f64) -> Result<()> {
    for reason in skipped.iter().take(5) {
        warn!(reason, "skipped: {reason}");
    }
    ensure!(
        skipped.len() as f64 <= max_bad_images * all as f64,
        "{} of {all} {what}, more than data.max_bad_images = {max_bad_images} allows; the first: {}",
        skipped.len(),
        skipped[0],
    );
    Ok(())
}

/// That the files which are held take no more than half of the free memory when they are decoded, as far as their headers
/// tell, of so many `channels`. `what` they are called, and `besides` what there is to say behind the way out.
///
/// # Errors
/// Where they take more.
pub(super) fn check_memory(
    folder: &Path,
    files: &[PathBuf],
    channels: usize,
    is_held: impl Fn(&Path) -> bool + Sync,
    what: &str,
    besides: &str,
) -> Result<()> {
    let Some(free) = free_memory() else { return Ok(()) };
    let bytes_of = |file: &PathBuf| {
        let path = folder.join(file);
        let size = if is_held(&path) { read_dimensions(&path).ok() } else { None };
        size.map_or(0, |(width, height)| (channels * width * height) as u64)
    };
    let needed: u64 = files.par_iter().map(bytes_of).sum();
    ensure!(
        needed <= free / 2,
        "{what} take {} decoded, more than half of the {} of memory that are free; set data.cache to a folder on a disk with \
         that much free space{besides}",
        bytes_text(needed),
        bytes_text(free)
    );
    Ok(())
}

/// The images that can be decoded, and for each file whether it is among them or why not.
fn decode_into_memory(
    folder: &Path,
    files: &[PathBuf],
    bands: &BandSettings,
) -> Result<(Vec<RgbImage>, Vec<Availability>)> {
    let what = format!("the {} images of {}", files.len(), folder.display());
    check_memory(folder, files, bands.channels(), |_| true, &what, "")?;
    let progress = Progress::new("decoding images", files.len() as u64, "images");
    let decoded: Vec<Result<RgbImage>> = files
        .par_iter()
        .map(|file| {
            let image = read_valid_image(&folder.join(file), bands);
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
