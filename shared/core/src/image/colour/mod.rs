//! Colour adjustments of planes in [0, 1], equal to torchvision's v2 functional ones for float images.
//!
//! All are loops without branches over the three planes. [`adjust`] runs several of them over short stretches of
//! pixels, so that a stretch stays in the first-level cache from the first adjustment to the last.

use serde::{Deserialize, Serialize};

use super::{Planes, RGB};

/// Weights of red, green and blue in torchvision's grayscale (ITU-R 601).
pub const LUMA: [f32; 3] = [0.2989, 0.587, 0.114];

/// Pixels a stretch: three planes of it are 12 KiB.
const STRETCH: usize = 1024;

/// Which adjustment, in [`Adjustment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentKind {
    /// Multiplies every value, see [`brightness`].
    Brightness,
    /// Blends with the mean grey, see [`contrast`].
    Contrast,
    /// Blends with the pixel's own grey, see [`saturation`].
    Saturation,
    /// Turns the hue, see [`hue`].
    Hue,
}

/// One step of a colour jitter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Which property is adjusted.
    pub kind: AdjustmentKind,
    /// The factor, 1 for no change; for a hue the shift as a share of the circle, 0 for no change.
    pub factor: f32,
}

/// Multiplies every value by `factor`; clamps to [0, 1].
pub fn brightness(planes: &mut Planes, factor: f32) {
    adjust(planes, &[Adjustment { kind: AdjustmentKind::Brightness, factor }], false);
}

/// Moves every value away from the mean of the grayscale image: `factor * value + (1 - factor) * mean`, clamped.
pub fn contrast(planes: &mut Planes, factor: f32) {
    adjust(planes, &[Adjustment { kind: AdjustmentKind::Contrast, factor }], false);
}

/// Moves every pixel away from its own gray: `factor * value + (1 - factor) * gray`, clamped.
pub fn saturation(planes: &mut Planes, factor: f32) {
    adjust(planes, &[Adjustment { kind: AdjustmentKind::Saturation, factor }], false);
}

/// Turns the hue of every pixel in HSV by `shift` of the circle, in [-0.5, 0.5]; values must be in [0, 1].
pub fn hue(planes: &mut Planes, shift: f32) {
    adjust(planes, &[Adjustment { kind: AdjustmentKind::Hue, factor: shift }], false);
}

/// Gives all three planes the grayscale image.
pub fn grayscale(planes: &mut Planes) {
    adjust(planes, &[], true);
}

/// The adjustments in the given order, then grayscale if requested: equal to calling them one by one.
///
/// Of bands that are not three nobody says which are red, green and blue: brightness and contrast alone are adjusted then,
/// a contrast about the mean of all bands, and saturation, hue and grayscale leave them as they are.
pub fn adjust(planes: &mut Planes, adjustments: &[Adjustment], to_gray: bool) {
    if planes.channels() != RGB {
        return adjust_bands(&mut planes.values, adjustments);
    }
    let area = planes.width * planes.height;
    let (mut rest, mut blend) = (adjustments, None);
    loop {
        // A contrast needs the mean of everything before it, so it ends a sweep over the image.
        let until = rest.iter().position(|step| step.kind == AdjustmentKind::Contrast);
        let (now, then) = rest.split_at(until.unwrap_or(rest.len()));
        let mut gray_sum = 0.0;
        let (red, others) = planes.values.split_at_mut(area);
        let (green, blue) = others.split_at_mut(area);
        let pixels = red.chunks_mut(STRETCH).zip(green.chunks_mut(STRETCH)).zip(blue.chunks_mut(STRETCH));
        for ((red, green), blue) in pixels {
            if let Some((factor, offset)) = blend {
                for plane in [&mut *red, &mut *green, &mut *blue] {
                    scale_and_add(plane, factor, offset);
                }
            }
            for step in now {
                match step.kind {
                    AdjustmentKind::Saturation => saturate(red, green, blue, step.factor),
                    AdjustmentKind::Hue => turn_hue(red, green, blue, step.factor),
                    AdjustmentKind::Brightness | AdjustmentKind::Contrast => {
                        for plane in [&mut *red, &mut *green, &mut *blue] {
                            scale_and_add(plane, step.factor, 0.0);
                        }
                    }
                }
            }
            if until.is_some() {
                gray_sum += sum_of_gray(red, green, blue);
            } else if to_gray {
                make_gray(red, green, blue);
            }
        }
        let Some((contrast, after)) = then.split_first() else {
            return;
        };
        blend = Some((contrast.factor, (gray_sum / area.max(1) as f64) as f32 * (1.0 - contrast.factor)));
        rest = after;
    }
}

/// Brightness and contrast of any number of bands.
fn adjust_bands(values: &mut [f32], adjustments: &[Adjustment]) {
    for Adjustment { kind, factor } in adjustments {
        match kind {
            AdjustmentKind::Brightness => scale_and_add(values, *factor, 0.0),
            AdjustmentKind::Contrast => {
                let sum: f64 = values.iter().copied().map(f64::from).sum();
                let mean = (sum / values.len().max(1) as f64) as f32;
                scale_and_add(values, *factor, mean * (1.0 - factor));
            }
            AdjustmentKind::Saturation | AdjustmentKind::Hue => {}
        }
    }
}

// `f32::max` and `f32::min` look at NaN first; these two are one instruction each.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn unit(value: f32) -> f32 {
    smaller(larger(value, 0.0), 1.0)
}

#[inline(always)]
fn gray(red: f32, green: f32, blue: f32) -> f32 {
    red * LUMA[0] + green * LUMA[1] + blue * LUMA[2]
}

fn scale_and_add(plane: &mut [f32], factor: f32, offset: f32) {
    for value in plane {
        *value = unit(*value * factor + offset);
    }
}

fn saturate(red: &mut [f32], green: &mut [f32], blue: &mut [f32], factor: f32) {
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let offset = gray(*red, *green, *blue) * (1.0 - factor);
        *red = unit(*red * factor + offset);
        *green = unit(*green * factor + offset);
        *blue = unit(*blue * factor + offset);
    }
}

/// With the hue in sixths of the circle, a channel is `low + range * trapezium(hue)`: the piecewise formula of HSV
/// without its six cases.
fn turn_hue(red: &mut [f32], green: &mut [f32], blue: &mut [f32], shift: f32) {
    let shift = shift * 6.0;
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let (r, g, b) = (*red, *green, *blue);
        let high = larger(larger(r, g), b);
        let low = smaller(smaller(r, g), b);
        let range = high - low;
        let (difference, sector) = if high == g { (b - r, 2.0) } else { (r - g, 4.0) };
        let (difference, sector) = if high == r { (g - b, 0.0) } else { (difference, sector) };
        // A gray pixel has range 0: whatever its hue, it stays as it is.
        let turned = sector + difference / if range > 0.0 { range } else { 1.0 } + shift;
        let turned = if turned < 0.0 { turned + 6.0 } else { turned };
        let turned = if turned >= 6.0 { turned - 6.0 } else { turned };
        *red = low + range * unit((turned - 3.0).abs() - 1.0);
        *green = low + range * unit(2.0 - (turned - 2.0).abs());
        *blue = low + range * unit(2.0 - (turned - 4.0).abs());
    }
}

fn make_gray(red: &mut [f32], green: &mut [f32], blue: &mut [f32]) {
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let gray = gray(*red, *green, *blue);
        (*red, *green, *blue) = (gray, gray, gray);
    }
}

fn sum_of_gray(red: &[f32], green: &[f32], blue: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0f32; LANES];
    let (mut reds, mut greens, mut blues) =
        (red.chunks_exact(LANES), green.chunks_exact(LANES), blue.chunks_exact(LANES));
    for ((red, green), blue) in (&mut reds).zip(&mut greens).zip(&mut blues) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += gray(red[lane], green[lane], blue[lane]);
        }
    }
    let rest = reds.remainder().iter().zip(greens.remainder()).zip(blues.remainder());
    for (sum, ((&red, &green), &blue)) in sums.iter_mut().zip(rest) {
        *sum += gray(red, green, blue);
    }
    sums.iter().map(|&sum| f64::from(sum)).sum()
}

#[cfg(test)]
mod tests;
