//! BatchNorm (Ioffe and Szegedy 2015, "Batch normalization", algorithm 1) of channels-last maps in training, with the
//! sum and the ReLU behind it, and its gradient.

use super::simd::{Kernel, run};
use crate::kernels::Activation;
use rayon::prelude::*;

/// Values whose sums are made in f32 before they are added in f64.
const VALUES_AT_ONCE: usize = 1 << 14;
/// So many of those for a thread, at least: waking another one for fewer takes longer than they do.
const CHUNKS_AT_ONCE: usize = 4;

/// Each channel's mean and biased variance.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// Each channel's gradients: by the shift behind the normalisation, and by the scale.
#[derive(Debug)]
pub(super) struct Sums {
    pub shift: Vec<f32>,
    pub scale: Vec<f32>,
}

/// Values of a chunk of whole pixels.
pub(super) fn chunk_len(channels: usize) -> usize {
    (VALUES_AT_ONCE / channels).max(1) * channels
}

impl Statistics {
    /// Of `values`, [pixel, channel]. Chunks' means and sums of squares are joined as Chan et al. 1983, "Algorithms for
    /// computing the sample variance", equation 2.1.
    pub fn of(values: &[f32], channels: usize) -> Self {
        let parts: Vec<[Vec<f32>; 2]> = values
            .par_chunks(chunk_len(channels))
            .with_min_len(CHUNKS_AT_ONCE)
            .map(|values| {
                let [mut mean, mut squares] = [vec![0.0; channels], vec![0.0; channels]];
                run(OfChunk { values, mean: &mut mean, squares: &mut squares });
                [mean, squares]
            })
            .collect();
        let (mut mean, mut squares) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
        let mut count = 0.0;
        for (values, [part_mean, part_squares]) in values.chunks(chunk_len(channels)).zip(&parts) {
            let part_count = (values.len() / channels) as f64;
            let sum = count + part_count;
            for channel in 0..channels {
                let difference = f64::from(part_mean[channel]) - mean[channel];
                mean[channel] += difference * part_count / sum;
                squares[channel] +=
                    f64::from(part_squares[channel]) + difference * difference * count * part_count / sum;
            }
            count = sum;
        }
        Self {
            mean: mean.into_iter().map(|mean| mean as f32).collect(),
            variance: squares.into_iter().map(|squares| (squares / count) as f32).collect(),
        }
    }

    /// What each channel is multiplied by, and what is then added, for the BatchNorm of such weights.
    pub fn affine(&self, gamma: &[f32], beta: &[f32], epsilon: f64) -> Affine {
        let scale: Vec<f32> =
            self.inverse_std(epsilon).iter().zip(gamma).map(|(inverse, gamma)| inverse * gamma).collect();
        let shift = scale.iter().zip(&self.mean).zip(beta).map(|((scale, mean), beta)| beta - scale * mean).collect();
        Affine { scale, shift }
    }

    fn inverse_std(&self, epsilon: f64) -> Vec<f32> {
        self.variance.iter().map(|&variance| (1.0 / (f64::from(variance) + epsilon).sqrt()) as f32).collect()
    }

    /// The gradient by `values`, given that by the result, and the gradients by gamma and beta. `activated`: the
    /// activation behind the result and what it gave, at whose bounds the gradient is set to zero first.
    /// `is_of_values`: these are the statistics of `values`, and change with them.
    pub fn backward(
        &self,
        values: &[f32],
        gradient: &mut [f32],
        activated: Option<(Activation, &[f32])>,
        gamma: &[f32],
        epsilon: f64,
        is_of_values: bool,
    ) -> (Vec<f32>, Sums) {
        let channels = self.mean.len();
        let inverse = self.inverse_std(epsilon);
        let len = chunk_len(channels);
        let parts: Vec<[Vec<f32>; 2]> = values
            .par_chunks(len)
            .zip(gradient.par_chunks_mut(len))
            .enumerate()
            .with_min_len(CHUNKS_AT_ONCE)
            .map(|(at, (values, gradient))| {
                // The chunk is in the cache for its sums then.
                if let Some((activation, output)) = activated {
                    run(Mask { gradient, output: &output[at * len..][..values.len()], bounds: activation.bounds() });
                }
                let [mut sum, mut product] = [vec![0.0; channels], vec![0.0; channels]];
                run(GradientSums { values, gradient, mean: &self.mean, sum: &mut sum, product: &mut product });
                [sum, product]
            })
            .collect();
        let total =
            |which: usize, channel: usize| parts.iter().map(|part| f64::from(part[which][channel])).sum::<f64>();
        let sums = Sums {
            shift: (0..channels).map(|channel| total(0, channel) as f32).collect(),
            scale: (0..channels).map(|channel| (total(1, channel) * f64::from(inverse[channel])) as f32).collect(),
        };
        let count = (values.len() / channels) as f32;
        let of_channel = |at: usize| {
            let scale = gamma[at] * inverse[at];
            if !is_of_values {
                return [scale, 0.0, 0.0];
            }
            [scale, -scale * inverse[at] * sums.scale[at] / count, -scale * sums.shift[at] / count]
        };
        let [scale, slope, shift] =
            std::array::from_fn(|which| (0..channels).map(|channel| of_channel(channel)[which]).collect::<Vec<f32>>());
        let mut to = vec![0.0; values.len()];
        let parts = to.par_chunks_mut(len).zip(values.par_chunks(len)).zip(gradient.par_chunks(len));
        parts.with_min_len(CHUNKS_AT_ONCE).for_each(|((to, values), gradient)| {
            run(Gradient { values, gradient, mean: &self.mean, scale: &scale, slope: &slope, shift: &shift, to });
        });
        (to, sums)
    }
}

/// A factor and a summand for each channel.
#[derive(Debug, Clone)]
pub(super) struct Affine {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Affine {
    /// `values` times the factors, plus the summands, plus `sum`, and `activation` of that.
    pub fn apply(&self, values: &[f32], sum: Option<&[f32]>, activation: Activation) -> Vec<f32> {
        let len = chunk_len(self.scale.len());
        let mut to = vec![0.0; values.len()];
        let parts = to.par_chunks_mut(len).zip(values.par_chunks(len)).enumerate();
        parts.with_min_len(CHUNKS_AT_ONCE).for_each(|(at, (to, values))| {
            let sum = sum.map(|sum| &sum[at * len..][..values.len()]);
            run(Apply { affine: self, values, sum, bounds: activation.bounds(), to });
        });
        to
    }
}

/// Each channel's sum of `values`, [pixel, channel].
pub(super) fn channel_sums(values: &[f32], channels: usize) -> Vec<f32> {
    let parts: Vec<Vec<f32>> = values
        .par_chunks(chunk_len(channels))
        .map(|values| {
            let mut sums = vec![0.0; channels];
            for pixel in values.chunks_exact(channels) {
                sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
            sums
        })
        .collect();
    (0..channels).map(|channel| parts.iter().map(|part| f64::from(part[channel])).sum::<f64>() as f32).collect()
}

/// Sets the gradient to zero where the activation's `output` stands at one of its bounds.
struct Mask<'a> {
    gradient: &'a mut [f32],
    output: &'a [f32],
    bounds: (f32, f32),
}

impl Kernel for Mask<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (lowest, highest) = self.bounds;
        for (gradient, &output) in self.gradient.iter_mut().zip(self.output) {
            // Both are compared: a branch between them would keep the loop from taking several values at once.
            *gradient = if (output > lowest) & (output < highest) { *gradient } else { 0.0 };
        }
    }
}

struct OfChunk<'a> {
    values: &'a [f32],
    mean: &'a mut [f32],
    squares: &'a mut [f32],
}

impl Kernel for OfChunk<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let channels = self.mean.len();
        for pixel in self.values.chunks_exact(channels) {
            self.mean.iter_mut().zip(pixel).for_each(|(mean, value)| *mean += value);
        }
        let count = (self.values.len() / channels) as f32;
        self.mean.iter_mut().for_each(|mean| *mean /= count);
        for pixel in self.values.chunks_exact(channels) {
            for ((squares, &mean), &value) in self.squares.iter_mut().zip(&*self.mean).zip(pixel) {
                *squares += (value - mean) * (value - mean);
            }
        }
    }
}

struct GradientSums<'a> {
    values: &'a [f32],
    gradient: &'a [f32],
    mean: &'a [f32],
    sum: &'a mut [f32],
    product: &'a mut [f32],
}

impl Kernel for GradientSums<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let channels = self.mean.len();
        let gradients = self.gradient.chunks_exact(channels);
        for (values, gradients) in self.values.chunks_exact(channels).zip(gradients) {
            let sums = self.sum.iter_mut().zip(self.product.iter_mut());
            for ((((sum, product), &mean), &value), &gradient) in sums.zip(self.mean).zip(values).zip(gradients) {
                *sum += gradient;
                *product += gradient * (value - mean);
            }
        }
    }
}

struct Gradient<'a> {
    values: &'a [f32],
    gradient: &'a [f32],
    mean: &'a [f32],
    scale: &'a [f32],
    slope: &'a [f32],
    shift: &'a [f32],
    to: &'a mut [f32],
}

impl Kernel for Gradient<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let channels = self.mean.len();
        let pixels = self.values.chunks_exact(channels).zip(self.gradient.chunks_exact(channels));
        for (to, (values, gradients)) in self.to.chunks_exact_mut(channels).zip(pixels) {
            let coefficients = self.mean.iter().zip(self.scale).zip(self.slope).zip(self.shift);
            for (((to, &value), &gradient), (((mean, scale), slope), shift)) in
                to.iter_mut().zip(values).zip(gradients).zip(coefficients)
            {
                *to = scale * gradient + slope * (value - mean) + shift;
            }
        }
    }
}

struct Apply<'a> {
    affine: &'a Affine,
    values: &'a [f32],
    sum: Option<&'a [f32]>,
    bounds: (f32, f32),
    to: &'a mut [f32],
}

impl Kernel for Apply<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Affine { scale, shift } = self.affine;
        let (lowest, highest) = self.bounds;
        let pixels = self.to.chunks_exact_mut(scale.len()).zip(self.values.chunks_exact(scale.len()));
        match self.sum {
            Some(sum) => {
                for ((to, values), sums) in pixels.zip(sum.chunks_exact(scale.len())) {
                    let inputs = values.iter().zip(sums).zip(scale).zip(shift);
                    for (to, (((value, sum), scale), shift)) in to.iter_mut().zip(inputs) {
                        *to = (value * scale + shift + sum).max(lowest).min(highest);
                    }
                }
            }
            None => {
                for (to, values) in pixels {
                    for (to, ((value, scale), shift)) in to.iter_mut().zip(values.iter().zip(scale).zip(shift)) {
                        *to = (value * scale + shift).max(lowest).min(highest);
                    }
                }
            }
        }
    }
}
