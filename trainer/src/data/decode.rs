//! Image files to 8-bit RGB.

use crate::data::raster::{BandSettings, is_tiff_file, read_image_by, whole_size};
use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use nadir_core::image::decode::dimensions;
use std::io::Read;
use std::path::Path;

/// Enough for the header of nearly every file.
const HEADER_BYTES: u64 = 64 * 1024;

/// Reads a JPEG, PNG or TIFF file, whatever its name's ending says. Of a TIFF the first three bands are taken (or one, as
/// grey), and what is no byte is scaled from the 2nd to the 98th percentile.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    read_image_by(path, &BandSettings::default())
}

/// Width and height in px that [`read_image`] would give, read from the file's header.
///
/// # Errors
/// As [`read_image`], but what is broken behind the header is not noticed.
pub fn read_dimensions(path: &Path) -> Result<(usize, usize)> {
    if is_tiff_file(path)? {
        return whole_size(path);
    }
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
