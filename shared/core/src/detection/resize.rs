//! How large images are when the network sees them.

use super::Size;
use crate::image::Planes;
use serde::{Deserialize, Serialize};

/// The size of an image as the network sees it: the shorter side `min_size`, unless the longer would be above
/// `max_size` (Ren et al. 2015, section 3.3). As torchvision's `GeneralizedRCNNTransform`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DetectorResize {
    /// What the shorter side becomes, px.
    pub min_size: usize,
    /// What the longer side may be at most, px.
    pub max_size: usize,
    /// A batch's sides are multiples of this, px: the stride of the coarsest level.
    #[serde(default = "DetectorResize::default_divisible_by")]
    pub divisible_by: usize,
}

impl DetectorResize {
    /// torchvision's defaults: sides of 800 to 1,333 px, in multiples of 32.
    pub const DEFAULT: Self = Self { min_size: 800, max_size: 1333, divisible_by: 32 };

    /// The longest side that a network is given, px.
    const LARGEST: usize = 4096;

    fn default_divisible_by() -> usize {
        Self::DEFAULT.divisible_by
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub fn fault(&self) -> Option<String> {
        let Self { min_size, max_size, divisible_by } = *self;
        let fits =
            0 < min_size && min_size <= max_size && max_size <= Self::LARGEST && (1..=256).contains(&divisible_by);
        (!fits).then(|| {
            format!(
                "sides of {min_size} to {max_size} px in steps of {divisible_by}: expected 1 to {} px in that order and \
                 steps of 1 to 256",
                Self::LARGEST
            )
        })
    }

    /// What sides are multiplied by. Both sides by the same, so an image keeps its shape but for rounding.
    ///
    /// # Panics
    /// If the image has no height or width.
    pub fn factor(&self, image: Size) -> f64 {
        assert!(image.height > 0 && image.width > 0, "an image of at least 1 by 1 px");
        let shorter = image.height.min(image.width) as f64;
        let longer = image.height.max(image.width) as f64;
        (self.min_size as f64 / shorter).min(self.max_size as f64 / longer)
    }

    /// The size of the resized image: both sides times the factor, in f64, rounded down. An image so long that nothing
    /// of its shorter side would be left keeps 1 px of it; torch refuses it.
    ///
    /// # Panics
    /// If the image has no height or width.
    pub fn resized(&self, image: Size) -> Size {
        let factor = self.factor(image);
        let side = |side: usize| ((side as f64 * factor) as usize).max(1);
        Size::new(side(image.height), side(image.width))
    }

    /// The size of a batch of resized images: the largest height and width, rounded up to a multiple of `divisible_by`.
    /// The images lie in its upper left corner, the rest is 0. Nothing for no images.
    ///
    /// # Panics
    /// If `divisible_by` is 0.
    pub fn padded(&self, resized: &[Size]) -> Option<Size> {
        let height = resized.iter().map(|image| image.height).max()?;
        let width = resized.iter().map(|image| image.width).max()?;
        Some(Size::new(height.next_multiple_of(self.divisible_by), width.next_multiple_of(self.divisible_by)))
    }
}

/// An image at another size: bilinear between the four nearest pixels' centres, without smoothing where it shrinks, as
/// torch's `interpolate`.
pub fn bilinear(image: &Planes, size: Size) -> Planes {
    let (height, width) = (image.height, image.width);
    let taps = |length: usize, of: usize| -> Vec<(usize, usize, f32)> {
        let tap = |at: usize| {
            let position = ((at as f32 + 0.5) * of as f32 / length as f32 - 0.5).max(0.0);
            let low = (position as usize).min(of - 1);
            (low, (low + 1).min(of - 1), position - low as f32)
        };
        (0..length).map(tap).collect()
    };
    if [height, width] == [size.height, size.width] {
        return image.clone();
    }
    let (rows, columns) = (taps(size.height, height), taps(size.width, width));
    let mut values = Vec::with_capacity(3 * size.height * size.width);
    for plane in image.values.chunks_exact(height * width) {
        for &(top, bottom, down) in &rows {
            let (above, below) = (&plane[top * width..][..width], &plane[bottom * width..][..width]);
            values.extend(columns.iter().map(|&(left, right, over)| {
                let upper = above[left] + (above[right] - above[left]) * over;
                let lower = below[left] + (below[right] - below[left]) * over;
                upper + (lower - upper) * down
            }));
        }
    }
    Planes { width: size.width, height: size.height, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_by_hand() {
        let resize = DetectorResize::DEFAULT;
        assert_eq!(resize.factor(Size::new(400, 500)), 2.0);
        assert_eq!(resize.resized(Size::new(400, 500)), Size::new(800, 1000));
        // 1333 / 1000 would make the shorter side 266.6.
        assert_eq!(resize.resized(Size::new(1000, 200)), Size::new(1333, 266));
        assert_eq!(resize.resized(Size::new(1, 9000)), Size::new(1, 1333));
    }

    #[test]
    fn a_batch_has_the_largest_sides_rounded_up() {
        let sizes = [Size::new(800, 1000), Size::new(1024, 257)];
        assert_eq!(DetectorResize::DEFAULT.padded(&sizes), Some(Size::new(1024, 1024)));
        assert_eq!(DetectorResize::DEFAULT.padded(&sizes[1..]), Some(Size::new(1024, 288)));
        assert_eq!(DetectorResize::DEFAULT.padded(&[]), None);
    }

    proptest! {
        #[test]
        fn no_side_is_above_the_largest(height in 1..4000usize, width in 1..4000usize) {
            let resize = DetectorResize::DEFAULT;
            let resized = resize.resized(Size::new(height, width));
            prop_assert!(resized.height.max(resized.width) <= resize.max_size);
            prop_assert!(resized.height.min(resized.width) <= resize.min_size);
        }
    }
}
