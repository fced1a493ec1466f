//! Resampling as one matrix a view: row `o` has the weights with which the pixels of the input make pixel `o` of the
//! output (PyTorch's `_upsample_bilinear2d_aa`, as on the CPU in `image::resample`), 0 outside the crop.

use super::error::BatchError;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::image::resample::Interpolation;

/// The part of an image's columns or rows that a view shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// First column or row of the crop, px.
    pub first: usize,
    /// Columns or rows of the crop; with none, the view is black.
    pub len: usize,
    /// The output's columns or rows in the opposite order.
    pub mirrored: bool,
}

/// What all spans of a batch have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans {
    /// Columns or rows of the image.
    pub input: usize,
    /// Columns or rows of the view.
    pub output: usize,
    /// Filter of the resampling.
    pub interpolation: Interpolation,
}

impl Spans {
    /// [views, output, input], made on the device from three numbers a view.
    ///
    /// With a crop of `len` pixels, input pixel `i` (counted from the crop's first) lies `i + 1/2 - (o + 1/2) * len /
    /// output` from the centre of output pixel `o`, and the filter is stretched by `max(len / output, 1)`. The quotient
    /// is `((2 i + 1) * output - (2 o + 1) * len) / (2 * max(len, output))`: of whole numbers, which f32 holds exactly
    /// below 2^24, so it is rounded once.
    ///
    /// # Errors
    /// Where the whole numbers are larger.
    pub fn matrix(self, spans: &[Span], device: &Device) -> Result<Tensor<3>, BatchError> {
        if self.input.max(self.output).saturating_mul(self.output) >= 1 << 23 {
            return Err(BatchError::TooLarge { input_px: self.input, output_px: self.output });
        }
        let of_views = |number: &dyn Fn(&Span) -> usize| {
            let numbers: Vec<f32> = spans.iter().map(|span| number(span) as f32).collect();
            Tensor::<3>::from_data(TensorData::new(numbers, [spans.len(), 1, 1]), device)
        };
        let range = |count: usize, shape: [usize; 3]| {
            let values: Vec<f32> = (0..count).map(|at| at as f32).collect();
            Tensor::<3>::from_data(TensorData::new(values, shape), device)
        };
        let len = of_views(&|span| span.len);
        let mirrored = of_views(&|span| span.mirrored.into());
        let within = range(self.input, [1, 1, self.input]) - of_views(&|span| span.first); // [views, 1, input]
        let in_crop = within.clone().greater_equal_elem(0.0).float() * within.clone().lower(len.clone()).float();
        let index = range(self.output, [1, self.output, 1]); // [1, output, 1]
        let opposite = index.clone().neg().add_scalar((self.output - 1) as f32);
        let index = index * mirrored.clone().neg().add_scalar(1.0) + opposite * mirrored; // [views, output, 1]

        let output = self.output as f32;
        let apart =
            within.mul_scalar(2.0 * output).add_scalar(output) - index.mul_scalar(2.0).add_scalar(1.0) * len.clone();
        let distance = apart.abs() / len.clamp_min(output).mul_scalar(2.0); // [views, output, input]
        let weights = self.filter(distance) * in_crop;
        // A pixel of the output has weights of 0.5 or more in sum, or there is no crop.
        Ok(weights.clone() / weights.sum_dim(2).clamp_min(0.1))
    }

    /// The filter's weight at a distance of at least 0.
    fn filter(self, distance: Tensor<3>) -> Tensor<3> {
        match self.interpolation {
            Interpolation::Bilinear => distance.neg().add_scalar(1.0).clamp_min(0.0),
            Interpolation::Bicubic => {
                // Keys's two cubics, the outer one as far as 2 px.
                let x = distance.clamp_max(2.0);
                let square = x.clone() * x.clone();
                let inner = x.clone().mul_scalar(1.5).sub_scalar(2.5) * square.clone();
                let outer = x.clone().mul_scalar(-0.5).add_scalar(2.5) * square - x.clone().mul_scalar(4.0);
                outer.add_scalar(2.0).mask_where(x.lower_elem(1.0), inner.add_scalar(1.0))
            }
        }
    }
}
