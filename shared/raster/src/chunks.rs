//! The chunks of a TIFF file (tiles, strips, or rows of a strip), unpacked when they are needed, the last ones kept.

use crate::header::{BareSamples, Directory, Header, Photometric, TiffDecoder};
use crate::layout::{Layout, Strips};
use crate::source::Source;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tiff::decoder::{Decoder, DecodingResult, Limits};

/// Unpacked chunks are kept up to this size: a row of detector's tiles over 20,000 px of three bytes is 160 MB.
pub const KEPT_BYTES: usize = 192 * 1024 * 1024;
/// No way of packing that is read is denser: deflate has 1032 bytes in one, LZW 3838 in twelve bits, PackBits 64 in
/// one, and progressive JPEG a block of 64 samples in two bits. A chunk of fewer bytes cannot hold what the file says
/// it holds.
const DENSEST: u64 = 4096;
/// A file has a handful of overviews.
const MOST_DIRECTORIES: usize = 64;
/// No field of a directory is longer.
const MAX_FIELD_BYTES: u64 = 256 * 1024 * 1024;

/// An unpacked chunk: rows of samples in this machine's byte order.
#[derive(Debug)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    /// Bytes from a row to the next.
    row_bytes: usize,
    /// It was never written: the one row here is each of its rows.
    is_empty: bool,
}

impl Chunk {
    fn of_rows(bytes: Vec<u8>, row_bytes: usize) -> Self {
        Self { bytes, row_bytes, is_empty: false }
    }

    /// A chunk that was never written (GDAL's sparse files), so wide. No memory is taken for its rows: there may be
    /// gigabytes of them in a file of some hundred bytes.
    fn never_written(layout: &Layout, width: usize) -> Self {
        let row_bytes = layout.row_bytes(width);
        let mut bytes = vec![0; row_bytes];
        layout.fill_empty(&mut bytes);
        Self { bytes, row_bytes, is_empty: true }
    }

    /// The samples of a row of the chunk.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        let start = if self.is_empty { 0 } else { row * self.row_bytes };
        &self.bytes[start..][..self.row_bytes]
    }
}

type Slot = Arc<OnceLock<Result<Arc<Chunk>, String>>>;

/// Reads the chunks of one image; shared between threads, each of which unpacks on its own.
pub(crate) struct Chunks<S: Source> {
    source: Arc<S>,
    header: Header,
    directory: Directory,
    photometric: Photometric,
    file_bytes: u64,
    decoders: Mutex<Vec<TiffDecoder<S::Reader>>>,
    kept_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    slots: HashMap<usize, (Slot, usize, u64)>,
    bytes: usize,
    uses: u64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Source> Chunks<S> {
    /// Opens the image of a directory, of the first one if none is given, and reads its layout. Up to `kept_bytes` of
    /// unpacked chunks are kept.
    pub(crate) fn open(source: Arc<S>, directory: Option<Directory>, kept_bytes: usize) -> Result<(Self, Layout)> {
        let mut file = source.open()?;
        let file_bytes = file.seek(SeekFrom::End(0))?;
        let header = Header::read(&mut file)?;
        let directory = match directory {
            Some(directory) => directory,
            None => Directory::read(&mut file, &header, header.first)?,
        };
        let photometric =
            directory.photometric.context("it has no PhotometricInterpretation, which every TIFF image has")?;
        let chunks = Self {
            source,
            header,
            directory,
            photometric,
            file_bytes,
            decoders: Mutex::default(),
            kept_bytes,
            kept: Mutex::default(),
        };
        let mut decoder = chunks.decoder(file)?;
        let layout = Layout::read(&mut decoder, photometric.value)?;
        locked(&chunks.decoders).push(decoder);
        Ok((chunks, layout))
    }

    /// The file.
    pub(crate) fn source(&self) -> &Arc<S> {
        &self.source
    }

    /// The directories behind this one's that say they are its image at a reduced resolution.
    pub(crate) fn overviews(&self) -> Result<Vec<Directory>> {
        let mut file = self.source.open()?;
        let (mut found, mut next) = (Vec::new(), self.directory.next);
        // Of a chain that goes round, each is read a few times.
        for _ in 0..MOST_DIRECTORIES {
            if next == 0 {
                break;
            }
            let directory = Directory::read(&mut file, &self.header, next)?;
            next = directory.next;
            if directory.is_overview() {
                found.push(directory);
            }
        }
        Ok(found)
    }

    /// Asks for tags of the file.
    pub(crate) fn with_decoder<T>(&self, ask: impl FnOnce(&mut TiffDecoder<S::Reader>) -> Result<T>) -> Result<T> {
        let taken = locked(&self.decoders).pop();
        let mut decoder = match taken {
            Some(decoder) => decoder,
            None => self.decoder(self.source.open()?)?,
        };
        let answer = ask(&mut decoder)?;
        locked(&self.decoders).push(decoder);
        Ok(answer)
    }

    fn decoder(&self, file: S::Reader) -> Result<TiffDecoder<S::Reader>> {
        let mut limits = Limits::unlimited();
        // A lying count of a field must not claim memory that the file cannot fill.
        limits.ifd_value_size = usize::try_from(self.file_bytes.min(MAX_FIELD_BYTES))?;
        let samples = BareSamples::new(file, &self.header, &self.directory, self.photometric)?;
        let decoder = match Decoder::new(BufReader::new(samples)) {
            // The crate reads the first directory by limits of its own: a field of 1 MiB at most.
            Err(tiff::TiffError::LimitsExceeded) => bail!(
                "its directory lists more than 131,072 tiles or strips; `gdal_translate -co TILED=YES -co \
                 BLOCKXSIZE=1024 -co BLOCKYSIZE=1024` writes larger ones"
            ),
            decoder => decoder?,
        };
        Ok(decoder.with_limits(limits))
    }

    /// The chunk of this column and row of chunks, and plane where planes are apart.
    pub(crate) fn get(&self, layout: &Layout, across: usize, down: usize, plane: usize) -> Result<Arc<Chunk>> {
        let index = (plane * layout.chunks_down() + down) * layout.chunks_across() + across;
        let slot = self.slot(index, layout.row_bytes(layout.chunk_width) * layout.chunk_height);
        // Several threads may want it at once: one unpacks, the others wait.
        let result = slot.get_or_init(|| {
            let read = match layout.by_rows {
                Some(strips) => self.rows(layout, strips, down, plane),
                None => self.unpacked(layout, index),
            };
            read.map(Arc::new).map_err(|error| format!("{error:#}"))
        });
        result.clone().map_err(anyhow::Error::msg).with_context(|| {
            let row = layout.first_row(down);
            format!("the pixels from column {} and row {row} on cannot be read", across * layout.chunk_width)
        })
    }

    fn slot(&self, index: usize, bytes: usize) -> Slot {
        let mut kept = locked(&self.kept);
        kept.uses += 1;
        let now = kept.uses;
        if let Some((slot, _, used)) = kept.slots.get_mut(&index) {
            *used = now;
            return slot.clone();
        }
        while kept.bytes + bytes > self.kept_bytes {
            let oldest = kept.slots.iter().min_by_key(|(_, (_, _, used))| *used).map(|(&index, _)| index);
            let Some((_, bytes, _)) = oldest.and_then(|oldest| kept.slots.remove(&oldest)) else { break };
            kept.bytes -= bytes;
        }
        kept.bytes += bytes;
        let slot = Slot::default();
        kept.slots.insert(index, (slot.clone(), bytes, now));
        slot
    }

    /// A tile or packed strip, by the `tiff` crate.
    fn unpacked(&self, layout: &Layout, index: usize) -> Result<Chunk> {
        let number = u32::try_from(index)?;
        let row_bytes = layout.row_bytes(layout.chunk_width);
        let (offset, length) = self.place(layout, index)?;
        let first_row = layout.first_row(index / layout.chunks_across() % layout.chunks_down());
        let rows = layout.chunk_height.min(layout.height - first_row);
        if offset == 0 && length == 0 {
            // A tile may be much wider than its image.
            return Ok(Chunk::never_written(layout, layout.chunk_width.min(layout.width)));
        }
        self.check(offset, length)?;
        // Told before memory is taken for them.
        let unpacked = row_bytes * rows;
        ensure!(
            unpacked as u64 <= length.saturating_mul(DENSEST),
            "they are {length} bytes in the file, which cannot hold {unpacked} bytes in any way of packing"
        );
        // Rows as long as the tile's own, so that the crate unpacks the tile in one go: row by row, to cut off what
        // lies beyond the image, its LZW reader gives up at the end of some tiles.
        let mut samples = DecodingResult::U8(Vec::new());
        self.with_decoder(|decoder| {
            let read = decoder.read_chunk_to_buffer(&mut samples, number, row_bytes);
            read.context("they are broken or cut off")
        })?;
        let bytes = match samples {
            DecodingResult::U8(bytes) => bytes,
            mut samples => samples.as_buffer(0).as_bytes().to_vec(),
        };
        Ok(Chunk::of_rows(bytes, row_bytes))
    }

    /// Rows of an uncompressed strip.
    fn rows(&self, layout: &Layout, strips: Strips, down: usize, plane: usize) -> Result<Chunk> {
        let first = layout.first_row(down);
        let (_, _, end) = layout.chunk_of_row(first);
        let row_bytes = layout.row_bytes(layout.width);
        let length_of_rows = row_bytes * (end - first);
        let strip = first / strips.rows_per_strip;
        let (offset, length) = self.place(layout, plane * layout.height.div_ceil(strips.rows_per_strip) + strip)?;
        if offset == 0 && length == 0 {
            return Ok(Chunk::never_written(layout, layout.width));
        }
        let within = ((first - strip * strips.rows_per_strip) * row_bytes) as u64;
        let start = offset.saturating_add(within);
        // Before memory is taken for them.
        self.check(start, length_of_rows as u64)?;
        let mut bytes = vec![0; length_of_rows];
        self.with_decoder(|decoder| {
            let file = decoder.inner().get_mut().file();
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut bytes)?;
            // The decoder's own reader has lost its place; it seeks before it reads.
            decoder.inner().seek(SeekFrom::Start(0))?;
            Ok(())
        })?;
        if strips.swap_bytes {
            let sample_bytes = usize::from(layout.sample_type.bits / 8).max(1);
            bytes.chunks_exact_mut(sample_bytes).for_each(<[u8]>::reverse);
        }
        Ok(Chunk::of_rows(bytes, row_bytes))
    }

    fn place(&self, layout: &Layout, index: usize) -> Result<(u64, u64)> {
        let place = layout.chunk_offsets.get(index).copied().zip(layout.chunk_lengths.get(index).copied());
        place.context("the file has no place for them")
    }

    /// A JPEG decoder fills up what is missing, so what is cut off must be told beforehand.
    fn check(&self, offset: u64, length: u64) -> Result<()> {
        let end = offset.saturating_add(length);
        ensure!(
            end <= self.file_bytes,
            "the file is cut off: they end at byte {end}, and it has {} bytes",
            self.file_bytes
        );
        Ok(())
    }
}
