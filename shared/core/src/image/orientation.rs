//! How a file's pixels are turned before they are shown (EXIF 2.3, section 4.6.4, tag 274), and what that does to boxes.
//! These are all ways to turn and mirror an image.

use super::{RgbImage, RgbView};

/// The turn from a file's pixels to the image as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation {
    /// EXIF's number, 1 to 8.
    exif: u8,
}

impl Orientation {
    /// Shown as stored.
    pub const UPRIGHT: Self = Self { exif: 1 };

    /// Every turn and mirroring there is, upright first.
    pub const ALL: [Self; 8] = [
        Self { exif: 1 },
        Self { exif: 2 },
        Self { exif: 3 },
        Self { exif: 4 },
        Self { exif: 5 },
        Self { exif: 6 },
        Self { exif: 7 },
        Self { exif: 8 },
    ];

    /// Of EXIF's number; `None` where there is no such turn.
    pub fn from_exif(exif: u8) -> Option<Self> {
        (1..=8).contains(&exif).then_some(Self { exif })
    }

    /// EXIF's number, 1 to 8.
    pub fn exif(self) -> u8 {
        self.exif
    }

    /// Whether rows become columns: width and height change places.
    pub fn swaps_sides(self) -> bool {
        self.exif >= 5
    }

    /// Width and height as shown, of those stored.
    pub fn turned_size<T>(self, [width, height]: [T; 2]) -> [T; 2] {
        if self.swaps_sides() { [height, width] } else { [width, height] }
    }

    /// The image as shown, of that stored; of any number of bands.
    pub fn turned(self, image: RgbView<'_>) -> RgbImage {
        let [width, height] = self.turned_size([image.width, image.height]);
        let channels = image.channels();
        let (last_row, last_column) = (image.height.saturating_sub(1), image.width.saturating_sub(1));
        let mut pixels = Vec::with_capacity(image.pixels.len());
        for y in 0..height {
            for x in 0..width {
                let [row, column] = match self.exif {
                    2 => [y, last_column - x],
                    3 => [last_row - y, last_column - x],
                    4 => [last_row - y, x],
                    5 => [x, y],
                    6 => [last_row - x, y],
                    7 => [last_row - x, last_column - y],
                    8 => [x, last_column - y],
                    _ => [y, x],
                };
                pixels.extend_from_slice(&image.pixels[(row * image.width + column) * channels..][..channels]);
            }
        }
        RgbImage { width, height, pixels }
    }

    /// A box (x0, y0, x1, y1) of the stored image of `size` (width, height) as it lies in the image as shown.
    pub fn turned_box(self, [x0, y0, x1, y1]: [f32; 4], [width, height]: [f32; 2]) -> [f32; 4] {
        match self.exif {
            2 => [width - x1, y0, width - x0, y1],
            3 => [width - x1, height - y1, width - x0, height - y0],
            4 => [x0, height - y1, x1, height - y0],
            5 => [y0, x0, y1, x1],
            6 => [height - y1, x0, height - y0, x1],
            7 => [height - y1, width - x1, height - y0, width - x0],
            8 => [y0, width - x1, y1, width - x0],
            _ => [x0, y0, x1, y1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white box in a black image, turned by the crate that turns the pixels, is where the turned box says.
    #[cfg(feature = "decode")]
    #[test]
    fn a_box_turns_with_its_pixels() {
        let (width, height, [x0, y0, x1, y1]) = (7, 5, [1u32, 2, 4, 3]);
        for exif in 1..=8 {
            let turn = Orientation::from_exif(exif).expect("a turn");
            let is_inside = |x, y| (x0..x1).contains(&x) && (y0..y1).contains(&y);
            let stored = image::GrayImage::from_fn(width, height, |x, y| image::Luma([u8::from(is_inside(x, y))]));
            let mut image = image::DynamicImage::ImageLuma8(stored);
            image.apply_orientation(image::metadata::Orientation::from_exif(exif).expect("a turn"));
            assert_eq!([image.width(), image.height()], turn.turned_size([width, height]));
            let corners = [x0, y0, x1, y1].map(|side| side as f32);
            let [left, top, right, bottom] =
                turn.turned_box(corners, [width as f32, height as f32]).map(|side| side as u32);
            for (x, y, pixel) in image.to_luma8().enumerate_pixels() {
                let expected = (left..right).contains(&x) && (top..bottom).contains(&y);
                assert_eq!(pixel.0[0] == 1, expected, "orientation {exif} at ({x}, {y})");
            }
        }
        assert_eq!(Orientation::ALL.map(Orientation::exif), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
    }

    #[cfg(feature = "decode")]
    #[test]
    fn pixels_turn_as_the_crate_that_decodes_turns_them() {
        let (width, height) = (5, 3);
        let stored = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (7 * x + y) as u8]));
        let view = RgbView { width: 5, height: 3, pixels: stored.as_raw() };
        for turn in Orientation::ALL {
            let mut shown = image::DynamicImage::ImageRgb8(stored.clone());
            shown.apply_orientation(image::metadata::Orientation::from_exif(turn.exif()).expect("a turn"));
            let turned = turn.turned(view);
            assert_eq!([turned.width, turned.height], [shown.width() as usize, shown.height() as usize], "{turn:?}");
            assert_eq!(&turned.pixels, shown.to_rgb8().as_raw(), "{turn:?}");
        }
        // One band.
        let grey = RgbView { width: 2, height: 2, pixels: &[1, 2, 3, 4] };
        assert_eq!(Orientation::ALL[2].turned(grey).pixels, [4, 3, 2, 1]);
    }
}
