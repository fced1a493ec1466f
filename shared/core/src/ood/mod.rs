//! Whether an embedding is of a kind that training never saw (out of distribution, "OOD"): scores that are higher the
//! more out-of-distribution an example is, fitted on the embeddings of the training set. Out-of-distribution is the
//! positive class, as in OpenOOD (Zhang et al. 2023). See [`crate::metric::roc`] for how well a score does.
//!
//! Embeddings are unit rows, [rows, len], row-major f32; all arithmetic is f64.

pub mod class_means;
mod detectors;
pub mod energy;
pub mod gaussian_mixture;
pub mod mahalanobis;
pub mod max_softmax;
pub mod nearest_neighbours;
pub mod residual;
mod score;
mod spread;

pub use detectors::{Detectors, Settings, scores};
pub use score::{Score, threshold};
pub use spread::spread;

use crate::projection::{ProjectionError, check};

/// How far from 1 the length of a unit row may be: embeddings that were scaled in f32 are within 1e-6, those that were
/// kept as f16 within 1e-3.
const UNIT_TOLERANCE: f64 = 1e-3;

/// Why a detector cannot be fitted to training embeddings, or cannot score others.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum OodError {
    /// The embeddings are no whole rows, or not finite.
    #[error(transparent)]
    Rows(#[from] ProjectionError),
    /// A row is not of length 1 (L2).
    #[error("row {row} has length {length}; embeddings must be scaled to length 1")]
    NotUnit {
        /// The first such row.
        row: usize,
        /// L2 length of that row; expected 1.
        length: f64,
    },
    /// Not one class a row.
    #[error("{classes} classes are given for {rows} rows")]
    Labels {
        /// How many classes are given.
        classes: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// A row's class does not exist.
    #[error("row {row} is of class {class}, and there are {number} classes")]
    NoSuchClass {
        /// The first such row.
        row: usize,
        /// The class given for that row.
        class: usize,
        /// How many classes there are.
        number: usize,
    },
    /// A class has no training row, or there is no class at all.
    #[error("class {0} has no training example")]
    ClassWithoutRows(usize),
    /// The rows of a class cancel out.
    #[error("the embeddings of class {0} cancel out: their mean has no direction")]
    NoDirection(usize),
    /// There is no training row.
    #[error("there is no training example")]
    NoRows,
    /// The embeddings do not vary in every direction.
    #[error("the embeddings' covariance is not positive definite: they do not vary in every direction")]
    NotPositiveDefinite,
}

/// That `unit_rows`, [rows, len], are whole, finite and of length 1.
fn check_unit(unit_rows: &[f32], len: usize) -> Result<(), OodError> {
    check(unit_rows, len)?;
    for (row, values) in unit_rows.chunks_exact(len).enumerate() {
        let length = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        if (length - 1.0).abs() > UNIT_TOLERANCE {
            return Err(OodError::NotUnit { row, length });
        }
    }
    Ok(())
}

/// That `rows`, [rows, len], have a class each and each of the `number` classes has a row.
fn check_classes(rows: &[f32], len: usize, classes: &[usize], number: usize) -> Result<(), OodError> {
    check(rows, len)?;
    let rows = rows.len() / len;
    if rows != classes.len() {
        return Err(OodError::Labels { classes: classes.len(), rows });
    }
    let mut has_rows = vec![false; number];
    for (row, &class) in classes.iter().enumerate() {
        *has_rows.get_mut(class).ok_or(OodError::NoSuchClass { row, class, number })? = true;
    }
    match has_rows.iter().position(|&has| !has) {
        Some(class) => Err(OodError::ClassWithoutRows(class)),
        None if number == 0 => Err(OodError::NoRows),
        None => Ok(()),
    }
}

/// The rows of a caller that has to pass whole ones.
fn whole_rows(rows: &[f32], len: usize) -> std::slice::ChunksExact<'_, f32> {
    assert!(rows.len().is_multiple_of(len), "whole rows of {len}");
    rows.chunks_exact(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_rows_is_named() {
        let rows = [1.0, 0.0, 0.6, 0.8];
        assert_eq!(check_classes(&rows, 2, &[0, 1], 2), Ok(()));
        assert_eq!(check_classes(&rows, 2, &[0], 2), Err(OodError::Labels { classes: 1, rows: 2 }));
        assert_eq!(check_classes(&rows, 2, &[0, 2], 2), Err(OodError::NoSuchClass { row: 1, class: 2, number: 2 }));
        assert_eq!(check_classes(&rows, 2, &[0, 2], 3), Err(OodError::ClassWithoutRows(1)));
        assert_eq!(check_classes(&[], 2, &[], 0), Err(OodError::NoRows));
        assert_eq!(check_unit(&rows, 2), Ok(()));
        assert_eq!(check_unit(&[1.0, 0.0, 3.0, 4.0], 2), Err(OodError::NotUnit { row: 1, length: 5.0 }));
        let not_finite = ProjectionError::NotFinite { row: 0, column: 1 };
        assert_eq!(check_unit(&[1.0, f32::NAN], 2), Err(OodError::Rows(not_finite)));
    }
}
