//! 3x3 convolutions of stride 1 by Winograd's F(2x2, 3x3) (Lavin and Gray 2016, "Fast algorithms for convolutional
//! neural networks", equations 6 to 8): four outputs of a tile with 16 multiplications in place of 36.

use super::epilogue::Epilogue;
use super::four::Four;
use super::kernel::{LANES, REGISTERS, TILE, multiply, pack};
use super::map::{Map, Rows};
use super::threads::{for_each, rows_of_part};

/// Tiles that are transformed, multiplied and transformed back before the next: what they need stays in the cache.
const TILES_AT_ONCE: usize = 48;
/// Elements of a transformed tile, 4 by 4: a multiplication each.
const ELEMENTS: usize = 16;

/// Weights, transformed: 16 matrices [output, input].
#[derive(Debug, Clone)]
pub(super) struct Winograd {
    channels_in: usize,
    channels_out: usize,
    weights: Vec<[Four; REGISTERS]>,
}

impl Winograd {
    /// `weight` is [out, in, 3, 3]; both numbers of channels are multiples of four.
    pub fn new(channels_in: usize, channels_out: usize, weight: &[f32]) -> Self {
        let transformed: Vec<[f32; ELEMENTS]> = weight.as_chunks::<9>().0.iter().map(of_filter).collect();
        let weights = (0..ELEMENTS).flat_map(|element| {
            let weight = |output: usize, input: usize| transformed[output * channels_in + input][element];
            pack(weight, channels_out, channels_in)
        });
        Self { channels_in, channels_out, weights: weights.collect() }
    }

    /// `output` is of the size of `input`; its channels from `first` on are written.
    pub fn convolve(&self, input: &Map, bias: &[Four], output: &mut Map, first: usize, epilogue: Epilogue<'_>) {
        let [tile_rows, columns] = [output.height, output.width].map(|side| side.div_ceil(2));
        let products = ELEMENTS * self.channels_in * self.channels_out * tile_rows * columns;
        let of_part = rows_of_part(tile_rows, TILES_AT_ONCE.div_ceil(columns), products);
        let at_once = TILES_AT_ONCE.min((of_part * columns).next_multiple_of(TILE));
        let inputs_len = ELEMENTS * at_once * self.channels_in;
        let outputs_len = ELEMENTS * at_once * self.channels_out.next_multiple_of(LANES);
        let scratch_len = inputs_len + outputs_len + 4 * self.channels_out;
        for_each(output.parts(2 * of_part), scratch_len, |scratch, mut rows| {
            let (inputs, scratch) = scratch.split_at_mut(inputs_len);
            let (outputs, tile_values) = scratch.split_at_mut(outputs_len);
            let tile_values = tile_values.as_chunks_mut::<4>().0;
            let first_row = rows.range.start / 2;
            let count = rows.range.len().div_ceil(2) * columns;
            for begin in (0..count).step_by(at_once) {
                let tiles = at_once.min(count - begin);
                let corner =
                    |tile: usize| [first_row + (begin + tile) / columns, (begin + tile) % columns].map(|at| 2 * at);
                for tile in 0..tiles {
                    self.transform_input(input, corner(tile), inputs.as_chunks_mut::<4>().0, tile, at_once);
                }
                self.multiply(inputs, outputs, tiles, at_once);
                for tile in 0..tiles {
                    self.transform_output(outputs.as_chunks::<4>().0, tile, at_once, bias, tile_values);
                    self.write_tile(tile_values, corner(tile), &mut rows, first, epilogue);
                }
            }
        });
    }

    /// Of a tile's outputs, [row, column, channel], those that are in the map.
    #[inline]
    fn write_tile(
        &self,
        values: &[[f32; 4]],
        [y, x]: [usize; 2],
        output: &mut Rows<'_>,
        first: usize,
        epilogue: Epilogue<'_>,
    ) {
        for (at, values) in values.chunks_exact(self.channels_out / 4).enumerate() {
            let [y, x] = [y + at / 2, x + at % 2];
            if y < output.range.end && x < output.width {
                let at = output.at(y, x) + first;
                epilogue.write(values, output, at);
            }
        }
    }

    /// Of one tile, to its row of each of the 16 matrices [at_once, in].
    #[inline(never)]
    fn transform_input(&self, input: &Map, [y, x]: [usize; 2], to: &mut [[f32; 4]], tile: usize, at_once: usize) {
        let (channels, fours) = (self.channels_in, self.channels_in / 4);
        let from = input.frame - 1;
        let pixels: [[&[[f32; 4]]; 4]; 4] = std::array::from_fn(|row| {
            let row = &input.values[input.at(from + y + row, from + x)..][..4 * channels];
            std::array::from_fn(|column| row[column * channels..][..channels].as_chunks::<4>().0)
        });
        let mut rows = to.chunks_exact_mut(at_once * fours).map(|matrix| &mut matrix[tile * fours..][..fours]);
        let mut rows: [&mut [[f32; 4]]; ELEMENTS] = std::array::from_fn(|_| rows.next().expect("16 matrices"));
        for four in 0..fours {
            let [a, b, c, d] = pixels.map(|row| row.map(|pixel| Four::new(pixel[four])));
            let along = [minus(a, c), plus(b, c), minus(c, b), minus(b, d)];
            for (rows, [a, b, c, d]) in rows.as_chunks_mut::<4>().0.iter_mut().zip(along) {
                let [first, second, third, fourth] = rows;
                first[four] = (a - c).values();
                second[four] = (b + c).values();
                third[four] = (c - b).values();
                fourth[four] = (b - d).values();
            }
        }
    }

    /// 16 matrix multiplies: [tiles, in] times [in, out].
    fn multiply(&self, inputs: &[f32], outputs: &mut [f32], tiles: usize, at_once: usize) {
        let len = self.channels_in;
        let blocks = self.channels_out.div_ceil(LANES);
        let out_len = blocks * LANES;
        let inputs = inputs.chunks_exact(at_once * len);
        let outputs = outputs.chunks_exact_mut(at_once * out_len);
        for ((inputs, outputs), weights) in inputs.zip(outputs).zip(self.weights.chunks_exact(blocks * len)) {
            for (block, weights) in weights.chunks_exact(len).enumerate() {
                let bias = [Four::splat(0.0); REGISTERS];
                multiply(bias, inputs, len, weights, tiles, &mut outputs[block * LANES..], out_len);
            }
        }
    }

    /// One tile's outputs, [row, column, channel], from its row of each of the 16 matrices [at_once, out].
    #[inline(never)]
    fn transform_output(&self, from: &[[f32; 4]], tile: usize, at_once: usize, bias: &[Four], to: &mut [[f32; 4]]) {
        let (fours, row_len) = (self.channels_out / 4, self.channels_out.next_multiple_of(LANES) / 4);
        let mut rows = from.chunks_exact(at_once * row_len).map(|matrix| &matrix[tile * row_len..][..fours]);
        let rows: [[&[[f32; 4]]; 4]; 4] =
            std::array::from_fn(|_| std::array::from_fn(|_| rows.next().expect("16 matrices")));
        let (above, below) = to[..4 * fours].split_at_mut(2 * fours);
        let (above, below) = (above.split_at_mut(fours), below.split_at_mut(fours));
        let bias = &bias[..fours];
        for four in 0..fours {
            let [a, b, c, d] = rows.map(|row| row.map(|row| Four::new(row[four])));
            let bias = bias[four];
            let [a, b] = [plus(plus(a, b), c), minus(minus(b, c), d)]
                .map(|[a, b, c, d]| [a + b + c + bias, b - c - d + bias].map(Four::values));
            [above.0[four], above.1[four]] = a;
            [below.0[four], below.1[four]] = b;
        }
    }
}

fn plus(one: [Four; 4], other: [Four; 4]) -> [Four; 4] {
    std::array::from_fn(|at| one[at] + other[at])
}

fn minus(one: [Four; 4], other: [Four; 4]) -> [Four; 4] {
    std::array::from_fn(|at| one[at] - other[at])
}

/// The filter transformed: `G g G^T`, [4, 4] of `g`, [3, 3].
fn of_filter(filter: &[f32; 9]) -> [f32; ELEMENTS] {
    let along = |[a, b, c]: [f32; 3]| [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c];
    let columns: [[f32; 4]; 3] =
        std::array::from_fn(|column| along(std::array::from_fn(|row| filter[3 * row + column])));
    let mut elements = [0.0; ELEMENTS];
    for row in 0..4 {
        elements[4 * row..4 * row + 4].copy_from_slice(&along(columns.map(|column| column[row])));
    }
    elements
}
