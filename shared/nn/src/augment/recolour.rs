//! Colour jitter and grayscale for many views, each with steps, factors and an order of its own.
//!
//! Brightness, contrast, saturation and grayscale are one formula, `clamp(scale * x + own * gray(x) + mean * mean of
//! gray)`, with three numbers a view; only the hue is another. So a jitter in any order fits into three such blends, a
//! hue, and three more blends, where a view passes the steps that it does not need unchanged (scale 1, hue 0); the
//! grayscale is an eighth. This reads and writes the pixels seven times by the cheap formula and once by the dear one;
//! a step for each kind in each of the four positions would be four times the dear one. Steps that no view of the batch
//! needs are skipped, as are means and grays.

use super::error::BatchError;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::image::augment::AugmentDraw;
use nadir_core::image::colour::{AdjustmentKind, LUMA};

/// Blends before the hue, and after it.
const A_SIDE: usize = 3;

/// A step of one view: `clamp(scale * x + own * gray(x) + mean * mean of gray(x))`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Blend {
    scale: f32,
    own: f32,
    mean: f32,
}

impl Blend {
    const NONE: Self = Self { scale: 1.0, own: 0.0, mean: 0.0 };
    const GRAYSCALE: Self = Self { scale: 0.0, own: 1.0, mean: 0.0 };

    /// `None` for a hue.
    fn of(kind: AdjustmentKind, factor: f32) -> Option<Self> {
        match kind {
            AdjustmentKind::Brightness => Some(Self { scale: factor, ..Self::NONE }),
            AdjustmentKind::Contrast => Some(Self { scale: factor, mean: 1.0 - factor, ..Self::NONE }),
            AdjustmentKind::Saturation => Some(Self { scale: factor, own: 1.0 - factor, ..Self::NONE }),
            AdjustmentKind::Hue => None,
        }
    }
}

/// The steps of a batch.
#[derive(Debug)]
pub(super) struct Recolouring {
    /// [steps][views]; the hue stands before step [`A_SIDE`].
    blends: Vec<Vec<Blend>>,
    /// Shift of the hue for each view, as a share of the circle; 0 for no change.
    hues: Vec<f32>,
}

impl Recolouring {
    /// The draws' steps, each at an index that keeps their order.
    ///
    /// # Errors
    /// If a jitter has more steps than fit in that order.
    pub fn of(draws: &[AugmentDraw]) -> Result<Self, BatchError> {
        let mut blends = vec![vec![Blend::NONE; draws.len()]; 2 * A_SIDE + 1];
        let mut hues = vec![0.0; draws.len()];
        for (view, draw) in draws.iter().enumerate() {
            // The next free index, and whether the hue's is still free.
            let (mut index, mut before_hue) = (0, true);
            for step in &draw.jitter {
                if let Some(blend) = Blend::of(step.kind, step.factor) {
                    if index >= A_SIDE {
                        before_hue = false;
                    }
                    if index == 2 * A_SIDE {
                        return Err(BatchError::LongJitter);
                    }
                    blends[index][view] = blend;
                    index += 1;
                } else if before_hue {
                    hues[view] = step.factor;
                    (index, before_hue) = (A_SIDE, false);
                } else {
                    return Err(BatchError::LongJitter);
                }
            }
            if draw.grayscale {
                blends[2 * A_SIDE][view] = Blend::GRAYSCALE;
            }
        }
        Ok(Self { blends, hues })
    }

    /// Pixels [views, rows, 3, columns] in [0, 1] after all steps.
    pub fn apply(&self, mut pixels: Tensor<4>) -> Tensor<4> {
        for (index, blends) in self.blends.iter().enumerate() {
            if index == A_SIDE && self.hues.iter().any(|&hue| hue != 0.0) {
                pixels = turn_hue(pixels, &self.hues);
            }
            if blends.iter().any(|&blend| blend != Blend::NONE) {
                pixels = blend(pixels, blends);
            }
        }
        pixels
    }
}

/// One number a view, [views, 1, 1, 1].
fn of_views(numbers: impl ExactSizeIterator<Item = f32>, device: &Device) -> Tensor<4> {
    let shape = [numbers.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(numbers.collect::<Vec<f32>>(), shape), device)
}

fn blend(pixels: Tensor<4>, blends: &[Blend]) -> Tensor<4> {
    let device = pixels.device();
    let scaled = pixels.clone() * of_views(blends.iter().map(|blend| blend.scale), &device);
    let needs = |part: fn(&Blend) -> f32| blends.iter().any(|blend| part(blend) != 0.0);
    let (owns, means) = (needs(|blend| blend.own), needs(|blend| blend.mean));
    if !owns && !means {
        return scaled.clamp(0.0, 1.0);
    }
    let luma = Tensor::<4>::from_data(TensorData::new(LUMA.to_vec(), [1, 1, 3, 1]), &device);
    let gray = (pixels * luma).sum_dim(2); // [views, rows, 1, columns]
    let mut sum = scaled;
    if means {
        // By rows first: shorter sums round less.
        let mean = gray.clone().mean_dim(3).mean_dim(1);
        sum = sum + mean * of_views(blends.iter().map(|blend| blend.mean), &device);
    }
    if owns {
        sum = sum + gray * of_views(blends.iter().map(|blend| blend.own), &device);
    }
    sum.clamp(0.0, 1.0)
}

/// `image::colour`'s formula: with the hue in sixths of the circle, a channel is `low + range * trapezium(hue)`.
fn turn_hue(pixels: Tensor<4>, hues: &[f32]) -> Tensor<4> {
    let device = pixels.device();
    let shift = of_views(hues.iter().map(|hue| hue * 6.0), &device);
    let channel = |at: usize| pixels.clone().narrow(2, at, 1);
    let (red, green, blue) = (channel(0), channel(1), channel(2)); // [views, rows, 1, columns]
    let high = pixels.clone().max_dim(2);
    let low = pixels.clone().min_dim(2);
    let range = high.clone() - low.clone();
    // A gray pixel has range 0: whatever its hue, it stays as it is.
    let divisor = range.clone().mask_fill(range.clone().lower_equal_elem(0.0), 1.0);
    let of_sector = |difference: Tensor<4>, sector: f32| (difference / divisor.clone()).add_scalar(sector);
    let turned = of_sector(red.clone() - green.clone(), 4.0)
        .mask_where(high.clone().equal(green.clone()), of_sector(blue.clone() - red.clone(), 2.0))
        .mask_where(high.equal(red), of_sector(green - blue, 0.0))
        + shift;
    let turned = turned.clone() - turned.div_scalar(6.0).floor().mul_scalar(6.0);
    // |hue - 3| - 1 for red, 2 - |hue - 2| for green, 2 - |hue - 4| for blue.
    let of_channels =
        |values: [f32; 3]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 1, 3, 1]), &device);
    let slope = (turned - of_channels([3.0, 2.0, 4.0])).abs() * of_channels([1.0, -1.0, -1.0]);
    let trapezium = (slope + of_channels([-1.0, 2.0, 2.0])).clamp(0.0, 1.0);
    low + range * trapezium
}
