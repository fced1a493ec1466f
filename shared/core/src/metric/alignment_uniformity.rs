//! Alignment and uniformity of embeddings on the unit sphere (Wang & Isola 2020, "Understanding contrastive
//! representation learning through alignment and uniformity on the hypersphere"). Lower is better for both.

/// Mean over positive pairs of |x - y|^2 (alpha = 2). `x` and `y` are [pairs, `len`], row-major, row i of one being the
/// positive of row i of the other, each row of length 1 (L2). From 0 to 4; `None` if there is no pair.
///
/// ```
/// use nadir_core::metric::alignment_uniformity::alignment;
/// // One pair at a right angle: |x - y|^2 = 2.
/// assert_eq!(alignment(&[1.0, 0.0], &[0.0, 1.0], 2), Some(2.0));
/// ```
///
/// # Panics
/// If x and y are not of one size, or not whole rows of `len`.
pub fn alignment(x: &[f32], y: &[f32], len: usize) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "one positive a row");
    let pairs = rows(x, len).len();
    let sum: f64 = rows(x, len).zip(rows(y, len)).map(|(x, y)| squared_distance(x, y)).sum();
    (pairs > 0).then(|| sum / pairs as f64)
}

/// Log of the mean over all pairs of different rows of exp(-2 |x_i - x_j|^2) (t = 2). `x` is [rows, `len`], row-major,
/// each row of length 1 (L2). From -8 to 0, near -4 where many rows are spread evenly in many dimensions; `None` below
/// two rows. The time grows with the square of the rows: pass some thousand.
///
/// ```
/// use nadir_core::metric::alignment_uniformity::uniformity;
/// // Two opposite rows are the farthest apart that there is: ln exp(-2 * 4).
/// let found = uniformity(&[1.0, 0.0, -1.0, 0.0], 2).unwrap();
/// assert!((found + 8.0).abs() < 1e-12);
/// ```
///
/// # Panics
/// If x is not whole rows of `len`.
pub fn uniformity(x: &[f32], len: usize) -> Option<f64> {
    let rows: Vec<&[f32]> = rows(x, len).collect();
    let pairs = rows.len() * rows.len().saturating_sub(1) / 2;
    let mut sum = 0.0;
    for (at, &first) in rows.iter().enumerate() {
        sum += rows[at + 1..].iter().map(|second| (-2.0 * squared_distance(first, second)).exp()).sum::<f64>();
    }
    (pairs > 0).then(|| (sum / pairs as f64).ln())
}

fn rows(x: &[f32], len: usize) -> std::slice::ChunksExact<'_, f32> {
    assert!(x.is_empty() || (len > 0 && x.len().is_multiple_of(len)), "whole rows");
    x.chunks_exact(len.max(1))
}

fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    // Eight sums, so that the compiler may add several at once.
    let mut sums = [0.0; 8];
    let (x_chunks, y_chunks) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest = x_chunks.remainder().iter().zip(y_chunks.remainder());
    for (sum, (&x, &y)) in sums.iter_mut().zip(rest) {
        *sum += (f64::from(x) - f64::from(y)).powi(2);
    }
    for (x, y) in x_chunks.zip(y_chunks) {
        for at in 0..8 {
            let difference = f64::from(x[at]) - f64::from(y[at]);
            sums[at] += difference * difference;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_a_square_on_the_circle() {
        let corners = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
        // Four of the six pairs are at squared distance 2, two at 4.
        let expected = ((4.0 * (-4.0f64).exp() + 2.0 * (-8.0f64).exp()) / 6.0).ln();
        assert!((uniformity(&corners, 2).expect("six pairs") - expected).abs() < 1e-12);
        assert_eq!(alignment(&corners, &corners, 2), Some(0.0));
        assert_eq!(alignment(&corners[..4], &corners[4..], 2), Some(4.0));
    }

    #[test]
    fn collapsed_embeddings_are_least_uniform_and_one_row_has_no_pair() {
        assert_eq!(uniformity(&[0.6, 0.8, 0.6, 0.8, 0.6, 0.8], 2), Some(0.0));
        assert_eq!((uniformity(&[0.6, 0.8], 2), alignment(&[], &[], 2)), (None, None));
    }

    #[test]
    fn every_dimension_is_counted_once() {
        // 11 dimensions: one run of eight and three left over.
        let x: Vec<f32> = (0..11).map(|at| at as f32).collect();
        assert_eq!(alignment(&x, &[0.0; 11], 11), Some(385.0));
    }
}
