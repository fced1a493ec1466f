//! The files below a folder.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files below a folder at any depth, relative to it, in no order. Files and folders whose names begin with a dot, or
/// are no UTF-8, are left alone. Links to folders are followed; a folder that was read already is not read again, so that
/// a link in a circle ends. `what` names such a folder in errors, for example "image folder".
///
/// # Errors
/// Names a folder that cannot be read.
pub fn files_below(folder: &Path, what: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    // After all others, so that a file behind a link has the path where it lies if it lies in the folder.
    let mut links: Vec<PathBuf> = Vec::new();
    let mut seen: HashSet<PathBuf> = HashSet::new();
    while let Some(below) = folders.pop().or_else(|| links.pop()) {
        let here = folder.join(&below);
        let cannot = || format!("cannot read the {what} {}", here.display());
        if !seen.insert(here.canonicalize().with_context(cannot)?) {
            continue;
        }
        for entry in std::fs::read_dir(&here).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let kind = entry.file_type().with_context(cannot)?;
            if kind.is_dir() {
                folders.push(below.join(name));
            } else if kind.is_symlink() && entry.path().is_dir() {
                links.push(below.join(name));
            } else {
                files.push(below.join(name));
            }
        }
    }
    Ok(files)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_a_circle_ends_and_hidden_files_are_left_alone() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("a/.hidden"))?;
        for name in ["a/1.jpg", "a/.2.jpg", "a/.hidden/3.jpg", "4.txt"] {
            std::fs::write(folder.path().join(name), "")?;
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop"))?;
        let mut files = files_below(folder.path(), "folder")?;
        files.sort();
        assert_eq!(files, [PathBuf::from("4.txt"), PathBuf::from("a/1.jpg")]);
        let error = files_below(&folder.path().join("nowhere"), "image folder").err().context("read")?;
        assert!(format!("{error:#}").contains("cannot read the image folder"), "{error:#}");
        Ok(())
    }
}
