//! The crops of many objects of a large image as one small image.

use anyhow::Result;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::image::RgbImage;
use nadir_core::image::resample::CropBox;
use nadir_geo::windows::Window;

/// Crops that are classified at once: a multiple of what the classifier's network takes at once, so that batches are
/// those of the whole image.
const CROPS: usize = 256;
/// Fewer, where they are large: a sheet of crops has at most so many px.
const SHEET_PIXELS: usize = 20_000_000;

/// Crops one below the other. What lies beside a crop has no influence on its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// All of them.
    pub image: RgbImage,
    /// Where each is in it.
    pub places: Vec<PixelBox>,
}

/// The boxes in groups that fit onto one sheet each.
pub fn sheets(boxes: &[CropBox]) -> impl Iterator<Item = &[CropBox]> {
    let mut rest = boxes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (now, later) = rest.split_at(fitting(rest));
        rest = later;
        Some(now)
    })
}

/// How many of the first boxes fit onto one sheet, one at least.
fn fitting(boxes: &[CropBox]) -> usize {
    let (mut width, mut height) = (0, 0);
    let fits = |one: &&CropBox| {
        (width, height) = (one.width.max(width), one.height + height);
        width * height <= SHEET_PIXELS
    };
    boxes.iter().take(CROPS).take_while(fits).count().max(1)
}

impl Sheet {
    /// A sheet of these boxes; `read` gives the pixels of a window.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read(boxes: &[CropBox], read: impl Fn(Window) -> Result<RgbImage>) -> Result<Self> {
        let width = boxes.iter().map(|one| one.width).max().unwrap_or(0);
        let height = boxes.iter().map(|one| one.height).sum();
        let mut image = RgbImage::filled(width, height, [0; 3]);
        let mut places = Vec::with_capacity(boxes.len());
        let mut top = 0;
        for one in boxes {
            let crop = read(Window { left: one.left, top: one.top, width: one.width, height: one.height })?;
            for (row, pixels) in crop.pixels.chunks_exact(3 * one.width).enumerate() {
                image.pixels[3 * (top + row) * width..][..pixels.len()].copy_from_slice(pixels);
            }
            places.push([0.0, top as f32, one.width as f32, (top + one.height) as f32]);
            top += one.height;
        }
        Ok(Self { image, places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_laid_below_each_other_as_many_as_fit() {
        let of = |left, top, width, height| CropBox { left, top, width, height };
        let boxes = [of(0, 0, 3, 2), of(5, 6, 2, 1)];
        let read = |window: Window| Ok(RgbImage::filled(window.width, window.height, [window.left as u8 + 1; 3]));
        let Sheet { image, places } = Sheet::read(&boxes, read).expect("read");
        assert_eq!((image.width, image.height), (3, 3));
        assert_eq!(places, [[0.0, 0.0, 3.0, 2.0], [0.0, 2.0, 2.0, 3.0]]);
        assert_eq!(image.pixels[6 * 3..], [6, 6, 6, 6, 6, 6, 0, 0, 0]);
        // One that is too large by itself has a sheet of its own.
        let large = [of(0, 0, 9000, 9000), of(0, 0, 10, 10)];
        assert_eq!(sheets(&large).map(<[_]>::len).collect::<Vec<_>>(), [1, 1]);
        let many = vec![of(0, 0, 1, 1); CROPS + 1];
        assert_eq!(sheets(&many).map(<[_]>::len).collect::<Vec<_>>(), [CROPS, 1]);
        assert_eq!(sheets(&[]).count(), 0);
    }
}
