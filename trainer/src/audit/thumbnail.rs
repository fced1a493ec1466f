//! Small images as text that stands in a report.

use super::images::AuditedImage;
use image::codecs::jpeg::JpegEncoder;
use nadir_core::image::RgbView;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::report::ShownImage;

/// Longer side of a thumbnail, px.
const SIDE: usize = 160;
/// JPEG's quality, of 100.
const QUALITY: u8 = 80;

/// An image as a report shows it; without a picture where it cannot be read any more.
pub fn shown(image: &AuditedImage) -> ShownImage {
    let (name, part) = (image.name.clone(), image.part_name().to_owned());
    match image.file.read() {
        Ok(pixels) => {
            let size_px = [pixels.width, pixels.height];
            ShownImage { name, part, size_px, thumbnail: jpeg_address(pixels.view()) }
        }
        Err(_) => ShownImage { name, part, ..ShownImage::default() },
    }
}

/// The image made small, as a `data:image/jpeg;base64,` address.
fn jpeg_address(image: RgbView<'_>) -> String {
    let scale = (SIDE as f64 / image.width.max(image.height).max(1) as f64).min(1.0);
    let [width, height] = [image.width, image.height].map(|side| ((side as f64 * scale).round() as usize).max(1));
    let whole = CropBox::whole(image.width, image.height);
    let small = resized_crop(image, whole, width, height, Interpolation::Bilinear).to_rgb();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(&small.pixels, width as u32, height as u32, image::ExtendedColorType::Rgb8)
        .expect("a small image goes into memory as JPEG");
    format!("data:image/jpeg;base64,{}", base64(&bytes))
}

/// Base64 of RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }
}
