//! Image files to 8-bit RGB.

use anyhow::{Context, Result};
use nadir_shared::image::{RgbImage, decode::decode};
use std::path::Path;

/// Reads a JPEG or PNG file, whatever its name's ending says.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the image {}", path.display()))?;
    decode(&bytes).with_context(|| format!("cannot decode the image {}", path.display()))
}
