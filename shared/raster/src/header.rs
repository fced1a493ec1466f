//! The directories of a TIFF file, as far as they must be known before the `tiff` crate reads them.

use anyhow::{Context, Result, bail, ensure};
use std::io::{BufReader, Read, Seek, SeekFrom};
use tiff::decoder::Decoder;

const SUBFILE_TYPE: u16 = 254;
const PHOTOMETRIC: u16 = 262;
const LONG: u16 = 4;
/// Bytes of a value of each type, by its number (TIFF 6.0, section 2, and BigTIFF); 0 for what is no type.
const TYPE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/// The fields that are read, here or by the `tiff` crate; a broken one among the others does no harm.
const READ_FIELDS: [u16; 31] = [
    254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347, 530,
    33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113,
];
/// The value of PhotometricInterpretation with which all samples of a pixel are bare numbers.
const BLACK_IS_ZERO: u16 = 1;
/// NewSubfileType's bits of an image of reduced resolution, and of a mask (TIFF 6.0, section 8).
const REDUCED: u16 = 1;
const MASK: u16 = 4;

pub(crate) type TiffDecoder<R> = Decoder<BufReader<BareSamples<R>>>;

/// Whether a file begins as a TIFF or BigTIFF.
pub fn is_tiff(beginning: &[u8]) -> bool {
    matches!(beginning.get(..4), Some(b"II\x2a\0" | b"MM\0\x2a" | b"II\x2b\0" | b"MM\0\x2b"))
}

/// How a file writes its numbers, and where its first directory is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    is_big_endian: bool,
    is_big_tiff: bool,
    /// Position of the first directory.
    pub(crate) first: u64,
}

impl Header {
    pub(crate) fn read(file: &mut (impl Read + Seek)) -> Result<Self> {
        let mut start = [0; 16];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut start[..8]).context("it is cut off in its header")?;
        ensure!(is_tiff(&start), "expected a TIFF image");
        let is_big_tiff = start[2..4].contains(&43);
        let mut header = Self { is_big_endian: start[0] == b'M', is_big_tiff, first: 0 };
        if is_big_tiff {
            file.read_exact(&mut start[8..16]).context("it is cut off in its header")?;
        }
        let at = header.first_at() as usize;
        header.first = header.number(&start[at..at + header.offset_len()]);
        Ok(header)
    }

    /// Position of the first directory's position.
    fn first_at(&self) -> u64 {
        if self.is_big_tiff { 8 } else { 4 }
    }

    fn offset_len(&self) -> usize {
        if self.is_big_tiff { 8 } else { 4 }
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
        if self.is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    /// A number of so many bytes as it stands in this file.
    fn bytes(&self, number: u64, len: usize) -> Vec<u8> {
        if self.is_big_endian { number.to_be_bytes()[8 - len..].to_vec() } else { number.to_le_bytes()[..len].to_vec() }
    }

    /// The file with the first directory's position replaced by another one's, and the directory's
    /// PhotometricInterpretation as [`BareSamples`] needs it.
    fn replaced(&self, directory: &Directory, photometric: Photometric) -> Vec<(u64, Vec<u8>)> {
        let mut replaced = vec![(photometric.at, self.bytes(u64::from(BLACK_IS_ZERO), 2))];
        if directory.at != self.first {
            replaced.push((self.first_at(), self.bytes(directory.at, self.offset_len())));
        }
        replaced
    }
}

/// What samples mean, and where the file says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Photometric {
    /// Position in the file of its two bytes.
    at: u64,
    /// Its number in TIFF 6.0, section 8.
    pub(crate) value: u16,
}

/// A directory, which describes one image of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Directory {
    /// Its position in the file.
    at: u64,
    /// `None` if it has no such field.
    pub(crate) photometric: Option<Photometric>,
    /// NewSubfileType.
    subfile_type: u16,
    /// Position of the next directory; 0 for none.
    pub(crate) next: u64,
}

impl Directory {
    /// Reads the directory at this position. Fields that claim more values than the file can hold are refused here, for
    /// the `tiff` crate takes memory for as many before it reads them: 130 GB in a file of 400 bytes.
    pub(crate) fn read(file: &mut (impl Read + Seek), header: &Header, at: u64) -> Result<Self> {
        let (count_len, entry_len) = if header.is_big_tiff { (8, 20) } else { (2, 12) };
        let cut_off = "it is cut off in its directory";
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(at)).context(cut_off)?;
        file.read_exact(&mut count[..count_len]).context(cut_off)?;
        let count = header.number(&count[..count_len]);
        if count > u64::from(u16::MAX) {
            bail!("its directory claims {count} fields");
        }
        let mut entries = Vec::new();
        // No more memory than the file fills.
        file.by_ref().take(count * entry_len as u64).read_to_end(&mut entries).context(cut_off)?;
        ensure!(entries.len() as u64 == count * entry_len as u64, cut_off);
        let mut next = [0; 8];
        // A file may end right behind its last directory.
        let next = match file.read_exact(&mut next[..header.offset_len()]) {
            Ok(()) => header.number(&next[..header.offset_len()]),
            Err(_) => 0,
        };
        let file_bytes = file.seek(SeekFrom::End(0))?;
        let mut directory = Self { at, photometric: None, subfile_type: 0, next };
        for (index, entry) in entries.chunks_exact(entry_len).enumerate() {
            let (tag, kind) = (header.number(&entry[..2]) as u16, header.number(&entry[2..4]) as usize);
            check_claim(tag, kind, header.number(&entry[4..4 + count_len.max(4)]), file_bytes)?;
            // A LONG of a big-endian file has its low bytes last.
            let is_long = header.number(&entry[2..4]) == u64::from(LONG);
            let within = entry_len - count_len.max(4) + if is_long && header.is_big_endian { 2 } else { 0 };
            let value = header.number(&entry[within..within + 2]) as u16;
            match tag {
                PHOTOMETRIC if directory.photometric.is_none() => {
                    let at = at + count_len as u64 + (index * entry_len + within) as u64;
                    directory.photometric = Some(Photometric { at, value });
                }
                SUBFILE_TYPE => directory.subfile_type = value,
                _ => {}
            }
        }
        Ok(directory)
    }

    /// Whether it says that it is another one's image at a reduced resolution.
    pub(crate) fn is_overview(&self) -> bool {
        self.subfile_type & (REDUCED | MASK) == REDUCED
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
/// mix them up), and refuse palettes; what the samples mean is applied afterwards, in [`super::colour`]. Of an overview,
/// its directory also takes the place of the first one.
#[derive(Debug)]
pub(crate) struct BareSamples<R> {
    file: R,
    position: u64,
    /// Position and bytes of what is replaced.
    replaced: Vec<(u64, Vec<u8>)>,
}

impl<R: Read + Seek> BareSamples<R> {
    pub(crate) fn new(
        mut file: R,
        header: &Header,
        directory: &Directory,
        photometric: Photometric,
    ) -> std::io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, position: 0, replaced: header.replaced(directory, photometric) })
    }

    pub(crate) fn file(&mut self) -> &mut R {
        &mut self.file
    }
}

impl<R: Read> Read for BareSamples<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        for (start, bytes) in &self.replaced {
            for (at, &byte) in (*start..).zip(bytes) {
                if let Some(there) = at.checked_sub(self.position).filter(|&there| there < read as u64) {
                    buffer[there as usize] = byte;
                }
            }
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for BareSamples<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// What is found in a directory of these fields: tag, type, count.
    fn find(fields: &[(u16, u16, u32)]) -> Result<Directory> {
        let mut bytes = [b"II*\0\x08\0\0\0".as_slice(), &(fields.len() as u16).to_le_bytes()].concat();
        for (tag, kind, count) in fields {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), 2u32.to_le_bytes()].concat());
        }
        let mut file = Cursor::new(bytes);
        let header = Header::read(&mut file)?;
        Directory::read(&mut file, &header, header.first)
    }

    #[test]
    fn a_field_that_claims_more_than_the_file_holds_is_refused_where_it_is_read() {
        let photometric = (PHOTOMETRIC, 3, 1);
        let found = |fields: &[_]| find(fields).expect("whole").photometric.map(|found| (found.at, found.value));
        assert_eq!(found(&[photometric]), Some((18, 2)));
        let message = find(&[(258, 3, u32::MAX), photometric]).expect_err("a lie").to_string();
        assert!(message.contains("field 258 claims 4294967295 values, and the file has 34 bytes"), "{message}");
        // GPS data, which nobody asks for.
        assert!(found(&[photometric, (34853, 4, u32::MAX)]).is_some());
        assert_eq!(found(&[(256, 3, 1)]), None);
    }

    #[test]
    fn an_image_of_reduced_resolution_says_so() {
        // The helper writes the value 2, a page of several: no overview.
        assert!(!find(&[(SUBFILE_TYPE, 4, 1)]).expect("whole").is_overview());
        let of = |subfile_type| Directory { at: 8, photometric: None, subfile_type, next: 0 };
        assert!(of(REDUCED).is_overview() && !of(REDUCED | MASK).is_overview() && !of(0).is_overview());
    }
}
