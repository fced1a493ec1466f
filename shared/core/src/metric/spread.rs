//! Whether embeddings differ at all (Chen & He 2021, "Exploring simple Siamese representation learning", section 4.1).

/// The mean over the dimensions of their standard deviation over the rows, times the square root of `len`: 0 where all rows
/// are the same, about 1 where they lie evenly on the sphere around 0. `rows` is [n, `len`], row-major, each row of
/// length 1 (L2). `None` if there is no row.
///
/// ```
/// use nadir_core::metric::spread::spread;
/// assert_eq!(spread(&[1.0, 0.0, 1.0, 0.0], 2), Some(0.0));
/// // Standard deviation 1 in one of two dimensions.
/// let found = spread(&[1.0, 0.0, -1.0, 0.0], 2).unwrap();
/// assert!((found - 0.5_f64.sqrt()).abs() < 1e-12);
/// ```
///
/// # Panics
/// If they are not whole rows of `len`.
pub fn spread(rows: &[f32], len: usize) -> Option<f64> {
    assert!(rows.is_empty() || (len > 0 && rows.len().is_multiple_of(len)), "whole rows");
    let count = rows.len() / len.max(1);
    if count == 0 {
        return None;
    }
    let over = |column: usize, value: &dyn Fn(f64) -> f64| {
        rows.iter().skip(column).step_by(len).map(|&x| value(f64::from(x))).sum::<f64>() / count as f64
    };
    let deviation = |column: usize| {
        let mean = over(column, &|x| x);
        over(column, &|x| (x - mean).powi(2)).sqrt()
    };
    Some((0..len).map(deviation).sum::<f64>() / (len as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_a_square_and_one_point() {
        // Each of two dimensions has 1, 0, -1, 0: standard deviation sqrt(1/2); the mean of both times sqrt(2) is 1.
        let corners = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
        assert!((spread(&corners, 2).expect("four rows") - 1.0).abs() < 1e-12);
        assert_eq!(spread(&[0.6, 0.8, 0.6, 0.8], 2), Some(0.0));
        assert_eq!(spread(&[], 2), None);
    }
}
