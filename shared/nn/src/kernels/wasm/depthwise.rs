//! A depthwise convolution on the host: each channel by a kernel of its own.

use super::epilogue::Epilogue;
use super::four::Four;
use super::map::Map;
use super::threads::{for_each, rows_of_part};
use crate::kernels::Padding;

/// Pixels that are summed side by side: with their weight they fit into the registers that WASM has.
const PIXELS: usize = 4;

/// A depthwise convolution's sizes, those of both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DepthwiseShape {
    /// A multiple of four.
    pub channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
}

/// A depthwise convolution with its weights in the order in which they are used.
#[derive(Debug, Clone)]
pub(crate) struct Depthwise {
    shape: DepthwiseShape,
    bias: Vec<Four>,
    /// [kernel row, kernel column, channels by four].
    weights: Vec<Four>,
}

impl Depthwise {
    /// `weight` is [channels, 1, kernel, kernel]; `bias` may be empty.
    pub fn new(shape: DepthwiseShape, weight: &[f32], bias: &[f32]) -> Self {
        let taps = shape.kernel * shape.kernel;
        let fours = shape.channels / 4;
        let weights = (0..taps * fours).map(|at| {
            let (tap, four) = (at / fours, at % fours);
            Four::new(std::array::from_fn(|lane| weight[(4 * four + lane) * taps + tap]))
        });
        let bias_of = |channel: usize| bias.get(channel).copied().unwrap_or(0.0);
        let bias = (0..fours).map(|four| Four::new(std::array::from_fn(|lane| bias_of(4 * four + lane))));
        Self { shape, bias: bias.collect(), weights: weights.collect() }
    }

    /// The frame that its input needs.
    pub fn frame(&self) -> usize {
        match self.shape.padding {
            Padding::Each(padding) => padding,
            Padding::Same => self.shape.kernel / 2,
        }
    }

    /// To a map of its own, without a frame.
    pub fn forward(&self, input: &Map, epilogue: Epilogue<'_>) -> Map {
        let DepthwiseShape { channels, kernel, stride, padding } = self.shape;
        assert!(input.channels == channels && input.frame >= self.frame(), "{:?}", self.shape);
        let sides = [input.height, input.width];
        let [height, width] = sides.map(|side| padding.output(side, kernel, stride));
        let [from_row, from_column] = sides.map(|side| input.frame - padding.around(side, kernel, stride).0);
        let mut output = Map::zeros([channels, height, width], 0);
        let of_part = rows_of_part(height, 1, channels * kernel * kernel * height * width);
        for_each(output.parts(of_part), PIXELS * channels, |scratch, mut rows| {
            let sums = scratch.as_chunks_mut::<4>().0;
            for y in rows.range.clone() {
                for x in (0..width).step_by(PIXELS) {
                    let count = PIXELS.min(width - x);
                    let begin = input.at(from_row + y * stride, from_column + x * stride);
                    if count == PIXELS {
                        self.pixels::<PIXELS>(&input.values[begin..], input.row_len(), sums);
                    } else {
                        for pixel in 0..count {
                            let begin = begin + pixel * stride * channels;
                            let sums = &mut sums[pixel * channels / 4..];
                            self.pixels::<1>(&input.values[begin..], input.row_len(), sums);
                        }
                    }
                    let to = rows.at(y, x);
                    epilogue.write(&sums[..count * channels / 4], &mut rows, to);
                }
            }
        });
        output
    }

    /// So many pixels beside one another, the first of which sees `line` from its start on.
    #[inline(never)]
    fn pixels<const COUNT: usize>(&self, line: &[f32], row_len: usize, to: &mut [[f32; 4]]) {
        let DepthwiseShape { channels, kernel, stride, .. } = self.shape;
        let fours = channels / 4;
        let rows_len = (kernel - 1) * row_len + (kernel + (COUNT - 1) * stride) * channels;
        let line = line[..rows_len].as_chunks::<4>().0;
        let row_len = row_len / 4;
        for (four, &bias) in self.bias.iter().enumerate() {
            let mut sums = [bias; COUNT];
            for row in 0..kernel {
                for column in 0..kernel {
                    let weight = self.weights[(row * kernel + column) * fours + four];
                    let first = row * row_len + column * fours + four;
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        *sum = sum.plus_product(Four::new(line[first + pixel * stride * fours]), weight);
                    }
                }
            }
            for (pixel, sum) in sums.into_iter().enumerate() {
                to[pixel * fours + four] = sum.values();
            }
        }
    }
}
