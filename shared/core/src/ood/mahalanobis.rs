//! Out-of-distribution is what is far from every class mean, measured in the spread of the classes.

use super::class_means::means_of;
use super::{OodError, check_classes, whole_rows};
use crate::linear_algebra::{Cholesky, scatter};

/// Class means and one covariance for all classes (Lee, Lee, Lee & Shin 2018, "A simple unified framework for detecting
/// out-of-distribution samples and adversarial attacks", equations 1 and 2).
///
/// ```
/// use nadir_core::ood::mahalanobis::Mahalanobis;
/// // One class, whose rows vary by 1 along both axes.
/// let rows = [1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
/// let found = Mahalanobis::fit(&rows, 2, &[0; 4], 1).unwrap().ood_scores(&[0.0, 0.0, 2.0, 0.0]);
/// // A variance of 1/2 on each: 4 / 0.5.
/// assert!(found[0] == 0.0 && (found[1] - 8.0).abs() < 1e-5);
/// ```
#[derive(Debug, Clone)]
pub struct Mahalanobis {
    len: usize,
    covariance: Cholesky,
    /// [classes, len]: L^-1 mean, the covariance being L L^T.
    whitened_means: Vec<f64>,
    shrinkage: f64,
}

impl Mahalanobis {
    /// From `rows`, [rows, len], and the class of each row, below `number`. The covariance is that of the rows less the
    /// mean of their class, shrunk to a multiple of the identity by [`Mahalanobis::shrinkage`], so that fewer rows
    /// than dimensions do. Time O(rows len²).
    ///
    /// # Errors
    /// Where the rows are not whole and finite, where they have not a class below `number` each, where a class has no
    /// row, and where the rows do not vary about their means even after shrinkage.
    pub fn fit(rows: &[f32], len: usize, classes: &[usize], number: usize) -> Result<Self, OodError> {
        check_classes(rows, len, classes, number)?;
        let mut rows: Vec<f64> = rows.iter().copied().map(f64::from).collect();
        let means = means_of(&rows, len, classes, number);
        for (row, &class) in rows.chunks_exact_mut(len).zip(classes) {
            row.iter_mut().zip(&means[class * len..]).for_each(|(value, mean)| *value -= mean);
        }
        let (covariance, shrinkage) = ledoit_wolf(&rows, len);
        let covariance = Cholesky::of(covariance, len).ok_or(OodError::NotPositiveDefinite)?;
        Ok(Self { len, whitened_means: covariance.whitened(&means), covariance, shrinkage })
    }

    /// What share of the covariance is the identity times its mean variance, from 0 to 1, chosen by the rows alone
    /// (Ledoit & Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices").
    pub fn shrinkage(&self) -> f64 {
        self.shrinkage
    }

    /// Squared Mahalanobis distance of every row to the nearest class mean, 0 or more; `rows` is [rows, len].
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn ood_scores(&self, rows: &[f32]) -> Vec<f32> {
        let rows: Vec<f64> = whole_rows(rows, self.len).flatten().copied().map(f64::from).collect();
        let nearest = |row: &[f64]| {
            let means = self.whitened_means.chunks_exact(self.len);
            means.map(|mean| squared_distance(row, mean)).fold(f64::INFINITY, f64::min) as f32
        };
        self.covariance.whitened(&rows).chunks_exact(self.len).map(nearest).collect()
    }
}

/// The shrunk covariance of `centred`, [rows, len], its lower triangle, and the shrinkage: equal to scikit-learn's
/// `LedoitWolf(assume_centered=True)`.
fn ledoit_wolf(centred: &[f64], len: usize) -> (Vec<f64>, f64) {
    let (rows, dimensions) = ((centred.len() / len) as f64, len as f64);
    let mut covariance = scatter(centred.chunks_exact(len).map(|row| (1.0, row)), &vec![0.0; len]);
    covariance.iter_mut().for_each(|value| *value /= rows);
    let diagonal = |at: usize| at * (len + 1);
    let mean_variance = (0..len).map(|at| covariance[diagonal(at)]).sum::<f64>() / dimensions;
    // Squared Frobenius norms: off the diagonal each entry of the triangle stands for two.
    let norm = |covariance: &[f64]| -> f64 {
        let row = |at: usize| &covariance[at * len..][..at];
        let below: f64 = (0..len).map(|at| row(at).iter().map(|value| value * value).sum::<f64>()).sum();
        2.0 * below + (0..len).map(|at| covariance[diagonal(at)].powi(2)).sum::<f64>()
    };
    let squared = norm(&covariance);
    // d² and b² of the paper, lemmas 3.3 and 3.4.
    let from_identity = (squared - dimensions * mean_variance * mean_variance) / dimensions;
    let fourth = centred.chunks_exact(len).map(|row| row.iter().map(|value| value * value).sum::<f64>().powi(2));
    let error = (fourth.sum::<f64>() / rows - squared) / (dimensions * rows);
    let shrinkage = if error.min(from_identity) > 0.0 { (error / from_identity).min(1.0) } else { 0.0 };
    covariance.iter_mut().for_each(|value| *value *= 1.0 - shrinkage);
    (0..len).for_each(|at| covariance[diagonal(at)] += shrinkage * mean_variance);
    (covariance, shrinkage)
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_in_the_spread_of_the_classes() {
        // About (0, 0) and (10, 0): a cross twice as wide as high, so that variances are 4 / 2 and 1 / 2, and shrunk.
        let cross = [[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        let rows: Vec<f32> = [0.0, 10.0].iter().flat_map(|at| cross.map(|[x, y]| [x + at, y])).flatten().collect();
        let fitted = Mahalanobis::fit(&rows, 2, &[0, 0, 0, 0, 1, 1, 1, 1], 2).expect("varies in both directions");
        // Mean variance 1.25; d² = ((2² + 0.5²) - 2 * 1.25²) / 2 = 0.5625; b² = (8.5 - 4.25) / (2 * 8) = 0.265625.
        assert!((fitted.shrinkage() - 0.265625 / 0.5625).abs() < 1e-15);
        let [wide, high] = [2.0, 0.5].map(|variance| variance + fitted.shrinkage() * (1.25 - variance));
        let scores = fitted.ood_scores(&[3.0, 0.0, 10.0, 3.0]);
        assert!((f64::from(scores[0]) - 9.0 / wide).abs() < 1e-6 && (f64::from(scores[1]) - 9.0 / high).abs() < 1e-5);
        assert_eq!(fitted.ood_scores(&[10.0, 0.0]), [0.0]);
    }

    #[test]
    fn fewer_rows_than_dimensions_do_and_rows_that_do_not_vary_are_refused() {
        let fitted = Mahalanobis::fit(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.5, 0.2, 0.3, 0.9], 3, &[0; 3], 1).expect("shrunk");
        assert!(fitted.shrinkage() > 0.0 && fitted.ood_scores(&[5.0; 3])[0].is_finite());
        let refused = |rows: &[f32]| Mahalanobis::fit(rows, 2, &[0, 0, 1], 2).map(|_| ()).expect_err("nothing varies");
        assert_eq!(refused(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]), OodError::NotPositiveDefinite);
    }
}
