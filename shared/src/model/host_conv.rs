//! A convolution in plain loops that compilers turn into 128-bit SIMD: the CPU's in a browser, where burn's own (im2col and
//! a matrix product made for wider registers) takes twice as long.
//!
//! Input pixels lie with their channels together, so that what a kernel's row sees is one contiguous run. Every run is
//! multiplied with weights of [`LANES`] output channels for [`TILE`] neighbouring pixels at once: twelve registers of sums,
//! two of weights and one of input, as many as WASM can hope for.

use four::Four;

/// Registers of output channels that are summed side by side.
const REGISTERS: usize = 2;
/// Output channels that are summed side by side.
const LANES: usize = 4 * REGISTERS;
/// Output pixels of a row that are summed side by side.
const TILE: usize = 6;

/// A convolution's sizes. Kernel, stride and padding are those of both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConvShape {
    pub channels_in: usize,
    pub channels_out: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub height: usize,
    pub width: usize,
}

impl ConvShape {
    /// Rows and columns of the output.
    pub fn output(&self) -> [usize; 2] {
        [self.height, self.width].map(|side| (side + 2 * self.padding - self.kernel) / self.stride + 1)
    }
}

/// Convolves each image of `input`, [batch, in, height, width], with `weight`, [out, in, kernel, kernel]; `bias` may be
/// empty. Gives [batch, out, rows, columns].
pub(super) fn convolve(shape: &ConvShape, input: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let ConvShape { channels_in, channels_out, kernel, stride, padding, height, width } = *shape;
    let [rows, columns] = shape.output();
    let weight = pack(shape, weight);
    let run = kernel * channels_in;
    // A tile that hangs over the right edge reads on; its sums there are thrown away.
    let row_len =
        ((columns.next_multiple_of(TILE) - 1) * stride * channels_in + run).max((width + 2 * padding) * channels_in);
    let mut output = Vec::with_capacity(input.len() / (channels_in * height * width) * channels_out * rows * columns);
    let mut padded = vec![0.0; (height + 2 * padding) * row_len];
    for image in input.chunks_exact(channels_in * height * width) {
        for (channel, plane) in image.chunks_exact(height * width).enumerate() {
            for (y, line) in plane.chunks_exact(width).enumerate() {
                let start = (y + padding) * row_len + padding * channels_in + channel;
                padded[start..].iter_mut().step_by(channels_in).zip(line).for_each(|(to, &value)| *to = value);
            }
        }
        let first = output.len();
        output.resize(first + channels_out * rows * columns, 0.0);
        let output = &mut output[first..];
        for y in 0..rows {
            let lines = &padded[y * stride * row_len..];
            for (block, weight) in weight.chunks_exact(kernel * run).enumerate() {
                let lanes = LANES.min(channels_out - block * LANES);
                for x in (0..columns).step_by(TILE) {
                    let mut sums = [[Four::splat(0.0); REGISTERS]; TILE];
                    for (line, weight) in lines.chunks(row_len).zip(weight.chunks_exact(run)) {
                        add_run(&mut sums, &line[x * stride * channels_in..], stride * channels_in, weight);
                    }
                    for lane in 0..lanes {
                        let channel = block * LANES + lane;
                        let bias = bias.get(channel).copied().unwrap_or(0.0);
                        let to = &mut output[(channel * rows + y) * columns..][..columns][x..];
                        to.iter_mut().zip(&sums).for_each(|(to, sums)| *to = sums[lane / 4].get(lane % 4) + bias);
                    }
                }
            }
        }
    }
    output
}

/// Adds what one row of the kernel sees of [`TILE`] pixels, `step` values apart, times its weights.
#[inline]
fn add_run(sums: &mut [[Four; REGISTERS]; TILE], line: &[f32], step: usize, weight: &[[Four; REGISTERS]]) {
    let runs: [&[f32]; TILE] = std::array::from_fn(|pixel| &line[pixel * step..][..weight.len()]);
    // Copied out and in, so that the sums stay in registers.
    let mut local = *sums;
    for (place, weight) in weight.iter().enumerate() {
        for (sums, run) in local.iter_mut().zip(&runs) {
            let value = Four::splat(run[place]);
            for (sum, &weight) in sums.iter_mut().zip(weight) {
                *sum = sum.plus_product(value, weight);
            }
        }
    }
    *sums = local;
}

/// Weights in the order in which they are used: block of output channels, kernel row, kernel column, input channel. The
/// last block is filled up with zeros.
fn pack(shape: &ConvShape, weight: &[f32]) -> Vec<[Four; REGISTERS]> {
    let ConvShape { channels_in, channels_out, kernel, .. } = *shape;
    let places = kernel * kernel;
    let filter_len = channels_in * places;
    let nothing = vec![0.0; filter_len];
    let mut packed = vec![[Four::splat(0.0); REGISTERS]; channels_out.div_ceil(LANES) * filter_len];
    for (block, packed) in packed.chunks_exact_mut(filter_len).enumerate() {
        let filter = |channel: usize| match weight.get(channel * filter_len..(channel + 1) * filter_len) {
            Some(filter) => filter,
            None => &nothing,
        };
        let filters: [[&[f32]; 4]; REGISTERS] =
            std::array::from_fn(|register| std::array::from_fn(|lane| filter(block * LANES + register * 4 + lane)));
        for input in 0..channels_in {
            for place in 0..places {
                let at = input * places + place;
                packed[place * channels_in + input] =
                    filters.map(|four| Four::new([four[0][at], four[1][at], four[2][at], four[3][at]]));
            }
        }
    }
    packed
}

/// Four numbers in a register. Loops over arrays of four are left scalar by the compiler here.
#[cfg(target_arch = "wasm32")]
mod four {
    use core::arch::wasm32::{f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, v128};

    #[derive(Clone, Copy)]
    pub(super) struct Four(v128);

    impl Four {
        pub fn new([a, b, c, d]: [f32; 4]) -> Self {
            Self(f32x4(a, b, c, d))
        }

        pub fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        pub fn plus_product(self, one: Self, other: Self) -> Self {
            Self(f32x4_add(self.0, f32x4_mul(one.0, other.0)))
        }

        pub fn get(self, lane: usize) -> f32 {
            match lane {
                0 => f32x4_extract_lane::<0>(self.0),
                1 => f32x4_extract_lane::<1>(self.0),
                2 => f32x4_extract_lane::<2>(self.0),
                _ => f32x4_extract_lane::<3>(self.0),
            }
        }
    }
}

/// As in WASM, for the tests that run natively.
#[cfg(not(target_arch = "wasm32"))]
mod four {
    #[derive(Clone, Copy)]
    pub(super) struct Four([f32; 4]);

    impl Four {
        pub fn new(values: [f32; 4]) -> Self {
            Self(values)
        }

        pub fn splat(value: f32) -> Self {
            Self([value; 4])
        }

        pub fn plus_product(self, one: Self, other: Self) -> Self {
            Self(std::array::from_fn(|lane| self.0[lane] + one.0[lane] * other.0[lane]))
        }

        pub fn get(self, lane: usize) -> f32 {
            self.0[lane]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, Tensor, TensorData, module::conv2d};

    fn values(rng: &mut Rng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.uniform() as f32 - 0.5).collect()
    }

    /// Ours, and burn's.
    fn both(shape: ConvShape, batch: usize, has_bias: bool) -> [Vec<f32>; 2] {
        let ConvShape { channels_in, channels_out, kernel, stride, padding, height, width } = shape;
        let rng = &mut Rng::new(7);
        let input = values(rng, batch * channels_in * height * width);
        let weight = values(rng, channels_out * channels_in * kernel * kernel);
        let bias = if has_bias { values(rng, channels_out) } else { Vec::new() };
        let device = &Device::flex();
        let tensor =
            |values: &[f32], dims: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), dims), device);
        let expected = conv2d(
            tensor(&input, [batch, channels_in, height, width]),
            tensor(&weight, [channels_out, channels_in, kernel, kernel]),
            has_bias.then(|| Tensor::<1>::from_floats(bias.as_slice(), device)),
            ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1),
        );
        let [rows, columns] = shape.output();
        assert_eq!(expected.dims(), [batch, channels_out, rows, columns]);
        [convolve(&shape, &input, &weight, &bias), expected.into_data().try_to_vec().expect("f32")]
    }

    #[test]
    fn it_is_burns_convolution_for_every_layer_that_the_networks_have() {
        for (kernel, stride, padding) in [(1, 1, 0), (1, 2, 0), (3, 1, 1), (3, 2, 1), (3, 2, 0), (7, 2, 3)] {
            for (channels_in, channels_out) in [(3, 24), (5, 1), (16, 17)] {
                for (height, width) in [(7, 7), (12, 19), (9, 24)] {
                    let shape = ConvShape { channels_in, channels_out, kernel, stride, padding, height, width };
                    let [ours, expected] = both(shape, 2, kernel != 3);
                    let worst = ours.iter().zip(&expected).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
                    assert!(ours.len() == expected.len() && worst < 2e-5, "{shape:?}: {worst}");
                }
            }
        }
    }
}
