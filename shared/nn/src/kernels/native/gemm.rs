//! The two innermost loops of a convolution: values times weights, and values times gradients.

use super::simd::{Kernel, plus_product};

/// What a kernel sees of `frame` from each of `bases` on, times one block of weights, to `offsets` of `output`.
pub(super) struct Gemm<'a, const PIXELS: usize, const LANES: usize> {
    pub frame: &'a [f32],
    /// Values from a row of the frame to the next.
    pub row_len: usize,
    /// Values of a row that the kernel sees.
    pub run_len: usize,
    /// [kernel row, value of the run][output channel].
    pub weights: &'a [[f32; LANES]],
    /// What the sums start from.
    pub bias: [f32; LANES],
    pub bases: &'a [usize],
    pub offsets: &'a [usize],
    pub output: &'a mut [f32],
    /// Output channels of the block that there are.
    pub channels: usize,
}

impl<const PIXELS: usize, const LANES: usize> Gemm<'_, PIXELS, LANES> {
    /// `sums` plus the dot products of as many pixels. A run that is too short ends the sums early, which never
    /// happens; a panic here would keep the sums out of registers.
    #[inline(always)]
    fn tile<const FUSED: bool>(
        &self,
        begins: [usize; PIXELS],
        mut sums: [[f32; LANES]; PIXELS],
    ) -> [[f32; LANES]; PIXELS] {
        for (row, weights) in self.weights.chunks_exact(self.run_len).enumerate() {
            let runs: [&[f32]; PIXELS] =
                std::array::from_fn(|pixel| &self.frame[begins[pixel] + row * self.row_len..][..self.run_len]);
            for (at, weights) in weights.iter().enumerate() {
                for pixel in 0..PIXELS {
                    let Some(&value) = runs[pixel].get(at) else { break };
                    for lane in 0..LANES {
                        sums[pixel][lane] = plus_product::<FUSED>(sums[pixel][lane], value, weights[lane]);
                    }
                }
            }
        }
        sums
    }
}

impl<const PIXELS: usize, const LANES: usize> Kernel for Gemm<'_, PIXELS, LANES> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (bases, offsets) in self.bases.chunks(PIXELS).zip(self.offsets.chunks(PIXELS)) {
            // The last tile sees its last pixel again in place of those that are missing.
            let begins: [usize; PIXELS] = std::array::from_fn(|pixel| bases[pixel.min(bases.len() - 1)]);
            let sums = self.tile::<FUSED>(begins, [self.bias; PIXELS]);
            for (sums, &offset) in sums.iter().zip(offsets) {
                if self.channels >= LANES {
                    self.output[offset..][..LANES].copy_from_slice(sums);
                } else {
                    self.output[offset..][..self.channels].copy_from_slice(&sums[..self.channels]);
                }
            }
        }
    }
}

/// Adds to one block of a weight gradient: values that the kernel sees from each of `bases` on, times the gradients
/// there.
pub(super) struct OuterProducts<'a, const VALUES: usize, const LANES: usize> {
    /// With [`VALUES`] more values behind the last run.
    pub frame: &'a [f32],
    pub row_len: usize,
    pub run_len: usize,
    pub bases: &'a [usize],
    /// One block's gradients, [pixel][output channel].
    pub gradients: &'a [[f32; LANES]],
    /// [kernel row, value of the run][output channel].
    pub weights: &'a mut [[f32; LANES]],
}

impl<const VALUES: usize, const LANES: usize> OuterProducts<'_, VALUES, LANES> {
    /// Sums over all pixels of as many values, from `first` behind the bases on. Beyond the frame, where no base lies,
    /// are zeros: a panic here would keep the sums out of registers.
    #[inline(always)]
    fn tile<const FUSED: bool>(&self, first: usize) -> [[f32; LANES]; VALUES] {
        let mut sums = [[0.0; LANES]; VALUES];
        let frame = &self.frame[first..];
        for (&base, gradients) in self.bases.iter().zip(self.gradients) {
            let values = frame.get(base..).and_then(|values| values.first_chunk()).unwrap_or(&[0.0; VALUES]);
            for value in 0..VALUES {
                for lane in 0..LANES {
                    sums[value][lane] = plus_product::<FUSED>(sums[value][lane], values[value], gradients[lane]);
                }
            }
        }
        sums
    }
}

impl<const VALUES: usize, const LANES: usize> Kernel for OuterProducts<'_, VALUES, LANES> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        let weights = std::mem::take(&mut self.weights);
        for (row, weights) in weights.chunks_exact_mut(self.run_len).enumerate() {
            for (tile, weights) in weights.chunks_mut(VALUES).enumerate() {
                let sums = self.tile::<FUSED>(row * self.row_len + tile * VALUES);
                for (weights, sums) in weights.iter_mut().zip(&sums) {
                    for (weight, sum) in weights.iter_mut().zip(sums) {
                        *weight += sum;
                    }
                }
            }
        }
    }
}
