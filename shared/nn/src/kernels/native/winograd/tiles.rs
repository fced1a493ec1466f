//! Tiles of maps to elements that are multiplied, and back.

use super::super::pieces::{Piece, Sizes};
use super::super::simd::{Kernel, run};
use super::minimal::{Minimal, WIDE, Wide, plus};
use std::marker::PhantomData;

/// Unused values behind those of each element, so that those of a tile do not share their places in the cache.
pub(super) const APART: usize = 16;

/// Image, row and column of the first output of each tile of a piece of a map, which is `width` wide.
pub(super) fn corners<const OUT: usize>(piece: &Piece, width: usize, corners: &mut Vec<[usize; 3]>) {
    corners.clear();
    for image in piece.images.clone() {
        for row in piece.rows.clone().step_by(OUT) {
            corners.extend((0..width).step_by(OUT).map(|column| [image, row, column]));
        }
    }
}

/// Elements of some tiles, [tile][element][channel], and [`APART`] behind each element.
#[derive(Debug, Default)]
pub(super) struct Elements {
    pub values: Vec<f32>,
    /// Where a tile's values begin.
    pub bases: Vec<usize>,
    /// A tile's elements when one dimension is transformed, [column][row][channel].
    half: Vec<f32>,
}

impl Elements {
    /// Transforms what `M` sees of a map around each tile's outputs, one row above them and one column left of them on.
    pub fn see<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize>(
        &mut self,
        (map, sizes): (&[f32], &Sizes),
        corners: &[[usize; 3]],
    ) {
        self.make_room(SEEN * SEEN, sizes.channels, corners.len());
        let map = Map { values: map, sizes, zeros: &vec![0.0; sizes.channels], before: 1 };
        run(Transform::<Input<M, OUT>, SEEN, SEEN> { map, corners, to: self, line: PhantomData });
    }

    /// Transforms gradients by the tiles' outputs to those by their products.
    pub fn pull<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize>(
        &mut self,
        (map, sizes): (&[f32], &Sizes),
        corners: &[[usize; 3]],
    ) {
        self.make_room(SEEN * SEEN, sizes.channels, corners.len());
        let map = Map { values: map, sizes, zeros: &vec![0.0; sizes.channels], before: 0 };
        run(Transform::<OutputGradient<M>, OUT, SEEN> { map, corners, to: self, line: PhantomData });
    }

    /// Values from a tile's element to its next.
    pub fn apart(channels: usize) -> usize {
        channels + APART
    }

    fn make_room(&mut self, elements: usize, channels: usize, tiles: usize) {
        let tile_len = elements * Self::apart(channels);
        self.values.resize(tiles * tile_len, 0.0);
        self.half.resize(elements * channels, 0.0);
        self.bases.clear();
        self.bases.extend((0..tiles).map(|tile| tile * tile_len));
    }
}

/// One dimension of a transform.
trait Line<const FROM: usize, const TO: usize> {
    fn of<const FUSED: bool>(from: [Wide; FROM]) -> [Wide; TO];
}

struct Input<M, const OUT: usize>(PhantomData<M>);

impl<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize> Line<SEEN, SEEN> for Input<M, OUT> {
    #[inline(always)]
    fn of<const FUSED: bool>(from: [Wide; SEEN]) -> [Wide; SEEN] {
        M::input::<FUSED>(from)
    }
}

struct OutputGradient<M>(PhantomData<M>);

impl<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize> Line<OUT, SEEN> for OutputGradient<M> {
    #[inline(always)]
    fn of<const FUSED: bool>(from: [Wide; OUT]) -> [Wide; SEEN] {
        M::output_gradient::<FUSED>(from)
    }
}

/// A map with zeros around it.
struct Map<'a> {
    values: &'a [f32],
    sizes: &'a Sizes,
    /// A pixel of them.
    zeros: &'a [f32],
    /// Rows above a tile's first output, and columns left of it, that are seen too.
    before: usize,
}

impl<'a> Map<'a> {
    /// The channels of what a tile sees at a row and a column.
    #[inline(always)]
    fn pixel(&self, [image, row, column]: [usize; 3], [down, across]: [usize; 2]) -> &'a [Wide] {
        let Sizes { height, width, channels, .. } = *self.sizes;
        // What wraps around is beyond the map too.
        let (row, column) = ((row + down).wrapping_sub(self.before), (column + across).wrapping_sub(self.before));
        let pixel = if row < height && column < width {
            &self.values[((image * height + row) * width + column) * channels..][..channels]
        } else {
            self.zeros
        };
        pixel.as_chunks().0
    }
}

/// Squares of `FROM` x `FROM` pixels to `TO` x `TO` elements.
struct Transform<'a, L, const FROM: usize, const TO: usize> {
    map: Map<'a>,
    corners: &'a [[usize; 3]],
    to: &'a mut Elements,
    line: PhantomData<L>,
}

impl<L: Line<FROM, TO>, const FROM: usize, const TO: usize> Kernel for Transform<'_, L, FROM, TO> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let channels = self.map.sizes.channels;
        let (wides, apart) = (channels / WIDE, Elements::apart(channels) / WIDE);
        let half = self.to.half.as_chunks_mut::<WIDE>().0;
        let tiles = self.to.values.chunks_exact_mut(TO * TO * Elements::apart(channels));
        for (&corner, tile) in self.corners.iter().zip(tiles) {
            for (column, half) in half.chunks_exact_mut(TO * wides).enumerate().take(FROM) {
                let from: [&[Wide]; FROM] = std::array::from_fn(|row| self.map.pixel(corner, [row, column]));
                transform(wides, from, in_turn(half, wides), L::of::<FUSED>);
            }
            let tile = tile.as_chunks_mut::<WIDE>().0;
            for (row, tile) in tile.chunks_exact_mut(TO * apart).enumerate() {
                let from: [&[Wide]; FROM] = std::array::from_fn(|column| &half[(column * TO + row) * wides..][..wides]);
                transform(wides, from, in_turn(tile, apart), L::of::<FUSED>);
            }
        }
    }
}

/// As many parts of `values` as there are, each of `len`.
#[inline(always)]
fn in_turn<const PARTS: usize>(values: &mut [Wide], len: usize) -> [&mut [Wide]; PARTS] {
    let mut parts = values.chunks_exact_mut(len);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Writes what `line` makes of `count` lines, each with a value in every one of `from`, one in every one of `to`.
#[inline(always)]
fn transform<const FROM: usize, const TO: usize>(
    count: usize,
    from: [&[Wide]; FROM],
    to: [&mut [Wide]; TO],
    line: impl Fn([Wide; FROM]) -> [Wide; TO],
) {
    // Cut to one length, so that the loop has no bounds to check.
    let (from, to) = (from.map(|from| &from[..count]), to.map(|to| &mut to[..count]));
    for at in 0..count {
        let line = line(std::array::from_fn(|part| from[part][at]));
        for part in 0..TO {
            to[part][at] = line[part];
        }
    }
}

/// Products to a piece of the output.
pub(super) struct Outputs<'a, M, const OUT: usize, const SEEN: usize> {
    /// [element][tile][channel], and [`APART`] behind each element.
    pub products: &'a [f32],
    pub sizes: &'a Sizes,
    /// Added to each channel.
    pub shift: &'a [f32],
    /// Image and row of the piece's first output.
    pub first: [usize; 2],
    /// Rows of each image that the piece has.
    pub rows: usize,
    pub corners: &'a [[usize; 3]],
    /// A tile's outputs when one dimension is transformed, [column][row][channel].
    pub half: &'a mut [f32],
    pub output: &'a mut [f32],
    pub minimal: PhantomData<M>,
}

impl<M: Minimal<OUT, SEEN>, const OUT: usize, const SEEN: usize> Kernel for Outputs<'_, M, OUT, SEEN> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        let Sizes { width, channels, .. } = *self.sizes;
        let wides = channels / WIDE;
        let (products, shift) = (self.products.as_chunks::<WIDE>().0, &self.shift.as_chunks::<WIDE>().0[..wides]);
        let half = std::mem::take(&mut self.half).as_chunks_mut::<WIDE>().0;
        let output = std::mem::take(&mut self.output).as_chunks_mut::<WIDE>().0;
        let of_element = self.corners.len() * wides + APART / WIDE;
        // What lies beyond the output's last column.
        let mut beyond = vec![[0.0; WIDE]; OUT * wides];
        for (tile, &[image, row, column]) in self.corners.iter().enumerate() {
            for (across, half) in half.chunks_exact_mut(OUT * wides).enumerate().take(SEEN) {
                let from: [&[Wide]; SEEN] = std::array::from_fn(|down| {
                    &products[(down * SEEN + across) * of_element + tile * wides..][..wides]
                });
                transform(wides, from, in_turn(half, wides), M::output::<FUSED>);
            }
            let [image, row] = [image - self.first[0], row - self.first[1]];
            for down in 0..OUT.min(self.rows - row) {
                let from: [&[Wide]; SEEN] =
                    std::array::from_fn(|across| &half[(across * OUT + down) * wides..][..wides]);
                let first = (image * self.rows + row + down) * width + column;
                let there = &mut output[first * wides..][..OUT.min(width - column) * wides];
                let is_whole = there.len() == OUT * wides;
                let to = if is_whole { &mut *there } else { beyond.as_mut_slice() };
                transform(wides, from, in_turn(to, wides), M::output::<FUSED>);
                if !is_whole {
                    there.copy_from_slice(&beyond[..there.len()]);
                }
                for pixel in there.chunks_exact_mut(wides) {
                    pixel.iter_mut().zip(shift).for_each(|(value, shift)| *value = plus(*value, *shift));
                }
            }
        }
    }
}
