//! The files that are served.

use super::compressed::CompressedFiles;
use std::path::PathBuf;

/// The folder, and what was compressed of it.
pub(super) struct Files {
    /// Canonical, so that a file's canonical path shows whether it lies inside.
    pub(super) root: PathBuf,
    pub(super) compressed: CompressedFiles,
}
