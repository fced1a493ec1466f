//! Singular values of a table of embeddings.

/// The singular values of `rows`, [n, len] row-major, in descending order: min(n, len) of them, as square roots of the
/// eigenvalues of the smaller of both Gram matrices, in f64. Those below about 1e-8 of the largest are rounding.
///
/// # Panics
/// If they are not whole rows of `len`.
pub(super) fn singular_values(rows: &[f32], len: usize) -> Vec<f64> {
    assert!(rows.is_empty() || (len > 0 && rows.len().is_multiple_of(len)), "whole rows");
    let count = rows.len() / len.max(1);
    let size = count.min(len);
    let gram = if len <= count { gram_of_columns(rows, len) } else { gram_of_rows(rows, len, count) };
    let mut values: Vec<f64> = eigenvalues(gram, size).into_iter().map(|value| value.max(0.0).sqrt()).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Z^T Z, [len, len], its lower triangle.
fn gram_of_columns(rows: &[f32], len: usize) -> Vec<f64> {
    let mut gram = vec![0.0; len * len];
    for row in rows.chunks_exact(len) {
        for (at, &value) in row.iter().enumerate() {
            let value = f64::from(value);
            gram[at * len..=at * len + at]
                .iter_mut()
                .zip(row)
                .for_each(|(sum, &other)| *sum += value * f64::from(other));
        }
    }
    gram
}

/// Z Z^T, [count, count], its lower triangle.
fn gram_of_rows(rows: &[f32], len: usize, count: usize) -> Vec<f64> {
    let mut gram = vec![0.0; count * count];
    for (at, row) in rows.chunks_exact(len).enumerate() {
        for (other_at, other) in rows.chunks_exact(len).take(at + 1).enumerate() {
            let dot = row.iter().zip(other).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            gram[at * count + other_at] = dot;
        }
    }
    gram
}

/// Eigenvalues of a symmetric matrix, [size, size], of which the lower triangle is read: Householder's reduction to
/// a tridiagonal one, then QL with implicit shifts (Golub & Van Loan, Matrix Computations, 4th edition, 8.3).
fn eigenvalues(matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let (diagonal, beside) = tridiagonal(matrix, size);
    tridiagonal_eigenvalues(diagonal, beside)
}

/// The diagonal, and at index i what stands between i - 1 and i.
fn tridiagonal(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut beside, mut image) = (vec![0.0; size], vec![0.0; size]);
    for at in (1..size).rev() {
        let (above, current) = matrix.split_at_mut(at * size);
        let vector = &mut current[..at];
        let scale: f64 = vector.iter().map(|value| value.abs()).sum();
        if at == 1 || scale == 0.0 {
            beside[at] = vector[at - 1];
            continue;
        }
        vector.iter_mut().for_each(|value| *value /= scale);
        let square: f64 = vector.iter().map(|value| value * value).sum();
        let last = vector[at - 1];
        let length = -square.sqrt().copysign(last);
        beside[at] = scale * length;
        vector[at - 1] = last - length;
        let half = square - last * length;
        // The matrix times the vector, each row of the lower triangle read once.
        image[..at].fill(0.0);
        for row in 0..at {
            let (head, own) = (&above[row * size..row * size + row], above[row * size + row]);
            let mut sum = own * vector[row];
            for ((&value, &along), image) in head.iter().zip(vector.iter()).zip(image.iter_mut()) {
                sum += value * along;
                *image += value * vector[row];
            }
            image[row] += sum;
        }
        image[..at].iter_mut().for_each(|value| *value /= half);
        let along: f64 = image.iter().zip(vector.iter()).map(|(a, b)| a * b).sum::<f64>() / (half + half);
        image.iter_mut().zip(vector.iter()).for_each(|(value, &own)| *value -= along * own);
        for row in 0..at {
            let (by_vector, by_image) = (vector[row], image[row]);
            let entries = above[row * size..=row * size + row].iter_mut();
            for ((entry, &image), &own) in entries.zip(&image).zip(vector.iter()) {
                *entry -= by_vector * image + by_image * own;
            }
        }
    }
    ((0..size).map(|at| matrix[at * size + at]).collect(), beside)
}

fn tridiagonal_eigenvalues(mut diagonal: Vec<f64>, mut beside: Vec<f64>) -> Vec<f64> {
    const MOST_STEPS: usize = 60;
    let size = diagonal.len();
    if size == 0 {
        return diagonal;
    }
    beside.rotate_left(1);
    beside[size - 1] = 0.0;
    let largest = diagonal.iter().chain(&beside).fold(0.0, |most: f64, value| most.max(value.abs()));
    let is_small = |value: f64| value.abs() <= f64::EPSILON * largest;
    for first in 0..size {
        for _ in 0..MOST_STEPS {
            let last = (first..size - 1).find(|&at| is_small(beside[at])).unwrap_or(size - 1);
            if last == first {
                break;
            }
            let slope = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
            let root = slope.hypot(1.0).copysign(slope);
            let mut shifted = diagonal[last] - diagonal[first] + beside[first] / (slope + root);
            let (mut sine, mut cosine, mut taken) = (1.0, 1.0, 0.0);
            let mut is_split = false;
            for at in (first..last).rev() {
                let (across, along) = (sine * beside[at], cosine * beside[at]);
                let length = across.hypot(shifted);
                beside[at + 1] = length;
                if length == 0.0 {
                    diagonal[at + 1] -= taken;
                    beside[last] = 0.0;
                    is_split = true;
                    break;
                }
                (sine, cosine) = (across / length, shifted / length);
                let rest = diagonal[at + 1] - taken;
                let turned = (diagonal[at] - rest) * sine + 2.0 * cosine * along;
                taken = sine * turned;
                diagonal[at + 1] = rest + taken;
                shifted = cosine * turned - along;
            }
            if !is_split {
                diagonal[first] -= taken;
                beside[first] = shifted;
                beside[last] = 0.0;
            }
        }
    }
    diagonal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn two_by_two_by_hand() {
        // [[3, 0], [4, 5]]: Z^T Z = [[25, 20], [20, 25]] with eigenvalues 45 and 5.
        let values = singular_values(&[3.0, 0.0, 4.0, 5.0], 2);
        assert!(
            (values[0] - 45.0_f64.sqrt()).abs() < 1e-12 && (values[1] - 5.0_f64.sqrt()).abs() < 1e-12,
            "{values:?}"
        );
        assert_eq!(singular_values(&[3.0, 4.0], 2), [5.0]);
        assert_eq!(singular_values(&[], 2), Vec::<f64>::new());
    }

    /// Z = sum of s_k u_k v_k^T with orthonormal u and v of cosines has the singular values s, upright and lying.
    #[test]
    fn a_table_made_of_known_singular_values_has_them() {
        let cosines = |at: usize, k: usize, size: usize| {
            let norm = if k == 0 { 1.0 } else { 2.0 };
            let angle = std::f64::consts::PI * (at as f64 + 0.5) * k as f64 / size as f64;
            (norm / size as f64).sqrt() * angle.cos()
        };
        let expected = [40.0, 17.0, 17.0, 3.5, 1.0, 0.01];
        for (rows, len) in [(40, 23), (23, 40), (31, 31)] {
            let entry = |at: usize| {
                let (row, column) = (at / len, at % len);
                let part = |k: usize| expected[k] * cosines(row, k, rows) * cosines(column, k, len);
                (0..expected.len()).map(part).sum::<f64>() as f32
            };
            let values = singular_values(&(0..rows * len).map(entry).collect::<Vec<f32>>(), len);
            assert_eq!(values.len(), rows.min(len));
            for (at, value) in values.iter().enumerate() {
                // f32 entries of a table of size 40.
                assert!((value - expected.get(at).unwrap_or(&0.0)).abs() < 1e-4, "{at}: {value}");
            }
        }
    }

    /// Their squares sum up to the table's own sum of squares (its Frobenius norm).
    #[test]
    fn noise_keeps_its_frobenius_norm() {
        let mut rng = Rng::new(3);
        for (rows, len) in [(1, 7), (7, 1), (60, 45), (45, 60)] {
            let table: Vec<f32> = (0..rows * len).map(|_| rng.normal() as f32).collect();
            let squares: f64 = table.iter().map(|&value| f64::from(value).powi(2)).sum();
            let found: f64 = singular_values(&table, len).iter().map(|value| value * value).sum();
            assert!((found - squares).abs() < 1e-9 * squares, "{rows} x {len}: {found} instead of {squares}");
        }
    }
}
