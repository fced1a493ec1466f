//! JSON of annotations and predictions, as any tool writes it: gzip, UTF-16, a byte order mark (see
//! [`super::text_file`]), NaN and Infinity, JSON lines, ids and numbers as texts. Faults name line, column and key.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use nadir::data::json::JsonFile;
//! let file = JsonFile::read(std::path::Path::new("instances.json"))?;
//! let document = file.parse(&["segmentation"])?;
//! for image in document.object("an object with images and annotations")?.list("images")? {
//!     let (_id, _name) = (image.id("id")?, image.text("file_name")?);
//! }
//! # Ok(())
//! # }
//! ```

mod id;
mod node;
mod number;
mod parse;
#[cfg(test)]
mod tests;

pub use id::Id;
pub use node::{Node, Value};

use super::text_file::{read_text, text_from_bytes};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// A file's text.
#[derive(Debug)]
pub struct JsonFile {
    path: PathBuf,
    text: String,
}

/// What a file holds.
#[derive(Debug)]
pub struct Document<'a> {
    /// The file, for messages.
    pub path: &'a Path,
    /// One value, or, in a file of JSON lines, several.
    pub values: Vec<Node<'a>>,
}

impl JsonFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// As [`read_text`].
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_owned(), text: read_text(path)? })
    }

    /// Bytes that were read; `path` is for messages.
    ///
    /// # Errors
    /// As [`read_text`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let text = text_from_bytes(bytes).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The file's values. What stands under a key of `skip` is null.
    ///
    /// # Errors
    /// Names file, line, column and key.
    pub fn parse(&self, skip: &[&str]) -> Result<Document<'_>> {
        let path = &self.path;
        ensure!(!self.text.trim().is_empty(), "{} is empty", path.display());
        let values = parse::parse(&self.text, skip).with_context(|| format!("{} is no whole JSON", path.display()))?;
        Ok(Document { path, values })
    }
}

impl<'a> Document<'a> {
    /// The one object that the file is.
    ///
    /// # Errors
    /// Names the file, what was `expected` and what is there.
    pub fn object(&self, expected: &str) -> Result<&Node<'a>> {
        let path = self.path.display();
        let found = match self.values.as_slice() {
            [one] if one.is_object() => return Ok(one),
            [one] => one.shown(),
            several => format!("{} values one after the other (JSON lines)", several.len()),
        };
        anyhow::bail!("{path}: expected {expected}, found {found}")
    }
}
