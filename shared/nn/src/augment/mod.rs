//! Many views at once as tensor operations: what [`AugmentDraw::apply`](nadir_core::image::augment::AugmentDraw::apply)
//! does to one image on the CPU, for a device that computes many things side by side, from images that lie in its
//! memory.
//!
//! Every operator has the same shapes for every view; what differs between views are a few numbers each, which alone
//! are uploaded. Results differ from the CPU's by rounding, about 1e-6 in [0, 1]. A device whose GEMM rounds f32 values
//! first (TF32 on NVIDIA's tensor cores: 11 significant bits) is off by up to about 1e-3 of a pixel's brightness, a
//! quarter of an 8-bit step.
//!
//! Between the operators, pixels are [views, rows, channels, columns]: so the matrix of every view multiplies all its
//! channels at once, from the right (columns) and from the left (rows), without a copy in between.

mod blur;
mod error;
mod images;
mod recolour;
mod resample;
#[cfg(test)]
mod tests;

pub use error::BatchError;
pub use images::DeviceImages;

use blur::Blur;
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use nadir_core::image::augment::{AugmentConfig, AugmentDraw, ViewOrientation};
use nadir_core::image::resample::{CropBox, Interpolation};
use recolour::Recolouring;
use resample::{Span, Spans};

/// Values of a chunk's largest tensor, at most, where one view does not have more: 256 MiB of f32. Some five such
/// tensors are there at once.
const CHUNK_VALUES: usize = 64 << 20;

/// Makes views of one family on one device; what all of them need is computed once.
#[derive(Debug, Clone)]
pub struct BatchAugment {
    size: usize,
    interpolation: Interpolation,
    blur: Blur,
    device: Device,
}

impl BatchAugment {
    /// For draws of this family. On a device with autodiff, its inner one computes: views have no gradients.
    pub fn new(augment: &AugmentConfig, device: &Device) -> Self {
        let device = device.clone().inner();
        let blur = Blur::new(augment.size, augment.blur_kernel, &device);
        Self { size: augment.size, interpolation: augment.interpolation, blur, device }
    }

    /// The views' width and height in px.
    pub fn size(&self) -> usize {
        self.size
    }

    /// View `i` is `draws[i]` of image `i`, from 8-bit images [views, height, width, 3]: [views, 3, size, size] f32 in
    /// [0, 1], not normalised.
    ///
    /// # Errors
    /// Where a draw is not of this family.
    pub fn views(&self, images: Tensor<4, Int>, draws: &[AugmentDraw]) -> Result<Tensor<4>, BatchError> {
        let pixels = self.crop_and_flip(images, draws)?;
        let pixels = Recolouring::of(draws)?.apply(pixels);
        Ok(self.blur.apply(pixels, draws)?.permute([0, 2, 1, 3]))
    }

    /// As [`views`](Self::views), of the images at `rows` of a set, normalised: `(value - mean) / std`. Made in chunks
    /// of equal length, so memory is bounded by the result and a chunk.
    ///
    /// # Errors
    /// Where a draw is not of this family.
    pub fn normalised_views(
        &self,
        images: &DeviceImages,
        rows: &[usize],
        draws: &[AugmentDraw],
        mean: [f32; 3],
        std: [f32; 3],
    ) -> Result<Tensor<4>, BatchError> {
        let channels =
            |values: [f32; 3]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &self.device);
        let (mean, std) = (channels(mean), channels(std));
        let [width, height] = images.size_px();
        let most = (CHUNK_VALUES / (3 * (width * height).max(self.size * self.size))).max(1);
        let length = rows.len().div_ceil(rows.len().div_ceil(most).max(1)).max(1);
        let mut parts = Vec::new();
        for (rows, draws) in rows.chunks(length).zip(draws.chunks(length)) {
            let views = self.views(images.select(rows), draws)?;
            parts.push((views - mean.clone()) / std.clone());
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Tensor::cat(parts, 0) })
    }

    /// Rows and columns exchanged in some views of [views, size, 3, size].
    fn transposed_where(&self, pixels: Tensor<4>, transposed: &[bool]) -> Tensor<4> {
        if transposed.iter().all(|&is_transposed| !is_transposed) {
            return pixels;
        }
        let numbers: Vec<f32> = transposed.iter().map(|&is_transposed| f32::from(u8::from(is_transposed))).collect();
        let of_views = TensorData::new(numbers, [transposed.len(), 1, 1, 1]);
        let mask = Tensor::<4>::from_data(of_views, &self.device).greater_elem(0.5).expand(pixels.dims());
        let turned = pixels.clone().swap_dims(1, 3);
        pixels.mask_where(mask, turned)
    }

    /// Crop, resize, flips and turn in one: [views, size, 3, size] in [0, 1].
    fn crop_and_flip(&self, images: Tensor<4, Int>, draws: &[AugmentDraw]) -> Result<Tensor<4>, BatchError> {
        let [views, height, width, _] = images.dims();
        if draws.len() != views {
            return Err(BatchError::Count { draws: draws.len(), images: views });
        }
        if let Some(other) =
            draws.iter().find(|draw| draw.size != self.size || draw.interpolation != self.interpolation)
        {
            return Err(BatchError::OtherView {
                size_px: self.size,
                filter: self.interpolation,
                found_px: other.size,
                found: other.interpolation,
            });
        }
        let crops: Vec<_> = draws.iter().map(|draw| (draw.crop.inside(width, height), draw.orientation())).collect();
        let column = |(crop, turned): &(CropBox, ViewOrientation)| Span {
            first: crop.left,
            len: crop.width,
            mirrored: turned.columns_mirrored,
        };
        let row = |(crop, turned): &(CropBox, ViewOrientation)| Span {
            first: crop.top,
            len: crop.height,
            mirrored: turned.rows_mirrored,
        };
        let (columns, rows): (Vec<Span>, Vec<Span>) =
            (crops.iter().map(column).collect(), crops.iter().map(row).collect());
        let matrix = |spans: &[Span], input: usize| {
            Spans { input, output: self.size, interpolation: self.interpolation }.matrix(spans, &self.device)
        };
        let (columns, rows) = (matrix(&columns, width)?, matrix(&rows, height)?);
        let pixels = images.cast(FloatDType::F32).swap_dims(2, 3).reshape([views, height * 3, width]);
        let narrow = pixels.matmul(columns.swap_dims(1, 2)).reshape([views, height, 3 * self.size]);
        // Bytes become [0, 1] only now: up to 255 they are exact where the GEMM rounds them to few bits.
        let pixels = rows.matmul(narrow).div_scalar(255.0).reshape([views, self.size, 3, self.size]);
        let transposed: Vec<bool> = crops.iter().map(|(_, orientation)| orientation.transposed).collect();
        let pixels = self.transposed_where(pixels, &transposed);
        Ok(match self.interpolation {
            Interpolation::Bilinear => pixels,
            Interpolation::Bicubic => pixels.clamp(0.0, 1.0),
        })
    }
}
