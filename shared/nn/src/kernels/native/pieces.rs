//! How a map is taken apart, so that cores share the work and what one works on stays in its cache.

use std::ops::Range;

/// Sizes of a channels-last map, [batch, height, width, channels].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Sizes {
    /// Number of values of the map.
    pub fn len(&self) -> usize {
        self.pixels() * self.channels
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.batch * self.height * self.width
    }
}

/// Some whole images, or some rows of one: contiguous in memory.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub images: Range<usize>,
    pub rows: Range<usize>,
}

impl Piece {
    /// All of a map in pieces of about `pixels` pixels, in its order. The first row of each is a multiple of `step`.
    pub fn all(sizes: &Sizes, pixels: usize, step: usize) -> Vec<Self> {
        let Sizes { batch, height, width, .. } = *sizes;
        let images_at_once = (pixels / (height * width)).max(1);
        let rows_at_once =
            if images_at_once > 1 { height } else { (pixels / width).max(1).next_multiple_of(step).min(height) };
        (0..batch)
            .step_by(images_at_once)
            .flat_map(|image| {
                (0..height).step_by(rows_at_once).map(move |row| Self {
                    images: image..batch.min(image + images_at_once),
                    rows: row..height.min(row + rows_at_once),
                })
            })
            .collect()
    }

    /// Its pixels in a map of such a width.
    pub fn pixels(&self, width: usize) -> usize {
        self.images.len() * self.rows.len() * width
    }
}

/// The pieces' own parts of a map's `values`.
pub(super) fn parts<'a>(pieces: &[Piece], sizes: &Sizes, mut values: &'a mut [f32]) -> Vec<&'a mut [f32]> {
    let part = |piece: &Piece| {
        let (part, rest) = std::mem::take(&mut values).split_at_mut(piece.pixels(sizes.width) * sizes.channels);
        values = rest;
        part
    };
    pieces.iter().map(part).collect()
}

/// What a kernel slides over: `rows` x `columns` of the input, from `top` rows above and `left` columns left of the
/// first pixel's on, `stride` apart. Beyond the input are zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub rows: usize,
    pub columns: usize,
    pub stride: usize,
    pub top: isize,
    pub left: isize,
}

impl Window {
    /// Whether each pixel of the output sees the one pixel in its place.
    pub fn is_pointwise(&self) -> bool {
        (self.rows, self.columns, self.stride, self.top, self.left) == (1, 1, 1, 0, 0)
    }
}

/// The part of an input that a piece of the output sees, with the zeros around it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub values: Vec<f32>,
    pub row_len: usize,
    /// Where what each pixel of the piece sees begins, by image, row, column.
    pub bases: Vec<usize>,
}

impl Frame {
    /// Copies what `window` sees from `rows` of some images' outputs that are `width` wide. `spare` values follow the
    /// last.
    pub fn fill(
        &mut self,
        input: &[f32],
        sizes: &Sizes,
        window: &Window,
        (images, rows): (Range<usize>, Range<usize>),
        width: usize,
        spare: usize,
    ) {
        let channels = sizes.channels;
        let columns = (width - 1) * window.stride + window.columns;
        let height = (rows.len() - 1) * window.stride + window.rows;
        self.row_len = columns * channels;
        self.values.resize(images.len() * height * self.row_len + spare, 0.0);
        let before = (window.left.max(0) as usize).min(columns);
        let from = (-window.left).max(0) as usize;
        let inside = sizes.width.saturating_sub(from).min(columns - before);
        let top = (rows.start * window.stride) as isize - window.top;
        let mut lines = self.values.chunks_exact_mut(self.row_len);
        for image in images.clone() {
            for (row, line) in (top..top + height as isize).zip(&mut lines) {
                let (row, inside) =
                    if (0..sizes.height as isize).contains(&row) { (row as usize, inside) } else { (0, 0) };
                let begin = ((image * sizes.height + row) * sizes.width + from) * channels;
                let (zeros, line) = line.split_at_mut(before * channels);
                let (line, more_zeros) = line.split_at_mut(inside * channels);
                zeros.fill(0.0);
                more_zeros.fill(0.0);
                if inside > 0 {
                    line.copy_from_slice(&input[begin..][..line.len()]);
                }
            }
        }
        self.bases.clear();
        for image in 0..images.len() {
            for row in 0..rows.len() {
                let first = (image * height + row * window.stride) * self.row_len;
                self.bases.extend((0..width).map(|column| first + column * window.stride * channels));
            }
        }
    }
}
