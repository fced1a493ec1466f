//! Images decoded once and kept on the disk, mapped into memory: training reads pixels without decoding, and a set
//! larger than the memory is paged in as it is needed.
//!
//! A cache folder has two files. `pixels` is 16 bytes that name the format, then the images' bytes one after
//! another, three a pixel of RGB, or one a band. `index` is text: a line that names the format and its version, then one line of JSON an image (see
//! `index::Entry`), and a last line when all of it has reached the disk. Both are only ever appended to, pixels before
//! their lines, so a build that is killed goes on where it was, and a reader's mapping stays valid. A source file whose
//! size or time of change differs is decoded again; its newest line counts.

mod build;
mod index;
mod item;
mod layout;
#[cfg(test)]
mod tests;

use super::availability::Availability;
use crate::data::listed::Listed;
use crate::data::raster::BandSettings;
use anyhow::{Context, Result, bail, ensure};
use build::Builder;
use index::{Entry, Index};
pub use item::Item;
use layout::{PIXELS_START, Place};
use memmap2::Mmap;
use nadir_core::image::RgbView;
use rayon::prelude::*;
use serde::Serialize;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tracing::{info, warn};

/// Decoded images in a mapped file.
#[derive(Debug)]
pub struct ImageCache {
    map: Mmap,
    places: Vec<Place>,
}

impl ImageCache {
    /// Opens the cache in `folder` for `files` (relative to the folder `images`), decoding those that it does not hold
    /// yet or whose source has changed. Beside it comes for each file whether it is there or why it cannot be decoded;
    /// the cache holds those that are there, in their order. One process builds at a time; others wait.
    ///
    /// # Errors
    /// Names what stands in the way: a file that is no cache, another version, too little disk space.
    pub fn open(folder: &Path, images: &Path, files: &[PathBuf]) -> Result<(Self, Vec<Availability>)> {
        let whole = |file: &PathBuf| Item::whole(images, file, &BandSettings::default());
        Self::open_items(folder, &files.iter().map(whole).collect::<Vec<_>>())
    }

    /// As [`ImageCache::open`], of whatever is decoded in whatever way.
    ///
    /// # Errors
    /// As [`ImageCache::open`].
    pub fn open_items(folder: &Path, items: &[Item<'_>]) -> Result<(Self, Vec<Availability>)> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the cache folder {}", folder.display()))?;
        let index_path = folder.join("index");
        let pixels_path = folder.join("pixels");
        let mut index_file = open_file(&index_path)?;
        lock(&index_file, folder)?;
        let mut pixels = open_file(&pixels_path)?;
        let mut index = Index::read(&mut index_file, &index_path)?;
        check_pixels(&mut pixels, &pixels_path)?;

        let size = pixels.metadata().with_context(|| format!("cannot read {}", pixels_path.display()))?.len();
        let known = index.entries.len();
        index.entries.retain(|_, Entry { place, .. }| {
            place.offset >= PIXELS_START.len() as u64 && place.end() <= size && place.has_channels()
        });
        let cut_off = known - index.entries.len();
        let damaged = if index.complete { 0 } else { drop_damaged(&mut index, &pixels, &pixels_path)? };
        if cut_off + damaged + index.unreadable > 0 {
            warn!(
                path = %folder.display(),
                "cache {}: {cut_off} images are cut off, {damaged} have another checksum and {} lines of the index \
                 cannot be read; they are decoded again",
                folder.display(),
                index.unreadable,
            );
        }

        let mut builder = Builder { folder, index: &mut index, index_file: &mut index_file, pixels: &mut pixels };
        let found = builder.bring_up_to_date(items)?;
        let mut places = Vec::with_capacity(items.len());
        let mut there = Vec::with_capacity(items.len());
        for (item, found) in items.iter().zip(found) {
            there.push(found.map(|()| places.push(index.entries[&item.name].place)));
        }
        Ok((Self { map: map(&pixels, &pixels_path)?, places }, there))
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The image of the `index`th file that is there.
    pub fn image(&self, index: usize) -> RgbView<'_> {
        let place = self.places[index];
        RgbView {
            width: place.width as usize,
            height: place.height as usize,
            pixels: &self.map[place.offset as usize..place.end() as usize],
        }
    }
}

/// A cache as it lies on the disk.
#[derive(Debug, Clone, Serialize)]
pub struct CacheState {
    /// Number of images in the cache.
    pub images: usize,
    /// Bytes of their pixels.
    pub bytes: u64,
    /// Whether the last build ended.
    pub complete: bool,
    /// Images that are cut off, or whose bytes have another checksum.
    pub damaged: Listed,
}

/// Whether a cache has been started in `folder`.
pub fn exists(folder: &Path) -> bool {
    folder.join("index").exists()
}

/// Reads all of a cache and verifies every checksum, changing nothing.
///
/// # Errors
/// Where there is no cache, or one of another version.
pub fn check(folder: &Path) -> Result<CacheState> {
    let (index_path, pixels_path) = (folder.join("index"), folder.join("pixels"));
    let bytes = std::fs::read(&index_path).with_context(|| format!("cannot read {}", index_path.display()))?;
    let (index, _) = Index::parse(&bytes, &index_path)?;
    let pixels = File::open(&pixels_path).with_context(|| format!("cannot read {}", pixels_path.display()))?;
    let map = map(&pixels, &pixels_path)?;
    let mut damaged: Vec<String> = index
        .entries
        .par_iter()
        .filter(|(_, entry)| !entry.place.is_sound_in(&map))
        .map(|(key, _)| key.clone())
        .collect();
    damaged.sort();
    Ok(CacheState {
        images: index.entries.len(),
        bytes: index.entries.values().fold(0, |sum, entry| sum.saturating_add(entry.place.len())),
        complete: index.complete,
        damaged: damaged.into_iter().collect(),
    })
}

/// Opens for reading and writing, creating an empty file where there is none.
fn open_file(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).with_context(|| format!("cannot open {}", path.display()))
}

/// Held until the file is closed.
fn lock(file: &File, folder: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::WouldBlock) => {
            info!(path = %folder.display(), "cache {}: another process is building it; waiting", folder.display());
            file.lock().with_context(|| format!("cannot lock the cache {}", folder.display()))
        }
        // Some network disks have no locks.
        Err(std::fs::TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(()),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock the cache {}", folder.display()))
        }
    }
}

/// Whether the file is a cache's pixels; an empty one, or one cut off in its first bytes, becomes one.
fn check_pixels(pixels: &mut File, path: &Path) -> Result<()> {
    let cannot = || format!("cannot read {}", path.display());
    let mut start = Vec::new();
    (&*pixels).take(PIXELS_START.len() as u64).read_to_end(&mut start).with_context(cannot)?;
    if start == PIXELS_START {
        return Ok(());
    }
    if !PIXELS_START.starts_with(&start) {
        bail!(
            "{} is no image cache of Nadir's and is left as it is; name another folder in data.cache",
            path.display()
        );
    }
    pixels.set_len(0).and_then(|()| std::io::Seek::rewind(pixels)).with_context(cannot)?;
    pixels.write_all(PIXELS_START).with_context(|| format!("cannot write {}", path.display()))
}

/// After a build that did not end: a crash of the machine may have kept lines whose pixels never reached the disk.
fn drop_damaged(index: &mut Index, pixels: &File, path: &Path) -> Result<usize> {
    let map = map(pixels, path)?;
    let damaged: Vec<String> = index
        .entries
        .par_iter()
        .filter(|(_, entry)| !entry.place.is_sound_in(&map))
        .map(|(key, _)| key.clone())
        .collect();
    damaged.iter().for_each(|key| drop(index.entries.remove(key)));
    Ok(damaged.len())
}

#[expect(unsafe_code, reason = "mapping a file is unsafe where another process may cut it; see below")]
fn map(pixels: &File, path: &Path) -> Result<Mmap> {
    // SAFETY: the file's bytes behind an index line are never written again nor cut off by this program (see the
    // module's head), and any byte is a valid u8. A user who cuts the file under a running program ends that program.
    let map = unsafe { Mmap::map(pixels) }.with_context(|| format!("cannot map {} into memory", path.display()))?;
    ensure!(map.len() >= PIXELS_START.len(), "{} is cut off", path.display());
    Ok(map)
}
