//! A grey image as numbers, and what is done to it before it is compared.

use nadir_core::image::RgbView;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};

/// Grey values 0 to 255, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `height * width` values.
    pub values: Vec<f32>,
}

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Plane {
    /// The luminance (ITU-R BT.601) of an image whose longer side is made `longest` px long, antialiased.
    pub fn of_image(image: RgbView<'_>, longest: usize) -> Self {
        let scale = longest as f64 / image.width.max(image.height).max(1) as f64;
        let side = |length: usize| ((length as f64 * scale).round() as usize).max(1);
        let (width, height) = (side(image.width), side(image.height));
        let whole = CropBox::whole(image.width, image.height);
        let planes = resized_crop(image, whole, width, height, Interpolation::Bilinear);
        let (red, others) = planes.values.split_at(width * height);
        let (green, blue) = others.split_at(width * height);
        let grey = red.iter().zip(green).zip(blue).map(|((r, g), b)| 255.0 * (0.299 * r + 0.587 * g + 0.114 * b));
        Self { width, height, values: grey.collect() }
    }

    /// Turned counter-clockwise by quarter turns.
    pub fn turned(&self, quarter_turns: u8) -> Self {
        let (width, height) = (self.width, self.height);
        let at = |row: usize, column: usize| self.values[row * width + column];
        let (out_width, out_height) = if quarter_turns % 2 == 1 { (height, width) } else { (width, height) };
        let mut values = Vec::with_capacity(self.values.len());
        for row in 0..out_height {
            for column in 0..out_width {
                values.push(match quarter_turns % 4 {
                    0 => at(row, column),
                    1 => at(column, width - 1 - row),
                    2 => at(height - 1 - row, width - 1 - column),
                    _ => at(height - 1 - column, row),
                });
            }
        }
        Self { width: out_width, height: out_height, values }
    }

    /// Of half the width and height, each value the mean of four; an odd last row or column is left off.
    pub fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let at =
            |row: usize, column: usize| self.values[row.min(self.height - 1) * self.width + column.min(self.width - 1)];
        let mean = |row: usize, column: usize| {
            (at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1)) / 4.0
        };
        let values = (0..height).flat_map(|row| (0..width).map(move |column| (2 * row, 2 * column)));
        Self { width, height, values: values.map(|(row, column)| mean(row, column)).collect() }
    }

    /// A part of it, which lies inside.
    pub fn cut(&self, part: Cut) -> Self {
        let mut values = Vec::with_capacity(part.width * part.height);
        for row in part.top..part.top + part.height {
            let start = row * self.width + part.left;
            values.extend_from_slice(&self.values[start..start + part.width]);
        }
        Self { width: part.width, height: part.height, values }
    }

    /// Blurred by a Gaussian of `sigma` px, borders repeated.
    pub fn blurred(&self, sigma: f32) -> Self {
        let reach = (3.0 * sigma).ceil() as isize;
        let weights: Vec<f32> = (-reach..=reach).map(|at| (-0.5 * (at as f32 / sigma).powi(2)).exp()).collect();
        let total: f32 = weights.iter().sum();
        let weights: Vec<f32> = weights.iter().map(|weight| weight / total).collect();
        let (width, height) = (self.width, self.height);
        let reach = reach as usize;
        let mut rows = vec![0.0; self.values.len()];
        let mut padded = vec![0.0; width + 2 * reach];
        for (row, out) in self.values.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            padded[..reach].fill(row[0]);
            padded[reach..reach + width].copy_from_slice(row);
            padded[reach + width..].fill(row[width - 1]);
            for (at, &weight) in weights.iter().enumerate() {
                out.iter_mut().zip(&padded[at..]).for_each(|(out, value)| *out += weight * value);
            }
        }
        let mut values = vec![0.0; rows.len()];
        for (row, out) in values.chunks_exact_mut(width).enumerate() {
            for (at, &weight) in weights.iter().enumerate() {
                let from = (row + at).saturating_sub(reach).min(height - 1);
                let source = &rows[from * width..(from + 1) * width];
                out.iter_mut().zip(source).for_each(|(out, value)| *out += weight * value);
            }
        }
        Self { width, height, values }
    }

    /// What is left without the mean over a square of `2 * radius + 1` px around each pixel: texture without light.
    pub fn high_passed(&self, radius: usize) -> Self {
        let (width, height) = (self.width, self.height);
        // Sums over all that lies above and to the left.
        let mut sums = vec![0.0_f64; (width + 1) * (height + 1)];
        for row in 0..height {
            let mut of_row = 0.0;
            for column in 0..width {
                of_row += f64::from(self.values[row * width + column]);
                sums[(row + 1) * (width + 1) + column + 1] = sums[row * (width + 1) + column + 1] + of_row;
            }
        }
        let mut values = Vec::with_capacity(self.values.len());
        for row in 0..height {
            let (top, bottom) = (row.saturating_sub(radius), (row + radius + 1).min(height));
            let [above, below] = [top, bottom].map(|at| &sums[at * (width + 1)..(at + 1) * (width + 1)]);
            // Between two columns, per pixel.
            let mean = |left: usize, right: usize, share: f64| {
                (below[right] - above[right] - below[left] + above[left]) * share
            };
            let share = |columns: usize| 1.0 / ((bottom - top) * columns) as f64;
            let of_row = &self.values[row * width..(row + 1) * width];
            let at_border = |column: usize| {
                let (left, right) = (column.saturating_sub(radius), (column + radius + 1).min(width));
                of_row[column] - mean(left, right, share(right - left)) as f32
            };
            let inside = radius.min(width)..width.saturating_sub(radius).max(radius.min(width));
            values.extend((0..inside.start).map(at_border));
            let whole = share(2 * radius + 1);
            values.extend(
                inside.clone().map(|column| of_row[column] - mean(column - radius, column + radius + 1, whole) as f32),
            );
            values.extend((inside.end..width).map(at_border));
        }
        Self { width, height, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: usize, height: usize) -> Plane {
        Plane { width, height, values: (0..width * height).map(|at| at as f32).collect() }
    }

    #[test]
    fn quarter_turns_are_counter_clockwise_and_four_of_them_change_nothing() {
        let plane = numbered(3, 2);
        assert_eq!(plane.turned(1).values, [2.0, 5.0, 1.0, 4.0, 0.0, 3.0]);
        for turns in 0..4 {
            assert_eq!(plane.turned(turns).turned((4 - turns) % 4), plane);
        }
    }

    #[test]
    fn halves_are_means_of_four() {
        assert_eq!(numbered(5, 2).halved(), Plane { width: 2, height: 1, values: vec![3.0, 5.0] });
    }

    #[test]
    fn texture_is_what_the_mean_of_a_square_leaves_at_borders_too() {
        for (width, height, radius) in [(20, 9, 3), (5, 4, 3), (2, 3, 8), (7, 7, 3), (1, 1, 2)] {
            let values = (0..width * height).map(|at| (at * at % 37) as f32).collect();
            let plane = Plane { width, height, values };
            let found = plane.high_passed(radius);
            for (at, &value) in found.values.iter().enumerate() {
                let near = |a: usize, b: usize| a.abs_diff(b) <= radius;
                let square = (0..width * height)
                    .filter(|&other| near(other / width, at / width) && near(other % width, at % width));
                let square: Vec<f32> = square.map(|other| plane.values[other]).collect();
                let mean = square.iter().sum::<f32>() / square.len() as f32;
                assert!((plane.values[at] - mean - value).abs() < 1e-3, "{width} x {height}, {at}: {value}");
            }
        }
    }

    #[test]
    fn a_ramp_has_no_texture_inside_and_a_blur_keeps_it() {
        let ramp = numbered(32, 1).values;
        let plane = Plane { width: 32, height: 32, values: ramp.repeat(32) };
        let inside = |plane: &Plane, value: fn(usize) -> f32| {
            (8..24).all(|at| (plane.values[16 * 32 + at] - value(at)).abs() < 1e-3)
        };
        assert!(inside(&plane.high_passed(4), |_| 0.0));
        assert!(inside(&plane.blurred(1.5), |at| at as f32));
    }
}
