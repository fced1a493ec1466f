//! A convolution as it is defined: each pixel of the output is the product of what the kernel sees, which is one run of
//! values for each of its rows, with weights that lie in the order of their use. No matrix of patches is written.

use super::epilogue::Epilogue;
use super::gemm::{Gemm, OuterProducts};
use super::pieces::{Frame, Piece, Sizes, Window, parts};
use super::simd::run;
use rayon::prelude::*;

/// Pixels of a piece, at most and at least.
const PIXELS_AT_ONCE: (usize, usize) = (512, 24);
/// Pixels of a piece of the weight gradient: its sums depend on it.
const GRADIENT_PIXELS: usize = 256;
/// Pixels whose sums are kept apart in the weight gradient, at least.
const GRADIENT_PART: usize = 2048;
/// Values of all those sums, at most.
const GRADIENT_VALUES: usize = 1 << 23;

/// Weights of one block of output channels after another, [kernel row, kernel column, input channel][output channel].
pub(super) struct Phase<'a, const LANES: usize> {
    pub window: Window,
    pub weights: &'a [[f32; LANES]],
    /// Rows and columns of the output that it computes: every `step`-th from these on.
    pub first: [usize; 2],
}

/// Weights by block, tap of the kernel, channel that is summed over and channel of the block: `taps` are the taps'
/// offsets in `weight`, and for the two kinds of channels, there are so many, so far apart.
pub(super) fn pack<const LANES: usize>(
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

/// The output, of `output_sizes`: from each phase's `first` row and column on, every `step`-th.
pub(super) fn convolve<const TILE: usize, const LANES: usize>(
    input: &[f32],
    sizes: &Sizes,
    phases: &[Phase<'_, LANES>],
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

/// The gradient by the weight, [out, in, kernel, kernel], given that by the output. However many cores there are, the same
/// sums are made in the same order.
pub(super) fn weight_gradient<const TILE: usize, const LANES: usize>(
    (input, input_sizes): (&[f32], &Sizes),
    (gradient, sizes): (&[f32], &Sizes),
    window: &Window,
) -> Vec<f32> {
    let run_len = window.columns * input_sizes.channels;
    let block_len = window.rows * run_len;
    let blocks = sizes.channels.div_ceil(LANES);
    let pieces = Piece::all(sizes, GRADIENT_PIXELS, 1);
    let most_parts = (GRADIENT_VALUES / (blocks * block_len * LANES)).max(1);
    let parts = sizes.pixels().div_ceil(GRADIENT_PART).clamp(1, most_parts);
    let mut sums: Vec<Vec<[f32; LANES]>> = pieces
        .par_chunks(pieces.len().div_ceil(parts))
        .map(|pieces| {
            let mut sums = vec![[0.0; LANES]; blocks * block_len];
            let mut frame = Frame::default();
            for piece in pieces {
                let rows = (piece.images.clone(), piece.rows.clone());
                frame.fill(input, input_sizes, window, rows, sizes.width, TILE);
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
    let square = window.rows * window.columns;
    let mut weight = vec![0.0; sizes.channels * block_len];
    weight.par_chunks_exact_mut(block_len).enumerate().for_each(|(output, weight)| {
        let (sum, lane) = (&sum[output / LANES * block_len..], output % LANES);
        for (input, weight) in weight.chunks_exact_mut(square).enumerate() {
            for (weight, sum) in weight.iter_mut().zip(sum[input..].iter().step_by(input_sizes.channels)) {
                *weight = sum[lane];
            }
        }
    });
    weight
}
