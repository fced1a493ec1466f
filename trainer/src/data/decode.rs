//! Image files to 8-bit RGB.

use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{decode, dimensions};
use std::io::Read;
use std::path::Path;

/// Enough for the header of nearly every file.
const HEADER_BYTES: u64 = 64 * 1024;

/// Reads a JPEG or PNG file, whatever its name's ending says.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the image {}", path.display()))?;
    decode(&bytes).with_context(|| format!("cannot decode the image {}", path.display()))
}

/// Width and height in px that [`read_image`] would give, read from the file's header.
///
/// # Errors
/// As [`read_image`], but what is broken behind the header is not noticed.
pub fn read_dimensions(path: &Path) -> Result<(usize, usize)> {
    let read = || -> std::io::Result<(std::fs::File, Vec<u8>)> {
        let mut file = std::fs::File::open(path)?;
        let mut beginning = Vec::new();
        file.by_ref().take(HEADER_BYTES).read_to_end(&mut beginning)?;
        Ok((file, beginning))
    };
    let cannot = || format!("cannot read the image {}", path.display());
    let (mut file, mut beginning) = read().with_context(cannot)?;
    if let Ok(size) = dimensions(&beginning) {
        return Ok(size);
    }
    file.read_to_end(&mut beginning).with_context(cannot)?;
    dimensions(&beginning).with_context(|| format!("cannot decode the image {}", path.display()))
}
