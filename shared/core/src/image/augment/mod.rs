//! The random view of an image that contrastive pre-training learns to recognise: crop, flip, colour jitter,
//! grayscale, blur, in this order (Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual
//! Representations", appendix A). Photographs from above have no upper side: for them views may also be mirrored top
//! to bottom and turned by quarters.
//!
//! Drawing and applying are apart: an [`AugmentDraw`] holds what happens to one view, and can be shown or repeated.

mod check;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::blur::{gaussian_blur, gaussian_blur_of_gray};
use super::colour::{Adjustment, AdjustmentKind, adjust};
use super::resample::{CropBox, Interpolation, Taps, resample_rgb};
use super::{Planes, RGB, RgbView};
use crate::rng::Rng;

/// The family of transformations that views are drawn from. The default is the usual SimCLR family on square
/// crops of at least 8 % of the image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Width and height of a view in px.
    pub size: usize,
    /// Smallest and largest area of the crop, as a share of the image's.
    pub crop_scale: [f32; 2],
    /// Smallest and largest width / height of the crop. SimCLR: 0.75 to 1.333.
    pub crop_ratio: [f32; 2],
    /// Filter that brings the crop to `size`.
    pub interpolation: Interpolation,
    /// Probability of mirroring left and right.
    pub flip: f32,
    /// Probability of mirroring top and bottom, for images from above: 0.5. 0: never.
    #[serde(skip_serializing_if = "is_never")]
    pub vertical_flip: f32,
    /// Whether a view is turned by 0, 90, 180 or 270 degrees, each as often as the others, for images from above.
    #[serde(skip_serializing_if = "is_off")]
    pub quarter_turns: bool,
    /// Probability of the colour jitter. Images of other bands than three are jittered in brightness and contrast alone.
    pub jitter: f32,
    /// The brightness is multiplied by 1 - this to 1 + this.
    pub brightness: f32,
    /// The contrast is multiplied by 1 - this to 1 + this.
    pub contrast: f32,
    /// The saturation is multiplied by 1 - this to 1 + this.
    pub saturation: f32,
    /// The hue is turned by -this to +this of the circle.
    pub hue: f32,
    /// Probability of turning the view grey. Skipped for images of other bands than three.
    pub grayscale: f32,
    /// Probability of the Gaussian blur.
    pub blur: f32,
    /// Width of the blur's kernel in px, odd.
    pub blur_kernel: usize,
    /// Smallest and largest standard deviation of the blur in px.
    pub blur_sigma: [f32; 2],
}

/// A setting that is off is not written: a config from before there was one reads and hashes as it did.
fn is_never(probability: &f32) -> bool {
    *probability == 0.0
}

fn is_off(setting: &bool) -> bool {
    !setting
}

fn is_unturned(quarters: &u8) -> bool {
    *quarters == 0
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            size: 224,
            crop_scale: [0.08, 1.0],
            crop_ratio: [1.0, 1.0],
            interpolation: Interpolation::Bilinear,
            flip: 0.5,
            vertical_flip: 0.0,
            quarter_turns: false,
            jitter: 0.8,
            brightness: 0.4,
            contrast: 0.4,
            saturation: 0.4,
            hue: 0.1,
            grayscale: 0.2,
            blur: 1.0,
            blur_kernel: 23,
            blur_sigma: [0.1, 2.0],
        }
    }
}

/// What happens to one view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AugmentDraw {
    /// Width and height of the view in px.
    pub size: usize,
    /// The part of the image that is seen.
    pub crop: CropBox,
    /// Filter that brings the crop to `size`.
    pub interpolation: Interpolation,
    /// Whether left and right are mirrored.
    pub flip: bool,
    /// Whether top and bottom are mirrored.
    #[serde(default, skip_serializing_if = "is_off")]
    pub vertical_flip: bool,
    /// Quarter turns against the clock after the mirroring, 0 to 3 (numpy's `rot90`).
    #[serde(default, skip_serializing_if = "is_unturned")]
    pub quarter_turns: u8,
    /// The steps of the colour jitter in their order; empty where there is none.
    pub jitter: Vec<Adjustment>,
    /// Whether colour is taken away.
    pub grayscale: bool,
    /// The blur, if any.
    pub blur: Option<BlurDraw>,
}

/// The blur of one view.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlurDraw {
    /// Width of the kernel in px, odd.
    pub kernel: usize,
    /// Standard deviation of the blur in px.
    pub sigma: f32,
}

/// One of the eight ways in which a square can lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewOrientation {
    /// Whether left and right are exchanged.
    pub columns_mirrored: bool,
    /// Whether top and bottom are exchanged.
    pub rows_mirrored: bool,
    /// Whether rows become columns, after both.
    pub transposed: bool,
}

/// Exchanges rows and columns of a square plane in place.
fn transpose(plane: &mut [f32], size: usize) {
    for row in 1..size {
        for column in 0..row {
            plane.swap(row * size + column, column * size + row);
        }
    }
}

impl AugmentConfig {
    /// Draws one view of an image of the given size in px.
    ///
    /// Everything is drawn whether it takes place or not, and the crop, whose number of draws varies, comes last:
    /// changing one value of the config leaves the other draws of a seed as they were. Vertical flip and quarter turn
    /// come behind the crop: without them a seed draws what it drew before there were any.
    pub fn draw(&self, rng: &mut Rng, width: usize, height: usize) -> AugmentDraw {
        let flip = rng.chance(f64::from(self.flip));
        let jittered = rng.chance(f64::from(self.jitter));
        let mut jitter: Vec<Adjustment> = [
            (AdjustmentKind::Brightness, 1.0, self.brightness),
            (AdjustmentKind::Contrast, 1.0, self.contrast),
            (AdjustmentKind::Saturation, 1.0, self.saturation),
            (AdjustmentKind::Hue, 0.0, self.hue),
        ]
        .map(|(kind, middle, strength)| {
            let (middle, strength) = (f64::from(middle as f32), f64::from(strength));
            let low = if kind == AdjustmentKind::Hue { -strength } else { (middle - strength).max(0.0) };
            Adjustment { kind, factor: rng.range(low, middle + strength) as f32 }
        })
        .to_vec();
        rng.shuffle(&mut jitter);
        if !jittered {
            jitter.clear();
        }
        let grayscale = rng.chance(f64::from(self.grayscale));
        let blurred = rng.chance(f64::from(self.blur));
        let sigma = rng.range(f64::from(self.blur_sigma[0]), f64::from(self.blur_sigma[1])) as f32;
        let crop = self.draw_crop(rng, width, height);
        // Both are drawn where either is on, neither where both are off.
        let (vertical_flip, quarter_turns) = match self.vertical_flip > 0.0 || self.quarter_turns {
            true => (rng.chance(f64::from(self.vertical_flip)), rng.below(4) as u8),
            false => (false, 0),
        };
        AugmentDraw {
            size: self.size,
            crop,
            interpolation: self.interpolation,
            flip,
            vertical_flip,
            quarter_turns: if self.quarter_turns { quarter_turns } else { 0 },
            jitter,
            grayscale,
            blur: blurred.then_some(BlurDraw { kernel: self.blur_kernel, sigma }),
        }
    }

    /// torchvision's `RandomResizedCrop.get_params`: ten attempts, then the largest centred crop whose ratio is
    /// allowed. The area is uniform, the ratio uniform in its logarithm.
    fn draw_crop(&self, rng: &mut Rng, width: usize, height: usize) -> CropBox {
        let (wide, high) = (width as f64, height as f64);
        let [narrowest, widest] = self.crop_ratio.map(f64::from);
        for _ in 0..10 {
            let area = wide * high * rng.range(f64::from(self.crop_scale[0]), f64::from(self.crop_scale[1]));
            let ratio = narrowest * ((widest / narrowest).ln() * rng.uniform()).exp();
            let crop_width = (area * ratio).sqrt().round_ties_even() as usize;
            let crop_height = (area / ratio).sqrt().round_ties_even() as usize;
            if (1..=width).contains(&crop_width) && (1..=height).contains(&crop_height) {
                let top = rng.below(height - crop_height + 1);
                let left = rng.below(width - crop_width + 1);
                return CropBox { left, top, width: crop_width, height: crop_height };
            }
        }
        let within = |length: f64, most: usize| (length.round_ties_even() as usize).max(1).min(most);
        let (crop_width, crop_height) = if wide < high * narrowest {
            (width, within(wide / narrowest, height))
        } else if wide > high * widest {
            (within(high * widest, width), height)
        } else {
            (width, height)
        };
        CropBox {
            left: (width - crop_width) / 2,
            top: (height - crop_height) / 2,
            width: crop_width,
            height: crop_height,
        }
    }

    /// The view that a run with this seed sees: [channels, size, size] in [0, 1], not normalised. The four numbers alone
    /// decide it.
    pub fn view(&self, image: RgbView<'_>, seed: u64, epoch: u64, sample: u64, view: u64) -> Planes {
        self.draw_view([image.width, image.height], seed, epoch, sample, view).apply(image)
    }

    /// What [`view`](Self::view) does to an image of this width and height in px.
    pub fn draw_view(&self, [width, height]: [usize; 2], seed: u64, epoch: u64, sample: u64, view: u64) -> AugmentDraw {
        self.draw(&mut Rng::from_parts(&[seed, epoch, sample, view]), width, height)
    }
}

impl AugmentDraw {
    /// The view of this image: [channels, size, size] in [0, 1], not normalised.
    pub fn apply(&self, image: RgbView<'_>) -> Planes {
        let mut planes = self.crop_and_flip(image);
        self.recolour(&mut planes);
        self.blur(&mut planes);
        planes
    }

    /// The first step of [`apply`](Self::apply): crop, resize, flips and turn in one.
    pub fn crop_and_flip(&self, image: RgbView<'_>) -> Planes {
        let crop = self.crop.inside(image.width, image.height);
        let orientation = self.orientation();
        let taps = |length: usize, is_mirrored: bool| {
            let taps = Taps::new(length, self.size, 0..self.size, self.interpolation);
            if is_mirrored { taps.mirrored() } else { taps }
        };
        let columns = taps(crop.width, orientation.columns_mirrored);
        let rows = taps(crop.height, orientation.rows_mirrored);
        let mut planes = resample_rgb(image, crop, &columns, &rows, self.interpolation);
        if orientation.transposed {
            planes.values.chunks_exact_mut(self.size * self.size).for_each(|plane| transpose(plane, self.size));
        }
        planes
    }

    /// Flips and turn as mirrored columns and rows, and an exchange of both behind that.
    pub fn orientation(&self) -> ViewOrientation {
        // A quarter turn against the clock puts the last column on top: columns mirrored, then exchanged with the rows.
        let quarters = self.quarter_turns % 4;
        ViewOrientation {
            columns_mirrored: self.flip ^ matches!(quarters, 1 | 2),
            rows_mirrored: self.vertical_flip ^ matches!(quarters, 2 | 3),
            transposed: quarters % 2 == 1,
        }
    }

    /// The second step: colour jitter and grayscale, as [`adjust`] does them.
    pub fn recolour(&self, planes: &mut Planes) {
        if !self.jitter.is_empty() || self.grayscale {
            adjust(planes, &self.jitter, self.grayscale);
        }
    }

    /// The last step: blur.
    pub fn blur(&self, planes: &mut Planes) {
        match self.blur {
            Some(BlurDraw { kernel, sigma }) if self.grayscale && planes.channels() == RGB => {
                gaussian_blur_of_gray(planes, kernel, sigma);
            }
            Some(BlurDraw { kernel, sigma }) => gaussian_blur(planes, kernel, sigma),
            None => {}
        }
    }
}

/// Subtracts the mean and divides by the standard deviation, channel by channel, into `out` [channels, height, width].
///
/// # Panics
/// If `out` has another length than `planes.values`, or there are not as many means and standard deviations as planes.
pub fn normalise_into(planes: &Planes, mean: &[f32], std: &[f32], out: &mut [f32]) {
    assert_eq!(planes.values.len(), out.len(), "the output must have the length of the planes");
    let channels = planes.channels();
    assert_eq!((channels, channels), (mean.len(), std.len()), "each channel has its mean and standard deviation");
    let area = (planes.width * planes.height).max(1);
    let channels = planes.values.chunks_exact(area).zip(out.chunks_exact_mut(area));
    for ((plane, out), (&mean, &std)) in channels.zip(mean.iter().zip(std)) {
        for (out, &value) in out.iter_mut().zip(plane) {
            *out = (value - mean) / std;
        }
    }
}
