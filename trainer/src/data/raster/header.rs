//! The first directory of a TIFF file, as far as it must be known before the `tiff` crate reads it.

use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use tiff::decoder::Decoder;

const PHOTOMETRIC: u16 = 262;
const LONG: u16 = 4;
/// Bytes of a value of each type, by its number (TIFF 6.0, section 2, and BigTIFF); 0 for what is no type.
const TYPE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/// The fields that are read, here or by the `tiff` crate; a broken one among the others does no harm.
const READ_FIELDS: [u16; 30] = [
    256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347, 530,
    33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113,
];
/// The value of PhotometricInterpretation with which all samples of a pixel are bare numbers.
const BLACK_IS_ZERO: u16 = 1;

pub(super) type TiffDecoder = Decoder<BufReader<BareSamples>>;

/// Whether a file begins as a TIFF or BigTIFF.
pub fn is_tiff(beginning: &[u8]) -> bool {
    matches!(beginning.get(..4), Some(b"II\x2a\0" | b"MM\0\x2a" | b"II\x2b\0" | b"MM\0\x2b"))
}

/// What samples mean, and where the file says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Photometric {
    /// Position in the file of its two bytes.
    at: u64,
    /// Its number in TIFF 6.0, section 8.
    pub(super) value: u16,
    big_endian: bool,
}

impl Photometric {
    /// Finds the field in the first directory; `None` if it has none. Fields that claim more values than the file can hold
    /// are refused here, for the `tiff` crate takes memory for as many before it reads them: 130 GB in a file of 400 bytes.
    pub(super) fn find(file: &mut File) -> Result<Option<Self>> {
        let mut start = [0; 16];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut start[..8]).context("it is cut off in its header")?;
        ensure!(is_tiff(&start), "expected a TIFF image");
        let big_endian = start[0] == b'M';
        let number = |bytes: &[u8]| -> u64 {
            let add = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
            if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
        };
        let is_big = start[2..4].contains(&43);
        let (offset, count_len, entry_len) = if is_big {
            file.read_exact(&mut start[8..16]).context("it is cut off in its header")?;
            (number(&start[8..16]), 8, 20)
        } else {
            (number(&start[4..8]), 2, 12)
        };
        let cut_off = "it is cut off in its directory";
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(offset)).context(cut_off)?;
        file.read_exact(&mut count[..count_len]).context(cut_off)?;
        let count = number(&count[..count_len]);
        if count > u64::from(u16::MAX) {
            bail!("its directory claims {count} fields");
        }
        let mut entries = Vec::new();
        // No more memory than the file fills.
        file.by_ref().take(count * entry_len as u64).read_to_end(&mut entries).context(cut_off)?;
        ensure!(entries.len() as u64 == count * entry_len as u64, cut_off);
        let file_bytes = file.metadata()?.len();
        let mut found = None;
        for (index, entry) in entries.chunks_exact(entry_len).enumerate() {
            let (tag, kind) = (number(&entry[..2]) as u16, number(&entry[2..4]) as usize);
            check_claim(tag, kind, number(&entry[4..4 + count_len.max(4)]), file_bytes)?;
            if tag != PHOTOMETRIC || found.is_some() {
                continue;
            }
            // A LONG of a big-endian file has its low bytes last.
            let is_long = number(&entry[2..4]) == u64::from(LONG);
            let within = entry_len - count_len.max(4) + if is_long && big_endian { 2 } else { 0 };
            let at = offset + count_len as u64 + (index * entry_len + within) as u64;
            let value = number(&entry[within..within + 2]) as u16;
            found = Some(Self { at, value, big_endian });
        }
        Ok(found)
    }
}

/// Whether a field that is read claims no more values than the file can hold.
fn check_claim(tag: u16, kind: usize, claimed: u64, file_bytes: u64) -> Result<()> {
    let size = TYPE_BYTES.get(kind).copied().unwrap_or(0);
    ensure!(
        !READ_FIELDS.contains(&tag) || claimed.saturating_mul(size) <= file_bytes,
        "its field {tag} claims {claimed} values, and the file has {file_bytes} bytes"
    );
    Ok(())
}

/// The file with PhotometricInterpretation replaced by "black is zero": the `tiff` crate then gives all samples as they
/// are stored. By the file's own value it would drop the fourth and further bands of an RGB image (with a predictor even
/// mix them up), and refuse palettes; what the samples mean is applied afterwards, in [`super::colour`].
#[derive(Debug)]
pub(super) struct BareSamples {
    file: File,
    position: u64,
    at: u64,
    bytes: [u8; 2],
}

impl BareSamples {
    pub(super) fn new(mut file: File, photometric: Photometric) -> std::io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let bytes = if photometric.big_endian { BLACK_IS_ZERO.to_be_bytes() } else { BLACK_IS_ZERO.to_le_bytes() };
        Ok(Self { file, position: 0, at: photometric.at, bytes })
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Read for BareSamples {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        for (at, &byte) in (self.at..).zip(&self.bytes) {
            if let Some(there) = at.checked_sub(self.position).filter(|&there| there < read as u64) {
                buffer[there as usize] = byte;
            }
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for BareSamples {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// What is found in a directory of these fields: tag, type, count.
    fn find(fields: &[(u16, u16, u32)]) -> Result<Option<Photometric>> {
        let mut bytes = [b"II*\0\x08\0\0\0".as_slice(), &(fields.len() as u16).to_le_bytes()].concat();
        for (tag, kind, count) in fields {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), 2u32.to_le_bytes()].concat());
        }
        let mut file = tempfile::tempfile()?;
        file.write_all(&bytes)?;
        Photometric::find(&mut file)
    }

    #[test]
    fn a_field_that_claims_more_than_the_file_holds_is_refused_where_it_is_read() {
        let photometric = (PHOTOMETRIC, 3, 1);
        assert_eq!(find(&[photometric]).expect("whole").map(|found| (found.at, found.value)), Some((18, 2)));
        let message = find(&[(258, 3, u32::MAX), photometric]).expect_err("a lie").to_string();
        assert!(message.contains("field 258 claims 4294967295 values, and the file has 34 bytes"), "{message}");
        // GPS data, which nobody asks for.
        assert!(find(&[photometric, (34853, 4, u32::MAX)]).expect("whole").is_some());
        assert_eq!(find(&[(256, 3, 1)]).expect("whole"), None);
    }
}
