//! A depthwise convolution of channels-last maps, each channel by a kernel of its own, and its gradients.
//!
//! A value of the output, or of the gradient by the input, is a sum over some places of the other map, each by one tap of
//! the kernel: which ones is found once for each row and each column. Channels are summed side by side, and so are columns
//! that read by the same taps. No frame of zeros is written: at the edges there is less to sum.

use super::epilogue::Epilogue;
use super::pieces::Sizes;
use super::simd::{Kernel, plus_product, run};
use crate::kernels::Padding;
use rayon::prelude::*;

/// Channels that are summed side by side, and columns.
const LANES: usize = 16;
const COLUMNS: usize = 4;
/// Pixels whose sums are kept apart in the weight gradient: its sums depend on it.
const GRADIENT_PIXELS: usize = 1024;

/// A depthwise convolution with square kernel, the same stride and kind of padding both ways and no dilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Depthwise {
    pub input: Sizes,
    /// Side of the kernel, 3 or 5.
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
}

/// What a row or column is summed from: places of the other map, each with a tap of the kernel's side.
type Reads = Vec<(usize, usize)>;

/// Columns of a row that read by the same taps.
struct Columns {
    /// The first, how far they are apart, and how many they are: 1 or [`COLUMNS`].
    first: usize,
    step: usize,
    count: usize,
    /// What the first is summed from, and how far the others read behind that.
    reads: Reads,
    read_step: usize,
}

/// One axis of one map as sums over the other one's.
struct Axis {
    /// How many values the map that is written has, and the one that is read.
    sides: [usize; 2],
    kernel: usize,
    stride: usize,
    before: usize,
    /// Whether the gradient is written.
    is_backward: bool,
}

impl Axis {
    fn reads(&self, at: usize) -> Reads {
        let read = |tap: usize| {
            let place = if self.is_backward {
                let scaled = (at + self.before).checked_sub(tap)?;
                scaled.is_multiple_of(self.stride).then_some(scaled / self.stride)?
            } else {
                (at * self.stride + tap).checked_sub(self.before)?
            };
            (place < self.sides[1]).then_some((place, tap))
        };
        (0..self.kernel).filter_map(read).collect()
    }

    /// All columns; several together where they read alike.
    fn columns(&self) -> Vec<Columns> {
        let (step, read_step) = if self.is_backward { (self.stride, 1) } else { (1, self.stride) };
        let reads: Vec<Reads> = (0..self.sides[0]).map(|at| self.reads(at)).collect();
        let is_alike = |first: usize, other: usize| {
            reads.get(first + other * step).is_some_and(|there| {
                let moved = reads[first].iter().map(|&(place, tap)| (place + other * read_step, tap));
                moved.eq(there.iter().copied())
            })
        };
        let mut columns = Vec::new();
        for phase in 0..step.min(self.sides[0]) {
            let mut first = phase;
            while first < self.sides[0] {
                let count = if (1..COLUMNS).all(|other| is_alike(first, other)) { COLUMNS } else { 1 };
                columns.push(Columns { first, step, count, reads: reads[first].clone(), read_step });
                first += count * step;
            }
        }
        columns
    }
}

impl Depthwise {
    /// Sizes of the output.
    pub fn output(&self) -> Sizes {
        let side = |side: usize| self.padding.output(side, self.kernel, self.stride);
        Sizes { height: side(self.input.height), width: side(self.input.width), ..self.input }
    }

    /// Rows and columns of one map as sums over the other one's.
    fn axes(&self, is_backward: bool) -> [Axis; 2] {
        let (input, output) = (self.input, self.output());
        [[input.height, output.height], [input.width, output.width]].map(|[inside, outside]| Axis {
            sides: if is_backward { [inside, outside] } else { [outside, inside] },
            kernel: self.kernel,
            stride: self.stride,
            before: self.padding.around(inside, self.kernel, self.stride).0,
            is_backward,
        })
    }

    /// The weights [channels, 1, kernel, kernel], each channel's times its own of `scale` unless that is empty, for
    /// [`Self::forward`].
    pub fn pack(&self, weight: &[f32], scale: &[f32]) -> Vec<f32> {
        let mut weights = by_tap(weight, self.input.channels);
        for of_tap in weights.chunks_exact_mut(self.input.channels) {
            of_tap.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
        }
        weights
    }

    /// The output, of weights that [`Self::pack`] has made.
    pub fn forward(&self, input: &[f32], weights: &[f32], epilogue: Epilogue<'_>) -> Vec<f32> {
        self.sums(input, weights, epilogue, (self.input, self.output()), &self.axes(false))
    }

    /// The gradient by the input, given that by the output.
    pub fn input_gradient(&self, gradient: &[f32], weight: &[f32]) -> Vec<f32> {
        let weights = by_tap(weight, self.input.channels);
        self.sums(gradient, &weights, Epilogue::default(), (self.output(), self.input), &self.axes(true))
    }

    fn sums(
        &self,
        from: &[f32],
        weights: &[f32],
        epilogue: Epilogue<'_>,
        (read, written): (Sizes, Sizes),
        [rows, columns]: &[Axis; 2],
    ) -> Vec<f32> {
        let channels = self.input.channels;
        let shift: Vec<f32> = (0..channels).map(|channel| epilogue.shift(channel)).collect();
        let rows: Vec<Reads> = (0..written.height).map(|row| rows.reads(row)).collect();
        let columns = columns.columns();
        let mut output = vec![0.0; written.len()];
        let image_len = read.height * read.width * channels;
        let row_len = written.width * channels;
        output.par_chunks_exact_mut(row_len.max(1)).enumerate().for_each(|(at, output)| {
            let image = &from[at / written.height * image_len..][..image_len];
            run(Row {
                image,
                width: read.width,
                channels,
                rows: &rows[at % written.height],
                columns: &columns,
                kernel: self.kernel,
                weights,
                shift: &shift,
                output: &mut *output,
            });
            epilogue.finish(output, at * row_len);
        });
        output
    }

    /// The gradient by the weight, [channels, 1, kernel, kernel], given that by the output. However many cores there are,
    /// the same sums are made in the same order.
    pub fn weight_gradient(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        let (sizes, channels) = (self.output(), self.input.channels);
        let [rows, columns] = self.axes(false);
        let before = columns.before;
        let row_len = sizes.width * channels;
        let image_len = self.input.height * self.input.width * channels;
        let rows_at_once = GRADIENT_PIXELS.div_ceil(sizes.width.max(1));
        let taps = self.kernel * self.kernel;
        let parts: Vec<Vec<f32>> = gradient
            .par_chunks((rows_at_once * row_len).max(1))
            .enumerate()
            .map(|(part, gradient)| {
                let mut sums = vec![0.0; taps * channels];
                for (at, gradient) in gradient.chunks_exact(row_len).enumerate() {
                    let at = part * rows_at_once + at;
                    let image = &input[at / sizes.height * image_len..][..image_len];
                    for (row, tap) in rows.reads(at % sizes.height) {
                        let line = &image[row * self.input.width * channels..][..self.input.width * channels];
                        let sums = &mut sums[tap * self.kernel * channels..][..self.kernel * channels];
                        let (stride, channels) = (self.stride, channels);
                        match self.kernel {
                            3 => run(Taps::<3> { line, gradient, channels, stride, before, sums }),
                            _ => run(Taps::<5> { line, gradient, channels, stride, before, sums }),
                        }
                    }
                }
                sums
            })
            .collect();
        let mut weight = vec![0.0; taps * channels];
        for (at, weight) in weight.iter_mut().enumerate() {
            let (channel, tap) = (at / taps, at % taps);
            *weight = parts.iter().map(|part| f64::from(part[tap * channels + channel])).sum::<f64>() as f32;
        }
        weight
    }
}

/// Weights [channel, 1, row, column] as [row, column, channel].
fn by_tap(weight: &[f32], channels: usize) -> Vec<f32> {
    let taps = weight.len() / channels.max(1);
    (0..taps).flat_map(|tap| weight[tap..].iter().step_by(taps).copied()).collect()
}

/// Work on the channels of a row: as many at once as a register has lanes, then those that are left one by one.
trait Channelwise {
    fn channels(&self) -> usize;

    /// The channels from `channel` on, `SUMS` of them.
    fn block<const FUSED: bool, const SUMS: usize>(&mut self, channel: usize);

    #[inline(always)]
    fn all_channels<const FUSED: bool>(&mut self) {
        let whole = self.channels() - self.channels() % LANES;
        for channel in (0..whole).step_by(LANES) {
            self.block::<FUSED, LANES>(channel);
        }
        for channel in whole..self.channels() {
            self.block::<FUSED, 1>(channel);
        }
    }
}

/// One row of the output.
struct Row<'a> {
    /// Of the map that is read, one image, and its width.
    image: &'a [f32],
    width: usize,
    channels: usize,
    rows: &'a [(usize, usize)],
    columns: &'a [Columns],
    kernel: usize,
    /// [tap, channel].
    weights: &'a [f32],
    shift: &'a [f32],
    output: &'a mut [f32],
}

impl Row<'_> {
    /// Sums of `AT_ONCE` columns, of the channels from `channel` on. What lies beyond the map, which never happens, counts
    /// as 0: a panic here would keep the sums out of registers.
    #[inline(always)]
    fn sums<const FUSED: bool, const AT_ONCE: usize, const SUMS: usize>(
        &self,
        columns: &Columns,
        channel: usize,
    ) -> [[f32; SUMS]; AT_ONCE] {
        let shift = self.shift.get(channel..).and_then(|shift| shift.first_chunk()).unwrap_or(&[0.0; SUMS]);
        let mut sums = [*shift; AT_ONCE];
        for &(row, row_tap) in self.rows {
            for &(column, column_tap) in &columns.reads {
                let at = (row_tap * self.kernel + column_tap) * self.channels + channel;
                let weights = self.weights.get(at..).and_then(|weights| weights.first_chunk()).unwrap_or(&[0.0; SUMS]);
                let first = (row * self.width + column) * self.channels + channel;
                for (other, sums) in sums.iter_mut().enumerate() {
                    let from = first + other * columns.read_step * self.channels;
                    let values = self.image.get(from..).and_then(|values| values.first_chunk()).unwrap_or(&[0.0; SUMS]);
                    for lane in 0..SUMS {
                        sums[lane] = plus_product::<FUSED>(sums[lane], values[lane], weights[lane]);
                    }
                }
            }
        }
        sums
    }
}

impl Channelwise for Row<'_> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.channels
    }

    #[inline(always)]
    fn block<const FUSED: bool, const SUMS: usize>(&mut self, channel: usize) {
        for columns in self.columns {
            if columns.count == COLUMNS {
                let sums = self.sums::<FUSED, COLUMNS, SUMS>(columns, channel);
                for (other, sums) in sums.iter().enumerate() {
                    let at = (columns.first + other * columns.step) * self.channels + channel;
                    self.output[at..][..SUMS].copy_from_slice(sums);
                }
            } else {
                let [sums] = self.sums::<FUSED, 1, SUMS>(columns, channel);
                self.output[columns.first * self.channels + channel..][..SUMS].copy_from_slice(&sums);
            }
        }
    }
}

impl Kernel for Row<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        self.all_channels::<FUSED>();
    }
}

/// Adds to the gradients of one row of the kernel what one row of the output gives.
struct Taps<'a, const KERNEL: usize> {
    /// The input's row that this row of the kernel meets.
    line: &'a [f32],
    gradient: &'a [f32],
    channels: usize,
    stride: usize,
    before: usize,
    /// [kernel column, channel].
    sums: &'a mut [f32],
}

impl<const KERNEL: usize> Channelwise for Taps<'_, KERNEL> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.channels
    }

    #[inline(always)]
    fn block<const FUSED: bool, const SUMS: usize>(&mut self, channel: usize) {
        let mut sums = [[0.0; SUMS]; KERNEL];
        let width = self.line.len() / self.channels;
        for (column, gradient) in self.gradient.chunks_exact(self.channels).enumerate() {
            let gradient = gradient.get(channel..).and_then(|values| values.first_chunk()).unwrap_or(&[0.0; SUMS]);
            let first = (column * self.stride) as isize - self.before as isize;
            for (tap, sums) in sums.iter_mut().enumerate() {
                let at = first + tap as isize;
                if at < 0 || at as usize >= width {
                    continue;
                }
                let from = at as usize * self.channels + channel;
                let values = self.line.get(from..).and_then(|values| values.first_chunk()).unwrap_or(&[0.0; SUMS]);
                for lane in 0..SUMS {
                    sums[lane] = plus_product::<FUSED>(sums[lane], values[lane], gradient[lane]);
                }
            }
        }
        for (tap, from) in sums.iter().enumerate() {
            let to = &mut self.sums[tap * self.channels + channel..][..SUMS];
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
}

impl<const KERNEL: usize> Kernel for Taps<'_, KERNEL> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        self.all_channels::<FUSED>();
    }
}
