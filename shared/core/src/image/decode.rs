//! Image files to pixels: one decoder for the trainer and the page, so that a file gives the same pixels in both.

use super::RgbImage;
use super::kind::FileKind;
use super::orientation::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};

/// Larger images are refused unless [`set_max_pixels`] says otherwise: their pixels alone would take 300 MB.
pub const MAX_PIXELS: u64 = 100_000_000;

static LIMIT: AtomicU64 = AtomicU64::new(MAX_PIXELS);

/// Images of up to so many pixels are decoded from now on, in the whole program.
pub fn set_max_pixels(pixels: u64) {
    LIMIT.store(pixels, Ordering::Relaxed);
}

/// Images of up to so many pixels are decoded.
pub fn max_pixels() -> u64 {
    LIMIT.load(Ordering::Relaxed)
}

/// How the limit is raised: a page has a browser's memory, and no options.
const HOW_TO_RAISE: &str = if cfg!(target_arch = "wasm32") { "" } else { " (--max-megapixels raises it)" };

/// Why bytes are no image. The texts follow a file's name and a colon.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecodeError {
    /// No byte at all.
    #[error("the file is empty (0 bytes)")]
    Empty,
    /// Of no known kind.
    #[error("expected a JPEG, PNG, WebP or BMP image, and it is none of these")]
    Format,
    /// Of a kind that is known and not read.
    #[error("it is {0}; JPEG, PNG, WebP and BMP are read: convert it to one of them")]
    NotRead(FileKind),
    /// More pixels than [`max_pixels`].
    #[error("it has {width} x {height} pixels, more than the limit of {} million{HOW_TO_RAISE}", .limit / 1_000_000)]
    TooLarge {
        /// Width in px.
        width: u32,
        /// Height in px.
        height: u32,
        /// Pixels that are allowed.
        limit: u64,
    },
    /// Cut off or damaged.
    #[error("it is {kind} image that is broken or cut off: {reason}")]
    Broken {
        /// What it is.
        kind: FileKind,
        /// What is wrong, by the decoder.
        reason: String,
    },
}

/// A file's size and turn, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Width and height in px as stored, before it is turned.
    pub stored_size: [usize; 2],
    /// The turn that [`decode`] applies.
    pub orientation: Orientation,
}

/// The values of an image of 16 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth16 {
    /// Lowest value of any channel but the opacity.
    pub lowest: u16,
    /// Highest value likewise.
    pub highest: u16,
}

impl Depth16 {
    /// What of the range of 16 bits the values use, 0 to 1.
    pub fn used_share(self) -> f64 {
        f64::from(self.highest - self.lowest) / f64::from(u16::MAX)
    }
}

/// Decodes a JPEG, PNG, WebP or BMP file by its content, turned upright by its EXIF orientation as browsers do. Grey,
/// 16-bit, CMYK and transparent images become 8-bit RGB (transparency is dropped); of an animation the first picture.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    decode_with_depth(bytes).map(|(image, _)| image)
}

/// As [`decode`], and for an image of 16 bits a channel the values that are lost in 8.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode_with_depth(bytes: &[u8]) -> Result<(RgbImage, Option<Depth16>), DecodeError> {
    let (kind, decoder, orientation) = open(bytes)?;
    // The decoder fills up what is missing of a JPEG with grey.
    if kind == FileKind::Jpeg && !has_jpeg_end(bytes) {
        return Err(DecodeError::Broken { kind, reason: "it ends before its image data does".to_owned() });
    }
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|error| broken(kind, &error))?;
    let depth = depth16(&decoded);
    decoded.apply_orientation(orientation);
    let rgb = decoded.into_rgb8();
    let image = RgbImage { width: rgb.width() as usize, height: rgb.height() as usize, pixels: rgb.into_raw() };
    Ok((image, depth))
}

fn depth16(decoded: &DynamicImage) -> Option<Depth16> {
    let values = decoded.as_flat_samples_u16()?;
    let (channels, colours) = match decoded.color() {
        ColorType::L16 => (1, 1),
        ColorType::La16 => (2, 1),
        ColorType::Rgb16 => (3, 3),
        ColorType::Rgba16 => (4, 3),
        _ => return None,
    };
    let colours = values.samples.chunks_exact(channels).flat_map(|pixel| &pixel[..colours]);
    let (lowest, highest) = colours.fold((u16::MAX, 0), |(low, high), &value| (low.min(value), high.max(value)));
    (lowest <= highest).then_some(Depth16 { lowest, highest })
}

/// Width and height in px that [`decode`] would give, from a file's beginning.
///
/// # Errors
/// See [`DecodeError`]; where the beginning was too short for a large header, more of the file may do.
pub fn dimensions(beginning: &[u8]) -> Result<(usize, usize), DecodeError> {
    let Header { stored_size, orientation } = header(beginning)?;
    let [width, height] = orientation.turned_size(stored_size);
    Ok((width, height))
}

/// Size and turn, from a file's beginning.
///
/// # Errors
/// As [`dimensions`].
pub fn header(beginning: &[u8]) -> Result<Header, DecodeError> {
    let (_, decoder, orientation) = open(beginning)?;
    let (width, height) = decoder.dimensions();
    let orientation = Orientation::from_exif(orientation.to_exif()).unwrap_or(Orientation::UPRIGHT);
    Ok(Header { stored_size: [width as usize, height as usize], orientation })
}

/// A decoder that has read the header, of an image that is not too large, and the image's orientation.
fn open(bytes: &[u8]) -> Result<(FileKind, impl ImageDecoder, image::metadata::Orientation), DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let kind = FileKind::of(bytes).ok_or(DecodeError::Format)?;
    let format = match kind {
        FileKind::Jpeg => image::ImageFormat::Jpeg,
        FileKind::Png => image::ImageFormat::Png,
        FileKind::WebP => image::ImageFormat::WebP,
        FileKind::Bmp => image::ImageFormat::Bmp,
        FileKind::Tiff | FileKind::Other(_) => return Err(DecodeError::NotRead(kind)),
    };
    let limit = max_pixels();
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // Four channels of 16 bits, and room for a profile; the pixels themselves are counted below.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(8 * limit + (64 << 20));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| broken(kind, &error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limit {
        return Err(DecodeError::TooLarge { width, height, limit });
    }
    // An image without an orientation, or with a broken one, stands as it is.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    Ok((kind, decoder, orientation))
}

fn broken(kind: FileKind, error: &image::ImageError) -> DecodeError {
    DecodeError::Broken { kind, reason: error.to_string() }
}

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
    fn webp_and_bmp_give_their_pixels() {
        for format in [image::ImageFormat::WebP, image::ImageFormat::Bmp] {
            let mut bytes = Vec::new();
            let image = image::RgbImage::from_raw(2, 1, vec![255, 0, 0, 0, 0, 255]).expect("six bytes");
            image.write_to(&mut Cursor::new(&mut bytes), format).expect("written to memory");
            let expected = RgbImage { width: 2, height: 1, pixels: vec![255, 0, 0, 0, 0, 255] };
            assert_eq!(decode(&bytes), Ok(expected));
            assert_eq!(dimensions(&bytes), Ok((2, 1)));
            assert!(decode(&bytes[..bytes.len() - 3]).is_err(), "{format:?}");
        }
    }

    #[test]
    fn what_of_sixteen_bits_is_used_leaves_the_opacity_out() {
        let mut bytes = Vec::new();
        let image = image::ImageBuffer::<image::LumaA<u16>, _>::from_raw(2, 1, vec![95u16, 65535, 4095, 65535]);
        image.expect("fits").write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("written");
        let (_, depth) = decode_with_depth(&bytes).expect("a PNG");
        let depth = depth.expect("16 bits");
        assert_eq!(depth, Depth16 { lowest: 95, highest: 4095 });
        assert!((depth.used_share() - 4000.0 / 65535.0).abs() < 1e-12);
        assert_eq!(decode_with_depth(&png()).expect("a PNG").1, None);
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
            assert!(
                matches!(decode(&whole[..kept]), Err(DecodeError::Broken { .. })),
                "{kept} of {} bytes",
                whole.len()
            );
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
        assert_eq!(decode(b"II*\0\x08\0\0\0"), Err(DecodeError::NotRead(FileKind::Tiff)));
        let whole = png();
        assert!(matches!(decode(&whole[..whole.len() - 20]), Err(DecodeError::Broken { .. })));
        // A header that claims 20,000 x 20,000 px.
        let mut huge = whole;
        huge[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(decode(&huge), Err(DecodeError::TooLarge { width: 20_000, height: 20_000, limit: MAX_PIXELS }));
    }

    /// PNG's checksum (RFC 2083, appendix 15), so that the header above is a valid one.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
        })
    }
}
