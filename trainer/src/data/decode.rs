//! Image files to 8-bit RGB.

use super::raster::{BandSettings, Raster, is_tiff_file, read_image_by, read_valid_image, whole_size};
use super::stored_image;
use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{DecodeError, Depth16, Header, header};
use nadir_core::image::kind::FileKind;
use nadir_core::image::orientation::Orientation;
use std::io::Read;
use std::path::Path;

/// Enough for the header of nearly every file.
const HEADER_BYTES: u64 = 64 * 1024;

/// Reads a JPEG, PNG, WebP, BMP or TIFF file, whatever its name's ending says. Of 16 bits a channel the upper 8 are kept,
/// and the first image that uses little of them is logged. Of a TIFF the first three bands are taken (or one, as grey),
/// and what is no byte is scaled from the 2nd to the 98th percentile.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    read_image_by(path, &BandSettings::default())
}

/// As [`read_valid_image`], with the values of an image of 16 bits a channel, unless it is a TIFF or bands are chosen;
/// nothing is logged.
///
/// # Errors
/// As [`read_valid_image`].
pub fn read_with_depth(path: &Path, bands: &BandSettings) -> Result<(RgbImage, Option<Depth16>)> {
    match is_tiff_file(path)? || bands.bands.is_some() {
        true => Ok((read_valid_image(path, bands)?, None)),
        false => stored_image::read_with_depth(path),
    }
}

/// Width and height in px that [`read_image`] would give, read from the file's header.
///
/// # Errors
/// As [`read_image`], but what is broken behind the header is not noticed.
pub fn read_dimensions(path: &Path) -> Result<(usize, usize)> {
    let header = read_header(path)?;
    let [width, height] = header.orientation.turned_size(header.stored_size);
    Ok((width, height))
}

/// Columns and rows of the image that [`SceneImage::open`] gives, which turns no TIFF; read from the file's header.
///
/// [`SceneImage::open`]: super::raster::SceneImage::open
///
/// # Errors
/// As [`read_dimensions`].
pub fn scene_size(path: &Path) -> Result<(usize, usize)> {
    if is_tiff_file(path)? {
        let raster = Raster::open(path)?;
        return Ok((raster.layout().width, raster.layout().height));
    }
    read_dimensions(path)
}

/// A file's size as stored, and how it is turned.
///
/// # Errors
/// As [`read_dimensions`].
pub fn read_header(path: &Path) -> Result<Header> {
    if is_tiff_file(path)? {
        // Windows of a TIFF are read as it is turned.
        let (width, height) = whole_size(path)?;
        return Ok(Header { stored_size: [width, height], orientation: Orientation::UPRIGHT });
    }
    let read = || -> std::io::Result<(std::fs::File, Vec<u8>)> {
        let mut file = std::fs::File::open(path)?;
        let mut beginning = Vec::new();
        file.by_ref().take(HEADER_BYTES).read_to_end(&mut beginning)?;
        Ok((file, beginning))
    };
    let cannot = || format!("cannot read the image {}", path.display());
    let (mut file, mut beginning) = read().with_context(cannot)?;
    // A WebP has its orientation behind its pixels.
    let is_whole = (beginning.len() as u64) < HEADER_BYTES;
    match header(&beginning) {
        Ok(header) if is_whole || FileKind::of(&beginning) != Some(FileKind::WebP) => return Ok(header),
        // More of the file changes nothing.
        Err(error @ (DecodeError::NotRead(_) | DecodeError::TooLarge { .. })) => {
            return Err(error).with_context(|| format!("cannot decode the image {}", path.display()));
        }
        Ok(_) | Err(_) => {}
    }
    file.read_to_end(&mut beginning).with_context(cannot)?;
    header(&beginning).with_context(|| format!("cannot decode the image {}", path.display()))
}
