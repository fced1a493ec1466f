//! A feature map whose channels lie together, in a frame of zeros.

use super::threads::{for_each, rows_of_part};
use std::ops::Range;

/// One image's feature map, [row, column, channel], with `frame` rows and columns of zeros around it, and one more
/// below and to the right where a side is odd: whatever a kernel or a tile of two by two sees beside the image is
/// there.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub frame: usize,
    pub values: Vec<f32>,
}

/// Some of a map's rows, to be written. Rows and columns count without the frame.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub range: Range<usize>,
    pub width: usize,
    channels: usize,
    frame: usize,
    row_len: usize,
    /// Where in the map the first of `values` lies.
    begin: usize,
    values: &'a mut [f32],
}

impl Map {
    pub fn zeros([channels, height, width]: [usize; 3], frame: usize) -> Self {
        let [rows, columns] = [height, width].map(|side| side.next_multiple_of(2) + 2 * frame);
        Self { channels, height, width, frame, values: vec![0.0; rows * columns * channels] }
    }

    /// Of one image as tensors have it, [channel, row, column].
    pub fn from_planes(planes: &[f32], sizes: [usize; 3], frame: usize) -> Self {
        let mut map = Self::zeros(sizes, frame);
        let [channels, height, width] = sizes;
        for (channel, plane) in planes.chunks_exact(height * width).enumerate() {
            for (y, line) in plane.chunks_exact(width).enumerate() {
                let start = map.at(y + frame, frame) + channel;
                map.values[start..].iter_mut().step_by(channels).zip(line).for_each(|(to, &value)| *to = value);
            }
        }
        map
    }

    /// As tensors have it, [channel, row, column], behind what is in `planes`.
    pub fn append_planes(&self, planes: &mut Vec<f32>) {
        for channel in 0..self.channels {
            for y in 0..self.height {
                let line = &self.values[self.at(y + self.frame, self.frame) + channel..];
                planes.extend(line.iter().step_by(self.channels).take(self.width));
            }
        }
    }

    /// The channels of each pixel, row-major.
    pub fn pixels(&self) -> impl Iterator<Item = &[f32]> {
        let pixel = |y: usize, x: usize| &self.values[self.at(y + self.frame, x + self.frame)..][..self.channels];
        (0..self.height).flat_map(move |y| (0..self.width).map(move |x| pixel(y, x)))
    }

    /// Values a row, frame and all.
    pub fn row_len(&self) -> usize {
        (self.width.next_multiple_of(2) + 2 * self.frame) * self.channels
    }

    /// Where the values of a pixel start; row and column count from the frame's corner.
    pub fn at(&self, row: usize, column: usize) -> usize {
        row * self.row_len() + column * self.channels
    }

    /// All rows, so many to a part.
    pub(super) fn parts(&mut self, rows: usize) -> Vec<Rows<'_>> {
        let &mut Self { channels, height, width, frame, .. } = self;
        let row_len = self.row_len();
        let of_image = &mut self.values[frame * row_len..][..height * row_len];
        let parts = of_image.chunks_mut(rows * row_len).zip((0..height).step_by(rows));
        parts
            .map(|(values, first)| Rows {
                range: first..first + values.len() / row_len,
                width,
                channels,
                frame,
                row_len,
                begin: (frame + first) * row_len,
                values,
            })
            .collect()
    }

    /// The largest of each window of 3x3 at stride 2, with the `padding` that the frame is; for values of which none is
    /// negative, since the frame's zeros count.
    pub fn max_pool(&self, [height, width]: [usize; 2], padding: usize) -> Self {
        let mut output = Self::zeros([self.channels, height, width], 1);
        let channels = self.channels;
        let from = self.frame - padding;
        let of_part = rows_of_part(height, 1, 9 * channels * height * width);
        for_each(output.parts(of_part), 0, |_, mut rows| {
            for [y, x] in rows.pixels() {
                let to = rows.run_mut(rows.at(y, x), channels);
                for row in 0..3 {
                    let window = &self.values[self.at(from + 2 * y + row, from + 2 * x)..][..3 * channels];
                    for pixel in window.chunks_exact(channels) {
                        to.iter_mut().zip(pixel).for_each(|(to, &value)| *to = if value > *to { value } else { *to });
                    }
                }
            }
        });
        output
    }

    /// Plus `above`, enlarged to this size by repeating its cells, as torch's `interpolate` in nearest mode.
    pub fn add_enlarged(&mut self, above: &Self) {
        let &mut Self { channels, height, width, .. } = self;
        let of_part = rows_of_part(height, 1, channels * height * width);
        for_each(self.parts(of_part), 0, |_, mut rows| {
            for [y, x] in rows.pixels() {
                let from = above.at(above.frame + y * above.height / height, above.frame + x * above.width / width);
                let to = rows.run_mut(rows.at(y, x), channels);
                to.iter_mut().zip(&above.values[from..]).for_each(|(to, &value)| *to += value);
            }
        });
    }

    /// Every second pixel of every second row, from the first on.
    pub fn every_second(&self) -> Self {
        let mut output = Self::zeros([self.channels, self.height.div_ceil(2), self.width.div_ceil(2)], self.frame);
        let channels = self.channels;
        for mut rows in output.parts(self.height) {
            for [y, x] in rows.pixels() {
                let from = self.at(self.frame + 2 * y, self.frame + 2 * x);
                rows.run_mut(rows.at(y, x), channels).copy_from_slice(&self.values[from..][..channels]);
            }
        }
        output
    }
}

impl Rows<'_> {
    /// Where in the map the values of a pixel start.
    pub fn at(&self, row: usize, column: usize) -> usize {
        (self.frame + row) * self.row_len + (self.frame + column) * self.channels
    }

    /// So many values from place `at` of the map on.
    pub fn run_mut(&mut self, at: usize, len: usize) -> &mut [f32] {
        &mut self.values[at - self.begin..][..len]
    }

    /// Row and column of each pixel.
    pub fn pixels(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let width = self.width;
        self.range.clone().flat_map(move |y| (0..width).map(move |x| [y, x]))
    }
}
