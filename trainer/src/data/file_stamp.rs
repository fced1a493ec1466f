//! What tells that a file has changed.

use std::path::Path;

/// Size and time of change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// Length of the file, bytes.
    pub bytes: u64,
    /// Nanoseconds since 1970 of the last change.
    pub modified_ns: u64,
}

impl FileStamp {
    /// That of a file now.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn of(path: &Path) -> Result<Self, String> {
        let read = || -> std::io::Result<Self> {
            let metadata = std::fs::metadata(path)?;
            let modified = metadata.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            Ok(Self { bytes: metadata.len(), modified_ns: modified.as_nanos() as u64 })
        };
        read().map_err(|error| format!("cannot read the image {}: {error}", path.display()))
    }
}
