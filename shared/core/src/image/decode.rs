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
    /// Neither JPEG nor PNG.
    #[error("expected a JPEG or PNG image, and it is neither")]
    Format,
    /// More pixels than [`MAX_PIXELS`].
    #[error("it has {width} x {height} pixels, more than {} million", MAX_PIXELS / 1_000_000)]
    TooLarge {
        /// Width in px.
        width: u32,
        /// Height in px.
        height: u32,
    },
    /// Cut off or damaged.
    #[error("expected a whole JPEG or PNG image, and it is broken: {0}")]
    Broken(String),
}

/// Decodes a JPEG or PNG file by its content, turned upright by its EXIF orientation as browsers do. Grey, 16-bit, CMYK
/// and transparent images become 8-bit RGB (transparency is dropped).
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    let (decoder, orientation) = open(bytes)?;
    // The decoder fills up what is missing of a JPEG with grey.
    if bytes.starts_with(&JPEG_START) && !has_jpeg_end(bytes) {
        return Err(DecodeError::Broken("it is cut off before the end of its image data".to_owned()));
    }
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(broken)?;
    decoded.apply_orientation(orientation);
    let rgb = decoded.into_rgb8();
    Ok(RgbImage { width: rgb.width() as usize, height: rgb.height() as usize, pixels: rgb.into_raw() })
}

/// Width and height in px that [`decode`] would give, from a file's beginning.
///
/// # Errors
/// See [`DecodeError`]; where the beginning was too short for a large header, more of the file may do.
pub fn dimensions(beginning: &[u8]) -> Result<(usize, usize), DecodeError> {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let (decoder, orientation) = open(beginning)?;
    let (width, height) = decoder.dimensions();
    let lying = matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH);
    Ok(if lying { (height as usize, width as usize) } else { (width as usize, height as usize) })
}

/// A decoder that has read the header, of an image that is not too large, and the image's orientation.
fn open(bytes: &[u8]) -> Result<(impl ImageDecoder, image::metadata::Orientation), DecodeError> {
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
    Ok((decoder, orientation))
}

fn broken(error: image::ImageError) -> DecodeError {
    DecodeError::Broken(error.to_string())
}

const JPEG_START: [u8; 2] = [0xFF, 0xD8];

/// Whether the image data is followed by the end marker (ITU-T T.81, annex B). Segments are stepped over, for they may
/// hold the marker's bytes (an EXIF thumbnail does).
fn has_jpeg_end(bytes: &[u8]) -> bool {
    // Nearly every whole file ends so; a file that is cut off just there would have to be cut inside a segment.
    if bytes.ends_with(&[0xFF, 0xD9]) {
        return true;
    }
    let mut at = 2;
    let mut in_scan = false;
    while at + 1 < bytes.len() {
        if bytes[at] != 0xFF {
            // Between segments nothing else stands; a decoder steps over it too.
            at += 1;
            continue;
        }
        match bytes[at + 1] {
            0xD9 if in_scan => return true,
            // A stuffed zero, a fill byte, or a marker without a segment.
            0x00 | 0x01 | 0xD0..=0xD9 => at += 2,
            0xFF => at += 1,
            marker => {
                let Some(length) = bytes.get(at + 2..at + 4) else { return false };
                in_scan |= marker == 0xDA;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
    false
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

    fn jpeg(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Jpeg).expect("written to memory");
        bytes
    }

    #[test]
    fn sixteen_bit_values_are_scaled_and_grey_jpegs_have_three_equal_channels() {
        let mut bytes = Vec::new();
        let grey =
            image::ImageBuffer::<image::Luma<u16>, _>::from_raw(3, 1, vec![0, 0x8080, 0xFFFF]).expect("three values");
        grey.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("written to memory");
        assert_eq!(decode(&bytes).expect("16-bit grey").pixels, [0, 0, 0, 128, 128, 128, 255, 255, 255]);
        let grey = DynamicImage::ImageLuma8(image::ImageBuffer::from_pixel(8, 8, image::Luma([100])));
        assert_eq!(decode(&jpeg(&grey)), Ok(RgbImage::filled(8, 8, [100; 3])));
    }

    /// Left half cyan, right half yellow under half black, written by Pillow 13.0, which reads back (0, 255, 255) and
    /// (127, 127, 0). JPEG may change a value by 2.
    #[test]
    fn a_cmyk_jpeg_has_the_colours_that_pillow_sees() {
        let image = decode(include_bytes!("../../../../tests/golden/cmyk.jpg")).expect("a CMYK JPEG");
        assert_eq!((image.width, image.height), (16, 8));
        for (at, pixel) in image.pixels.chunks_exact(3).enumerate() {
            let expected = if at % 16 < 8 { [0, 255, 255] } else { [127, 127, 0] };
            assert!(pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "pixel {at}: {pixel:?}");
        }
    }

    #[test]
    fn a_jpeg_that_is_cut_off_anywhere_is_broken_and_its_header_still_has_the_size() {
        let noise =
            image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([((x * 37) ^ (y * 91)) as u8, (x * y) as u8, 7]));
        let whole = jpeg(&DynamicImage::ImageRgb8(noise));
        assert!(decode(&whole).is_ok());
        for kept in [whole.len() / 2, whole.len() * 9 / 10, whole.len() - 2] {
            assert!(matches!(decode(&whole[..kept]), Err(DecodeError::Broken(_))), "{kept} of {} bytes", whole.len());
            assert_eq!(dimensions(&whole[..kept]), Ok((64, 48)));
        }
        // A thumbnail's end marker inside a segment is not the image's.
        let mut thumbnail = whole[..2].to_vec();
        thumbnail.extend([0xFF, 0xE1, 0, 8, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9]);
        thumbnail.extend(&whole[2..]);
        assert!(decode(&thumbnail).is_ok());
        assert!(decode(&thumbnail[..thumbnail.len() - 9]).is_err());
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
