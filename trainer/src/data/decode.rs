//! Image files to 8-bit RGB.

use anyhow::{Context, Result};
use nadir_shared::image::RgbImage;
use std::path::Path;

/// Reads a JPEG or PNG file, whatever its name's ending says; other colour types become RGB.
///
/// # Errors
/// Names the file: not there, empty, cut off, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the image {}", path.display()))?;
    decode(&bytes).with_context(|| format!("cannot decode the image {}", path.display()))
}

/// Decodes a JPEG or PNG file's bytes.
///
/// # Errors
/// Empty, cut off, or of another format.
pub fn decode(bytes: &[u8]) -> Result<RgbImage> {
    anyhow::ensure!(!bytes.is_empty(), "the file is empty (0 bytes)");
    let decoded = image::load_from_memory(bytes).context("expected a whole JPEG or PNG file")?.into_rgb8();
    Ok(RgbImage { width: decoded.width() as usize, height: decoded.height() as usize, pixels: decoded.into_raw() })
}
