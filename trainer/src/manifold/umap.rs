//! UMAP (McInnes, Healy & Melville 2018, "UMAP: Uniform Manifold Approximation and Projection"), with the settings of
//! the authors' umap-learn. It begins at PCA's map, which Kobak & Linderman 2021 find as good as a spectral beginning,
//! and goes edge by edge in one thread, since the order of the steps is part of the result.

use super::neighbours::{Neighbours, nearest};
use nadir_core::rng::{Rng, fnv1a_64};
use rayon::prelude::*;

/// Size of a neighbourhood, the point itself counted.
const NEIGHBOURS: usize = 15;
/// The kernel 1 / (1 + a d^2b) that comes closest to "1 up to distance 0.1, then falling as exp(0.1 - d)" (section 3.2,
/// definition 11, min-dist 0.1), as umap-learn's `find_ab_params(1.0, 0.1)` fits it.
const A: f64 = 1.576_943_460_465_84;
const B: f64 = 0.895_060_877_963_997_4;
/// Points that each drawn edge is pushed away from.
const NEGATIVES: usize = 5;
/// A coordinate moves so much in a step at most, times the rate.
const LARGEST_STEP: f64 = 4.0;
/// Where PCA's map ends.
const EXTENT: f64 = 10.0;

/// An edge of the fuzzy graph; each stands there in both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Edge {
    from: u32,
    to: u32,
    /// Membership strength of the edge, in (0, 1].
    weight: f64,
}

/// Lays out `rows`, [n, len], beginning at `start`; n is at least 8.
pub(super) fn layout(rows: &[f32], len: usize, start: Vec<[f64; 2]>, seed: u64) -> Vec<[f64; 2]> {
    let count = start.len();
    let edges = fuzzy_graph(&nearest(rows, len, NEIGHBOURS.min(count) - 1));
    let mut rng = Rng::from_parts(&[seed, fnv1a_64(b"umap")]);
    let extent = start.iter().flatten().fold(0.0_f64, |extent, value| extent.max(value.abs()));
    let scale = if extent > 0.0 { EXTENT / extent } else { 0.0 };
    // Points at one place would never part: a little noise.
    let mut points: Vec<[f64; 2]> =
        start.into_iter().map(|point| point.map(|value| value * scale + 1e-4 * rng.normal())).collect();
    let epochs = if count <= 10_000 { 500 } else { 200 };
    optimise(&mut points, &edges, epochs, &mut rng);
    points
}

/// Stochastic gradient descent on the fuzzy sets' cross entropy (section 3.2, algorithm 5): an edge is drawn in
/// proportion to its weight, the heaviest in each epoch.
fn optimise(points: &mut [[f64; 2]], edges: &[Edge], epochs: usize, rng: &mut Rng) {
    let heaviest = edges.iter().fold(0.0_f64, |heaviest, edge| heaviest.max(edge.weight));
    // Edge, epochs between two draws, epoch of the next draw; edges so light that none would come are skipped.
    let mut due: Vec<(Edge, f64, f64)> = edges
        .iter()
        .map(|&edge| (edge, heaviest / edge.weight, heaviest / edge.weight))
        .filter(|&(_, every, _)| every <= epochs as f64)
        .collect();
    let pull = Force::new(|squared| -2.0 * A * B * squared.powf(B - 1.0) / (1.0 + A * squared.powf(B)));
    let push = Force::new(|squared| 2.0 * B / ((0.001 + squared) * (1.0 + A * squared.powf(B))));
    for epoch in 0..epochs {
        let rate = 1.0 - epoch as f64 / epochs as f64;
        for (edge, every, next) in &mut due {
            if *next > epoch as f64 {
                continue;
            }
            *next += *every;
            let (from, to) = (edge.from as usize, edge.to as usize);
            let (away, squared) = between(points[from], points[to]);
            if squared > 0.0 {
                let pull = pull.at(squared);
                for axis in 0..2 {
                    let step = rate * clip(pull * away[axis]);
                    points[from][axis] += step;
                    points[to][axis] -= step;
                }
            }
            // All from where the point is now, and not each from where the one before has pushed it: they need not wait for
            // each other.
            let mut pushed = [0.0; 2];
            for _ in 0..NEGATIVES {
                let (away, squared) = between(points[from], points[rng.below(points.len())]);
                if squared > 0.0 {
                    let push = push.at(squared);
                    for axis in 0..2 {
                        pushed[axis] += rate * clip(push * away[axis]);
                    }
                }
            }
            for axis in 0..2 {
                points[from][axis] += pushed[axis];
            }
        }
    }
}

/// A force by the squared distance, from a table: hundreds of millions are needed, and a power takes most of each. Between
/// two values of the table it is linear, which is within 3e-6 of itself.
struct Force {
    values: Vec<f64>,
}

impl Force {
    /// Bits of a number's fraction that count in the table: steps between a power of two and the next.
    const FRACTION: u32 = 9;
    /// Powers of two of the first and last squared distances; below and above the force stays.
    const EXPONENTS: [i64; 2] = [-40, 40];

    fn new(force: impl Fn(f64) -> f64) -> Self {
        let last = (Self::EXPONENTS[1] - Self::EXPONENTS[0]) as u64 * (1 << Self::FRACTION);
        let place = |at: u64| f64::from_bits((Self::first() + at) << Self::shift());
        Self { values: (0..=last).map(|at| force(place(at))).collect() }
    }

    /// The place of the first squared distance among all numbers, counted in the table's steps.
    fn first() -> u64 {
        2.0_f64.powi(Self::EXPONENTS[0] as i32).to_bits() >> Self::shift()
    }

    const fn shift() -> u32 {
        f64::MANTISSA_DIGITS - 1 - Self::FRACTION
    }

    fn at(&self, squared: f64) -> f64 {
        let bits = squared.to_bits();
        let Some(at) = (bits >> Self::shift()).checked_sub(Self::first()) else { return self.values[0] };
        let at = at as usize;
        let Some([one, other]) = self.values.get(at..at + 2) else { return self.values[self.values.len() - 1] };
        let within = (bits & ((1 << Self::shift()) - 1)) as f64 / (1_u64 << Self::shift()) as f64;
        one + (other - one) * within
    }
}

fn between(a: [f64; 2], b: [f64; 2]) -> ([f64; 2], f64) {
    let away = [a[0] - b[0], a[1] - b[1]];
    (away, away[0] * away[0] + away[1] * away[1])
}

fn clip(step: f64) -> f64 {
    step.clamp(-LARGEST_STEP, LARGEST_STEP)
}

/// The union of every point's fuzzy neighbourhood, a + b - a b (section 3.1, algorithms 1 and 2), ordered by points.
fn fuzzy_graph(neighbours: &Neighbours) -> Vec<Edge> {
    let count = neighbours.count;
    let all = neighbours.distances.iter().map(|&distance| f64::from(distance)).sum::<f64>();
    // Of each neighbourhood with the point itself, whose distance is 0.
    let mean = all / (neighbours.distances.len() / count * (count + 1)) as f64;
    let memberships: Vec<Vec<f64>> =
        neighbours.distances.par_chunks_exact(count).map(|distances| memberships(distances, mean)).collect();
    let mut directed: Vec<Vec<(u32, f64, f64)>> = vec![Vec::new(); memberships.len()];
    for (at, (others, weights)) in neighbours.indices.chunks_exact(count).zip(&memberships).enumerate() {
        for (&other, &weight) in others.iter().zip(weights) {
            directed[at].push((other, weight, 0.0));
            directed[other as usize].push((at as u32, 0.0, weight));
        }
    }
    let mut edges = Vec::new();
    for (from, row) in directed.iter_mut().enumerate() {
        row.sort_by_key(|&(other, ..)| other);
        for pair in row.chunk_by(|a, b| a.0 == b.0) {
            let there: f64 = pair.iter().map(|edge| edge.1).sum();
            let back: f64 = pair.iter().map(|edge| edge.2).sum();
            let weight = there + back - there * back;
            if weight > 0.0 {
                edges.push(Edge { from: from as u32, to: pair[0].0, weight });
            }
        }
    }
    edges
}

/// exp(-(d - rho) / sigma) of one point's neighbours: rho the distance of the nearest that is not at the same place,
/// sigma such that they sum to log2 of the neighbourhood's size (algorithm 3). `mean` is all points' mean distance,
/// which keeps sigma from vanishing.
fn memberships(distances: &[f32], mean: f64) -> Vec<f64> {
    let rho = distances.iter().copied().find(|&distance| distance > 0.0).map_or(0.0, f64::from);
    let beyond: Vec<f64> = distances.iter().map(|&distance| (f64::from(distance) - rho).max(0.0)).collect();
    let target = ((distances.len() + 1) as f64).log2();
    let (mut low, mut high, mut sigma) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..64 {
        let sum: f64 = beyond.iter().map(|beyond| (-beyond / sigma).exp()).sum();
        if (sum - target).abs() < 1e-5 {
            break;
        }
        if sum > target {
            high = sigma;
        } else {
            low = sigma;
        }
        sigma = if high.is_finite() { (low + high) / 2.0 } else { sigma * 2.0 };
    }
    let own = distances.iter().map(|&distance| f64::from(distance)).sum::<f64>() / (distances.len() + 1) as f64;
    let sigma = sigma.max(1e-3 * if rho > 0.0 { own } else { mean });
    beyond.iter().map(|&beyond| if beyond == 0.0 { 1.0 } else { (-beyond / sigma).exp() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_force_from_the_table_is_the_force() {
        let force = |squared: f64| 2.0 * B / ((0.001 + squared) * (1.0 + A * squared.powf(B)));
        let table = Force::new(force);
        let mut rng = Rng::from_name("force");
        for squared in (0..20_000).map(|_| rng.range(-30.0, 30.0).exp2()).chain([2.0_f64.powi(-40), 1.0, 3.0]) {
            let (found, expected) = (table.at(squared), force(squared));
            assert!((found / expected - 1.0).abs() < 3e-6, "{squared}: {found}, not {expected}");
        }
        // Beyond the table as at its ends.
        assert_eq!([table.at(1e-300), table.at(1e300)], [force(2.0_f64.powi(-40)), force(2.0_f64.powi(40))]);
    }

    #[test]
    fn the_fuzzy_graph_equals_umap_learns() {
        // umap-learn 0.5.12, `fuzzy_simplicial_set` of these points with 6 neighbours; it computes in f32 and bisects
        // to 1e-5, hence 1e-4.
        let mut rng = Rng::from_name("umap");
        let rows: Vec<f32> = (0..24 * 3).map(|_| rng.uniform() as f32).collect();
        let edges = fuzzy_graph(&nearest(&rows, 3, 5));
        let sum: f64 = edges.iter().map(|edge| edge.weight).sum();
        assert_eq!(edges.len(), 152);
        assert!((sum - 89.91138).abs() < 1e-3, "{sum}");
        let expected = [
            (2, 0.06414113938808441),
            (5, 0.6190441846847534),
            (6, 1.0),
            (10, 0.3684755861759186),
            (11, 0.023828232660889626),
            (13, 0.4408376216888428),
            (15, 0.5017698407173157),
            (20, 0.4523574411869049),
            (22, 1.0),
        ];
        let first: Vec<&Edge> = edges.iter().filter(|edge| edge.from == 0).collect();
        assert_eq!(first.len(), expected.len());
        for (edge, (to, weight)) in first.iter().zip(expected) {
            assert!(edge.to == to && (edge.weight - weight).abs() < 1e-4, "{edge:?} instead of {to}, {weight}");
        }
    }

    #[test]
    fn points_at_one_place_have_whole_membership() {
        assert_eq!(memberships(&[0.0; 14], 0.0), [1.0; 14]);
        assert_eq!(memberships(&[0.0, 0.0, 2.0], 1.0)[..2], [1.0, 1.0]);
    }
}
