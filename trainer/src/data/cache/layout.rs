//! How the cache lies on the disk.

use crate::resources::bytes_text;
use anyhow::{Result, ensure};
use nadir_core::image::bands::BandSettings;
use std::path::Path;

/// First bytes of `pixels`. The version stands in the index.
pub(super) const PIXELS_START: &[u8; 16] = b"nadir pixel file";

/// Where one image lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes before it in the file.
    pub(super) offset: u64,
    /// Width, px.
    pub(super) width: u32,
    /// Height, px.
    pub(super) height: u32,
    /// Bytes a pixel.
    pub(super) channels: u32,
    pub(super) crc32: u32,
}

impl Place {
    pub(super) fn end(self) -> u64 {
        self.offset.saturating_add(self.len())
    }

    pub(super) fn len(self) -> u64 {
        // A broken index may claim more than 64 bits can count; no file is as long as that.
        (u64::from(self.channels) * u64::from(self.width)).saturating_mul(u64::from(self.height))
    }

    /// Whether there are images of so many channels.
    pub(super) fn has_channels(self) -> bool {
        (1..=BandSettings::MOST_BANDS as u32).contains(&self.channels)
    }

    /// Whether the bytes here are those that were written.
    pub(super) fn is_sound_in(self, pixels: &[u8]) -> bool {
        pixels.get(self.offset as usize..self.end() as usize).is_some_and(|bytes| crc32fast::hash(bytes) == self.crc32)
    }
}

/// What `needed` more bytes would do to the disk that holds `folder`.
///
/// # Errors
/// Where they do not fit.
pub(super) fn check_disk_space(folder: &Path, needed: u64) -> Result<()> {
    if let Some(free) = crate::resources::free_disk(folder) {
        ensure!(
            needed <= free,
            "the cache {} needs {} more, and its disk has {} free; name another folder in data.cache",
            folder.display(),
            bytes_text(needed),
            bytes_text(free),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_64_bits_cannot_count_lies_in_no_file() {
        let place = Place { offset: 16, width: u32::MAX, height: u32::MAX, channels: 3, crc32: 0 };
        assert_eq!((place.len(), place.end()), (u64::MAX, u64::MAX));
        assert!(!place.is_sound_in(&[0; 100]));
        let place = Place { offset: u64::MAX, width: 1, height: 1, channels: 3, crc32: 0 };
        assert!(!place.is_sound_in(&[0; 100]));
    }
}
