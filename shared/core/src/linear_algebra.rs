//! What the Gaussian detectors and the classifier head need of linear algebra, in f64. Matrices are [len, len],
//! row-major; of symmetric ones only the lower triangle is written and read.

/// Rows that are worked on side by side, so that a compiler may put them into vector registers.
pub(crate) const LANES: usize = 8;

/// A matrix taken apart as L L^T, L lower triangular.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    len: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// `None` if the matrix is not positive definite, up to the rounding of f64.
    pub(crate) fn of(mut matrix: Vec<f64>, len: usize) -> Option<Self> {
        let largest = (0..len).map(|at| matrix[at * len + at]).fold(0.0, f64::max);
        let least = largest * len as f64 * f64::EPSILON;
        for row in 0..len {
            let (above, current) = matrix.split_at_mut(row * len);
            let current = &mut current[..len];
            for column in 0..row {
                let other = &above[column * len..][..=column];
                current[column] = (current[column] - dot(&current[..column], &other[..column])) / other[column];
            }
            let pivot = current[row] - dot(&current[..row], &current[..row]);
            // Not `pivot <= least`, which would let NaN pass.
            if !(pivot > least && pivot.is_finite()) {
                return None;
            }
            current[row] = pivot.sqrt();
        }
        Some(Self { len, lower: matrix })
    }

    /// Natural logarithm of the matrix's determinant.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.len).map(|at| self.lower[at * self.len + at].ln()).sum::<f64>()
    }

    /// L^-1 x of every row x of `rows`, [rows, len]: rows whose covariance is the matrix get the identity for it.
    pub(crate) fn whitened(&self, rows: &[f64]) -> Vec<f64> {
        let mut whitened = Vec::with_capacity(rows.len());
        let mut block = vec![[0.0; LANES]; self.len];
        for rows in rows.chunks(LANES * self.len) {
            side_by_side(rows, self.len, &mut block);
            self.whiten(&mut block);
            let lanes = rows.len() / self.len;
            whitened.extend((0..lanes).flat_map(|lane| block.iter().map(move |values| values[lane])));
        }
        whitened
    }

    /// (x - `mean`)^T matrix^-1 (x - `mean`) of every row x of `rows`, [rows, len].
    pub(crate) fn squared_distances(&self, rows: &[f64], mean: &[f64]) -> Vec<f64> {
        let mut distances = Vec::with_capacity(rows.len() / self.len);
        let mut block = vec![[0.0; LANES]; self.len];
        for rows in rows.chunks(LANES * self.len) {
            side_by_side(rows, self.len, &mut block);
            for (values, mean) in block.iter_mut().zip(mean) {
                values.iter_mut().for_each(|value| *value -= mean);
            }
            self.whiten(&mut block);
            let mut sums = [0.0; LANES];
            for values in &block {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * value);
            }
            distances.extend_from_slice(&sums[..rows.len() / self.len]);
        }
        distances
    }

    /// matrix^-1 `right`, \[len\]: forward and back substitution.
    pub(crate) fn solved(&self, right: &[f64]) -> Vec<f64> {
        let mut solved = right.to_vec();
        for row in 0..self.len {
            let lower = &self.lower[row * self.len..][..=row];
            solved[row] = (solved[row] - dot(&lower[..row], &solved[..row])) / lower[row];
        }
        for row in (0..self.len).rev() {
            let lower = &self.lower[row * self.len..][..=row];
            solved[row] /= lower[row];
            let value = solved[row];
            solved[..row].iter_mut().zip(lower).for_each(|(other, factor)| *other -= factor * value);
        }
        solved
    }

    /// Forward substitution, in place.
    fn whiten(&self, block: &mut [[f64; LANES]]) {
        for row in 0..self.len {
            let lower = &self.lower[row * self.len..][..=row];
            let (solved, rest) = block.split_at_mut(row);
            let mut values = rest[0];
            for (&factor, solved) in lower.iter().zip(solved.iter()) {
                values.iter_mut().zip(solved).for_each(|(value, solved)| *value -= factor * solved);
            }
            rest[0] = values.map(|value| value / lower[row]);
        }
    }
}

/// Up to [`LANES`] rows of `len`, turned so that value i of all of them stands in `block[i]`. Lanes without a row keep
/// what they held.
pub(crate) fn side_by_side(rows: &[f64], len: usize, block: &mut [[f64; LANES]]) {
    for (lane, row) in rows.chunks_exact(len).enumerate() {
        block.iter_mut().zip(row).for_each(|(values, &value)| values[lane] = value);
    }
}

/// Sum of weight (x - `mean`) (x - `mean`)^T over (weight, x): a covariance before it is divided by the weights' sum.
/// Weights are 0 or more. The lower triangle.
pub(crate) fn scatter<'a>(weighted_rows: impl Iterator<Item = (f64, &'a [f64])>, mean: &[f64]) -> Vec<f64> {
    const AT_ONCE: usize = 4; // rows between two passes over the matrix
    let len = mean.len();
    let mut matrix = vec![0.0; len * len];
    let mut block = vec![[0.0; AT_ONCE]; len];
    let mut held = 0;
    for (weight, row) in weighted_rows {
        let scale = weight.sqrt();
        for ((values, &value), mean) in block.iter_mut().zip(row).zip(mean) {
            values[held] = scale * (value - mean);
        }
        held += 1;
        if held == AT_ONCE {
            add_products(&mut matrix, &block);
            block.fill([0.0; AT_ONCE]);
            held = 0;
        }
    }
    add_products(&mut matrix, &block);
    matrix
}

fn add_products(matrix: &mut [f64], block: &[[f64; 4]]) {
    for (row, &[a, b, c, d]) in block.iter().enumerate() {
        for (sum, &[e, f, g, h]) in matrix[row * block.len()..][..=row].iter_mut().zip(block) {
            *sum += (a * e + b * f) + (c * g + d * h);
        }
    }
}

/// Eight sums side by side; one sum a compiler may not reorder.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; LANES];
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn two_by_two_by_hand() {
        // [[4, 2], [2, 5]] = L L^T with L = [[2, 0], [1, 2]]; determinant 16; inverse [[5, -2], [-2, 4]] / 16.
        let cholesky = Cholesky::of(vec![4.0, f64::NAN, 2.0, 5.0], 2).expect("positive definite");
        assert!((cholesky.log_determinant() - 16.0_f64.ln()).abs() < 1e-15);
        assert_eq!(cholesky.whitened(&[2.0, 5.0, 0.0, 4.0]), [1.0, 2.0, 0.0, 2.0]);
        assert_eq!(cholesky.squared_distances(&[3.0, 6.0, 1.0, 1.0], &[1.0, 1.0]), [5.0, 0.0]);
        assert_eq!(cholesky.solved(&[8.0, 8.0]), [1.5, 1.0]);
    }

    #[test]
    fn matrices_that_are_not_positive_definite() {
        assert!(Cholesky::of(vec![0.0; 4], 2).is_none());
        assert!(Cholesky::of(vec![1.0, 0.0, 1.0, 1.0], 2).is_none());
        assert!(Cholesky::of(vec![1.0, 0.0, 2.0, 1.0], 2).is_none());
        assert!(Cholesky::of(vec![1.0, 0.0, f64::NAN, 1.0], 2).is_none());
    }

    #[test]
    fn whitened_rows_have_the_identity_for_covariance() {
        // 21 dimensions and 50 rows: neither is a whole number of blocks.
        let (len, rows) = (21, 50);
        let mut rng = Rng::new(4);
        let values: Vec<f64> = (0..rows * len).map(|at| rng.normal() * (at % len + 1) as f64).collect();
        let zero = vec![0.0; len];
        let each = |values: &[f64]| scatter(values.chunks_exact(len).map(|row| (1.0 / rows as f64, row)), &zero);
        let cholesky = Cholesky::of(each(&values), len).expect("more rows than dimensions");
        let whitened = cholesky.whitened(&values);
        for (at, value) in each(&whitened).into_iter().enumerate() {
            let (row, column) = (at / len, at % len);
            let expected = if row == column { 1.0 } else { 0.0 };
            // f64 over a condition number of some thousand.
            assert!(column > row || (value - expected).abs() < 1e-11, "{row} {column}: {value}");
        }
        let distances = cholesky.squared_distances(&values, &zero);
        for (distance, row) in distances.iter().zip(whitened.chunks_exact(len)) {
            assert!((distance - dot(row, row)).abs() < 1e-10);
        }
    }
}
