//! How the cache lies on the disk.

use crate::resources::bytes_text;
use anyhow::{Result, ensure};
use std::path::Path;

/// First bytes of `pixels`. The version stands in the index.
pub(super) const PIXELS_START: &[u8; 16] = b"nadir pixel file";

/// Where one image lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes before it in the file.
    pub(super) offset: u64,
    /// Pixels a row.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    pub(super) crc32: u32,
}

impl Place {
    pub(super) fn end(self) -> u64 {
        self.offset.saturating_add(self.len())
    }

    pub(super) fn len(self) -> u64 {
        3 * u64::from(self.width) * u64::from(self.height)
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
pub(super) fn check_room(folder: &Path, needed: u64) -> Result<()> {
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
