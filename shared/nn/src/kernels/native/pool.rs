//! Max pooling of channels-last maps and its gradient.

use super::pieces::Sizes;
use super::simd::{Kernel, run};
use rayon::prelude::*;

/// Max pooling with a square kernel; beyond the input, nothing is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaxPool {
    pub input: Sizes,
    /// Side of the kernel, 15 at most.
    pub kernel: usize,
    pub stride: usize,
    /// Rows and columns around the input, fewer than the kernel has.
    pub padding: usize,
}

impl MaxPool {
    /// Sizes of the output.
    pub fn output(&self) -> Sizes {
        let side = |side: usize| (side + 2 * self.padding - self.kernel) / self.stride + 1;
        let Sizes { batch, height, width, channels } = self.input;
        Sizes { batch, height: side(height), width: side(width), channels }
    }

    /// The largest values, and where in the kernel each stands: row times kernel plus column, the first of equals.
    pub fn forward(&self, input: &[f32]) -> (Vec<f32>, Vec<u8>) {
        let sizes = self.output();
        let (mut output, mut indices) = (vec![f32::NEG_INFINITY; sizes.len()], vec![0; sizes.len()]);
        let row_len = sizes.width * sizes.channels;
        output.par_chunks_exact_mut(row_len).zip(indices.par_chunks_exact_mut(row_len)).enumerate().for_each(
            |(at, (output, indices))| {
                run(Row { pool: self, image: at / sizes.height, row: at % sizes.height, input, output, indices });
            },
        );
        (output, indices)
    }

    /// The gradient by the input, given that by the output and `forward`'s indices of the largest values.
    pub fn backward(&self, gradient: &[f32], indices: &[u8]) -> Vec<f32> {
        let sizes = self.output();
        let mut to = vec![0.0; self.input.len()];
        let image_len = sizes.height * sizes.width * sizes.channels;
        to.par_chunks_exact_mut(self.input.height * self.input.width * self.input.channels)
            .zip(gradient.par_chunks_exact(image_len))
            .zip(indices.par_chunks_exact(image_len))
            .for_each(|((to, gradient), indices)| run(Back { pool: self, gradient, indices, to }));
        to
    }

    /// The kernel's rows or columns that lie inside, with the input's: of the output's row or column `at`.
    fn inside(&self, at: usize, side: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (stride, padding) = (self.stride, self.padding);
        (0..self.kernel).filter_map(move |tap| {
            let at = (at * stride + tap).checked_sub(padding)?;
            (at < side).then_some((tap, at))
        })
    }
}

struct Row<'a> {
    pool: &'a MaxPool,
    image: usize,
    row: usize,
    input: &'a [f32],
    output: &'a mut [f32],
    indices: &'a mut [u8],
}

impl Kernel for Row<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Sizes { height, width, channels, .. } = self.pool.input;
        let columns = self.output.chunks_exact_mut(channels).zip(self.indices.chunks_exact_mut(channels));
        for (column, (output, indices)) in columns.enumerate() {
            for (tap_row, row) in self.pool.inside(self.row, height) {
                for (tap_column, column) in self.pool.inside(column, width) {
                    let index = (tap_row * self.pool.kernel + tap_column) as u8;
                    let first = ((self.image * height + row) * width + column) * channels;
                    let values = &self.input[first..][..channels];
                    for ((output, at), &value) in output.iter_mut().zip(indices.iter_mut()).zip(values) {
                        *at = if value > *output { index } else { *at };
                        *output = if value > *output { value } else { *output };
                    }
                }
            }
        }
    }
}

struct Back<'a> {
    pool: &'a MaxPool,
    gradient: &'a [f32],
    indices: &'a [u8],
    to: &'a mut [f32],
}

impl Kernel for Back<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Sizes { height, width, channels, .. } = self.pool.input;
        let columns_out = self.pool.output().width;
        let pixels = self.gradient.chunks_exact(channels).zip(self.indices.chunks_exact(channels));
        for (at, (gradients, indices)) in pixels.enumerate() {
            for (tap_row, row) in self.pool.inside(at / columns_out, height) {
                for (tap_column, column) in self.pool.inside(at % columns_out, width) {
                    let index = (tap_row * self.pool.kernel + tap_column) as u8;
                    let to = &mut self.to[(row * width + column) * channels..][..channels];
                    for ((to, &gradient), &at) in to.iter_mut().zip(gradients).zip(indices) {
                        *to += if at == index { gradient } else { 0.0 };
                    }
                }
            }
        }
    }
}
