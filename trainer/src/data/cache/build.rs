//! Decodes into a cache what it does not hold yet: all cores decode, one thread writes.

use super::index::{self, Entry, Index, Source};
use super::item::Item;
use super::layout::{PIXELS_START, Place, check_disk_space};
use crate::data::availability::Availability;
use crate::data::file_stamp::FileStamp;
use crate::progress::Progress;
use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use rayon::prelude::*;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use tracing::info;

/// Decoded bytes a core that are written, and taken up by a resumed build, together.
const CHUNK_BYTES_A_CORE: u64 = 8 << 20;

/// What is to be decoded.
struct Pending<'a> {
    /// Index in the list of items.
    at: usize,
    item: &'a Item<'a>,
    source: Source,
    /// Of its pixels, by its header; 0 where that cannot be read.
    bytes: u64,
}

/// An opened cache that may have to grow.
pub(super) struct Builder<'a> {
    pub(super) folder: &'a Path,
    pub(super) index: &'a mut Index,
    pub(super) index_file: &'a mut File,
    pub(super) pixels: &'a mut File,
}

impl Builder<'_> {
    /// Decodes what is missing or has changed. For each item: whether the index has it now, or why not.
    ///
    /// # Errors
    /// Where the disk has too little free space, or it cannot be written.
    pub(super) fn bring_up_to_date(&mut self, items: &[Item<'_>]) -> Result<Vec<Availability>> {
        let sources: Vec<Result<Source, String>> = items.par_iter().map(source).collect();
        let mut found: Vec<Availability> = Vec::with_capacity(items.len());
        let mut pending = Vec::new();
        for (at, source) in sources.into_iter().enumerate() {
            found.push(source.map(|source| {
                if self.index.entries.get(&source.path).is_none_or(|entry| entry.source != source) {
                    pending.push(Pending { at, item: &items[at], source, bytes: 0 });
                }
            }));
        }
        if !pending.is_empty() {
            pending.par_iter_mut().for_each(|pending| pending.bytes = (pending.item.bytes)());
            check_disk_space(self.folder, pending.iter().map(|pending| pending.bytes).sum())?;
            let there = items.len() - pending.len();
            if there > 0 {
                let folder = self.folder.display();
                info!(path = %folder, "cache {folder}: {there} of {} images are there already", items.len());
            }
            self.decode_all(items.len(), pending, &mut found)?;
        }
        if !self.index.complete {
            let written = self.pixels.sync_all().and_then(|()| index::append_complete(self.index_file));
            written.with_context(|| format!("cannot write the cache {}", self.folder.display()))?;
            self.index.complete = true;
        }
        Ok(found)
    }

    /// Decodes and writes; what cannot be decoded is noted in `found`.
    fn decode_all(&mut self, total: usize, pending: Vec<Pending<'_>>, found: &mut [Availability]) -> Result<()> {
        let Self { folder, index, index_file, pixels } = self;
        let cannot = || format!("cannot write the cache {}", folder.display());
        // What stands behind the last image of the index is of a build that was killed.
        let end = index.entries.values().map(|entry| entry.place.end()).max().unwrap_or(PIXELS_START.len() as u64);
        pixels.set_len(end).and_then(|()| pixels.seek(SeekFrom::Start(end))).with_context(cannot)?;
        index.complete = false;

        let progress =
            Progress::resumed("decoding into the cache", (total - pending.len()) as u64, total as u64, "images");
        let (sender, receiver) = sync_channel::<Vec<(Source, RgbImage, u32)>>(1);
        let written = std::thread::scope(|scope| {
            let writer = scope.spawn(|| -> std::io::Result<Vec<Entry>> {
                let mut offset = end;
                let mut written = Vec::new();
                for chunk in receiver {
                    let started = written.len();
                    for (source, image, crc32) in chunk {
                        pixels.write_all(&image.pixels)?;
                        let (width, height) = (image.width as u32, image.height as u32);
                        let place = Place { offset, width, height, channels: image.channels() as u32, crc32 };
                        offset = place.end();
                        written.push(Entry { source, place });
                    }
                    index::append(index_file, &written[started..])?;
                    progress.advance((written.len() - started) as u64);
                }
                Ok(written)
            });
            for chunk in chunks(pending) {
                let decoded: Vec<_> = chunk
                    .into_par_iter()
                    .map(|pending| {
                        let image = (pending.item.read)().map_err(|error| format!("{error:#}"));
                        (
                            pending.at,
                            image.map(|image| {
                                let crc32 = crc32fast::hash(&image.pixels);
                                (pending.source, image, crc32)
                            }),
                        )
                    })
                    .collect();
                let mut whole = Vec::with_capacity(decoded.len());
                for (at, image) in decoded {
                    match image {
                        Ok(image) => whole.push(image),
                        Err(reason) => found[at] = Err(reason),
                    }
                }
                // The writer has ended with an error, which is given below.
                if sender.send(whole).is_err() {
                    break;
                }
            }
            drop(sender);
            writer.join().expect("the writing thread does not panic")
        });
        let written = written.with_context(cannot)?;
        progress.finish();
        index.entries.extend(written.into_iter().map(|entry| (entry.source.path.clone(), entry)));
        Ok(())
    }
}

/// An item's name, with size and time of change of its file now.
fn source(item: &Item<'_>) -> Result<Source, String> {
    let FileStamp { bytes, modified_ns } = FileStamp::of(&item.file)?;
    Ok(Source { path: item.name.clone(), bytes, modified_ns })
}

/// In order, in groups of about as many decoded bytes as are to be held at once.
fn chunks(pending: Vec<Pending<'_>>) -> Vec<Vec<Pending<'_>>> {
    let most = (CHUNK_BYTES_A_CORE * rayon::current_num_threads() as u64).min(256 << 20);
    let mut chunks: Vec<Vec<Pending<'_>>> = Vec::new();
    let mut filled = most;
    for pending in pending {
        if filled >= most {
            chunks.push(Vec::new());
            filled = 0;
        }
        filled += pending.bytes;
        chunks.last_mut().expect("one was started").push(pending);
    }
    chunks
}
