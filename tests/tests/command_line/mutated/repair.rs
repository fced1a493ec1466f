//! Checksums set right behind a change, so that it reaches what stands behind them.

use super::bytes;
use nadir_core::rng::Rng;
use std::io::{Cursor, Read, Write};

/// PNG's checksum of a chunk (RFC 2083, appendix 15).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

/// Sets the checksum of each chunk of a PNG, as far as the lengths lead.
pub fn png(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let Some(end) = at.checked_add(8 + length).filter(|end| end + 4 <= bytes.len()) else { return };
        let sum = crc32(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

/// Sets the checksum of each block of a tar archive that has a header's mark.
pub fn tar(bytes: &mut [u8]) {
    for header in bytes.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// Changes a member of a zip archive inside, and packs it again.
pub fn zip_member(archive: &mut Vec<u8>, rng: &mut Rng) -> Option<String> {
    let mut read = zip::ZipArchive::new(Cursor::new(archive.as_slice())).ok()?;
    let chosen = rng.below(read.len().max(1));
    let mut write = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut how = None;
    for index in 0..read.len() {
        let mut file = read.by_index(index).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut member = Vec::new();
        file.read_to_end(&mut member).ok()?;
        if index == chosen {
            how = Some(format!("in {name}: {}", bytes::change(&mut member, rng)));
        }
        write.start_file(name, stored).ok()?;
        write.write_all(&member).ok()?;
    }
    *archive = write.finish().ok()?.into_inner();
    how
}
