//! Keeping a folder equal to a list of files.

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The files under `root/inside`, as paths relative to `root`.
pub fn files(root: &Path, inside: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(inside);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = inside.join(entry.file_name());
        if entry.path().is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Copies what is new or changed under `from` to `root/inside`, and adds each file's path relative to `root` to `keep`.
pub fn copy(from: &Path, root: &Path, inside: &Path, keep: &mut BTreeSet<PathBuf>) -> Result<()> {
    for file in files(from, Path::new(""))? {
        let (source, target) = (from.join(&file), root.join(inside).join(&file));
        if !same(&source, &target)? {
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(&source, &target).with_context(|| format!("cannot copy to {}", target.display()))?;
        }
        keep.insert(inside.join(file));
    }
    Ok(())
}

/// Removes the files under `root` that are not in `keep`, and the folders that are then empty.
pub fn remove_others(root: &Path, keep: &BTreeSet<PathBuf>) -> Result<()> {
    for file in files(root, Path::new(""))? {
        if !keep.contains(&file) {
            fs::remove_file(root.join(&file))?;
            let mut parent = file.parent();
            // Fails, and stops, at the first folder that still holds something.
            while let Some(folder) = parent.filter(|folder| *folder != Path::new("")) {
                if fs::remove_dir(root.join(folder)).is_err() {
                    break;
                }
                parent = folder.parent();
            }
        }
    }
    Ok(())
}

/// Writes a file unless it holds these bytes already.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// `path` with `suffix` after its file name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether `path` exists and is at least as new as `than`.
pub fn is_newer(path: &Path, than: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    modified(path).zip(modified(than)).is_some_and(|(this, that)| this >= that)
}

fn same(source: &Path, target: &Path) -> Result<bool> {
    let Ok(there) = fs::metadata(target) else {
        return Ok(false);
    };
    Ok(there.len() == fs::metadata(source)?.len() && fs::read(source)? == fs::read(target)?)
}
