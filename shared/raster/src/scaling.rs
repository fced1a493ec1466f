//! From numbers of any type to 8 bits.

/// The value that `limits` bring to 0 to 255, rounded; what is no number is 0.
pub(crate) fn byte(value: f32, [low, high]: [f64; 2]) -> u8 {
    // NaN becomes 0 in the cast.
    ((f64::from(value) - low) / (high - low) * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

/// Two percentiles of values, by linear interpolation between the sorted ones as NumPy's default does. Without values,
/// or where both are equal, a range that brings all to 0.
pub fn percentiles(values: &mut [f32], [low, high]: [f64; 2]) -> [f64; 2] {
    values.sort_unstable_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return [0.0, 1.0] };
    let at = |percent: f64| {
        let place = percent / 100.0 * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let (below, above) = (f64::from(values[below]), f64::from(values[above]));
        below + (above - below) * place.fract()
    };
    let (low, high) = (at(low), at(high));
    if low < high { [low, high] } else { [low, low + 1.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scaled_rounded_and_clamped() {
        assert_eq!([0.0, 1.0, 128.0, 255.0].map(|value| byte(value, [0.0, 255.0])), [0, 1, 128, 255]);
        assert_eq!(
            [-5.0, 50.0, 300.0, f32::NAN, f32::INFINITY].map(|value| byte(value, [0.0, 100.0])),
            [0, 128, 255, 0, 255]
        );
    }

    /// `numpy.percentile([1, 2, 3, 4, 10], [25, 98])` is 2.0 and 9.52.
    #[test]
    fn percentiles_are_numpys() {
        let [low, high] = percentiles(&mut [10.0, 2.0, 1.0, 4.0, 3.0], [25.0, 98.0]);
        assert!((low - 2.0).abs() < 1e-12 && (high - 9.52).abs() < 1e-9, "{low} {high}");
        assert_eq!(percentiles(&mut [7.0, 7.0], [2.0, 98.0]), [7.0, 8.0]);
        assert_eq!(percentiles(&mut [], [2.0, 98.0]), [0.0, 1.0]);
    }
}
