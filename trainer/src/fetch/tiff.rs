//! Uncompressed 8-bit TIFF images (TIFF 6.0, part 1) as PNG files: what UC Merced's archive holds, and no more of TIFF.

use anyhow::{Context, Result, bail, ensure};
use image::ExtendedColorType;
use nadir_core::image::decode::MAX_PIXELS;

/// The tags of TIFF 6.0, section 8, that are read.
mod tag {
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const PLANAR: u16 = 284;
}

/// An uncompressed 8-bit grey or RGB TIFF image as a PNG file with the same pixels.
///
/// # Errors
/// No TIFF, cut off, or a kind of TIFF that is not read, with what was expected.
pub fn png_from_tiff(bytes: &[u8]) -> Result<Vec<u8>> {
    let file = Tiff::new(bytes)?;
    let (width, height) = (file.one(tag::WIDTH, None)?, file.one(tag::HEIGHT, None)?);
    let pixels = u64::from(width) * u64::from(height);
    ensure!(pixels <= MAX_PIXELS, "it has {width} x {height} pixels, more than {} million", MAX_PIXELS / 1_000_000);
    let samples = file.one(tag::SAMPLES_PER_PIXEL, Some(1))?;
    let photometric = file.one(tag::PHOTOMETRIC, None)?;
    let colour = match (photometric, samples) {
        (1, 1) => ExtendedColorType::L8,
        (2, 3) => ExtendedColorType::Rgb8,
        _ => {
            bail!("expected grey or RGB pixels, found {samples} samples with photometric interpretation {photometric}")
        }
    };
    let compression = file.one(tag::COMPRESSION, Some(1))?;
    ensure!(compression == 1, "expected an uncompressed TIFF image, found compression {compression}");
    let bits = file.all(tag::BITS_PER_SAMPLE)?;
    ensure!(bits.iter().all(|&bits| bits == 8), "expected 8 bits a sample, found {bits:?}");
    ensure!(samples == 1 || file.one(tag::PLANAR, Some(1))? == 1, "expected the samples of a pixel side by side");

    let expected_len = pixels as usize * samples as usize;
    let mut data = Vec::with_capacity(expected_len.min(bytes.len()));
    let (offsets, counts) = (file.all(tag::STRIP_OFFSETS)?, file.all(tag::STRIP_BYTE_COUNTS)?);
    for (&offset, &count) in offsets.iter().zip(&counts) {
        let strip = bytes.get(offset as usize..).and_then(|rest| rest.get(..count as usize));
        let strip = strip.with_context(|| format!("it is cut off: no {count} bytes at {offset}"))?;
        // Strips may lie upon each other, and a few KB of them then stand for gigabytes.
        let found = data.len() + strip.len();
        ensure!(found <= expected_len, "expected {expected_len} bytes of pixels, found {found} or more");
        data.extend_from_slice(strip);
    }
    ensure!(data.len() == expected_len, "expected {expected_len} bytes of pixels, found {}", data.len());
    let mut png = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::write_image(encoder, &data, width, height, colour)?;
    Ok(png)
}

/// The first image's directory.
struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// Byte at which the directory's first field stands.
    fields_at: usize,
    field_count: usize,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self> {
        let big_endian = match bytes.get(..4) {
            Some(b"II\x2a\0") => false,
            Some(b"MM\0\x2a") => true,
            _ => bail!("expected a TIFF image"),
        };
        let mut file = Self { bytes, big_endian, fields_at: 0, field_count: 0 };
        let directory = file.number(4, 4)? as usize;
        file.field_count = file.number(directory, 2)? as usize;
        file.fields_at = directory + 2;
        Ok(file)
    }

    /// An unsigned number of `size` bytes, at most 4.
    fn number(&self, at: usize, size: usize) -> Result<u32> {
        let bytes = at.checked_add(size).and_then(|end| self.bytes.get(at..end));
        let bytes = bytes.with_context(|| format!("it is cut off: no {size} bytes at {at}"))?;
        let join = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
        Ok(if self.big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
    }

    /// All values of a field; `None` if the image has no such field.
    fn all(&self, tag: u16) -> Result<Vec<u32>> {
        for field in 0..self.field_count {
            let at = self.fields_at + 12 * field;
            if self.number(at, 2)? != u32::from(tag) {
                continue;
            }
            let size = match self.number(at + 2, 2)? {
                1 => 1,
                3 => 2,
                4 => 4,
                kind => bail!("field {tag} has values of type {kind}; expected whole numbers"),
            };
            let count = self.number(at + 4, 4)? as usize;
            ensure!(count <= self.bytes.len(), "field {tag} claims {count} values");
            // Up to four bytes of values stand in the field itself.
            let values_at = if count * size <= 4 { at + 8 } else { self.number(at + 8, 4)? as usize };
            return (0..count).map(|value| self.number(values_at.saturating_add(value * size), size)).collect();
        }
        Ok(Vec::new())
    }

    fn one(&self, tag: u16, default: Option<u32>) -> Result<u32> {
        self.all(tag)?.first().copied().or(default).with_context(|| format!("the TIFF image has no field {tag}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF file of these fields (tag, type: 3 is u16 and 4 is u32, count, value), then `after`.
    fn tiff(big_endian: bool, fields: &[(u16, u16, u32, u32)], after: &[u8]) -> Vec<u8> {
        let two = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let four = |value: u32| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut bytes = if big_endian { b"MM\0\x2a".to_vec() } else { b"II\x2a\0".to_vec() };
        bytes.extend(four(8));
        bytes.extend(two(fields.len() as u16));
        for &(tag, kind, count, value) in fields {
            bytes.extend(two(tag));
            bytes.extend(two(kind));
            bytes.extend(four(count));
            if kind == 3 && count == 1 {
                bytes.extend(two(value as u16));
                bytes.extend([0, 0]);
            } else {
                bytes.extend(four(value));
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(after);
        bytes
    }

    /// 2 x 3 px RGB in strips of two rows and one, laid out by hand after TIFF 6.0, sections 2 and 6.
    #[test]
    fn a_striped_rgb_image_keeps_its_pixels_in_both_byte_orders() {
        let pixels: Vec<u8> = (0..18).map(|value| value * 13).collect();
        // Nine fields end at byte 8 + 2 + 9 * 12 + 4 = 122; then 3 u16, two offsets and two counts, and the strips.
        let fields = [
            (256, 3, 1, 2),
            (257, 3, 1, 3),
            (258, 3, 3, 122),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (273, 4, 2, 128),
            (277, 3, 1, 3),
            (279, 4, 2, 136),
            (284, 3, 1, 1),
        ];
        for big_endian in [false, true] {
            let four = |value: u32| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
            let eight = if big_endian { [0, 8] } else { [8, 0] };
            // The second strip stands before the first.
            let numbers = [150, 144, 12, 6].map(four).concat();
            let after = [eight.repeat(3), numbers, pixels[12..].to_vec(), pixels[..12].to_vec()].concat();
            let bytes = tiff(big_endian, &fields, &after);
            let png = png_from_tiff(&bytes).expect("a TIFF");
            let decoded = nadir_core::image::decode::decode(&png).expect("a PNG");
            assert_eq!((decoded.width, decoded.height, decoded.pixels), (2, 3, pixels.clone()));
            for end in 0..bytes.len() {
                assert!(png_from_tiff(&bytes[..end]).is_err(), "cut at {end}");
            }
        }
    }

    #[test]
    fn strips_upon_each_other_take_no_more_memory_than_the_image() {
        // 1 x 1 px, and 5,000 strips that all are the first 20,000 bytes of the file.
        let count = 5_000;
        let fields = [
            (256, 3, 1, 1),
            (257, 3, 1, 1),
            (258, 3, 1, 8),
            (262, 3, 1, 1),
            (273, 4, count, 98),
            (279, 4, count, 20_098),
        ];
        let after = [vec![0; 4 * count as usize], 20_000u32.to_le_bytes().repeat(count as usize)].concat();
        let error = format!(
            "{:#}",
            png_from_tiff(&tiff(false, &fields, &[vec![0; 12], after].concat())).expect_err("no image")
        );
        assert!(error.contains("expected 1 bytes of pixels, found 20000 or more"), "{error}");
    }

    #[test]
    fn other_kinds_of_tiff_are_named() {
        let grey = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 98)];
        let with = |tag: u16, value: u32| {
            let mut fields = grey.to_vec();
            fields.push((279, 4, 1, 1));
            fields.iter_mut().filter(|field| field.0 == tag).for_each(|field| field.3 = value);
            tiff(false, &fields, &[200])
        };
        let png = png_from_tiff(&with(0, 0)).expect("a TIFF");
        assert_eq!(nadir_core::image::decode::decode(&png).expect("a PNG").pixels, [200; 3]);
        for (tag, value, word) in [
            (259, 5, "compression 5"),
            (258, 16, "8 bits a sample, found [16]"),
            (262, 3, "photometric interpretation 3"),
            (256, 100_001 * 1000, "more than 100 million"),
            (257, 2, "expected 2 bytes of pixels, found 1"),
        ] {
            let mut bytes = with(tag, value);
            if tag == 256 {
                // Its value needs a u32.
                bytes[12..14].copy_from_slice(&4u16.to_le_bytes());
                bytes[18..22].copy_from_slice(&value.to_le_bytes());
            }
            let error = format!("{:#}", png_from_tiff(&bytes).expect_err(word));
            assert!(error.contains(word), "{word:?} is not in {error:?}");
        }
    }
}
