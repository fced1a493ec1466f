//! A convolution of channels-last maps, and its gradients by input and weight.
//!
//! Each pixel of the output is the product of what the kernel sees, which is one run of values for each of its rows,
//! with weights that lie in the order of their use; no matrix of patches is written. The gradient by the input is a
//! convolution of the output's gradient; with a stride of s it is s x s of them, each with the kernel's rows and
//! columns of one remainder (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning",
//! chapter 4).

use super::epilogue::Epilogue;
use super::gemm::{Gemm, OuterProducts};
use super::pieces::{Frame, Piece, Sizes, Window, parts};
use super::simd::run;
use crate::kernels::Padding;
use rayon::prelude::*;

/// Pixels of a piece, at most and at least.
const PIXELS_AT_ONCE: (usize, usize) = (512, 24);
/// Pixels of a piece of the weight gradient: its sums depend on it.
const GRADIENT_PIXELS: usize = 256;
/// Pixels whose sums are kept apart in the weight gradient, at least.
const GRADIENT_PART: usize = 2048;
/// Values of all those sums, at most.
const GRADIENT_VALUES: usize = 1 << 23;

/// A convolution with square kernel, the same stride and kind of padding both ways, one group and no dilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Convolution {
    pub input: Sizes,
    pub channels_out: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
}

/// Weights of one block of output channels after another, [kernel row, kernel column, input channel][output channel].
struct Phase<const LANES: usize> {
    window: Window,
    weights: Vec<[f32; LANES]>,
    /// Rows and columns of the output that it computes: every `step`-th from these on.
    first: [usize; 2],
}

/// Runs `$call::<TILE, LANES>` with the sizes of tiles that leave the fewest of a block's channels unused.
macro_rules! with_tiles {
    ($channels:expr, $call:ident($($argument:expr),*)) => {
        if $channels.next_multiple_of(24) < $channels.next_multiple_of(16) {
            $call::<3, 24>($($argument),*)
        } else {
            $call::<6, 16>($($argument),*)
        }
    };
}

impl Convolution {
    /// Sizes of the output.
    pub fn output(&self) -> Sizes {
        let side = |side: usize| self.padding.output(side, self.kernel, self.stride);
        let Sizes { batch, height, width, .. } = self.input;
        Sizes { batch, height: side(height), width: side(width), channels: self.channels_out }
    }

    fn window(&self) -> Window {
        let [top, left] = self.zeros_before().map(|zeros| zeros as isize);
        Window { rows: self.kernel, columns: self.kernel, stride: self.stride, top, left }
    }

    /// Rows of zeros above the input, and columns left of it.
    fn zeros_before(&self) -> [usize; 2] {
        [self.input.height, self.input.width].map(|side| self.padding.around(side, self.kernel, self.stride).0)
    }

    /// How far apart the weights [out, in, kernel, kernel] of two output channels stand, and of two input channels.
    fn weight_steps(&self) -> [usize; 2] {
        let square = self.kernel * self.kernel;
        [self.input.channels * square, square]
    }

    /// The output; `weight` is [out, in, kernel, kernel].
    pub fn forward(&self, input: &[f32], weight: &[f32], epilogue: Epilogue<'_>) -> Vec<f32> {
        fn forward<const TILE: usize, const LANES: usize>(
            this: &Convolution,
            input: &[f32],
            weight: &[f32],
            epilogue: Epilogue<'_>,
        ) -> Vec<f32> {
            let taps: Vec<usize> = (0..this.kernel * this.kernel).collect();
            let [of_output, of_input] = this.weight_steps();
            let mut weights: Vec<[f32; LANES]> =
                pack(weight, &taps, [(this.input.channels, of_input), (this.channels_out, of_output)]);
            if !epilogue.scale.is_empty() {
                let block_len = taps.len() * this.input.channels;
                weights.par_chunks_exact_mut(block_len).enumerate().for_each(|(block, weights)| {
                    let scale: [f32; LANES] = std::array::from_fn(|lane| epilogue.scale(block * LANES + lane));
                    for lanes in weights {
                        lanes.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
                    }
                });
            }
            let phases = [Phase { window: this.window(), weights, first: [0, 0] }];
            convolve::<TILE, LANES>(input, &this.input, &phases, 1, epilogue, &this.output())
        }
        with_tiles!(self.channels_out, forward(self, input, weight, epilogue))
    }

    /// The gradient by the input, given that by the output.
    pub fn input_gradient(&self, gradient: &[f32], weight: &[f32]) -> Vec<f32> {
        fn input_gradient<const TILE: usize, const LANES: usize>(
            this: &Convolution,
            gradient: &[f32],
            weight: &[f32],
        ) -> Vec<f32> {
            let step = this.stride;
            // An input row that is `first` beyond a multiple of the stride meets the kernel's rows `remainder`,
            // `remainder` + stride, ..., the last of them at the output's row `-top`.
            let of_side = |first: usize, zeros: usize| {
                let remainder = (first + zeros) % step;
                let count = this.kernel.saturating_sub(remainder).div_ceil(step);
                (remainder, count, count as isize - 1 - ((first + zeros) / step) as isize)
            };
            let zeros = this.zeros_before();
            let phases = (0..step * step).filter_map(|at| {
                let first = [at / step, at % step];
                let [(row, rows, top), (column, columns, left)] =
                    std::array::from_fn(|axis| of_side(first[axis], zeros[axis]));
                if rows == 0 || columns == 0 {
                    return None;
                }
                // The other way round, as the kernel comes to an input from the last output that sees it to the first.
                let taps: Vec<usize> = (0..rows * columns)
                    .map(|at| {
                        let row = row + step * (rows - 1 - at / columns);
                        row * this.kernel + column + step * (columns - 1 - at % columns)
                    })
                    .collect();
                let [of_output, of_input] = this.weight_steps();
                let weights = pack(weight, &taps, [(this.channels_out, of_output), (this.input.channels, of_input)]);
                Some(Phase { window: Window { rows, columns, stride: 1, top, left }, weights, first })
            });
            let phases: Vec<_> = phases.collect();
            convolve::<TILE, LANES>(gradient, &this.output(), &phases, step, Epilogue::default(), &this.input)
        }
        with_tiles!(self.input.channels, input_gradient(self, gradient, weight))
    }

    /// The gradient by the weight, [out, in, kernel, kernel], given that by the output. However many cores there are,
    /// the same sums are made in the same order.
    pub fn weight_gradient(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        with_tiles!(self.channels_out, weight_gradient(self, input, gradient))
    }
}

/// Weights by block, tap of the kernel, channel that is summed over and channel of the block: `taps` are the taps'
/// offsets in `weight`, and for the two kinds of channels, there are so many, so far apart.
fn pack<const LANES: usize>(
    weight: &[f32],
    taps: &[usize],
    [(summed, of_summed), (channels, of_channel)]: [(usize, usize); 2],
) -> Vec<[f32; LANES]> {
    let block_len = taps.len() * summed;
    let mut packed = vec![[0.0; LANES]; channels.div_ceil(LANES) * block_len];
    packed.par_chunks_exact_mut(block_len).enumerate().for_each(|(block, packed)| {
        let lanes = LANES.min(channels - block * LANES);
        for channel in 0..summed {
            let weight = &weight[block * LANES * of_channel + channel * of_summed..];
            for (tap, packed) in taps.iter().zip(packed[channel..].iter_mut().step_by(summed)) {
                for (lane, packed) in packed[..lanes].iter_mut().enumerate() {
                    *packed = weight[lane * of_channel + tap];
                }
            }
        }
    });
    packed
}

fn convolve<const TILE: usize, const LANES: usize>(
    input: &[f32],
    sizes: &Sizes,
    phases: &[Phase<LANES>],
    step: usize,
    epilogue: Epilogue<'_>,
    output_sizes: &Sizes,
) -> Vec<f32> {
    let mut output = vec![0.0; output_sizes.len()];
    // No output depends on how the work is shared.
    let share = output_sizes.pixels().div_ceil(4 * rayon::current_num_threads());
    let pieces = Piece::all(output_sizes, share.clamp(PIXELS_AT_ONCE.1, PIXELS_AT_ONCE.0), step);
    let parts = parts(&pieces, output_sizes, &mut output);
    pieces.par_iter().zip(parts).for_each_init(
        || (Frame::default(), Vec::new()),
        |(frame, offsets), (piece, part)| {
            for phase in phases {
                let count = |side: usize, first: usize| side.saturating_sub(first).div_ceil(step);
                let rows = count(piece.rows.len(), phase.first[0]);
                let columns = count(output_sizes.width, phase.first[1]);
                if rows == 0 || columns == 0 {
                    continue;
                }
                let from = piece.rows.start / step;
                let (seen, row_len, bases) = if phase.window.is_pointwise() && step == 1 {
                    // Each pixel sees itself alone: nothing has to be copied.
                    let first = (piece.images.start * sizes.height + piece.rows.start) * sizes.width;
                    let pixels = piece.pixels(sizes.width);
                    frame.bases.clear();
                    frame.bases.extend((0..pixels).map(|pixel| pixel * sizes.channels));
                    let seen = &input[first * sizes.channels..][..pixels * sizes.channels];
                    (seen, sizes.channels, &frame.bases)
                } else {
                    frame.fill(input, sizes, &phase.window, (piece.images.clone(), from..from + rows), columns, 0);
                    (frame.values.as_slice(), frame.row_len, &frame.bases)
                };
                offsets.clear();
                for image in 0..piece.images.len() {
                    for row in 0..rows {
                        let row = image * piece.rows.len() + phase.first[0] + row * step;
                        let first = (row * output_sizes.width + phase.first[1]) * output_sizes.channels;
                        offsets.extend((0..columns).map(|column| first + column * step * output_sizes.channels));
                    }
                }
                let run_len = phase.window.columns * sizes.channels;
                for (block, weights) in phase.weights.chunks_exact(phase.window.rows * run_len).enumerate() {
                    run(Gemm::<TILE, LANES> {
                        frame: seen,
                        row_len,
                        run_len,
                        weights,
                        bias: std::array::from_fn(|lane| epilogue.shift(block * LANES + lane)),
                        bases,
                        offsets,
                        output: &mut part[block * LANES..],
                        channels: output_sizes.channels - block * LANES,
                    });
                }
            }
            // The piece is whole now, and still in the cache.
            let first = (piece.images.start * output_sizes.height + piece.rows.start) * output_sizes.width;
            epilogue.finish(part, first * output_sizes.channels);
        },
    );
    output
}

fn weight_gradient<const TILE: usize, const LANES: usize>(
    this: &Convolution,
    input: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    let (sizes, window) = (this.output(), this.window());
    let run_len = this.kernel * this.input.channels;
    let block_len = this.kernel * run_len;
    let blocks = sizes.channels.div_ceil(LANES);
    let pieces = Piece::all(&sizes, GRADIENT_PIXELS, 1);
    let most_parts = (GRADIENT_VALUES / (blocks * block_len * LANES)).max(1);
    let parts = sizes.pixels().div_ceil(GRADIENT_PART).clamp(1, most_parts);
    let mut sums: Vec<Vec<[f32; LANES]>> = pieces
        .par_chunks(pieces.len().div_ceil(parts))
        .map(|pieces| {
            let mut sums = vec![[0.0; LANES]; blocks * block_len];
            let mut frame = Frame::default();
            for piece in pieces {
                let rows = (piece.images.clone(), piece.rows.clone());
                frame.fill(input, &this.input, &window, rows, sizes.width, TILE);
                let first = (piece.images.start * sizes.height + piece.rows.start) * sizes.width * sizes.channels;
                let gradient = &gradient[first..][..frame.bases.len() * sizes.channels];
                sums.par_chunks_exact_mut(block_len).enumerate().for_each(|(block, weights)| {
                    let channels = block * LANES..sizes.channels.min((block + 1) * LANES);
                    let gradients: Vec<[f32; LANES]> = gradient
                        .chunks_exact(sizes.channels)
                        .map(|pixel| {
                            let mut lanes = [0.0; LANES];
                            lanes[..channels.len()].copy_from_slice(&pixel[channels.clone()]);
                            lanes
                        })
                        .collect();
                    run(OuterProducts::<TILE, LANES> {
                        frame: &frame.values,
                        row_len: frame.row_len,
                        run_len,
                        bases: &frame.bases,
                        gradients: &gradients,
                        weights,
                    });
                });
            }
            sums
        })
        .collect();
    let Some((sum, others)) = sums.split_first_mut() else { return Vec::new() };
    for other in others {
        sum.as_flattened_mut().iter_mut().zip(other.as_flattened()).for_each(|(sum, other)| *sum += other);
    }
    let square = this.kernel * this.kernel;
    let mut weight = vec![0.0; this.channels_out * block_len];
    weight.par_chunks_exact_mut(block_len).enumerate().for_each(|(output, weight)| {
        let (sum, lane) = (&sum[output / LANES * block_len..], output % LANES);
        for (input, weight) in weight.chunks_exact_mut(square).enumerate() {
            for (weight, sum) in weight.iter_mut().zip(sum[input..].iter().step_by(this.input.channels)) {
                *weight = sum[lane];
            }
        }
    });
    weight
}
