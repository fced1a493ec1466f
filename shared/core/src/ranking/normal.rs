//! The normal distribution.

/// The probability that a standard normal value is below `z`. By the complementary error function of Abramowitz &
/// Stegun 1964, "Handbook of mathematical functions", equation 7.1.26: within 1.5e-7.
pub(super) fn probability_below(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let factors = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let polynomial = factors.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    let tail = 0.5 * polynomial * (-x * x).exp();
    if z > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::probability_below;

    #[test]
    fn values_are_those_of_a_table() {
        // scipy.stats.norm.cdf
        for (z, expected) in
            [(0.0, 0.5), (1.0, 0.841_344_746), (-1.0, 0.158_655_254), (1.96, 0.975_002_105), (-3.0, 0.001_349_898)]
        {
            assert!((probability_below(z) - expected).abs() < 2e-7, "{z}");
        }
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(probability_below), [1.0, 0.0]);
    }
}
