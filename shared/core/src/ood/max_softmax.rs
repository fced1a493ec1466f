//! Out-of-distribution is what has no class of high probability.

/// 1 - max softmax(logits / `temperature`) of every row, from 0 (in-distribution) to 1 - 1 / classes (Hendrycks &
/// Gimpel 2017, "A baseline for detecting misclassified and out-of-distribution examples in neural networks", equation
/// 1 turned round). `logits` is [rows, classes], row-major: any classifier's, or cosines with class means.
///
/// ```
/// use nadir_core::ood::max_softmax::ood_scores;
/// // Softmax 3/4 and 1/4.
/// let found = ood_scores(&[3.0_f32.ln(), 0.0], 2, 1.0);
/// assert!((found[0] - 0.25).abs() < 1e-6);
/// ```
///
/// # Panics
/// If the logits are not whole rows of `classes`, `classes` is 0, or the temperature is not above 0.
pub fn ood_scores(logits: &[f32], classes: usize, temperature: f64) -> Vec<f32> {
    assert!(classes > 0 && logits.len().is_multiple_of(classes), "whole rows of classes");
    assert!(temperature > 0.0, "a temperature above 0");
    let of_row = |logits: &[f32]| {
        let (best, highest) = logits
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (at, &logit)| if logit > best.1 { (at, logit) } else { best });
        let others = logits.iter().enumerate().filter(|(at, _)| *at != best);
        let odds: f64 = others.map(|(_, &logit)| ((f64::from(logit) - f64::from(highest)) / temperature).exp()).sum();
        // Not 1 - 1 / (1 + odds): the highest-scoring rows would all be 0, and could not be ordered.
        (odds / (1.0 + odds)) as f32
    };
    logits.chunks_exact(classes).map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_by_hand() {
        // Temperature 1 / ln 2: logits 3, 2, 2 weigh 8, 4, 4; the highest has half.
        let temperature = 1.0 / std::f64::consts::LN_2;
        let scores = ood_scores(&[2.0, 3.0, 2.0, 1.0, 1.0, 1.0], 3, temperature);
        assert!((scores[0] - 0.5).abs() < 1e-7 && (scores[1] - 2.0 / 3.0).abs() < 1e-7, "{scores:?}");
    }

    #[test]
    fn sure_rows_keep_their_order_and_nothing_overflows() {
        let scores = ood_scores(&[50.0, 0.0, 60.0, 0.0, 1e30, -1e30], 2, 1.0);
        assert!(scores[0] > scores[1] && scores[1] > 0.0 && scores[2] == 0.0, "{scores:?}");
        assert_eq!(ood_scores(&[0.3], 1, 0.1), [0.0]);
    }
}
