//! Whether two images show the same ground: phase correlation says how they lie on each other, and cross-correlation
//! of texture, tile by tile, whether the pixels there are the same.

use super::candidate::Placed;
use super::fourier::{Fourier, Spectrum};
use super::plane::{Cut, Plane};
use realfft::num_complex::Complex;

/// Standard deviation of the low-pass over the phases, in cycles per px: noise of compression is above.
const BAND: f32 = 0.2;
/// Half the side of the square around the highest peak in which no second peak is looked for, px.
const OF_ONE_PEAK: usize = 4;
/// An overlap is at least so many px wide and high.
const LEAST_SIDE: usize = 16;
/// Tiles along each side of the overlap, at the most.
const TILES: usize = 4;
/// Texture of a tile, in grey values (standard deviation), below which it says nothing.
const LEAST_TEXTURE: f32 = 1.5;

/// How well two images agree where they lie on each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// From the first image's upper left corner to the turned second's, downwards and to the right, px of the planes.
    pub offset: [i64; 2],
    /// Overlap as a share of the smaller image.
    pub share: f32,
    /// The highest peak of the phase correlation over the second highest.
    pub peak_ratio: f32,
    /// Tiles of the overlap with texture.
    pub tiles: usize,
    /// Median of their normalised cross-correlation.
    pub median: f32,
    /// What nine tenths of them reach.
    pub lowest: f32,
}

/// Which texture is compared: coarser than the noise of compression, finer than light and shade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Texture {
    /// Standard deviation of the Gaussian that takes noise away, px.
    pub sigma: f32,
    /// Half the side of the square whose mean is taken away, px.
    pub radius: usize,
}

/// Compares planes by Fourier transforms of one size.
pub struct Comparison {
    plan: Fourier,
    low_pass: Vec<f32>,
}

impl Comparison {
    /// For overlaps that are looked at in a square of `size` px.
    pub fn new(size: usize) -> Self {
        let half = size / 2 + 1;
        let frequency = |at: usize| at.min(size - at) as f32 / size as f32;
        let weight = |column: usize, row: usize| {
            (-(frequency(column).powi(2) + frequency(row).powi(2)) / (2.0 * BAND * BAND)).exp()
        };
        let low_pass = (0..half).flat_map(|column| (0..size).map(move |row| weight(column, row))).collect();
        Self { plan: Fourier::new(size), low_pass }
    }

    /// Corrects where `second` lies on `first`: the offset of its corner, and how much higher the peak of the phase
    /// correlation of the overlap is than the next. `None` where they hardly overlap.
    pub fn aligned(&self, first: &Plane, second: &Plane, offset: [i64; 2]) -> Option<([i64; 2], f32)> {
        let (a, b) = overlap(first, second, offset)?;
        let size = self.plan.size;
        let middle = |cut: Cut| {
            let (width, height) = (cut.width.min(size), cut.height.min(size));
            Cut { left: cut.left + (cut.width - width) / 2, top: cut.top + (cut.height - height) / 2, width, height }
        };
        let [a, b] =
            [first.cut(middle(a)), second.cut(middle(b))].map(|part| self.plan.spectrum(&windowed(&part, size)));
        let surface = self.plan.values(self.phases(&a, &b));
        let (at, ratio) = peak(&surface, size);
        Some(([offset[0] + at[0], offset[1] + at[1]], ratio))
    }

    /// Where a whole image lies on another of which nothing is known: offset and ratio of peaks.
    pub fn located(&self, first: &Plane, second: &Plane) -> ([i64; 2], f32) {
        let size = self.plan.size;
        let [a, b] = [first, second].map(|plane| self.plan.spectrum(&windowed(plane, size)));
        peak(&self.plan.values(self.phases(&a, &b)), size)
    }

    /// The cross-power spectrum with all amplitudes alike, but for the low-pass.
    fn phases(&self, a: &Spectrum, b: &Spectrum) -> Spectrum {
        let mut cross: Spectrum = a.iter().zip(b).map(|(a, b)| a * b.conj()).collect();
        // What has next to no amplitude has no phase.
        let floor = 1e-3 * cross.iter().map(length).sum::<f32>() / cross.len() as f32 + f32::MIN_POSITIVE;
        for (value, weight) in cross.iter_mut().zip(&self.low_pass) {
            *value *= weight / (length(value) + floor);
        }
        cross
    }
}

/// Its absolute value, without what `hypot` does for values near the ends of the range.
fn length(value: &Complex<f32>) -> f32 {
    value.norm_sqr().sqrt()
}

/// In the upper left of a square of `size` px, less its mean, fading out towards its borders.
fn windowed(plane: &Plane, size: usize) -> Vec<f32> {
    let (width, height) = (plane.width.min(size), plane.height.min(size));
    let mean = plane.values.iter().sum::<f32>() / plane.values.len().max(1) as f32;
    let window = |length: usize| -> Vec<f32> {
        (0..length).map(|at| (std::f32::consts::PI * (at as f32 + 0.5) / length as f32).sin()).collect()
    };
    let (across, down) = (window(width), window(height));
    let mut values = vec![0.0; size * size];
    for row in 0..height {
        let source = &plane.values[row * plane.width..row * plane.width + width];
        for ((out, value), weight) in values[row * size..].iter_mut().zip(source).zip(&across) {
            *out = (value - mean) * weight * down[row];
        }
    }
    values
}

/// The highest value's place, downwards and to the right, and its ratio to the highest that is not of the same peak.
fn peak(surface: &[f32], size: usize) -> ([i64; 2], f32) {
    let highest = (0..surface.len()).max_by(|&a, &b| surface[a].total_cmp(&surface[b])).unwrap_or(0);
    let (row, column) = (highest / size, highest % size);
    let distance = |a: usize, b: usize| a.abs_diff(b).min(size - a.abs_diff(b));
    let mut second = f32::MIN_POSITIVE;
    for (at, values) in surface.chunks_exact(size).enumerate() {
        let is_near_row = distance(at, row) <= OF_ONE_PEAK;
        for (to, &value) in values.iter().enumerate() {
            if value > second && !(is_near_row && distance(to, column) <= OF_ONE_PEAK) {
                second = value;
            }
        }
    }
    let signed = |at: usize| if at <= size / 2 { at as i64 } else { at as i64 - size as i64 };
    ([signed(row), signed(column)], surface[highest] / second)
}

/// The offset of the turned second's corner from the first's, for how its centre lies.
pub fn offset_of(placed: Placed, first: &Plane, turned: &Plane, scale: f32) -> [i64; 2] {
    let of = |shift: f32, a: usize, b: usize| (shift * scale + (a as f32 - b as f32) / 2.0).round() as i64;
    [of(placed.shift[0], first.height, turned.height), of(placed.shift[1], first.width, turned.width)]
}

/// How the centre of the turned second lies on the first, for the offset of its corner; px divided by `scale`.
pub fn shift_of(offset: [i64; 2], first: &Plane, turned: &Plane, scale: f32) -> [f32; 2] {
    let of = |offset: i64, a: usize, b: usize| (offset as f32 - (a as f32 - b as f32) / 2.0) / scale;
    [of(offset[0], first.height, turned.height), of(offset[1], first.width, turned.width)]
}

/// The parts of two planes that lie on each other; `None` where these are too small to say anything.
fn overlap(first: &Plane, second: &Plane, [down, right]: [i64; 2]) -> Option<(Cut, Cut)> {
    let side = |a: usize, b: usize, offset: i64| -> Option<(usize, usize, usize)> {
        let start = offset.max(0);
        let length = (a as i64).min(offset + b as i64) - start;
        (length >= LEAST_SIDE as i64).then(|| (start as usize, (start - offset) as usize, length as usize))
    };
    let (top, second_top, height) = side(first.height, second.height, down)?;
    let (left, second_left, width) = side(first.width, second.width, right)?;
    Some((Cut { left, top, width, height }, Cut { left: second_left, top: second_top, width, height }))
}

/// How well the textures of two planes agree where the second's corner lies at `offset`.
pub fn agreement(
    first: &Plane,
    second: &Plane,
    offset: [i64; 2],
    texture: Texture,
    peak_ratio: f32,
) -> Option<Agreement> {
    let (a, b) = overlap(first, second, offset)?;
    let share = (a.width * a.height) as f32 / first.values.len().min(second.values.len()) as f32;
    let of = |plane: &Plane, cut: Cut| plane.cut(cut).blurred(texture.sigma).high_passed(texture.radius);
    let (a, b) = (of(first, a), of(second, b));
    let tiles = |length: usize| (length / LEAST_SIDE).clamp(1, TILES);
    let (rows, columns) = (tiles(a.height), tiles(a.width));
    let mut found: Vec<f32> = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let [top, bottom] = [row, row + 1].map(|at| at * a.height / rows);
            let [left, right] = [column, column + 1].map(|at| at * a.width / columns);
            found.extend(best_correlation(&a, &b, Cut { left, top, width: right - left, height: bottom - top }));
        }
    }
    found.sort_by(f32::total_cmp);
    let median = found.get(found.len() / 2).copied().unwrap_or(0.0);
    let lowest = found.get(found.len() / 10).copied().unwrap_or(0.0);
    Some(Agreement { offset, share, peak_ratio, tiles: found.len(), median, lowest })
}

/// Normalised cross-correlation of a tile, the highest within 1 px where it is not high right there (images that were
/// resized lie between whole pixels); `None` for a tile without texture.
fn best_correlation(a: &Plane, b: &Plane, tile: Cut) -> Option<f32> {
    let here = correlation(a, b, tile, [0, 0])?;
    if here > 0.9 {
        return Some(here);
    }
    let around = [-1, 0, 1].into_iter().flat_map(|down| [-1, 0, 1].map(|right| [down, right]));
    Some(around.filter_map(|shift| correlation(a, b, tile, shift)).fold(here, f32::max))
}

/// Sums of `a`, `b`, their squares and their products, of a row of a tile: lanes that a compiler makes vectors of.
fn moments(a: &[f32], b: &[f32]) -> [f32; 5] {
    const LANES: usize = 8;
    let mut sums = [[0.0_f32; LANES]; 5];
    let mut add = |lane: usize, x: f32, y: f32| {
        for (sum, value) in sums.iter_mut().zip([x, y, x * x, y * y, x * y]) {
            sum[lane] += value;
        }
    };
    let (of_a, rest_of_a) = a.as_chunks::<LANES>();
    let (of_b, rest_of_b) = b.as_chunks::<LANES>();
    for (a, b) in of_a.iter().zip(of_b) {
        (0..LANES).for_each(|lane| add(lane, a[lane], b[lane]));
    }
    rest_of_a.iter().zip(rest_of_b).for_each(|(&x, &y)| add(0, x, y));
    sums.map(|lanes| lanes.iter().sum())
}

/// Normalised cross-correlation of a tile of `a` with the same of `b`, `shift` px off; `None` without texture.
fn correlation(a: &Plane, b: &Plane, tile: Cut, [down, right]: [isize; 2]) -> Option<f32> {
    let clipped = |start: usize, length: usize, shift: isize, whole: usize| {
        let low = start.max(shift.unsigned_abs());
        (low, (start + length).min(whole - shift.unsigned_abs()))
    };
    let (top, bottom) = clipped(tile.top, tile.height, down, a.height);
    let (left, right_end) = clipped(tile.left, tile.width, right, a.width);
    if bottom <= top || right_end <= left {
        return None;
    }
    let mut sums = [0.0_f64; 5];
    for row in top..bottom {
        let of_a = &a.values[row * a.width + left..row * a.width + right_end];
        let start = (row as isize + down) as usize * b.width + (left as isize + right) as usize;
        let of_row = moments(of_a, &b.values[start..start + of_a.len()]);
        sums.iter_mut().zip(of_row).for_each(|(sum, of_row)| *sum += f64::from(of_row));
    }
    let count = ((bottom - top) * (right_end - left)) as f64;
    let variance = |sum: f64, squares: f64| (squares - sum * sum / count).max(0.0) / count;
    let (of_a, of_b) = (variance(sums[0], sums[2]), variance(sums[1], sums[3]));
    let least = f64::from(LEAST_TEXTURE).powi(2);
    (of_a.min(of_b) >= least).then(|| ((sums[4] - sums[0] * sums[1] / count) / count / (of_a * of_b).sqrt()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    #[test]
    fn a_tile_correlates_with_itself_wherever_it_lies_and_however_bright() {
        let mut rng = Rng::new(3);
        let (width, height) = (37, 29);
        let values = (0..width * height).map(|_| rng.range(-20.0, 20.0) as f32).collect();
        let a = Plane { width, height, values };
        // Two rows down and one column to the left, and twice as bright.
        let moved = |at: usize| {
            let (row, column) = (at / width, at % width);
            if row >= 2 && column + 1 < width { 2.0 * a.values[(row - 2) * width + column + 1] + 5.0 } else { 0.0 }
        };
        let b = Plane { width, height, values: (0..width * height).map(moved).collect() };
        let tile = Cut { left: 3, top: 4, width: 19, height: 17 };
        let there = correlation(&a, &b, tile, [2, -1]).expect("texture");
        assert!((there - 1.0).abs() < 1e-5, "{there}");
        assert!(correlation(&a, &b, tile, [0, 0]).expect("texture").abs() < 0.3);
        let flat = Plane { width, height, values: vec![7.0; width * height] };
        assert_eq!(correlation(&a, &flat, tile, [0, 0]), None);
    }
}
