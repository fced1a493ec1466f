//! JPEG, PNG, WebP and BMP files to 8-bit RGB.

use anyhow::{Context, Result};
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{Depth16, decode_with_depth};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

/// Below this share of 16 bits' range an image is dark in 8: 12 bits in 16 use 6 %.
pub const FULL_ENOUGH: f64 = 0.25;

/// Said once: all images of a set are usually alike.
static DARK_IS_SAID: AtomicBool = AtomicBool::new(false);

/// Reads a JPEG, PNG, WebP or BMP file, whatever its name's ending says. Of 16 bits a channel the upper 8 are kept; the
/// first image that uses little of them is logged.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read(path: &Path) -> Result<RgbImage> {
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

/// As [`read`], with the values of an image of 16 bits a channel; nothing is logged.
///
/// # Errors
/// As [`read`].
pub fn read_with_depth(path: &Path) -> Result<(RgbImage, Option<Depth16>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the image {}", path.display()))?;
    decode_with_depth(&bytes).with_context(|| format!("cannot decode the image {}", path.display()))
}
