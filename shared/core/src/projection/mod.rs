//! Principal component analysis: embeddings to few dimensions, the same in every run.

use crate::rng::{Rng, fnv1a_64};

/// The directions of largest variance of a set of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Mean of the points, \[len\].
    pub mean: Vec<f64>,
    /// Orthonormal directions, the one of largest variance first, each \[len\]. Of each the entry of largest magnitude
    /// is positive, so that the sign is decided by the points alone.
    pub components: Vec<Vec<f64>>,
    /// Variance of the points along each direction (divided by their number less one).
    pub variances: Vec<f64>,
}

/// Why points cannot be projected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProjectionError {
    /// The values are no whole rows.
    #[error("{values} values are no whole rows of {len}")]
    Shape {
        /// How many values there are.
        values: usize,
        /// Length of a row.
        len: usize,
    },
    /// A value is NaN or infinite.
    #[error("the value {column} of row {row} is not finite")]
    NotFinite {
        /// The first such row.
        row: usize,
        /// Its first such value.
        column: usize,
    },
}

/// That `rows`, [n, len], is whole and finite.
///
/// # Errors
/// See [`ProjectionError`].
pub fn check(rows: &[f32], len: usize) -> Result<(), ProjectionError> {
    if len == 0 || !rows.len().is_multiple_of(len) {
        return Err(ProjectionError::Shape { values: rows.len(), len });
    }
    match rows.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(ProjectionError::NotFinite { row: at / len, column: at % len }),
        None => Ok(()),
    }
}

impl Pca {
    /// The first `components` principal components (at most `len`) of `rows`, [n, len].
    ///
    /// The eigenvectors of the covariance by Lanczos' method: the covariance itself, `len` x
    /// `len`, is never formed. Points that do not vary have arbitrary directions of variance 0.
    ///
    /// # Errors
    /// See [`ProjectionError`].
    pub fn fit(rows: &[f32], len: usize, components: usize) -> Result<Self, ProjectionError> {
        check(rows, len)?;
        let count = rows.len() / len;
        let mut mean = vec![0.0; len];
        for row in rows.chunks_exact(len) {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        mean.iter_mut().for_each(|sum| *sum /= count.max(1) as f64);
        let centred: Vec<f32> = rows
            .chunks_exact(len)
            .flat_map(|row| row.iter().zip(&mean).map(|(&v, m)| (f64::from(v) - m) as f32))
            .collect();
        let scale = 1.0 / (count.max(2) - 1) as f64;
        let pairs = largest_eigenpairs(len, components.min(len), |direction, image| {
            image.fill(0.0);
            for row in centred.chunks_exact(len) {
                let along = dot(row, direction) * scale;
                image.iter_mut().zip(row).for_each(|(sum, &value)| *sum += along * f64::from(value));
            }
        });
        let (variances, components) = pairs.into_iter().map(|(value, vector)| (value.max(0.0), signed(vector))).unzip();
        Ok(Self { mean, components, variances })
    }

    /// Coordinates of `rows`, [n, len], along the components: [n, components].
    ///
    /// # Errors
    /// See [`ProjectionError`].
    pub fn project(&self, rows: &[f32]) -> Result<Vec<f32>, ProjectionError> {
        check(rows, self.mean.len())?;
        let offsets: Vec<f64> =
            self.components.iter().map(|c| c.iter().zip(&self.mean).map(|(a, b)| a * b).sum()).collect();
        Ok(rows
            .chunks_exact(self.mean.len())
            .flat_map(|row| self.components.iter().zip(&offsets).map(|(c, offset)| (dot(row, c) - offset) as f32))
            .collect())
    }
}

/// Turns a 2-D map about the origin, and mirrors it where that is nearer, so that its points come as near to those of
/// `last` as they can: the orthogonal Procrustes problem (Schönemann 1966), in the plane. Principal components may swap
/// and turn from one map to the next; what a viewer follows should not. A map of another length stays as it is.
pub fn turn_to(points: &mut [[f32; 2]], last: &[[f32; 2]]) {
    if points.len() != last.len() {
        return;
    }
    // Dot products: of turning (cosine and sine part), and of turning what is mirrored at the first axis.
    let mut sums = [0.0_f64; 4];
    for ([x, y], [u, v]) in points.iter().zip(last) {
        let [x, y, u, v] = [x, y, u, v].map(|&value| f64::from(value));
        let products = [x * u + y * v, x * v - y * u, x * u - y * v, x * v + y * u];
        sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }
    let mirrored = sums[2].hypot(sums[3]) > sums[0].hypot(sums[1]);
    let (along, across) = if mirrored { (sums[2], sums[3]) } else { (sums[0], sums[1]) };
    let length = along.hypot(across);
    if length == 0.0 {
        return;
    }
    let (cos, sin) = ((along / length) as f32, (across / length) as f32);
    for point in points {
        let [x, y] = [point[0], if mirrored { -point[1] } else { point[1] }];
        *point = [cos * x - sin * y, sin * x + cos * y];
    }
}

/// Of the two directions of a line, the one whose entry of largest magnitude is positive.
fn signed(mut vector: Vec<f64>) -> Vec<f64> {
    let largest =
        vector.iter().fold(0.0_f64, |largest, &value| if value.abs() > largest.abs() { value } else { largest });
    if largest < 0.0 {
        vector.iter_mut().for_each(|value| *value = -*value);
    }
    vector
}

/// Eight sums side by side, which a compiler may put into vector registers; one sum it may not reorder.
fn dot(row: &[f32], direction: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (row_chunks, direction_chunks) = (row.chunks_exact(8), direction.chunks_exact(8));
    let rest = row_chunks.remainder().iter().zip(direction_chunks.remainder()).map(|(&a, b)| f64::from(a) * b);
    let rest: f64 = rest.sum();
    for (a, b) in row_chunks.zip(direction_chunks) {
        for lane in 0..8 {
            sums[lane] += f64::from(a[lane]) * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// How small an eigenpair's residual is, against the largest eigenvalue, when it counts as found.
const TOLERANCE: f64 = 1e-10;

/// The `count` largest eigenvalues of a symmetric `size` x `size` matrix with their unit eigenvectors, largest first.
/// `apply` writes the matrix times its first argument into its second.
///
/// Lanczos' method with full reorthogonalisation (Golub & Van Loan, Matrix Computations, 4th edition, 10.3.1),
/// continued until the residuals are small or the whole space is spanned. An eigenvalue that occurs many times in a
/// matrix too large to be spanned may be found once only.
fn largest_eigenpairs(size: usize, count: usize, mut apply: impl FnMut(&[f64], &mut [f64])) -> Vec<(f64, Vec<f64>)> {
    let mut rng = Rng::from_parts(&[fnv1a_64(b"lanczos")]);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    // The matrix in the basis: tridiagonal, diagonal and what stands beside it.
    let (mut diagonal, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut image = vec![0.0; size];
    let mut next = random_unit(size, &basis, &mut rng);
    let mut steps = (2 * count + 30).min(size);
    loop {
        while basis.len() < steps {
            apply(&next, &mut image);
            diagonal.push(image.iter().zip(&next).map(|(a, b)| a * b).sum());
            basis.push(next);
            let length = orthogonalise(&mut image, &basis);
            let scale = diagonal.iter().chain(&beside).fold(f64::MIN_POSITIVE, |max: f64, value| max.max(value.abs()));
            if length > 1e-13 * scale {
                beside.push(length);
                next = image.iter().map(|value| value / length).collect();
            } else {
                // The basis holds an invariant subspace: on with any direction outside of it.
                beside.push(0.0);
                next = random_unit(size, &basis, &mut rng);
            }
        }
        let (values, vectors) = tridiagonal_eigen(&diagonal, &beside);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        order.truncate(count);
        let largest = order.first().map_or(0.0, |&first| values[first].abs());
        let residual = |pair: usize| beside[steps - 1] * vectors[pair][steps - 1].abs();
        if steps == size || order.iter().all(|&pair| residual(pair) <= TOLERANCE * largest) {
            return order
                .into_iter()
                .map(|pair| {
                    let mut vector = vec![0.0; size];
                    for (weight, direction) in vectors[pair].iter().zip(&basis) {
                        vector.iter_mut().zip(direction).for_each(|(sum, value)| *sum += weight * value);
                    }
                    (values[pair], vector)
                })
                .collect();
        }
        steps = (steps + steps / 2).min(size);
    }
}

/// Takes out of `vector` what lies in the basis, twice (once leaves rounding errors), and returns its length.
fn orthogonalise(vector: &mut [f64], basis: &[Vec<f64>]) -> f64 {
    for _ in 0..2 {
        for direction in basis {
            let along: f64 = vector.iter().zip(direction).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(direction).for_each(|(value, d)| *value -= along * d);
        }
    }
    vector.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// A direction outside the basis; zeros where the basis spans everything.
fn random_unit(size: usize, basis: &[Vec<f64>], rng: &mut Rng) -> Vec<f64> {
    if basis.len() >= size {
        return vec![0.0; size];
    }
    loop {
        let mut vector: Vec<f64> = (0..size).map(|_| rng.normal()).collect();
        let length = orthogonalise(&mut vector, basis);
        if length > 1e-8 {
            vector.iter_mut().for_each(|value| *value /= length);
            return vector;
        }
    }
}

/// Eigenvalues and eigenvectors (rows) of a symmetric tridiagonal matrix, unordered: Jacobi's cyclic method (Golub &
/// Van Loan, 8.5.3), whose vectors are orthogonal to rounding.
fn tridiagonal_eigen(diagonal: &[f64], beside: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = diagonal.len();
    let mut matrix = vec![vec![0.0; size]; size];
    let mut vectors = matrix.clone();
    for at in 0..size {
        matrix[at][at] = diagonal[at];
        vectors[at][at] = 1.0;
        if at + 1 < size {
            matrix[at][at + 1] = beside[at];
            matrix[at + 1][at] = beside[at];
        }
    }
    let whole: f64 = matrix.iter().flatten().map(|value| value * value).sum();
    for _ in 0..60 {
        let off: f64 = (0..size).flat_map(|p| matrix[p][..p].iter()).map(|value| value * value).sum();
        if off <= 1e-30 * whole {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                if matrix[p][q] * matrix[p][q] <= 1e-34 * whole {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sine = tangent * cosine;
                rotate(&mut matrix, p, q, cosine, sine);
                for row in &mut matrix {
                    (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
                }
                rotate(&mut vectors, p, q, cosine, sine);
            }
        }
    }
    ((0..size).map(|at| matrix[at][at]).collect(), vectors)
}

/// Turns the rows `p` and `q`, of which `p` is the first.
fn rotate(rows: &mut [Vec<f64>], p: usize, q: usize, cosine: f64, sine: f64) {
    let (head, tail) = rows.split_at_mut(q);
    for (a, b) in head[p].iter_mut().zip(&mut tail[0]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests;
