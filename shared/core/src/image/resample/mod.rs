//! Antialiased resampling, as torchvision's `resize(antialias=True)` and Pillow do it: a separable filter whose
//! support grows with the factor of shrinking, weights renormalised where the filter reaches over the border.
//!
//! The horizontal pass works on tiles of transposed rows, so that both passes add up contiguous runs of values.
//! Weights are computed in f64, sums in f32, by additions and multiplications alone: the same on every machine.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Planes, RgbView};

/// The filter of a resampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Triangle filter, support 1 px.
    Bilinear,
    /// Cubic convolution with a = -0.5 (Keys 1981), support 2 px. Overshoots at edges.
    Bicubic,
}

impl Interpolation {
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    fn weight(self, distance: f64) -> f64 {
        let x = distance.abs();
        match self {
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Self::Bicubic => 0.0,
        }
    }
}

/// A rectangle of whole pixels inside an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CropBox {
    /// Columns of the image left of the crop.
    pub left: usize,
    /// Rows of the image above the crop.
    pub top: usize,
    /// Width of the crop in px.
    pub width: usize,
    /// Height of the crop in px.
    pub height: usize,
}

impl CropBox {
    /// All of an image.
    pub fn whole(width: usize, height: usize) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// The box \[x0, y0, x1, y1\] with its sides at the nearest px, at least 1 px wide and high, inside an image of
    /// this width and height.
    pub fn around([x0, y0, x1, y1]: [f32; 4], width: usize, height: usize) -> Self {
        let side = |low: f32, high: f32, length: usize| {
            let first = (low.round() as usize).min(length.saturating_sub(1));
            (first, (high.round() as usize).clamp(first + 1, length.max(first + 1)) - first)
        };
        let ((left, width), (top, height)) = (side(x0, x1, width), side(y0, y1, height));
        Self { left, top, width, height }
    }

    /// The part of it that lies inside an image.
    pub fn inside(self, width: usize, height: usize) -> Self {
        let (left, top) = (self.left.min(width), self.top.min(height));
        Self { left, top, width: self.width.min(width - left), height: self.height.min(height - top) }
    }
}

/// Cuts `crop` out of the image and resamples it to `out_width` x `out_height`; values in [0, 1].
/// Pixels outside the crop have no influence. What of the crop lies outside the image is left off; where nothing
/// is left, the result is black.
pub fn resized_crop(
    image: RgbView<'_>,
    crop: CropBox,
    out_width: usize,
    out_height: usize,
    interpolation: Interpolation,
) -> Planes {
    let crop = crop.inside(image.width, image.height);
    let columns = Taps::new(crop.width, out_width, 0..out_width, interpolation);
    let rows = Taps::new(crop.height, out_height, 0..out_height, interpolation);
    resample_rgb(image, crop, &columns, &rows, interpolation)
}

/// As [`resized_crop`], from planes. A cubic filter's overshoot is kept, as torchvision keeps it for floats.
pub fn resized_crop_of_planes(
    planes: &Planes,
    crop: CropBox,
    out_width: usize,
    out_height: usize,
    interpolation: Interpolation,
) -> Planes {
    let crop = crop.inside(planes.width, planes.height);
    let columns = Taps::new(crop.width, out_width, 0..out_width, interpolation);
    let rows = Taps::new(crop.height, out_height, 0..out_height, interpolation);
    let area = planes.width * planes.height;
    resample(crop, &columns, &rows, planes.channels(), |channel, row, out: &mut [f32]| {
        let start = channel * area + (crop.top + row) * planes.width + crop.left + columns.reach.start;
        let row = &planes.values[start..start + columns.reach.len()];
        for (out, &value) in out.iter_mut().step_by(TILE).zip(row) {
            *out = value;
        }
    })
}

/// The part of `image` given by `crop`, through filters already laid out; clamped to [0, 1].
pub(super) fn resample_rgb(
    image: RgbView<'_>,
    crop: CropBox,
    columns: &Taps,
    rows: &Taps,
    interpolation: Interpolation,
) -> Planes {
    let from_byte: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 255.0);
    let channels = image.channels();
    let mut planes = resample(crop, columns, rows, channels, |channel, row, out: &mut [f32]| {
        let start = (crop.top + row) * image.width + crop.left + columns.reach.start;
        let pixels = &image.pixels[channels * start..channels * (start + columns.reach.len())];
        for (out, pixel) in out.iter_mut().step_by(TILE).zip(pixels.chunks_exact(channels)) {
            *out = from_byte[usize::from(pixel[channel])];
        }
    });
    if interpolation == Interpolation::Bicubic {
        for value in &mut planes.values {
            *value = value.clamp(0.0, 1.0);
        }
    }
    planes
}

/// For every requested output pixel of a row or column, the input pixels it reads and their weights.
#[derive(Debug, Clone)]
pub(super) struct Taps {
    /// (first input pixel, range in `weights`) an output pixel.
    pixels: Vec<(usize, Range<usize>)>,
    weights: Vec<f32>,
    /// From the first to behind the last input pixel read.
    reach: Range<usize>,
}

impl Taps {
    /// The `requested` output pixels of a resampling of `input` pixels to `output` pixels. Centres and borders as
    /// in PyTorch's `_upsample_bilinear2d_aa`.
    pub(super) fn new(input: usize, output: usize, requested: Range<usize>, interpolation: Interpolation) -> Self {
        let mut taps = Self { pixels: Vec::with_capacity(requested.len()), weights: Vec::new(), reach: 0..0 };
        if input == 0 {
            taps.pixels = vec![(0, 0..0); requested.len()];
            return taps;
        }
        let scale = input as f64 / output as f64;
        let stretch = scale.max(1.0);
        let support = interpolation.support() * stretch;
        for at in requested {
            let centre = scale * (at as f64 + 0.5);
            let first = ((centre - support + 0.5).max(0.0) as usize).min(input - 1);
            let end = ((centre + support + 0.5) as usize).clamp(first + 1, input);
            let weight = |at: usize| interpolation.weight((at as f64 + 0.5 - centre) / stretch);
            // Zeros at the ends are skipped: an unchanged size then costs one tap a pixel.
            let first = (first..end).find(|&at| weight(at) != 0.0).unwrap_or(first);
            let end = (first..end).rfind(|&at| weight(at) != 0.0).unwrap_or(first) + 1;
            let total: f64 = (first..end).map(weight).sum();
            let from = taps.weights.len();
            taps.weights.extend((first..end).map(|at| (weight(at) / total) as f32));
            taps.pixels.push((first, from..taps.weights.len()));
        }
        let start = taps.pixels.iter().map(|(first, _)| *first).min().unwrap_or(0);
        let end = taps.pixels.iter().map(|(first, range)| first + range.len()).max().unwrap_or(0);
        taps.reach = start..end;
        taps
    }

    /// Output pixels in the opposite order: resampling and mirroring in one.
    pub(super) fn mirrored(mut self) -> Self {
        self.pixels.reverse();
        self
    }

    /// First input pixel counted from `reach.start`, and weights, an output pixel.
    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.pixels.iter().map(|(first, range)| (first - self.reach.start, &self.weights[range.clone()]))
    }
}

/// Rows of a tile: enough to fill vector registers, few enough for a tile to stay in the first-level cache.
const TILE: usize = 16;

/// `read(channel, row, out)` writes the columns `columns.reach` of a row into `out[0]`, `out[TILE]`, ...
fn resample(
    crop: CropBox,
    columns: &Taps,
    rows: &Taps,
    channels: usize,
    read: impl Fn(usize, usize, &mut [f32]),
) -> Planes {
    let (out_width, out_height) = (columns.pixels.len(), rows.pixels.len());
    let mut values = vec![0.0; channels * out_width * out_height];
    if crop.width == 0 || crop.height == 0 || values.is_empty() {
        return Planes { width: out_width, height: out_height, values };
    }
    let mut tile = vec![0.0; columns.reach.len() * TILE]; // [column, row]
    let mut narrow = vec![0.0; out_width * TILE]; // [out column, row]
    let mut middle = vec![0.0; rows.reach.len() * out_width]; // [row, out column]
    for (channel, plane) in values.chunks_exact_mut(out_width * out_height).enumerate() {
        for (block, band) in middle.chunks_mut(TILE * out_width).enumerate() {
            for row in 0..band.len() / out_width {
                read(channel, rows.reach.start + block * TILE + row, &mut tile[row..]);
            }
            for ((first, weights), out) in columns.iter().zip(narrow.chunks_exact_mut(TILE)) {
                weighted_sum(&tile[first * TILE..], TILE, weights, out);
            }
            for (row, out) in band.chunks_exact_mut(out_width).enumerate() {
                for (out, column) in out.iter_mut().zip(narrow.chunks_exact(TILE)) {
                    *out = column[row];
                }
            }
        }
        for ((first, weights), out) in rows.iter().zip(plane.chunks_exact_mut(out_width)) {
            weighted_sum(&middle[first * out_width..], out_width, weights, out);
        }
    }
    Planes { width: out_width, height: out_height, values }
}

/// `out[i] = sum over k of weights[k] * source[k * stride + i]`.
fn weighted_sum(source: &[f32], stride: usize, weights: &[f32], out: &mut [f32]) {
    let mut blocks = out.chunks_exact_mut(TILE);
    let mut at = 0;
    for block in &mut blocks {
        let mut sum = [0.0f32; TILE];
        for (k, &weight) in weights.iter().enumerate() {
            let values = &source[k * stride + at..][..TILE];
            for (sum, &value) in sum.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        block.copy_from_slice(&sum);
        at += TILE;
    }
    for (i, out) in blocks.into_remainder().iter_mut().enumerate() {
        *out = weights.iter().enumerate().fold(0.0, |sum, (k, &weight)| sum + weight * source[k * stride + at + i]);
    }
}

#[cfg(test)]
mod tests;
