//! t-SNE by Barnes & Hut's approximation (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms"), started
//! at PCA's map as Kobak & Berens 2019 advise. No draw is random.

use super::neighbours::{Neighbours, nearest};
use super::tree::Tree;
use rayon::prelude::*;

/// Effective number of neighbours, where there are so many.
const PERPLEXITY: f64 = 30.0;
/// Accuracy of the tree's sums.
const THETA: f64 = 0.5;
/// Steps in all, and those at the beginning in which attraction is exaggerated.
const STEPS: usize = 1000;
const EXAGGERATED_STEPS: usize = 250;
const EXAGGERATION: f64 = 12.0;
/// Below it a coordinate's own rate does not fall.
const SMALLEST_GAIN: f64 = 0.01;

/// Symmetric similarities: of each point the others with p above 0, and p.
struct Similarities(Vec<Vec<(u32, f64)>>);

/// Lays out `rows`, [n, len], beginning at `start`; n is at least 8.
pub(super) fn layout(rows: &[f32], len: usize, start: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let count = start.len();
    let perplexity = PERPLEXITY.min((count - 1) as f64 / 3.0);
    let neighbours = nearest(rows, len, ((3.0 * perplexity) as usize).min(count - 1));
    let similarities = similarities(&neighbours, perplexity);
    // Deviation 1e-4 along the first axis (Kobak & Berens 2019).
    let std = (start.iter().map(|point| point[0] * point[0]).sum::<f64>() / count as f64).sqrt();
    let scale = if std > 0.0 { 1e-4 / std } else { 0.0 };
    let mut points: Vec<[f64; 2]> = start.into_iter().map(|point| point.map(|value| value * scale)).collect();
    // Belkina et al. 2019; 200 is van der Maaten's.
    let rate = (count as f64 / EXAGGERATION).max(200.0);
    let mut velocities = vec![[0.0_f64; 2]; count];
    let mut gains = vec![[1.0_f64; 2]; count];
    for step in 0..STEPS {
        let exaggerated = step < EXAGGERATED_STEPS;
        let (exaggeration, momentum) = if exaggerated { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        for (at, gradient) in gradient(&points, &similarities, exaggeration).into_iter().enumerate() {
            for axis in 0..2 {
                let (gain, velocity) = (&mut gains[at][axis], &mut velocities[at][axis]);
                // Jacobs 1988: up where the descent goes on, down where it turns.
                *gain = if gradient[axis] * *velocity < 0.0 { *gain + 0.2 } else { *gain * 0.8 }.max(SMALLEST_GAIN);
                *velocity = momentum * *velocity - rate * *gain * gradient[axis];
                points[at][axis] += *velocity;
            }
        }
        let mean = [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count as f64);
        points.iter_mut().for_each(|point| *point = [point[0] - mean[0], point[1] - mean[1]]);
    }
    points
}

/// A quarter of the gradient of the Kullback-Leibler divergence (van der Maaten 2014, equation 8). Each point's part is
/// computed by itself and the sum over all is taken in their order, so threads change nothing.
fn gradient(points: &[[f64; 2]], similarities: &Similarities, exaggeration: f64) -> Vec<[f64; 2]> {
    let tree = Tree::new(points);
    // In the tree's order, so that points that follow each other walk through the same cells.
    let forces: Vec<([f64; 2], [f64; 2], f64)> = tree
        .order
        .par_iter()
        .with_min_len(64)
        .map(|&at| {
            let (point, others) = (points[at as usize], &similarities.0[at as usize]);
            let mut attraction = [0.0; 2];
            for &(other, p) in others {
                let away = [point[0] - points[other as usize][0], point[1] - points[other as usize][1]];
                let pull = exaggeration * p / (1.0 + away[0] * away[0] + away[1] * away[1]);
                attraction[0] += pull * away[0];
                attraction[1] += pull * away[1];
            }
            let repulsion = tree.repulsion(point, THETA);
            (attraction, repulsion.force, repulsion.q)
        })
        .collect();
    let whole = forces.iter().map(|(_, _, q)| q).sum::<f64>().max(f64::MIN_POSITIVE);
    let mut gradient = vec![[0.0; 2]; points.len()];
    for (&at, (pull, push, _)) in tree.order.iter().zip(forces) {
        gradient[at as usize] = [0, 1].map(|axis| pull[axis] - push[axis] / whole);
    }
    gradient
}

/// p = (p(j|i) + p(i|j)) / 2n (van der Maaten 2014, equations 5 and 6).
fn similarities(neighbours: &Neighbours, perplexity: f64) -> Similarities {
    let count = neighbours.count;
    let total = neighbours.indices.len() / count;
    let conditional: Vec<Vec<f64>> =
        neighbours.distances.par_chunks_exact(count).map(|distances| conditional(distances, perplexity)).collect();
    let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); total];
    for (at, (others, values)) in neighbours.indices.chunks_exact(count).zip(&conditional).enumerate() {
        for (&other, value) in others.iter().zip(values) {
            let half = value / (2 * total) as f64;
            rows[at].push((other, half));
            rows[other as usize].push((at as u32, half));
        }
    }
    rows.par_iter_mut().for_each(|row| {
        row.sort_by_key(|&(other, _)| other);
        row.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
    });
    Similarities(rows)
}

/// A Gaussian over the neighbours, as wide as gives the perplexity (bisection of its precision).
fn conditional(distances: &[f32], perplexity: f64) -> Vec<f64> {
    // Less the smallest, which cancels in the quotient and keeps the largest term at 1.
    let nearest = f64::from(distances.first().copied().unwrap_or(0.0));
    let squares: Vec<f64> = distances.iter().map(|&d| f64::from(d) * f64::from(d) - nearest * nearest).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut precision = if mean > 0.0 { 1.0 / mean } else { 1.0 };
    let mut values = Vec::new();
    for _ in 0..100 {
        values = squares.iter().map(|square| (-precision * square).exp()).collect();
        let sum: f64 = values.iter().sum();
        values.iter_mut().for_each(|value| *value /= sum);
        let spread: f64 = values.iter().zip(&squares).map(|(value, square)| value * square).sum();
        let entropy = sum.ln() + precision * spread;
        if (entropy - perplexity.ln()).abs() < 1e-5 {
            break;
        }
        if entropy > perplexity.ln() {
            low = precision;
        } else {
            high = precision;
        }
        precision = if high.is_finite() { (low + high) / 2.0 } else { precision * 2.0 };
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaussian_has_the_perplexity_asked_for() {
        let distances: Vec<f32> = (1..=90).map(|at| 3.0 + at as f32 * 0.1).collect();
        let values = conditional(&distances, 30.0);
        let entropy: f64 = values.iter().map(|value| -value * value.ln()).sum();
        assert!((entropy.exp() - 30.0).abs() < 1e-3 && (values.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // Neighbours all equally far have no width that fits: they count the same.
        assert!(conditional(&[0.0; 9], 3.0).iter().all(|value| (value - 1.0 / 9.0).abs() < 1e-12));
    }

    #[test]
    fn similarities_are_symmetric_and_sum_to_one() {
        let rows: Vec<f32> = (0..40).map(|at| ((at * 37) % 41) as f32 + (at as f32).sqrt()).collect();
        let Similarities(rows) = similarities(&nearest(&rows, 1, 12), 4.0);
        let sum: f64 = rows.iter().flatten().map(|(_, p)| p).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        for (at, row) in rows.iter().enumerate() {
            for &(other, p) in row {
                let back = rows[other as usize].iter().find(|&&(back, _)| back as usize == at).map(|&(_, p)| p);
                assert!(back.is_some_and(|back| (back - p).abs() < 1e-15), "{at} and {other}");
            }
        }
    }
}
