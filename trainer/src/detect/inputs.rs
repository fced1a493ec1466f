//! The images that a command line names.

use crate::embed::folder::{Shard, images};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// An image, and what its overlay is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Path of the image file.
    pub path: PathBuf,
    /// Its path below the folder that was named, with `/`, or its file name alone.
    pub name: String,
}

/// Files as they are named, and every image below folders that can be decoded, in byte order.
///
/// # Errors
/// Names a folder that cannot be read or has no image.
pub fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let below = images(path, Shard::WHOLE)?;
            found.extend(below.into_iter().map(|name| Input { path: path.join(&name), name }));
        } else {
            found.push(Input { path: path.clone(), name: file_name(path) });
        }
    }
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
