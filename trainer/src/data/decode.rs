//! Image files to 8-bit RGB.

use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{DecodeError, Depth16, Header, decode_with_depth, header};
use nadir_core::image::kind::FileKind;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

/// Enough for the header of nearly every file.
const HEADER_BYTES: u64 = 64 * 1024;

/// Below this share of 16 bits' range an image is dark in 8: 12 bits in 16 use 6 %.
pub const FULL_ENOUGH: f64 = 0.25;

/// Said once: all images of a set are usually alike.
static DARK_IS_SAID: AtomicBool = AtomicBool::new(false);

/// Reads a JPEG, PNG, WebP or BMP file, whatever its name's ending says. Of 16 bits a channel the upper 8 are kept; the
/// first image that uses little of them is logged.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image(path: &Path) -> Result<RgbImage> {
    let (image, depth) = read_with_depth(path)?;
    if let Some(depth) = depth.filter(|depth| depth.used_share() < FULL_ENOUGH)
        && !DARK_IS_SAID.swap(true, Ordering::Relaxed)
    {
        warn!(
            path = %path.display(),
            "images: {} has 16 bits a channel and uses {:.0} % of the range ({} to {}): in 8 bits it is nearly of one \
             colour; stretch its values to the whole range first",
            path.display(),
            100.0 * depth.used_share(),
            depth.lowest,
            depth.highest,
        );
    }
    Ok(image)
}

/// As [`read_image`], with the values of an image of 16 bits a channel; nothing is logged.
///
/// # Errors
/// As [`read_image`].
pub fn read_with_depth(path: &Path) -> Result<(RgbImage, Option<Depth16>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the image {}", path.display()))?;
    decode_with_depth(&bytes).with_context(|| format!("cannot decode the image {}", path.display()))
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

/// A file's size as stored, and how it is turned.
///
/// # Errors
/// As [`read_dimensions`].
pub fn read_header(path: &Path) -> Result<Header> {
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
