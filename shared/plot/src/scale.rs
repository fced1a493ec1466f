//! From values to positions on the drawing, and the ticks between.

/// Whether a value can be drawn: finite, and so far from the largest float that differences stay finite.
pub(super) fn is_drawable(value: f64) -> bool {
    value.abs() < 1e150
}

/// The least and the greatest drawable value; `None` if there is no such value.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    let mut drawable = values.into_iter().filter(|&value| is_drawable(value));
    let first = drawable.next()?;
    Some(drawable.fold([first, first], |[low, high], value| [low.min(value), high.max(value)]))
}

/// A range that has a length: a single value gets space on both sides.
pub(super) fn opened([low, high]: [f64; 2]) -> [f64; 2] {
    // Below this share of the values' size their differences are rounding.
    let least = low.abs().max(high.abs()) * 1e-9;
    if high - low > least {
        return [low, high];
    }
    let space = if low == 0.0 && high == 0.0 { 0.5 } else { low.abs().max(high.abs()) * 0.05 };
    [low - space, high + space]
}

/// Ticks of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// Where, in values, from low to high.
    pub values: Vec<f64>,
    /// From one to the next: 1, 2 or 5 times a power of ten.
    pub step: f64,
}

/// A step as mantissa (1, 2 or 5) and power of ten: the smallest that cuts `length` into `at_most` parts or fewer.
fn nice_step(length: f64, at_most: usize) -> (f64, i32) {
    let least = length / at_most.max(1) as f64;
    let exponent = least.log10().floor() as i32;
    let fits = |mantissa: f64| mantissa * 10_f64.powi(exponent) >= least * (1.0 - 1e-9);
    match [1.0, 2.0, 5.0].into_iter().find(|&mantissa| fits(mantissa)) {
        Some(mantissa) => (mantissa, exponent),
        None => (1.0, exponent + 1),
    }
}

/// The `count`-th multiple of the step, rounded once: 3 times 0.2 is 0.6.
fn multiple(count: f64, (mantissa, exponent): (f64, i32)) -> f64 {
    if exponent < 0 { count * mantissa / 10_f64.powi(-exponent) } else { count * mantissa * 10_f64.powi(exponent) }
}

/// Ticks inside `[low, high]`, which must have a length; about `at_most` of them, `least_step` apart at least
/// (1 for counts, else 0).
pub(super) fn ticks([low, high]: [f64; 2], at_most: usize, least_step: f64) -> Ticks {
    let mut step = nice_step(high - low, at_most);
    if multiple(1.0, step) < least_step {
        step = nice_step(least_step, 1);
    }
    let size = multiple(1.0, step);
    let first = (low / size - 1e-6).ceil();
    let last = (high / size + 1e-6).floor();
    let count = (last - first).clamp(-1.0, 2.0 * at_most.max(1) as f64) as i64;
    Ticks { values: (0..=count).map(|index| multiple(first + index as f64, step)).collect(), step: size }
}

/// `[low, high]` widened to the next multiples of its ticks' step.
pub(super) fn outward([low, high]: [f64; 2], at_most: usize) -> [f64; 2] {
    let step = nice_step(high - low, at_most);
    let size = multiple(1.0, step);
    [multiple((low / size + 1e-6).floor(), step), multiple((high / size - 1e-6).ceil(), step)]
}

/// `[low, high]` with a little space at both ends, so that no mark stands on the edge.
pub(super) fn padded([low, high]: [f64; 2]) -> [f64; 2] {
    let space = (high - low) * 0.04;
    [low - space, high + space]
}

/// A straight line from values to positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// The values at the two ends.
    pub domain: [f64; 2],
    /// Where those two values stand, px.
    pub range: [f64; 2],
}

impl Scale {
    /// Where a value stands.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value - self.domain[0]) / (self.domain[1] - self.domain[0]);
        self.range[0] + share * (self.range[1] - self.range[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_computed_by_hand() {
        // A length of 1 in 5 parts: steps of 0.2, written without the rounding of sums.
        assert_eq!(ticks([0.0, 1.0], 5, 0.0), Ticks { values: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0], step: 0.2 });
        // 0.83 to 0.94 in 4 parts: 0.0275 is the least, so 0.05.
        assert_eq!(ticks([0.83, 0.94], 4, 0.0).values, [0.85, 0.9]);
        assert_eq!(ticks([-7.0, 12.0], 4, 0.0).values, [-5.0, 0.0, 5.0, 10.0]);
        assert_eq!(ticks([1.0, 40.0], 8, 1.0).values, [5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0]);
        // Three epochs: no half epochs.
        assert_eq!(ticks([1.0, 3.0], 8, 1.0).values, [1.0, 2.0, 3.0]);
        assert_eq!(ticks([0.0, 3e-8], 3, 0.0).values, [0.0, 1e-8, 2e-8, 3e-8]);
    }

    #[test]
    fn a_range_ends_at_ticks() {
        assert_eq!(outward([0.83, 0.94], 4), [0.8, 0.95]);
        assert_eq!(outward([0.8, 1.0], 4), [0.8, 1.0]);
        assert_eq!(outward([-0.011, 0.034], 5), [-0.02, 0.04]);
    }

    #[test]
    fn one_value_gets_room_and_no_value_has_no_range() {
        assert_eq!(opened([0.0, 0.0]), [-0.5, 0.5]);
        assert_eq!(opened([2.0, 2.0]), [1.9, 2.1]);
        assert_eq!(opened([1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(extent([f64::NAN, f64::INFINITY, 1e300]), None);
        assert_eq!(extent([f64::NAN, 3.0, -1.0]), Some([-1.0, 3.0]));
    }

    #[test]
    fn values_that_differ_by_rounding_alone_end() {
        let range = opened([1e16, 1e16 + 2.0]);
        assert!(ticks(range, 5, 0.0).values.len() <= 10);
        assert!(ticks([1e140, 2e140], 5, 0.0).values.len() >= 2);
    }

    #[test]
    fn a_scale_is_straight_and_may_run_upwards() {
        let scale = Scale { domain: [0.0, 10.0], range: [100.0, 0.0] };
        assert_eq!((scale.at(0.0), scale.at(2.5), scale.at(10.0)), (100.0, 75.0, 0.0));
    }
}
