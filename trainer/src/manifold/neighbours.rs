//! Exact nearest neighbours by Euclidean distance.

use rayon::prelude::*;

/// Each row's nearest other rows, nearest first; of equal ones the earlier row first.
pub(super) struct Neighbours {
    /// Number of neighbours of each row.
    pub count: usize,
    /// Indices of the neighbours, [rows, count].
    pub indices: Vec<u32>,
    /// Euclidean distances to them, [rows, count].
    pub distances: Vec<f32>,
}

/// The `count` nearest others of each row of `rows`, [n, len]; `count` must be below n.
pub(super) fn nearest(rows: &[f32], len: usize, count: usize) -> Neighbours {
    let total = rows.len() / len;
    debug_assert!(count < total);
    let found: Vec<Vec<(f32, u32)>> = rows
        .par_chunks_exact(len)
        .enumerate()
        .map_init(
            || Vec::with_capacity(total),
            |others: &mut Vec<(f32, u32)>, (row, values)| {
                others.clear();
                let distances = rows.chunks_exact(len).map(|other| squared_distance(values, other));
                others.extend(distances.zip(0_u32..).filter(|&(_, other)| other as usize != row));
                let order = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if count < others.len() {
                    others.select_nth_unstable_by(count, order);
                }
                let mut nearest = others[..count].to_vec();
                nearest.sort_unstable_by(order);
                nearest
            },
        )
        .collect();
    Neighbours {
        count,
        indices: found.iter().flatten().map(|&(_, other)| other).collect(),
        distances: found.iter().flatten().map(|&(squared, _)| squared.sqrt()).collect(),
    }
}

/// Eight sums side by side, which a compiler may put into vector registers; one sum it may not reorder.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    sums.iter().sum::<f32>() + rest
}
