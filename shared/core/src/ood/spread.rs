//! How many of its dimensions an embedding moves.

/// The participation ratio of an embedding over its length, `(sum |x|)^2 / (len * sum x^2)`: 1 where all dimensions are
/// alike, 1 / len where one holds all of it, 0 for an embedding of zeros. An image of one colour moves few of a network's
/// features, and those in directions that photographs take too, so that no residual tells it.
///
/// ```
/// use nadir_core::ood::spread;
/// assert_eq!([spread(&[2.0, 2.0]), spread(&[0.0, 3.0]), spread(&[0.0, 0.0])], [1.0, 0.5, 0.0]);
/// ```
pub fn spread(embedding: &[f32]) -> f32 {
    let sum: f64 = embedding.iter().map(|&value| f64::from(value).abs()).sum();
    let squares: f64 = embedding.iter().map(|&value| f64::from(value).powi(2)).sum();
    if squares == 0.0 { 0.0 } else { (sum * sum / squares / embedding.len() as f64) as f32 }
}
