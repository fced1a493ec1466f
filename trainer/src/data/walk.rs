//! The files below a folder, and their names.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tracing::warn;

/// The files below a folder at any depth, relative to it, in no order. Files and folders whose names begin with a dot, or
/// are no UTF-8, are left alone. Links to folders are followed; a folder that was read already is not read again, so that
/// a link in a circle ends. A folder inside that goes away meanwhile is left out. `what` names such a folder in errors,
/// for example "image folder".
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
        let opened = here.canonicalize().and_then(|path| Ok((path, std::fs::read_dir(&here)?)));
        let (path, entries) = match opened {
            // Somebody is at work in the folder: what was there when it was listed has gone since.
            Err(error) if error.kind() == ErrorKind::NotFound && below != Path::new("") => {
                warn!("the {what} {} has gone while {} was read", here.display(), folder.display());
                continue;
            }
            opened => opened.with_context(cannot)?,
        };
        if !seen.insert(path) {
            continue;
        }
        for entry in entries {
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

/// A path below a folder as it is written in files: with `/` on every system.
pub fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
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
