//! Out-of-distribution is what has no training example near.

use super::{OodError, check_unit, whole_rows};
use crate::linear_algebra::{LANES, side_by_side};
use crate::projection::check;

/// Neighbours to look at where nothing is known: OpenOOD's choice. Sun et al. choose it on validation, from 10 to 1,000
/// with the size of the training set; it should stay below the number of examples of a class.
pub const NEIGHBOURS: usize = 50;

/// Training embeddings to which distances are measured.
///
/// ```
/// use nadir_core::ood::nearest_neighbours::NearestNeighbours;
/// let training = NearestNeighbours::new(&[1.0, 0.0, 0.0, 1.0], 2, 1).unwrap();
/// // One of the training rows, and one opposite to it: the other is at a right angle.
/// let found = training.ood_scores(&[1.0, 0.0, -1.0, 0.0]);
/// assert!(found[0] == 0.0 && (found[1] - 2.0_f32.sqrt()).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct NearestNeighbours {
    len: usize,
    /// Training embeddings, [rows, len].
    rows: Vec<f64>,
    neighbours: usize,
}

impl NearestNeighbours {
    /// Keeps `unit_rows`, [rows, len]; `k` counts from 1 and is reduced to the number of rows where there are fewer.
    ///
    /// # Errors
    /// Where the rows are not whole, finite and of length 1, and where there is none.
    pub fn new(unit_rows: &[f32], len: usize, k: usize) -> Result<Self, OodError> {
        check_unit(unit_rows, len)?;
        Self::of_any_length(unit_rows, len, k)
    }

    /// As [`NearestNeighbours::new`] for rows that are not scaled to length 1; distances then have no bound.
    ///
    /// # Errors
    /// Where the rows are not whole and finite, and where there is none.
    pub fn of_any_length(rows: &[f32], len: usize, k: usize) -> Result<Self, OodError> {
        check(rows, len)?;
        if rows.is_empty() {
            return Err(OodError::NoRows);
        }
        let rows: Vec<f64> = rows.iter().copied().map(f64::from).collect();
        Ok(Self { len, neighbours: k.clamp(1, rows.len() / len), rows })
    }

    /// Euclidean distance of every row to its k-th nearest training row, from 0 to 2 (Sun, Ming, Zhu & Li 2022,
    /// "Out-of-distribution detection with deep nearest neighbors", section 3). `unit_rows` is [rows, len]; a row that
    /// is in the training set finds itself first. Time O(rows x training rows x len).
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn ood_scores(&self, unit_rows: &[f32]) -> Vec<f32> {
        let queries: Vec<f64> = whole_rows(unit_rows, self.len).flatten().copied().map(f64::from).collect();
        let mut block = vec![[0.0; LANES]; self.len];
        let mut squared: [Vec<f64>; LANES] = Default::default();
        let mut ood_scores = Vec::with_capacity(unit_rows.len() / self.len);
        for queries in queries.chunks(LANES * self.len) {
            side_by_side(queries, self.len, &mut block);
            squared.iter_mut().for_each(Vec::clear);
            for row in self.rows.chunks_exact(self.len) {
                let mut sums = [0.0; LANES];
                for (values, &other) in block.iter().zip(row) {
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += (value - other) * (value - other));
                }
                squared.iter_mut().zip(sums).for_each(|(squared, sum)| squared.push(sum));
            }
            for squared in &mut squared[..queries.len() / self.len] {
                let (_, kth, _) = squared.select_nth_unstable_by(self.neighbours - 1, f64::total_cmp);
                ood_scores.push(kth.sqrt() as f32);
            }
        }
        ood_scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kth_distance_on_the_circle() {
        let rows = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0];
        let query = [1.0, 0.0];
        let kth = |k| NearestNeighbours::new(&rows, 2, k).expect("unit rows").ood_scores(&query)[0];
        assert_eq!([kth(1), kth(2), kth(3)], [0.0, 2.0_f32.sqrt(), 2.0]);
        // No fewer than one, no more than there are.
        assert_eq!([kth(0), kth(50)], [0.0, 2.0]);
        assert_eq!(NearestNeighbours::new(&[], 2, 1).map(|_| ()), Err(OodError::NoRows));
    }

    #[test]
    fn blocks_of_queries_that_are_not_full() {
        let angle = |at: usize| [(at as f32).cos(), (at as f32).sin()];
        let rows: Vec<f32> = (0..19).flat_map(angle).collect();
        let neighbours = NearestNeighbours::new(&rows, 2, 3).expect("unit rows");
        let together = neighbours.ood_scores(&rows);
        let alone: Vec<f32> = rows.chunks(2).flat_map(|row| neighbours.ood_scores(row)).collect();
        assert_eq!(together, alone);
    }
}
