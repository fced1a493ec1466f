//! Out-of-distribution is what lies outside the directions in which training embeddings vary.

use super::{OodError, check_unit, whole_rows};
use crate::projection::Pca;

/// The principal subspace of training embeddings. Needs no classes, so that it serves images of several labels.
///
/// ```
/// use nadir_core::ood::residual::PrincipalSubspace;
/// // Training rows vary along the first axis alone.
/// let training = PrincipalSubspace::from_values(vec![0.0, 0.0], vec![1.0, 0.0]);
/// assert_eq!(training.ood_scores(&[1.0, 0.0, 0.0, 1.0]), [0.0, 1.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalSubspace {
    /// Mean of the training embeddings, \[len\].
    mean: Vec<f32>,
    /// Orthonormal directions, [components, len].
    components: Vec<f32>,
}

impl PrincipalSubspace {
    /// The first `components` principal directions of `unit_rows`, [rows, len].
    ///
    /// # Errors
    /// Where the rows are not whole, finite and of length 1, and where there is none.
    pub fn fit(unit_rows: &[f32], len: usize, components: usize) -> Result<Self, OodError> {
        check_unit(unit_rows, len)?;
        if unit_rows.is_empty() {
            return Err(OodError::NoRows);
        }
        let pca = Pca::fit(unit_rows, len, components)?;
        let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<f32>>();
        Ok(Self {
            mean: single(&pca.mean),
            components: pca.components.iter().flat_map(|direction| single(direction)).collect(),
        })
    }

    /// From its values as they are kept, `mean` \[len\] and `components` [components, len].
    ///
    /// # Panics
    /// If the components are not whole rows.
    pub fn from_values(mean: Vec<f32>, components: Vec<f32>) -> Self {
        assert!(!mean.is_empty() && components.len().is_multiple_of(mean.len()), "whole rows");
        Self { mean, components }
    }

    /// Mean of the training embeddings, \[len\].
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Orthonormal directions, [components, len].
    pub fn components(&self) -> &[f32] {
        &self.components
    }

    /// Of every row the length of what remains of it, less the mean, outside the subspace: from 0 to 2 (Wang, Li, Feng &
    /// Zhang 2022, "ViM: out-of-distribution with virtual-logit matching", section 4.1, the residual; there without unit
    /// length). `unit_rows` is [rows, len].
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn ood_scores(&self, unit_rows: &[f32]) -> Vec<f32> {
        let len = self.mean.len();
        let score = |row: &[f32]| {
            let mut rest: Vec<f64> = row.iter().zip(&self.mean).map(|(&v, &m)| f64::from(v) - f64::from(m)).collect();
            for direction in self.components.chunks_exact(len) {
                let along: f64 = rest.iter().zip(direction).map(|(value, &other)| value * f64::from(other)).sum();
                rest.iter_mut().zip(direction).for_each(|(value, &other)| *value -= along * f64::from(other));
            }
            rest.iter().map(|value| value * value).sum::<f64>().sqrt() as f32
        };
        whole_rows(unit_rows, len).map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the sphere near its equator: the third direction is nearly unused.
    fn rows() -> Vec<f32> {
        let around = (0..24).map(|at| at as f32 * 0.26);
        around.flat_map(|angle| [angle.cos(), angle.sin(), 0.0]).collect()
    }

    #[test]
    fn what_lies_in_the_subspace_scores_0_and_what_stands_on_it_its_height() {
        let subspace = PrincipalSubspace::fit(&rows(), 3, 2).expect("unit rows");
        let scores = subspace.ood_scores(&[0.6, 0.8, 0.0, 0.0, 0.0, 1.0, 0.0, 0.6, 0.8]);
        let expected = [0.0, 1.0, 0.8];
        assert!(scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5), "{scores:?}");
        let kept = PrincipalSubspace::from_values(subspace.mean().to_vec(), subspace.components().to_vec());
        assert_eq!(kept, subspace);
    }

    #[test]
    fn rows_that_cannot_be_are_refused() {
        assert_eq!(PrincipalSubspace::fit(&[], 3, 2), Err(OodError::NoRows));
        assert!(matches!(PrincipalSubspace::fit(&[1.0, 1.0], 2, 1), Err(OodError::NotUnit { row: 0, .. })));
    }
}
