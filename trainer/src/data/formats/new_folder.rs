//! A folder that is there as a whole or not at all.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// Files are written aside; the folder gets its name when all of them are there.
#[derive(Debug)]
pub struct NewFolder {
    aside: tempfile::TempDir,
    name: PathBuf,
}

impl NewFolder {
    /// # Errors
    /// Where a file or a folder that is not empty has the name: nothing is overwritten.
    pub fn new(name: &Path) -> Result<Self> {
        check_free(name)?;
        let parent = name.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        let aside = tempfile::Builder::new().prefix(".nadir-").tempdir_in(parent);
        let aside = aside.with_context(|| format!("cannot write below {}", parent.display()))?;
        std::fs::create_dir(aside.path().join("new"))
            .with_context(|| format!("cannot write below {}", parent.display()))?;
        Ok(Self { aside, name: name.to_owned() })
    }

    /// Where to write for now.
    pub fn path(&self) -> PathBuf {
        self.aside.path().join("new")
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// Where the name was taken meanwhile.
    pub fn finish(self) -> Result<()> {
        check_free(&self.name)?;
        if self.name.is_dir() {
            std::fs::remove_dir(&self.name).with_context(|| format!("cannot replace {}", self.name.display()))?;
        }
        std::fs::rename(self.path(), &self.name).with_context(|| format!("cannot write {}", self.name.display()))
    }
}

fn check_free(name: &Path) -> Result<()> {
    if name.symlink_metadata().is_err() {
        return Ok(());
    }
    ensure!(name.is_dir(), "{} is a file: expected the name of a new folder", name.display());
    let mut entries = std::fs::read_dir(name).with_context(|| format!("cannot read {}", name.display()))?;
    ensure!(
        entries.next().is_none(),
        "the folder {} is not empty: nothing is overwritten, name a new or empty one",
        name.display()
    );
    Ok(())
}

/// Writes a file below the folder, with the folders above it.
///
/// # Errors
/// Names the file.
pub(super) fn write_file(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    let cannot = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    std::fs::write(&path, text).with_context(cannot)
}
