//! Files of results, by their ending.

use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result};
pub use nadir_raster::results::OutKind;
use std::path::{Path, PathBuf};

/// A file that results go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutFile {
    /// Its path.
    pub path: PathBuf,
    /// By its ending.
    pub kind: OutKind,
}

impl OutFile {
    /// By the ending; `None` if it is another one.
    pub fn of(path: &Path) -> Option<Self> {
        let kind = OutKind::of_ending(path.extension()?.to_str()?)?;
        Some(Self { path: path.to_owned(), kind })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        write_file(&self.path, bytes)
    }
}

/// Writes a file, with the folders that it lies in, whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    write_atomically(path, bytes)
}
