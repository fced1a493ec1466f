//! The convolution: also the gradient by its input, with the filters turned around.

use super::super::epilogue::Epilogue;
use super::super::gemm::Gemm;
use super::super::pieces::{Piece, Sizes, parts};
use super::super::simd::{Kernel, run};
use super::minimal::Minimal;
use super::tiles::{self, APART, Elements, Outputs};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Tiles of a piece, at most and at least.
const TILES_AT_ONCE: (usize, usize) = (128, 24);

/// Transformed filters, [block of output channels][element of the tile][input channel][output channel of the block], of
/// `filter(output channel, input channel)`.
pub(in super::super) fn pack<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize, const LANES: usize>(
    [channels_in, channels_out]: [usize; 2],
    filter: impl Fn(usize, usize) -> [f32; 9] + Sync,
) -> Vec<[f32; LANES]> {
    let block_len = SEEN * SEEN * channels_in;
    let mut packed = vec![[0.0; LANES]; channels_out.div_ceil(LANES) * block_len];
    packed.par_chunks_exact_mut(block_len).enumerate().for_each(|(block, packed)| {
        let lanes = LANES.min(channels_out - block * LANES);
        let filter = |lane: usize, input: usize| match lane < lanes {
            true => filter(block * LANES + lane, input),
            false => [0.0; 9],
        };
        run(Pack::<M, _, OUT, SEEN, LANES> { channels_in, filter, packed, minimal: PhantomData });
    });
    packed
}

/// One block of output channels; `filter` is of a channel of the block and an input channel.
struct Pack<'a, M, F, const OUT: usize, const SEEN: usize, const LANES: usize> {
    channels_in: usize,
    filter: F,
    packed: &'a mut [[f32; LANES]],
    minimal: PhantomData<M>,
}

impl<M, F, const OUT: usize, const SEEN: usize, const LANES: usize> Kernel for Pack<'_, M, F, OUT, SEEN, LANES>
where
    M: Minimal<OUT, SEEN>,
    F: Fn(usize, usize) -> [f32; 9],
{
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for input in 0..self.channels_in {
            let mut taps = [[0.0; LANES]; 9];
            for lane in 0..LANES {
                for (taps, tap) in taps.iter_mut().zip((self.filter)(lane, input)) {
                    taps[lane] = tap;
                }
            }
            let [a, b, c, d, e, f, g, h, i] = taps;
            let [left, middle, right] = [[a, d, g], [b, e, h], [c, f, i]].map(M::filter);
            for row in 0..SEEN {
                for (column, values) in M::filter([left[row], middle[row], right[row]]).into_iter().enumerate() {
                    self.packed[(row * SEEN + column) * self.channels_in + input] = values;
                }
            }
        }
    }
}

/// The convolution, padded by one, of weights that [`pack`] has made. The numbers of channels are multiples of
/// [`WIDE`]; `TILE` are the pixels of a tile of [`Gemm`].
pub(in super::super) fn convolve<
    M: Minimal<OUT, SEEN>,
    const OUT: usize,
    const SEEN: usize,
    const TILE: usize,
    const LANES: usize,
>(
    input: &[f32],
    sizes: &Sizes,
    weights: &[[f32; LANES]],
    epilogue: Epilogue<'_>,
    output_sizes: &Sizes,
) -> Vec<f32> {
    let mut output = vec![0.0; output_sizes.len()];
    let all = output_sizes.pixels().div_ceil(OUT * OUT);
    let share = all.div_ceil(4 * rayon::current_num_threads()).clamp(TILES_AT_ONCE.1, TILES_AT_ONCE.0);
    let pieces = Piece::all(output_sizes, share * OUT * OUT, OUT);
    let parts = parts(&pieces, output_sizes, &mut output);
    let shift: Vec<f32> = (0..output_sizes.channels).map(|channel| epilogue.shift(channel)).collect();
    pieces.par_iter().zip(parts).for_each_init(Buffers::default, |buffers, (piece, part)| {
        let Buffers { corners, seen, offsets, products, half } = buffers;
        tiles::corners::<OUT>(piece, output_sizes.width, corners);
        seen.see::<M, OUT, SEEN>((input, sizes), corners);
        let products_len = corners.len() * output_sizes.channels + APART;
        products.resize(SEEN * SEEN * products_len, 0.0);
        half.resize(SEEN * OUT * output_sizes.channels, 0.0);
        offsets.clear();
        offsets.extend((0..corners.len()).map(|tile| tile * output_sizes.channels));
        products.par_chunks_exact_mut(products_len).enumerate().for_each(|(element, products)| {
            let blocks = weights.chunks_exact(SEEN * SEEN * sizes.channels);
            for (block, weights) in blocks.enumerate() {
                run(Gemm::<TILE, LANES> {
                    frame: &seen.values[element * Elements::apart(sizes.channels)..],
                    row_len: sizes.channels,
                    run_len: sizes.channels,
                    weights: &weights[element * sizes.channels..][..sizes.channels],
                    bias: [0.0; LANES],
                    bases: &seen.bases,
                    offsets,
                    output: &mut products[block * LANES..],
                    channels: output_sizes.channels - block * LANES,
                });
            }
        });
        run(Outputs::<M, OUT, SEEN> {
            products,
            sizes: output_sizes,
            shift: &shift,
            first: [piece.images.start, piece.rows.start],
            rows: piece.rows.len(),
            corners,
            half,
            output: part,
            minimal: PhantomData,
        });
        let first = (piece.images.start * output_sizes.height + piece.rows.start) * output_sizes.width;
        epilogue.finish(part, first * output_sizes.channels);
    });
    output
}

/// What a piece is computed in.
#[derive(Default)]
struct Buffers {
    corners: Vec<[usize; 3]>,
    seen: Elements,
    /// Where a tile's products begin in those of an element.
    offsets: Vec<usize>,
    /// [element][tile][output channel], and [`APART`] behind each element.
    products: Vec<f32>,
    half: Vec<f32>,
}
