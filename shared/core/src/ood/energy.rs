//! Out-of-distribution is what all classes together give little weight.

/// The free energy -T ln sum exp(logit / T) of every row (Liu, Wang, Owens & Li 2020, "Energy-based out-of-distribution
/// detection", equation 4); in the unit of the logits, higher the further out of distribution. `logits` is [rows,
/// classes], row-major. Of cosines with class means it is near minus the highest cosine where T is small.
///
/// ```
/// use nadir_core::ood::energy::ood_scores;
/// // Two equal logits: -log 2; one far above the other: minus itself.
/// let found = ood_scores(&[0.0, 0.0, 9.0, -90.0], 2, 1.0);
/// assert!((found[0] + 2.0_f32.ln()).abs() < 1e-6 && (found[1] + 9.0).abs() < 1e-6);
/// ```
///
/// # Panics
/// If the logits are not whole rows of `classes`, `classes` is 0, or the temperature is not above 0.
pub fn ood_scores(logits: &[f32], classes: usize, temperature: f64) -> Vec<f32> {
    assert!(classes > 0 && logits.len().is_multiple_of(classes), "whole rows of classes");
    assert!(temperature > 0.0, "a temperature above 0");
    let of_row = |logits: &[f32]| {
        let highest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let sum: f64 = logits.iter().map(|&logit| ((f64::from(logit) - highest) / temperature).exp()).sum();
        (-highest - temperature * sum.ln()) as f32
    };
    logits.chunks_exact(classes).map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_by_hand() {
        // Two equal logits of 1 at T = 2: -1 - 2 ln 2. One far above the other: minus the higher.
        let scores = ood_scores(&[1.0, 1.0, 500.0, -500.0], 2, 2.0);
        assert!((f64::from(scores[0]) + 1.0 + 2.0 * std::f64::consts::LN_2).abs() < 1e-6, "{scores:?}");
        assert_eq!(scores[1], -500.0);
    }
}
