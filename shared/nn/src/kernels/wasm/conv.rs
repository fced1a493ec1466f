//! One convolution on the host.

use super::epilogue::Epilogue;
use super::four::Four;
use super::kernel::{LANES, REGISTERS, TILE, multiply, pack};
use super::map::{Map, Rows};
use super::threads::{for_each, rows_of_part};
use super::winograd::Winograd;
use crate::kernels::Padding;

/// Pixels that one block of weights is used for, at least, before the next block comes. An even number.
pub(super) const AT_ONCE: usize = 36;

/// A convolution's sizes. Kernel, stride and kind of padding are those of both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvShape {
    pub channels_in: usize,
    pub channels_out: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
}

impl ConvShape {
    /// Rows and columns of the output for `sides` of the input.
    pub fn output(&self, sides: [usize; 2]) -> [usize; 2] {
        sides.map(|side| self.padding.output(side, self.kernel, self.stride))
    }

    /// The frame of zeros that an input of any size needs.
    pub fn frame(&self) -> usize {
        match self.padding {
            Padding::Each(padding) => padding,
            Padding::Same => self.kernel / 2,
        }
    }

    /// Where in a map with a frame the first output's kernel begins: row and column.
    pub fn first(&self, input: &Map) -> [usize; 2] {
        [input.height, input.width].map(|side| input.frame - self.padding.around(side, self.kernel, self.stride).0)
    }
}

/// A convolution with its weights in the order in which they are used.
#[derive(Debug, Clone)]
pub(crate) struct Conv {
    shape: ConvShape,
    bias: Vec<Four>,
    weights: Weights,
}

#[derive(Debug, Clone)]
enum Weights {
    /// By block of output channels, kernel column, kernel row, input channel.
    Stripes(Vec<[Four; REGISTERS]>),
    Winograd(Winograd),
}

impl Conv {
    /// `weight` is [out, in, kernel, kernel]; `bias` may be empty.
    pub fn new(shape: ConvShape, weight: &[f32], bias: &[f32]) -> Self {
        let ConvShape { channels_in, channels_out, kernel, .. } = shape;
        let is_winograds = (kernel, shape.stride, shape.padding.around(3, 3, 1)) == (3, 1, (1, 1))
            && channels_in.is_multiple_of(4)
            && channels_out.is_multiple_of(4);
        let weights = if is_winograds {
            Weights::Winograd(Winograd::new(channels_in, channels_out, weight))
        } else {
            let weight = |output: usize, at: usize| {
                let (tap, input) = (at / channels_in, at % channels_in);
                let (row, column) = (tap % kernel, tap / kernel);
                weight[((output * channels_in + input) * kernel + row) * kernel + column]
            };
            Weights::Stripes(pack(weight, channels_out, kernel * kernel * channels_in))
        };
        let bias_of = |channel: usize| bias.get(channel).copied().unwrap_or(0.0);
        let bias = (0..channels_out.next_multiple_of(LANES) / 4)
            .map(|four| Four::new(std::array::from_fn(|lane| bias_of(4 * four + lane))));
        Self { shape, bias: bias.collect(), weights }
    }

    /// The frame that its input needs.
    pub fn frame(&self) -> usize {
        self.shape.frame()
    }

    /// Channels of what it gives.
    pub fn channels_out(&self) -> usize {
        self.shape.channels_out
    }

    /// To a map of its own, with a frame of one.
    pub fn forward(&self, input: &Map, epilogue: Epilogue<'_>) -> Map {
        self.forward_framed(input, 1, epilogue)
    }

    /// Likewise, with such a frame.
    pub fn forward_framed(&self, input: &Map, frame: usize, epilogue: Epilogue<'_>) -> Map {
        let [height, width] = self.shape.output([input.height, input.width]);
        let mut output = Map::zeros([self.shape.channels_out, height, width], frame);
        self.write(input, &mut output, 0, epilogue);
        output
    }

    /// Into the channels of `output` from `first` on.
    pub fn write(&self, input: &Map, output: &mut Map, first: usize, epilogue: Epilogue<'_>) {
        assert!(input.channels == self.shape.channels_in && input.frame >= self.shape.frame(), "{:?}", self.shape);
        match &self.weights {
            Weights::Stripes(weights) => self.by_stripes(weights, input, output, first, epilogue),
            Weights::Winograd(winograd) => winograd.convolve(input, &self.bias, output, first, epilogue),
        }
    }

    /// What the kernel sees of a row of the output is first laid column by column, so that each pixel is one contiguous
    /// run.
    fn by_stripes(
        &self,
        weights: &[[Four; REGISTERS]],
        input: &Map,
        output: &mut Map,
        first: usize,
        epilogue: Epilogue<'_>,
    ) {
        let ConvShape { channels_in, kernel, stride, .. } = self.shape;
        let (column_len, [from_row, from_column]) = (kernel * channels_in, self.shape.first(input));
        let columns = (output.width - 1) * stride + kernel;
        let step = stride * column_len;
        // The last tile of a row may hang over.
        let stripe_len = columns * column_len + (TILE - 1) * step;
        let [height, width] = [output.height, output.width];
        let rows_at_once = AT_ONCE.div_ceil(width);
        let stripes_len = rows_at_once * stripe_len;
        let scratch_len = stripes_len + LANES * width.next_multiple_of(TILE);
        let of_part = rows_of_part(height, rows_at_once, weights.len() * LANES * height * width);
        for_each(output.parts(of_part), scratch_len, |scratch, mut part| {
            let (stripes, sums) = scratch.split_at_mut(stripes_len);
            for begin in part.range.clone().step_by(rows_at_once) {
                let rows = begin..part.range.end.min(begin + rows_at_once);
                for (y, stripe) in rows.clone().zip(stripes.chunks_exact_mut(stripe_len)) {
                    for row in 0..kernel {
                        let line = &input.values[input.at(from_row + y * stride + row, from_column)..];
                        let line = &line[..columns * channels_in];
                        lay(line, channels_in, &mut stripe[row * channels_in..], column_len);
                    }
                }
                for (block, weights) in weights.chunks_exact(kernel * column_len).enumerate() {
                    let bias: [Four; REGISTERS] =
                        std::array::from_fn(|register| self.bias[block * REGISTERS + register]);
                    for (y, stripe) in rows.clone().zip(stripes.chunks_exact(stripe_len)) {
                        multiply(bias, stripe, step, weights, width, sums, LANES);
                        for (x, sums) in sums.as_chunks::<LANES>().0.iter().take(width).enumerate() {
                            let at = part.at(y, x) + first + block * LANES;
                            self.write_pixel(sums, block, &mut part, at, epilogue);
                        }
                    }
                }
            }
        });
    }

    /// A block's sums of one pixel.
    fn write_pixel(&self, sums: &[f32; LANES], block: usize, output: &mut Rows<'_>, at: usize, epilogue: Epilogue<'_>) {
        match self.shape.channels_out - block * LANES {
            LANES.. => epilogue.write(sums.as_chunks::<4>().0, output, at),
            rest => epilogue.write_singly(&sums[..rest], output, at),
        }
    }
}

/// Pixels of `channels` values each to every `column_len`-th value of `to`.
fn lay(line: &[f32], channels: usize, to: &mut [f32], column_len: usize) {
    if channels < 8 {
        // A call that copies so few values takes longer than the copy.
        for channel in 0..channels {
            let to = to[channel..].iter_mut().step_by(column_len);
            to.zip(line[channel..].iter().step_by(channels)).for_each(|(to, &value)| *to = value);
        }
    } else {
        for (to, pixel) in to.chunks_mut(column_len).zip(line.chunks_exact(channels)) {
            to[..channels].copy_from_slice(pixel);
        }
    }
}
