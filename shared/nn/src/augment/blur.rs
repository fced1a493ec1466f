//! Gaussian blur as one matrix a view, used for columns and for rows.

use super::error::BatchError;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::image::augment::{AugmentDraw, BlurDraw};
use nadir_core::image::blur::{half_kernel, reflect};

/// What all views of one size have in common.
#[derive(Debug, Clone)]
pub(super) struct Blur {
    size: usize,
    /// Weights of half a kernel: the centre's, its neighbours', ...
    half: usize,
    /// [half, size * size]: how often output pixel `o` reads input pixel `i` with the weight of distance `k`, borders
    /// being reflected without repeating the edge.
    reads: Tensor<2>,
    device: Device,
}

impl Blur {
    /// For views of `size` px and kernels of at most `kernel` px.
    pub fn new(size: usize, kernel: usize, device: &Device) -> Self {
        let half = kernel / 2 + 1;
        let mut reads = vec![0.0_f32; half * size * size];
        for (distance, reads) in reads.chunks_exact_mut(size * size).enumerate() {
            for (at, reads) in reads.chunks_exact_mut(size).enumerate() {
                let (at, distance) = (at as isize, distance as isize);
                reads[reflect(at + distance, size)] += 1.0;
                if distance > 0 {
                    reads[reflect(at - distance, size)] += 1.0;
                }
            }
        }
        let reads = Tensor::from_data(TensorData::new(reads, [half, size * size]), device);
        Self { size, half, reads, device: device.clone() }
    }

    /// Pixels [views, size, 3, size], blurred; a view that is not keeps its values.
    ///
    /// # Errors
    /// Where a kernel is wider than those of the batch.
    pub fn apply(&self, pixels: Tensor<4>, draws: &[AugmentDraw]) -> Result<Tensor<4>, BatchError> {
        if draws.iter().all(|draw| draw.blur.is_none()) {
            return Ok(pixels);
        }
        let (views, size) = (draws.len(), self.size);
        // [views, half]: what is uploaded. One kernel as on the CPU, small taps skipped.
        let mut kernels = vec![0.0_f32; views * self.half];
        for (weights, draw) in kernels.chunks_exact_mut(self.half).zip(draws) {
            weights[0] = 1.0;
            let Some(BlurDraw { kernel, sigma }) = draw.blur else { continue };
            let half = half_kernel(kernel, sigma);
            let most_px = 2 * self.half - 1;
            let weights = weights.get_mut(..half.len()).ok_or(BatchError::WideBlur { found_px: kernel, most_px })?;
            weights.copy_from_slice(&half);
        }
        let kernels = Tensor::<2>::from_data(TensorData::new(kernels, [views, self.half]), &self.device);
        let matrix = kernels.matmul(self.reads.clone()).reshape([views, size, size]); // [views, output, input]
        let across = pixels.reshape([views, size * 3, size]).matmul(matrix.clone().swap_dims(1, 2));
        Ok(matrix.matmul(across.reshape([views, size, 3 * size])).reshape([views, size, 3, size]))
    }
}
