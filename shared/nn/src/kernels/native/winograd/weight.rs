//! The gradient by the weight.

use super::super::gemm::OuterProducts;
use super::super::pieces::{Piece, Sizes};
use super::super::simd::run;
use super::minimal::Minimal;
use super::tiles::{self, Elements};
use rayon::prelude::*;

/// Tiles of a piece, whose elements stay in a core's cache: the sums depend on it.
const TILES_AT_ONCE: usize = 32;
/// Parts whose sums are kept apart, at most, each of a piece at least.
const PARTS: usize = 8;
/// Values of all those sums, at most.
const SUMS: usize = 1 << 23;
/// Products that are worth waking another thread.
const PRODUCTS_AT_ONCE: usize = 1 << 20;

/// The gradient by the weight, [out, in, 3, 3], given that by the output. However many cores there are, the same sums are
/// made in the same order.
pub(in super::super) fn weight_gradient<
    M: Minimal<OUT, SEEN>,
    const OUT: usize,
    const SEEN: usize,
    const TILE: usize,
    const LANES: usize,
>(
    (input, sizes): (&[f32], &Sizes),
    (gradient, output_sizes): (&[f32], &Sizes),
) -> Vec<f32> {
    let elements = SEEN * SEEN;
    let block_len = elements * sizes.channels;
    let blocks = output_sizes.channels.div_ceil(LANES);
    let pieces = Piece::all(output_sizes, TILES_AT_ONCE * OUT * OUT, OUT);
    let parts = (SUMS / (blocks * block_len * LANES)).clamp(1, PARTS);
    let mut sums: Vec<Vec<[f32; LANES]>> = pieces
        .par_chunks(pieces.len().div_ceil(parts))
        .map(|pieces| {
            let mut sums = vec![[0.0; LANES]; blocks * block_len];
            let (mut corners, mut seen, mut pulled) = (Vec::new(), Elements::default(), Elements::default());
            for piece in pieces {
                tiles::corners::<OUT>(piece, output_sizes.width, &mut corners);
                seen.see::<M, OUT, SEEN>((input, sizes), &corners);
                pulled.pull::<M, OUT, SEEN>((gradient, output_sizes), &corners);
                let products_of_chunk = corners.len() * sizes.channels * LANES;
                let chunks = sums.par_chunks_exact_mut(sizes.channels).enumerate();
                chunks.with_min_len(PRODUCTS_AT_ONCE.div_ceil(products_of_chunk.max(1))).for_each_init(
                    Vec::new,
                    |lanes, (at, weights)| {
                        let (block, element) = (at / elements, at % elements);
                        let channels = block * LANES..output_sizes.channels.min((block + 1) * LANES);
                        let first = element * Elements::apart(output_sizes.channels) + channels.start;
                        lanes.clear();
                        lanes.extend(pulled.bases.iter().map(|base| {
                            let mut lanes = [0.0; LANES];
                            lanes[..channels.len()].copy_from_slice(&pulled.values[base + first..][..channels.len()]);
                            lanes
                        }));
                        run(OuterProducts::<TILE, LANES> {
                            frame: &seen.values[element * Elements::apart(sizes.channels)..],
                            row_len: sizes.channels,
                            run_len: sizes.channels,
                            bases: &seen.bases,
                            gradients: lanes,
                            weights,
                        });
                    },
                );
            }
            sums
        })
        .collect();
    let Some((sum, others)) = sums.split_first_mut() else { return Vec::new() };
    sum.par_chunks_mut(block_len).enumerate().for_each(|(block, sum)| {
        for other in &*others {
            let other = &other[block * block_len..][..sum.len()];
            sum.as_flattened_mut().iter_mut().zip(other.as_flattened()).for_each(|(sum, other)| *sum += other);
        }
    });
    let mut weight = vec![0.0; output_sizes.channels * sizes.channels * 9];
    weight.par_chunks_mut(LANES * sizes.channels * 9).zip(sum.par_chunks_exact(block_len)).for_each(|(weight, sum)| {
        for input in 0..sizes.channels {
            let lines: [[[f32; LANES]; SEEN]; SEEN] = std::array::from_fn(|column| {
                std::array::from_fn(|row| sum[(row * SEEN + column) * sizes.channels + input])
            });
            let columns = lines.map(M::filter_gradient);
            for row in 0..3 {
                let taps = M::filter_gradient(std::array::from_fn(|column| columns[column][row]));
                for (output, weight) in weight.chunks_exact_mut(sizes.channels * 9).enumerate() {
                    for (column, taps) in taps.iter().enumerate() {
                        weight[input * 9 + row * 3 + column] = taps[output];
                    }
                }
            }
        }
    });
    weight
}
