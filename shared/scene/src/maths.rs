//! Arithmetic that gives the same bits natively and in WebAssembly: only +, -, *, / and square roots, since
//! `sin` and its kin differ between maths libraries.

/// Sine and cosine of an angle in radians, |angle| below about 1e4, to about 1e-6.
pub(super) fn sin_cos(angle: f32) -> (f32, f32) {
    let quarter_turns = floor(angle * std::f32::consts::FRAC_2_PI + 0.5);
    // Two-part pi/2, so that the remainder keeps its digits.
    let rest = angle - quarter_turns * 1.570_312_5 - quarter_turns * 4.838_268e-4;
    let square = rest * rest;
    let sine =
        rest * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0 - square * (1.0 / 5040.0 - square / 362_880.0))));
    let cosine = 1.0 - square * (0.5 - square * (1.0 / 24.0 - square * (1.0 / 720.0 - square / 40_320.0)));
    match (quarter_turns as i32) & 3 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Sine of an angle in radians, as [`sin_cos`] gives it.
pub(super) fn sin(angle: f32) -> f32 {
    sin_cos(angle).0
}

/// The largest integer not above `x`, |x| below 2^31; inlined, which `f32::floor` is not on plain x86-64.
#[inline(always)]
pub(super) fn floor(x: f32) -> f32 {
    let whole = x as i32 as f32;
    if whole > x { whole - 1.0 } else { whole }
}

/// The part after the point, in [0, 1).
#[inline(always)]
pub(super) fn fract(x: f32) -> f32 {
    x - floor(x)
}

/// `a` at 0, `b` at 1.
#[inline(always)]
pub(super) fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// 0 below `low`, 1 above `high`, straight between.
#[inline(always)]
pub(super) fn ramp(low: f32, high: f32, x: f32) -> f32 {
    ((x - low) / (high - low)).clamp(0.0, 1.0)
}

/// 0 below `low`, 1 above `high`, a cubic between.
#[inline(always)]
pub(super) fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ramp(low, high, x);
    t * t * (3.0 - 2.0 * t)
}

/// Share of a pixel of width `px` that a line covers: `distance` to its middle, `half` its half width.
#[inline(always)]
pub(super) fn line(distance: f32, half: f32, px: f32) -> f32 {
    let reach = 0.5 * px;
    (((distance + reach).min(half) - (distance - reach).max(-half)) / px).clamp(0.0, 1.0)
}

/// Distance to the nearest multiple of `period`.
#[inline(always)]
pub(super) fn to_grid(x: f32, period: f32) -> f32 {
    (fract(x / period + 0.5) - 0.5).abs() * period
}

/// A well-mixed number from two integers and a salt.
#[inline(always)]
pub(super) fn hash(x: i32, y: i32, salt: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ salt;
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}

/// [`hash`] as a number in [-1, 1).
#[inline(always)]
pub(super) fn hash_signed(x: i32, y: i32, salt: u32) -> f32 {
    (hash(x, y, salt) >> 8) as f32 * (2.0 / 16_777_216.0) - 1.0
}

/// Value noise in about [-1, 1]: random values on the integer lattice, smoothly joined.
#[inline]
pub(super) fn noise(x: f32, y: f32, salt: u32) -> f32 {
    let (x_floor, y_floor) = (floor(x), floor(y));
    let (tx, ty) = (x - x_floor, y - y_floor);
    let (ix, iy) = (x_floor as i32, y_floor as i32);
    let (sx, sy) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
    let top = mix(hash_signed(ix, iy, salt), hash_signed(ix.wrapping_add(1), iy, salt), sx);
    let iy = iy.wrapping_add(1);
    let bottom = mix(hash_signed(ix, iy, salt), hash_signed(ix.wrapping_add(1), iy, salt), sx);
    mix(top, bottom, sy)
}

/// Adds `gain` times value noise to a row of pixels whose lattice coordinates start at (`x`, `y`) and step by
/// `step`: [`noise`] with the lattice values of a cell worked out once.
pub(super) fn add_noise_row(row: &mut [f32], x: f32, y: f32, step: f32, gain: f32, salt: u32) {
    let y_floor = floor(y);
    let ty = y - y_floor;
    let sy = ty * ty * (3.0 - 2.0 * ty);
    let iy = y_floor as i32;
    let column = |ix: i32| mix(hash_signed(ix, iy, salt), hash_signed(ix, iy.wrapping_add(1), salt), sy);
    let mut cell = floor(x) as i32;
    let (mut left, mut right) = (column(cell), column(cell.wrapping_add(1)));
    for (at, value) in row.iter_mut().enumerate() {
        let here = x + at as f32 * step;
        let here_floor = floor(here);
        let now = here_floor as i32;
        if now != cell {
            left = if now == cell.wrapping_add(1) { right } else { column(now) };
            right = column(now.wrapping_add(1));
            cell = now;
        }
        let t = here - here_floor;
        *value += gain * mix(left, right, t * t * (3.0 - 2.0 * t));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_agree_with_the_library() {
        for step in -20_000..20_000 {
            let angle = step as f32 * 0.003;
            let (sine, cosine) = sin_cos(angle);
            // 60 rad has a spacing of 4e-6, so the angle itself is not known better.
            assert!((sine - angle.sin()).abs() < 4e-6 && (cosine - angle.cos()).abs() < 4e-6, "{angle}");
        }
    }

    #[test]
    fn a_noise_row_is_the_noise() {
        let mut row = [0.0; 50];
        add_noise_row(&mut row, -3.7, 2.3, 0.21, 1.0, 9);
        for (at, value) in row.iter().enumerate() {
            assert!((value - noise(-3.7 + at as f32 * 0.21, 2.3, 9)).abs() < 1e-5);
        }
    }

    #[test]
    fn a_thin_line_covers_its_share_of_a_pixel() {
        assert!((line(0.0, 0.05, 0.4) - 0.25).abs() < 1e-6);
        assert_eq!(line(1.0, 0.05, 0.4), 0.0);
        assert_eq!(line(0.0, 1.0, 0.4), 1.0);
    }
}
