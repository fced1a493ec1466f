//! The few numbers of an augmentation that a lesson shows as sliders.

use crate::image::augment::AugmentConfig;
use serde::{Deserialize, Serialize};

/// How far two views of an image may differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ViewSettings {
    /// Smallest area of the crop, as part of the image's; the largest is the whole image.
    pub smallest_crop: f32,
    /// Probability of mirroring left and right.
    pub flip: f32,
    /// Strength of the colour jitter: 1 changes brightness, contrast and saturation by up to 0.8 and hue by up to 0.2
    /// (Chen et al. 2020, appendix A, `s`).
    pub jitter: f32,
    /// Probability of turning the view grey.
    pub grayscale: f32,
    /// Probability of the Gaussian blur.
    pub blur: f32,
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self { smallest_crop: 0.3, flip: 0.5, jitter: 0.5, grayscale: 0.2, blur: 0.5 }
    }
}

impl ViewSettings {
    /// The family of transformations, for views of `size` px. The jitter has SimCLR's probability 0.8, the blur its
    /// kernel of a tenth of the side.
    pub fn config(&self, size: usize) -> AugmentConfig {
        let jitter = self.jitter.clamp(0.0, 1.0);
        AugmentConfig {
            size,
            crop_scale: [self.smallest_crop.clamp(0.02, 1.0), 1.0],
            flip: self.flip.clamp(0.0, 1.0),
            jitter: if jitter > 0.0 { 0.8 } else { 0.0 },
            brightness: 0.8 * jitter,
            contrast: 0.8 * jitter,
            saturation: 0.8 * jitter,
            hue: 0.2 * jitter,
            grayscale: self.grayscale.clamp(0.0, 1.0),
            blur: self.blur.clamp(0.0, 1.0),
            blur_kernel: (size / 20 * 2 + 1).max(3),
            blur_sigma: [0.1, (size as f32 / 112.0).max(0.5)],
            ..AugmentConfig::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slider_gives_a_family_that_can_be_drawn_from() {
        for size in [32, 160] {
            for value in [-1.0, 0.0, 0.5, 1.0, 2.0] {
                let settings =
                    ViewSettings { smallest_crop: value, flip: value, jitter: value, grayscale: value, blur: value };
                assert_eq!(settings.config(size).check(), Ok(()), "{settings:?} at {size} px");
            }
        }
    }

    #[test]
    fn at_strength_one_the_kernel_and_jitter_are_simclrs() {
        let config = ViewSettings { jitter: 1.0, ..ViewSettings::default() }.config(224);
        assert_eq!((config.blur_kernel, config.brightness, config.hue), (23, 0.8, 0.2));
        assert_eq!(config.blur_sigma, [0.1, 2.0]);
    }
}
