//! Which of a number of samples are for training, validation and test, drawn by a seed: the same in trainer and page.

use crate::rng::{Rng, fnv1a_64};

/// Indices of `count` samples for train, validation and test, each part in ascending order. The `shares` add up to 1; the
/// numbers are rounded, and test has what is left.
///
/// ```
/// use nadir_core::split::seeded;
/// let [train, validation, test] = seeded(1000, [0.7, 0.2, 0.1], 1);
/// assert_eq!((train.len(), validation.len(), test.len()), (700, 200, 100));
/// ```
pub fn seeded(count: usize, shares: [f64; 3], seed: u64) -> [Vec<usize>; 3] {
    let mut order: Vec<usize> = (0..count).collect();
    Rng::from_parts(&[seed, fnv1a_64(b"split")]).shuffle(&mut order);
    let train = ((count as f64 * shares[0]).round() as usize).min(count);
    let validation = ((count as f64 * shares[1]).round() as usize).min(count - train);
    let mut parts =
        [order[..train].to_vec(), order[train..train + validation].to_vec(), order[train + validation..].to_vec()];
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}
