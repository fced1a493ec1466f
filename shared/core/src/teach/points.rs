//! Points on the unit sphere: their cosines, and how a loss of the cosines moves them.

/// A loss of the cosines between points, with its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct LossAndGradient {
    /// Value of the loss.
    pub loss: f64,
    /// By the cosine of anchor (row) and candidate (column), [points, points], 0 on the diagonal. The cosine of a pair
    /// stands in it twice, once for each of the two as the anchor.
    pub gradient: Vec<f64>,
}

/// Each row of `points`, [n, len], at length 1; a row of zeros stays.
pub fn normalise(points: &mut [f64], len: usize) {
    for point in points.chunks_exact_mut(len) {
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
        point.iter_mut().for_each(|value| *value /= length);
    }
}

/// Cosines of unit vectors [n, len]: [n, n].
pub fn cosines(points: &[f64], len: usize) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    points.chunks_exact(len).flat_map(|a| points.chunks_exact(len).map(move |b| dot(a, b))).collect()
}

/// The gradient by the points, [n, len], of a loss whose gradient by the cosines is `by_cosine`, [n, n]: along the
/// sphere, since only the direction of a point counts.
///
/// With z = x / |x|, dz / dx at |x| = 1 is I - z z^T; cosine (i, j) has the gradient z_j by z_i.
pub fn gradient_by_points(points: &[f64], len: usize, by_cosine: &[f64]) -> Vec<f64> {
    let count = points.len() / len;
    let mut gradient = vec![0.0; points.len()];
    for (i, (own, z)) in gradient.chunks_exact_mut(len).zip(points.chunks_exact(len)).enumerate() {
        for (j, other) in points.chunks_exact(len).enumerate() {
            let weight = by_cosine[i * count + j] + by_cosine[j * count + i];
            own.iter_mut().zip(other).for_each(|(sum, value)| *sum += weight * value);
        }
        let outwards: f64 = own.iter().zip(z).map(|(g, z)| g * z).sum();
        own.iter_mut().zip(z).for_each(|(g, z)| *g -= outwards * z);
    }
    gradient
}

/// One step of gradient descent along the sphere.
pub fn descend(points: &mut [f64], len: usize, by_cosine: &[f64], rate: f64) {
    let gradient = gradient_by_points(points, len, by_cosine);
    points.iter_mut().zip(gradient).for_each(|(value, gradient)| *value -= rate * gradient);
    normalise(points, len);
}

/// Log of the sum of exp of these logits; minus infinity where there are none.
pub(super) fn log_sum_exp(logits: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + logits.map(|logit| (logit - largest).exp()).sum::<f64>().ln()
}
