//! Between the network's RGB and the browser's RGBA.

use nadir_core::image::RgbImage;

/// `ImageData`'s bytes as an image; what is transparent is laid on black by its alpha.
///
/// # Errors
/// Where the number of bytes is not `width * height * 4`.
pub fn image_from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<RgbImage, String> {
    if width == 0 || height == 0 || width.checked_mul(height).and_then(|area| area.checked_mul(4)) != Some(rgba.len()) {
        return Err(format!("{} bytes are no {width} x {height} image.", rgba.len()));
    }
    let blend = |value: u8, alpha: u8| ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8;
    let pixels = rgba.chunks_exact(4).flat_map(|p| [blend(p[0], p[3]), blend(p[1], p[3]), blend(p[2], p[3])]).collect();
    Ok(RgbImage { width, height, pixels })
}

/// An image as `ImageData`'s bytes.
pub fn rgba_from_image(image: &RgbImage) -> Vec<u8> {
    image.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect()
}

/// An image at half its width and height, each px the mean of four; an odd last row or column is left off.
pub fn halved(image: &RgbImage) -> RgbImage {
    let (width, height) = ((image.width / 2).max(1), (image.height / 2).max(1));
    let at = |row: usize, column: usize, channel: usize| {
        let (row, column) = (row.min(image.height - 1), column.min(image.width - 1));
        u16::from(image.pixels[(row * image.width + column) * 3 + channel])
    };
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in 0..height {
        for column in 0..width {
            for channel in 0..3 {
                let (top, left) = (2 * row, 2 * column);
                let above = at(top, left, channel) + at(top, left + 1, channel);
                let below = at(top + 1, left, channel) + at(top + 1, left + 1, channel);
                pixels.push(((above + below + 2) / 4) as u8);
            }
        }
    }
    RgbImage { width, height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_image_has_the_means() {
        let image = RgbImage { width: 3, height: 2, pixels: (0..18).map(|value| value * 10).collect() };
        assert_eq!(halved(&image), RgbImage { width: 1, height: 1, pixels: vec![60, 70, 80] });
        let column = RgbImage { width: 1, height: 2, pixels: vec![0, 2, 4, 10, 12, 14] };
        assert_eq!(halved(&column).pixels, [5, 7, 9]);
    }

    #[test]
    fn there_and_back_is_the_same() {
        let image = RgbImage { width: 2, height: 1, pixels: vec![1, 2, 3, 250, 251, 252] };
        assert_eq!(image_from_rgba(2, 1, &rgba_from_image(&image)), Ok(image));
    }

    #[test]
    fn a_wrong_number_of_bytes_is_refused() {
        assert!(image_from_rgba(2, 2, &[0; 15]).is_err());
        assert!(image_from_rgba(usize::MAX, 2, &[0; 8]).is_err());
        assert!(image_from_rgba(0, 0, &[]).is_err());
    }
}
