//! The innermost loop: pixels times weights.

use super::four::Four;

/// Registers of output channels that are summed side by side.
pub(super) const REGISTERS: usize = 2;
/// Output channels that are summed side by side.
pub(super) const LANES: usize = 4 * REGISTERS;
/// Pixels that are summed side by side. Six have more multiplications for each load, but their addresses need more
/// registers than x86-64 leaves to WASM, and the loop then takes twice as long.
pub(super) const TILE: usize = 4;

/// For each of `pixels` pixels, which begin `step` values apart in `line`, `bias` and its values times `weights`: to
/// the first [`LANES`] of every `row_len` values of `to`. The last tile may hang over: `line` and `to` are as long.
///
/// Not inlined: registers are then given to this loop alone.
#[inline(never)]
pub(super) fn multiply(
    bias: [Four; REGISTERS],
    line: &[f32],
    step: usize,
    weights: &[[Four; REGISTERS]],
    pixels: usize,
    to: &mut [f32],
    row_len: usize,
) {
    for tile in (0..pixels).step_by(TILE) {
        let runs: [&[f32]; TILE] = std::array::from_fn(|pixel| &line[(tile + pixel) * step..][..weights.len()]);
        let mut sums = [bias; TILE];
        for (at, weight) in weights.iter().enumerate() {
            for (sums, run) in sums.iter_mut().zip(&runs) {
                let value = Four::splat(run[at]);
                for (sum, &weight) in sums.iter_mut().zip(weight) {
                    *sum = sum.plus_product(value, weight);
                }
            }
        }
        for (pixel, sums) in sums.into_iter().enumerate() {
            let to = &mut to[(tile + pixel) * row_len..][..LANES];
            for (to, sum) in to.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
                *to = sum.values();
            }
        }
    }
}

/// Rows of weights, [output, input], as the kernel takes them: by block of [`LANES`] outputs, by input. The last block
/// is filled up with zeros.
pub(super) fn pack(weights: impl Fn(usize, usize) -> f32, outputs: usize, inputs: usize) -> Vec<[Four; REGISTERS]> {
    let mut packed = Vec::with_capacity(outputs.div_ceil(LANES) * inputs);
    for block in (0..outputs).step_by(LANES) {
        for input in 0..inputs {
            packed.push(std::array::from_fn(|register| {
                Four::new(std::array::from_fn(|lane| {
                    let output = block + 4 * register + lane;
                    if output < outputs { weights(output, input) } else { 0.0 }
                }))
            }));
        }
    }
    packed
}
