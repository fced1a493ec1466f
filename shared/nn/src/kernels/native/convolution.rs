//! A convolution of channels-last maps, and its gradients by input and weight.
//!
//! The gradient by the input is a convolution of the output's gradient; with a stride of s it is s x s of them, each with
//! the kernel's rows and columns of one remainder (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep
//! learning", chapter 4). Kernels of 3x3 at a stride of 1 go by [`super::winograd`] where that pays, the others by
//! [`super::direct`].

use super::direct::{self, Phase};
use super::epilogue::Epilogue;
use super::pieces::{Sizes, Window};
use super::winograd::{self, Four, Two};
use crate::kernels::Padding;
use rayon::prelude::*;

/// A convolution with square kernel, the same stride and kind of padding both ways, one group and no dilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Convolution {
    pub input: Sizes,
    pub channels_out: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
}

/// Channels of a map from which on transformed tiles are worth their transforms.
const WINOGRAD_CHANNELS: usize = 16;
/// Transformed weights of tiles of 4x4 outputs that stay in a cache: values of a layer at most, unless it has
/// [`MANY_TILES`].
const CACHED_WEIGHTS: usize = 1 << 20;
/// Tiles of an image for which weights are fetched from memory.
const MANY_TILES: usize = 9;

/// How a layer is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// By [`super::direct`].
    Direct,
    /// F(2x2, 3x3).
    SmallTiles,
    /// F(4x4, 3x3).
    LargeTiles,
}

/// Weights in the order of their use, in blocks of so many output channels.
#[derive(Debug)]
pub(super) enum Packed {
    Sixteen(Vec<[f32; 16]>),
    TwentyFour(Vec<[f32; 24]>),
}

/// Whether blocks of 24 channels leave fewer of them unused than blocks of 16.
fn is_of_24(channels: usize) -> bool {
    channels.next_multiple_of(24) < channels.next_multiple_of(16)
}

/// Runs `$call::<TILE, LANES>` with the sizes of tiles that leave the fewest of a block's channels unused.
macro_rules! with_tiles {
    ($channels:expr, $call:ident($($argument:expr),*)) => {
        if is_of_24($channels) {
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

    /// How it is computed, forward and back: by the layer's sizes alone, so that no output depends on the batch.
    pub fn algorithm(&self) -> Algorithm {
        let Sizes { height, width, channels, .. } = self.input;
        let is_padded_by_one = [height, width].iter().all(|&side| self.padding.around(side, 3, 1) == (1, 1));
        let suits = |channels: usize| channels >= WINOGRAD_CHANNELS && channels.is_multiple_of(winograd::WIDE);
        if self.kernel != 3 || self.stride != 1 || !is_padded_by_one || !suits(channels) || !suits(self.channels_out) {
            return Algorithm::Direct;
        }
        let tiles = |outputs: usize| height.div_ceil(outputs) * width.div_ceil(outputs);
        let [direct, small, large] = [9 * height * width, 16 * tiles(2), 36 * tiles(4)];
        let are_cached = 36 * channels * self.channels_out <= CACHED_WEIGHTS;
        if large <= small && (are_cached || tiles(4) >= MANY_TILES) {
            Algorithm::LargeTiles
        } else if 4 * small <= 3 * direct {
            Algorithm::SmallTiles
        } else {
            Algorithm::Direct
        }
    }

    /// The weights [out, in, kernel, kernel], each output channel's times its own of `scale` unless that is empty, for
    /// [`Self::forward`].
    pub fn pack(&self, weight: &[f32], scale: &[f32]) -> Packed {
        fn pack_all<const LANES: usize>(this: &Convolution, weight: &[f32], scale: &[f32]) -> Vec<[f32; LANES]> {
            let channels = [this.input.channels, this.channels_out];
            let filter = |output: usize, input: usize| {
                let filter: [f32; 9] = std::array::from_fn(|tap| weight[(output * channels[0] + input) * 9 + tap]);
                filter.map(|tap| tap * scale.get(output).copied().unwrap_or(1.0))
            };
            match this.algorithm() {
                Algorithm::SmallTiles => winograd::pack::<Two, 2, 4, LANES>(channels, filter),
                Algorithm::LargeTiles => winograd::pack::<Four, 4, 6, LANES>(channels, filter),
                Algorithm::Direct => {
                    let taps: Vec<usize> = (0..this.kernel * this.kernel).collect();
                    let [of_output, of_input] = this.weight_steps();
                    let mut weights: Vec<[f32; LANES]> =
                        direct::pack(weight, &taps, [(channels[0], of_input), (channels[1], of_output)]);
                    if !scale.is_empty() {
                        let block_len = taps.len() * channels[0];
                        weights.par_chunks_exact_mut(block_len).zip(scale.par_chunks(LANES)).for_each(
                            |(weights, scale)| {
                                for lanes in weights {
                                    lanes.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
                                }
                            },
                        );
                    }
                    weights
                }
            }
        }
        match is_of_24(self.channels_out) {
            true => Packed::TwentyFour(pack_all(self, weight, scale)),
            false => Packed::Sixteen(pack_all(self, weight, scale)),
        }
    }

    /// The output, of weights that [`Self::pack`] has made for a layer of these sizes.
    pub fn forward(&self, input: &[f32], weights: &Packed, epilogue: Epilogue<'_>) -> Vec<f32> {
        match weights {
            Packed::Sixteen(weights) => self.compute::<6, 16>(input, weights, epilogue),
            Packed::TwentyFour(weights) => self.compute::<3, 24>(input, weights, epilogue),
        }
    }

    fn compute<const TILE: usize, const LANES: usize>(
        &self,
        input: &[f32],
        weights: &[[f32; LANES]],
        epilogue: Epilogue<'_>,
    ) -> Vec<f32> {
        let (sizes, output) = (&self.input, &self.output());
        match self.algorithm() {
            Algorithm::SmallTiles => {
                winograd::convolve::<Two, 2, 4, TILE, LANES>(input, sizes, weights, epilogue, output)
            }
            Algorithm::LargeTiles => {
                winograd::convolve::<Four, 4, 6, TILE, LANES>(input, sizes, weights, epilogue, output)
            }
            Algorithm::Direct => {
                let phases = [Phase { window: self.window(), weights, first: [0, 0] }];
                direct::convolve::<TILE, LANES>(input, sizes, &phases, 1, epilogue, output)
            }
        }
    }

    /// The gradient by the input, given that by the output.
    pub fn input_gradient(&self, gradient: &[f32], weight: &[f32]) -> Vec<f32> {
        fn input_gradient<const TILE: usize, const LANES: usize>(
            this: &Convolution,
            gradient: &[f32],
            weight: &[f32],
        ) -> Vec<f32> {
            let channels = [this.channels_out, this.input.channels];
            // From the last tap to the first, from output channels to input channels.
            let filter = |input: usize, output: usize| {
                std::array::from_fn(|tap| weight[(output * channels[1] + input) * 9 + 8 - tap])
            };
            let (sizes, output, epilogue) = (&this.output(), &this.input, Epilogue::default());
            match this.algorithm() {
                Algorithm::SmallTiles => {
                    let weights = winograd::pack::<Two, 2, 4, LANES>(channels, filter);
                    return winograd::convolve::<Two, 2, 4, TILE, LANES>(gradient, sizes, &weights, epilogue, output);
                }
                Algorithm::LargeTiles => {
                    let weights = winograd::pack::<Four, 4, 6, LANES>(channels, filter);
                    return winograd::convolve::<Four, 4, 6, TILE, LANES>(gradient, sizes, &weights, epilogue, output);
                }
                Algorithm::Direct => {}
            }
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
                let weights =
                    direct::pack(weight, &taps, [(this.channels_out, of_output), (this.input.channels, of_input)]);
                Some((Window { rows, columns, stride: 1, top, left }, weights, first))
            });
            let packed: Vec<(Window, Vec<[f32; LANES]>, [usize; 2])> = phases.collect();
            let phases: Vec<_> =
                packed.iter().map(|&(window, ref weights, first)| Phase { window, weights, first }).collect();
            direct::convolve::<TILE, LANES>(gradient, sizes, &phases, step, epilogue, output)
        }
        with_tiles!(self.input.channels, input_gradient(self, gradient, weight))
    }

    /// The gradient by the weight, [out, in, kernel, kernel], given that by the output. However many cores there are,
    /// the same sums are made in the same order.
    pub fn weight_gradient(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        fn of<const TILE: usize, const LANES: usize>(this: &Convolution, input: &[f32], gradient: &[f32]) -> Vec<f32> {
            let (from, by) = ((input, &this.input), (gradient, &this.output()));
            match this.algorithm() {
                // What small tiles save is spent on their sums.
                Algorithm::Direct | Algorithm::SmallTiles => {
                    direct::weight_gradient::<TILE, LANES>(from, by, &this.window())
                }
                Algorithm::LargeTiles => winograd::weight_gradient::<Four, 4, 6, TILE, LANES>(from, by),
            }
        }
        with_tiles!(self.channels_out, of(self, input, gradient))
    }
}
