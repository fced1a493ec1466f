//! Image files to pixels, by the same decoder as the trainer's, so that a file gives the same pixels in both.

use nadir_core::image::RgbImage;

/// Larger images are refused: their pixels alone would take 300 MB.
const MAX_PIXELS: u64 = 100_000_000;

/// Decodes a JPEG or PNG file.
///
/// # Errors
/// A sentence for the visitor.
pub fn decode(name: &str, bytes: &[u8]) -> Result<RgbImage, String> {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| format!("{name} cannot be read: {error}."))?;
    if reader.format().is_none() {
        return Err(format!("{name} is neither a JPEG nor a PNG image."));
    }
    let (width, height) = reader.into_dimensions().map_err(|error| format!("{name} is broken: {error}."))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!(
            "{name} has {width} x {height} pixels; up to {} million can be shown.",
            MAX_PIXELS / 1_000_000
        ));
    }
    let decoded = image::load_from_memory(bytes).map_err(|error| format!("{name} is broken: {error}."))?.into_rgb8();
    Ok(RgbImage { width: decoded.width() as usize, height: decoded.height() as usize, pixels: decoded.into_raw() })
}
