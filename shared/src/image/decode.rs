//! Image files to pixels: one decoder for the trainer and the page, so that a file gives the same pixels in both.

use super::RgbImage;
use image::{DynamicImage, ImageDecoder, ImageReader};
use std::io::Cursor;

/// Larger images are refused: their pixels alone would take 300 MB.
pub const MAX_PIXELS: u64 = 100_000_000;

/// Why bytes are no image. The texts follow a file's name and a colon.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecodeError {
    /// No byte at all.
    #[error("the file is empty (0 bytes)")]
    Empty,
    /// Another format.
    #[error("expected a JPEG or PNG image, and it is neither")]
    Format,
    /// Over [`MAX_PIXELS`].
    #[error("it has {width} x {height} pixels, more than {} million", MAX_PIXELS / 1_000_000)]
    TooLarge {
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Cut off or damaged.
    #[error("expected a whole JPEG or PNG image, and it is broken: {0}")]
    Broken(String),
}

/// Decodes a JPEG or PNG file by its content, turned upright by its EXIF orientation as browsers do. Grey, 16-bit and
/// transparent images become 8-bit RGB (transparency is dropped).
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    let broken = |error: image::ImageError| DecodeError::Broken(error.to_string());
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| DecodeError::Format)?;
    if reader.format().is_none() {
        return Err(DecodeError::Format);
    }
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(DecodeError::TooLarge { width, height });
    }
    // An image without an orientation, or with a broken one, stands as it is.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(broken)?;
    decoded.apply_orientation(orientation);
    let rgb = decoded.into_rgb8();
    Ok(RgbImage { width: rgb.width() as usize, height: rgb.height() as usize, pixels: rgb.into_raw() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 x 1 px, red and blue, PNG.
    fn png() -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = image::RgbImage::from_raw(2, 1, vec![255, 0, 0, 0, 0, 255]).expect("six bytes");
        image.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("written to memory");
        bytes
    }

    #[test]
    fn a_png_gives_its_pixels() {
        let image = RgbImage { width: 2, height: 1, pixels: vec![255, 0, 0, 0, 0, 255] };
        assert_eq!(decode(&png()), Ok(image));
    }

    #[test]
    fn grey_sixteen_bit_and_transparent_images_become_rgb() {
        for image in [
            DynamicImage::new_luma8(3, 2),
            DynamicImage::new_luma16(3, 2),
            DynamicImage::new_rgba8(3, 2),
            DynamicImage::new_rgb16(3, 2),
        ] {
            let mut bytes = Vec::new();
            image.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("written to memory");
            assert_eq!(decode(&bytes), Ok(RgbImage::filled(3, 2, [0; 3])));
        }
    }

    #[test]
    fn each_kind_of_bad_file_has_its_own_error() {
        assert_eq!(decode(b""), Err(DecodeError::Empty));
        assert_eq!(decode(b"plain text"), Err(DecodeError::Format));
        let whole = png();
        assert!(matches!(decode(&whole[..whole.len() - 20]), Err(DecodeError::Broken(_))));
        // A header that claims 20,000 x 20,000 px.
        let mut huge = whole;
        huge[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(decode(&huge), Err(DecodeError::TooLarge { width: 20_000, height: 20_000 }));
    }

    /// PNG's checksum (RFC 2083, appendix 15), so that the header above is a valid one.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
        })
    }
}
