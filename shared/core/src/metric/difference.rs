//! Intervals of a difference between two figures: of values that pair, of values that do not, and of figures of which
//! only their own intervals are known.

use super::student_t::quantile;

/// The mean of some values, and the square of its standard error: their sample variance over their number.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

/// Where the mean of `a[i] - b[i]` truly lies, with probability `level`: Student's interval of the differences. What both
/// values of a pair have in common, such as a seed that is easy for both, drops out.
///
/// `None` for fewer than two pairs.
///
/// ```
/// use nadir_core::metric::difference::paired;
/// // Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3), and t is 4.3027 with 2 degrees of freedom.
/// let [low, high] = paired(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0], 0.95).expect("three pairs");
/// assert!((low - (2.0 - 2.4841)).abs() < 1e-4 && (high - (2.0 + 2.4841)).abs() < 1e-4);
/// ```
///
/// # Panics
/// If there are not as many values of each, or `level` is not within (0, 1).
pub fn paired(a: &[f64], b: &[f64], level: f64) -> Option<[f64; 2]> {
    assert_eq!(a.len(), b.len(), "pairs");
    if a.len() < 2 {
        return None;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (mean, error) = mean_and_error(&differences);
    let half = quantile((1.0 + level) / 2.0, (a.len() - 1) as f64) * error.sqrt();
    Some([mean - half, mean + half])
}

/// Where the difference of two means truly lies, with probability `level`, for values that are independent and may spread
/// differently (Welch 1947, "The generalization of Student's problem").
///
/// `None` for fewer than two values of either.
///
/// # Panics
/// If `level` is not within (0, 1).
pub fn unpaired(a: &[f64], b: &[f64], level: f64) -> Option<[f64; 2]> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a), mean_and_error(b));
    let (difference, error) = (mean_a - mean_b, error_a + error_b);
    let of_each = error_a.powi(2) / (a.len() - 1) as f64 + error_b.powi(2) / (b.len() - 1) as f64;
    // Values without any spread have no degrees of freedom, and no error.
    let half = if error > 0.0 { quantile((1.0 + level) / 2.0, error.powi(2) / of_each) * error.sqrt() } else { 0.0 };
    Some([difference - half, difference + half])
}

/// A figure and its interval, which need not lie evenly around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its interval, low and high.
    pub interval: [f64; 2],
}

/// The interval of `a - b` for two independent figures of which only their own intervals, of one level, are known (Zou &
/// Donner 2008, "Construction of confidence limits about effect measures: a general approach", equation 6): the distances to
/// the ends that make the difference small, or large, as the sides of a right angle.
///
/// ```
/// use nadir_core::metric::difference::{Estimate, of_intervals};
/// let a = Estimate { value: 0.75, interval: [0.72, 0.79] };
/// let b = Estimate { value: 0.5, interval: [0.47, 0.54] };
/// let [low, high] = of_intervals(a, b);
/// // 0.03 below a and 0.04 above b make 0.05.
/// assert!((low - 0.2).abs() < 1e-12 && (high - 0.3).abs() < 1e-12);
/// ```
pub fn of_intervals(a: Estimate, b: Estimate) -> [f64; 2] {
    let below = |of: Estimate| of.value - of.interval[0];
    let above = |of: Estimate| of.interval[1] - of.value;
    let difference = a.value - b.value;
    [difference - below(a).hypot(above(b)), difference + above(a).hypot(below(b))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half([low, high]: [f64; 2]) -> f64 {
        (high - low) / 2.0
    }

    #[test]
    fn pairs_are_narrower_the_more_the_values_go_together() {
        let a = [0.5, 0.7, 0.9, 0.6];
        let together = a.map(|value| value - 0.1);
        // A constant lead is certain.
        let [low, high] = paired(&a, &together, 0.95).expect("pairs");
        assert!((low - 0.1).abs() < 1e-12 && (high - 0.1).abs() < 1e-12);
        let against = [0.6, 0.4, 0.2, 0.5];
        let opposite = paired(&a, &against, 0.95).expect("pairs");
        assert!(half(opposite) > half(unpaired(&a, &against, 0.95).expect("values")));
    }

    #[test]
    fn of_independent_values_the_paired_interval_is_the_unpaired_one() {
        // Two values in every combination: their sample covariance is 0, so both standard errors are the same.
        let (a, b) = ([1.0, 1.0, 3.0, 3.0], [10.0, 14.0, 10.0, 14.0]);
        let (with, without) = (paired(&a, &b, 0.95).expect("pairs"), unpaired(&a, &b, 0.95).expect("values"));
        // Only the degrees of freedom differ: 3, and by Welch (4/3 / 4 + 16/3 / 4)^2 over the sum of the squares' thirds.
        let [error_a, error_b]: [f64; 2] = [1.0 / 3.0, 4.0 / 3.0];
        let degrees = (error_a + error_b).powi(2) / ((error_a.powi(2) + error_b.powi(2)) / 3.0);
        let errors = [half(with) / quantile(0.975, 3.0), half(without) / quantile(0.975, degrees)];
        assert!((errors[0] - errors[1]).abs() < 1e-12, "{errors:?}");
        assert!((errors[0] - (error_a + error_b).sqrt()).abs() < 1e-12);
        // With many of each the distributions are the same too.
        let many = |values: [f64; 4]| values.iter().cycle().take(40_000).copied().collect::<Vec<f64>>();
        let (with, without) = (paired(&many(a), &many(b), 0.95), unpaired(&many(a), &many(b), 0.95));
        let [with, without] = [with.expect("pairs"), without.expect("values")].map(half);
        assert!((with / without - 1.0).abs() < 1e-4, "{with} and {without}");
    }

    #[test]
    fn independent_values_are_as_computed_by_hand() {
        // Means 2 and 4, squared standard errors 1 / 3 and 4 / 3 over 3 and 3 values: degrees of freedom (5/3)^2 over
        // (1/9 / 2 + 16/9 / 2), 50 / 17.
        let [low, high] = unpaired(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0], 0.95).expect("values");
        let expected = quantile(0.975, 50.0 / 17.0) * (5.0_f64 / 3.0).sqrt();
        assert!((low - (-2.0 - expected)).abs() < 1e-12 && (high - (-2.0 + expected)).abs() < 1e-12, "{low} to {high}");
        // The same value every time has no error; one value tells nothing of it.
        assert_eq!(unpaired(&[0.5, 0.5], &[0.25, 0.25], 0.95), Some([0.25, 0.25]));
        assert_eq!((unpaired(&[0.5], &[0.25, 0.25], 0.95), paired(&[0.5], &[0.25], 0.95)), (None, None));
    }

    #[test]
    fn even_intervals_add_as_standard_errors_do() {
        let a = Estimate { value: 2.0, interval: [1.7, 2.3] };
        let b = Estimate { value: 1.0, interval: [0.6, 1.4] };
        let [low, high] = of_intervals(a, b);
        assert!((low - 0.5).abs() < 1e-12 && (high - 1.5).abs() < 1e-12);
        // An exact figure adds nothing, and the other way round it is the mirror image.
        assert_eq!(
            of_intervals(a, Estimate { value: 0.0, interval: [0.0, 0.0] }).map(|end| (end * 1e6).round()),
            [1.7e6, 2.3e6]
        );
        let uneven = Estimate { value: 2.0, interval: [1.9, 2.6] };
        let ([low, high], [from, to]) = (of_intervals(uneven, b), of_intervals(b, uneven));
        assert!((low + to).abs() < 1e-12 && (high + from).abs() < 1e-12);
    }
}
