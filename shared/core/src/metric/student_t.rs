//! Student's t distribution (Student 1908, "The probable error of a mean"): how far a mean of few values may lie from the
//! true one.

use std::f64::consts::PI;

/// Below which value Student's t lies with probability `share`, with `degrees` degrees of freedom, which need not be whole.
///
/// ```
/// use nadir_core::metric::student_t::quantile;
/// // Fisher & Yates' table, to its digits.
/// assert!((quantile(0.975, 2.0) - 4.3027).abs() < 1e-4);
/// assert!((quantile(0.975, 30.0) - 2.0423).abs() < 1e-4);
/// ```
///
/// # Panics
/// If `share` is not within (0, 1), or `degrees` is not above 0.
pub fn quantile(share: f64, degrees: f64) -> f64 {
    assert!(share > 0.0 && share < 1.0, "a share within (0, 1)");
    assert!(degrees > 0.0, "degrees of freedom above 0");
    if share < 0.5 {
        return -quantile(1.0 - share, degrees);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while below(high, degrees) < share {
        high *= 2.0;
    }
    // Each step halves what is left; so many leave nothing that an f64 could tell.
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if below(middle, degrees) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The probability of a value below `t`, which is not negative: 1 - I_x(n / 2, 1 / 2) / 2 with x = n / (n + t^2).
fn below(t: f64, degrees: f64) -> f64 {
    1.0 - 0.5 * incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (Press et al. 2007, "Numerical recipes",
/// 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast on this side; the other follows from the symmetry.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const SMALLEST: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < SMALLEST { SMALLEST } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            factor = d * c;
            fraction *= factor;
        }
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// The logarithm of the gamma function for x > 0 (Lanczos 1964, with Godfrey's coefficients for g = 7).
fn ln_gamma(x: f64) -> f64 {
    const LANCZOS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let terms = LANCZOS.iter().zip(1..).map(|(factor, at)| factor / (x + f64::from(at)));
    let sum: f64 = 0.999_999_999_999_809_9 + terms.sum::<f64>();
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_closed_forms_and_tables() {
        // With 1 degree of freedom the tangent of 0.475 pi, with 2 0.95 / sqrt(2 x 0.975 x 0.025); then tables.
        for (share, degrees, expected) in [
            (0.975, 1.0, 12.706_204_736_174_694),
            (0.975, 2.0, 4.302_652_729_749_462),
            (0.975, 4.0, 2.776_445_105_197_793),
            (0.975, 19.0, 2.093_024_054_408_263),
            (0.95, 10.0, 1.812_461_122_811_676),
        ] {
            let found = quantile(share, degrees);
            assert!((found - expected).abs() < 1e-9 * expected, "{share}, {degrees}: {found}");
            assert_eq!(quantile(1.0 - share, degrees).signum(), -1.0);
        }
    }

    #[test]
    fn with_many_degrees_of_freedom_it_is_the_normal_distribution() {
        assert!((quantile(0.975, 1e7) - 1.959_964).abs() < 1e-5);
        assert!(quantile(0.5, 3.0).abs() < 1e-12);
    }

    #[test]
    fn degrees_between_whole_ones_lie_between_their_values() {
        let between = quantile(0.975, 2.5);
        assert!(between < quantile(0.975, 2.0) && between > quantile(0.975, 3.0), "{between}");
    }

    #[test]
    fn gamma_is_the_factorial() {
        for (x, factorial) in [(1.0, 1.0_f64), (5.0, 24.0), (11.0, 3_628_800.0)] {
            assert!((ln_gamma(x) - factorial.ln()).abs() < 1e-12, "{x}");
        }
        assert!((ln_gamma(0.5) - PI.sqrt().ln()).abs() < 1e-12);
    }
}
