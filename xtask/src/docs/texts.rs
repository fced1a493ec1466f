//! Which texts the repository has.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with texts; others are outputs, data and what a person keeps beside.
const FOLDERS: [&str; 8] = ["docs", "fuzz", "shared", "static", "tests", "trainer", "web", "xtask"];

/// The folder of the book.
pub const BOOK: &str = "docs";

/// The list of the book's chapters.
pub const SUMMARY: &str = "docs/SUMMARY.md";

/// Every Markdown file, relative to the repository, in order.
pub fn texts(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = entries(root, Path::new(""))?.into_iter().filter(|path| is_text(path)).collect();
    for folder in FOLDERS {
        below(root, Path::new(folder), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn below(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if !root.join(folder).is_dir() {
        return Ok(());
    }
    for path in entries(root, folder)? {
        if root.join(&path).is_dir() {
            below(root, &path, found)?;
        } else if is_text(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}

/// What is in a folder, but for hidden things and cargo's outputs.
fn entries(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let path = root.join(folder);
    let mut entries = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
        let name = entry?.file_name();
        if !name.to_string_lossy().starts_with('.') && name != "target" && name != "node_modules" {
            entries.push(folder.join(name));
        }
    }
    Ok(entries)
}

/// A text of the repository.
pub fn read(root: &Path, text: &Path) -> Result<String> {
    fs::read_to_string(root.join(text)).with_context(|| format!("cannot read {}", text.display()))
}
