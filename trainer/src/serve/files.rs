//! The files that are served.

use anyhow::Context;
use compressed::CompressedFiles;
use std::future::Future;
use std::path::PathBuf;

/// The folder, and what was compressed of it.
pub(super) struct Files {
    /// Canonical, so that a file's canonical path shows whether it lies inside.
    root: PathBuf,
    compressed: CompressedFiles,
}
