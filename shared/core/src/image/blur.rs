//! Gaussian blur, equal to torchvision's `gaussian_blur` but for taps too small to matter.

use super::Planes;

/// A tap whose weight is below this part of the whole is skipped and the rest scaled up to sum to 1. Values in
/// [0, 1] then change by less than 5e-6, some thousandth of an 8-bit step, at any sigma with a kernel of 23.
const NEGLIGIBLE: f64 = 1e-6;

/// Values computed side by side, in registers.
const BLOCK: usize = 16;

/// Blurs all planes with a `kernel` x `kernel` Gaussian of `sigma` px; `kernel` is odd, borders reflect
/// without repeating the edge (torchvision's `padding_mode="reflect"`). Images smaller than the kernel reflect
/// as often as it takes.
pub fn gaussian_blur(planes: &mut Planes, kernel: usize, sigma: f32) {
    let (width, height) = (planes.width, planes.height);
    blur(&mut planes.values, width, height, kernel, sigma);
}

/// As [`gaussian_blur`] for an image whose three planes are the same: blurs the first and copies it.
pub fn gaussian_blur_of_gray(planes: &mut Planes, kernel: usize, sigma: f32) {
    let (width, height) = (planes.width, planes.height);
    let (first, others) = planes.values.split_at_mut(width * height);
    blur(first, width, height, kernel, sigma);
    for other in others.chunks_exact_mut((width * height).max(1)) {
        other.copy_from_slice(first);
    }
}

/// The weight of the centre, of its two neighbours, of theirs, ...; centre + 2 * others = 1.
pub fn half_kernel(kernel: usize, sigma: f32) -> Vec<f32> {
    let falloff = 0.5 / (f64::from(sigma) * f64::from(sigma));
    let mut half: Vec<f64> = (0..=kernel / 2).map(|at| exp_of_minus((at * at) as f64 * falloff)).collect();
    let whole = |half: &[f64]| half[0] + 2.0 * half[1..].iter().sum::<f64>();
    let total = whole(&half);
    half.retain(|weight| weight / total >= NEGLIGIBLE);
    let total = whole(&half);
    half.iter().map(|weight| (weight / total) as f32).collect()
}

/// e^-x for x >= 0 by multiplication and addition alone: the libraries' functions differ in the last bit between
/// machines. Relative error below 1e-12.
fn exp_of_minus(x: f64) -> f64 {
    if x > 700.0 || x.is_nan() {
        return 0.0;
    }
    let (mut part, mut halvings) = (x, 0);
    while part > 0.0625 {
        part *= 0.5;
        halvings += 1;
    }
    let series = (1..=9).rev().fold(1.0, |sum, n| 1.0 - part / f64::from(n) * sum);
    (0..halvings).fold(series, |power, _| power * power)
}

/// `at` in 0..`count` by reflection at the centres of the first and last pixel.
pub fn reflect(at: isize, count: usize) -> usize {
    if count <= 1 {
        return 0;
    }
    let last = count as isize - 1;
    let within = at.rem_euclid(2 * last);
    within.min(2 * last - within) as usize
}

/// Blurs planes of one size that lie one behind the other.
fn blur(values: &mut [f32], width: usize, height: usize, kernel: usize, sigma: f32) {
    let half = half_kernel(kernel, sigma);
    let radius = half.len() - 1;
    if radius == 0 || values.is_empty() {
        return;
    }
    let mut padded_row = vec![0.0; width + 2 * radius];
    let mut middle = vec![0.0; width * height];
    let row_at = |at: isize| reflect(at, height) * width;
    let mut starts = vec![(0, 0); radius];
    for plane in values.chunks_exact_mut(width * height) {
        for (row, out) in plane.chunks_exact(width).zip(middle.chunks_exact_mut(width)) {
            padded_row[radius..radius + width].copy_from_slice(row);
            for at in 1..=radius {
                padded_row[radius - at] = row[reflect(-(at as isize), width)];
                padded_row[radius + width - 1 + at] = row[reflect((width - 1 + at) as isize, width)];
            }
            for (at, pair) in starts.iter_mut().enumerate() {
                *pair = (radius - 1 - at, radius + 1 + at);
            }
            symmetric_sum(&padded_row, radius, &starts, &half, out);
        }
        for (y, out) in plane.chunks_exact_mut(width).enumerate() {
            for (at, pair) in starts.iter_mut().enumerate() {
                let (y, distance) = (y as isize, at as isize + 1);
                *pair = (row_at(y - distance), row_at(y + distance));
            }
            symmetric_sum(&middle, y * width, &starts, &half, out);
        }
    }
}

/// `out[i] = half[0] * source[centre + i] + sum over k of half[k + 1] * (source[pairs[k].0 + i] +
/// source[pairs[k].1 + i])`.
fn symmetric_sum(source: &[f32], centre: usize, pairs: &[(usize, usize)], half: &[f32], out: &mut [f32]) {
    let mut blocks = out.chunks_exact_mut(BLOCK);
    let mut at = 0;
    for block in &mut blocks {
        let mut sum = [0.0f32; BLOCK];
        for (sum, &value) in sum.iter_mut().zip(&source[centre + at..][..BLOCK]) {
            *sum = half[0] * value;
        }
        for (&(before, after), &weight) in pairs.iter().zip(&half[1..]) {
            let before = &source[before + at..][..BLOCK];
            let after = &source[after + at..][..BLOCK];
            for ((sum, &before), &after) in sum.iter_mut().zip(before).zip(after) {
                *sum += weight * (before + after);
            }
        }
        block.copy_from_slice(&sum);
        at += BLOCK;
    }
    for (out, i) in blocks.into_remainder().iter_mut().zip(at..) {
        *out = pairs.iter().zip(&half[1..]).fold(half[0] * source[centre + i], |sum, (&(before, after), &weight)| {
            sum + weight * (source[before + i] + source[after + i])
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With every tap, in f64, straight from the definition.
    fn exact(values: &[f32], width: usize, height: usize, kernel: usize, sigma: f64) -> Vec<f64> {
        let radius = kernel as isize / 2;
        let taps: Vec<f64> = (-radius..=radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp()).collect();
        let total: f64 = taps.iter().sum();
        let mut out = Vec::new();
        for (y, x) in (0..height as isize).flat_map(|y| (0..width as isize).map(move |x| (y, x))) {
            let mut sum = 0.0;
            for (i, wy) in taps.iter().enumerate() {
                for (j, wx) in taps.iter().enumerate() {
                    let row = reflect(y + i as isize - radius, height);
                    let column = reflect(x + j as isize - radius, width);
                    sum += wy * wx * f64::from(values[row * width + column]);
                }
            }
            out.push(sum / total / total);
        }
        out
    }

    #[test]
    fn taps_skipped_change_less_than_stated() {
        let mut rng = crate::rng::Rng::new(1);
        let (width, height) = (37, 29);
        for sigma in [0.1f32, 0.3, 0.5, 0.9, 1.2, 1.6, 1.99, 2.0, 5.0, 40.0] {
            // Black and white: the largest differences there can be.
            let values: Vec<f32> = (0..3 * width * height).map(|_| rng.below(2) as f32).collect();
            let mut planes = Planes { width, height, values: values.clone() };
            gaussian_blur(&mut planes, 23, sigma);
            let expected = exact(&values[..width * height], width, height, 23, f64::from(sigma));
            let error = expected.iter().zip(&planes.values).map(|(a, &b)| (a - f64::from(b)).abs());
            let error = error.fold(0.0, f64::max);
            assert!(error < 5e-6, "sigma {sigma}: error {error}");
        }
    }

    #[test]
    fn images_smaller_than_the_kernel_and_flat_ones_stay_sound() {
        for (width, height) in [(1, 1), (1, 9), (2, 3), (17, 1)] {
            let mut planes = Planes { width, height, values: vec![0.25; 3 * width * height] };
            gaussian_blur(&mut planes, 23, 2.0);
            assert!(planes.values.iter().all(|value| (value - 0.25).abs() < 1e-6));
        }
    }

    #[test]
    fn the_exponential_is_exact_to_twelve_digits() {
        for x in [0.0, 1e-9, 0.03, 0.0625, 0.5, 1.0, 7.7, 50.0, 690.0] {
            assert!((exp_of_minus(x) / f64::exp(-x) - 1.0).abs() < 1e-12, "{x}");
        }
        assert_eq!((exp_of_minus(f64::INFINITY), exp_of_minus(f64::NAN)), (0.0, 0.0));
    }
}
