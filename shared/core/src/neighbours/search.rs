//! The search itself.

use serde::{Deserialize, Serialize};

/// Sums that run side by side in a dot product: four vector registers of WASM's SIMD, so that one addition need not
/// wait for the last. A compiler may not reorder a single sum of floats by itself.
const LANES: usize = 16;

/// An image of the gallery that is near.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Which image of the gallery.
    pub index: usize,
    /// Cosine with the query.
    pub cosine: f32,
}

/// Vectors of length 1, or 0 where a vector has no direction; [count, len], row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRows {
    values: Vec<f32>,
    len: usize,
}

impl UnitRows {
    /// Brings every row of `values`, [count, len], to length 1.
    ///
    /// # Panics
    /// If `len` is 0 or the values are no whole rows.
    pub fn new(mut values: Vec<f32>, len: usize) -> Self {
        assert!(len > 0 && values.len().is_multiple_of(len), "whole rows");
        values.chunks_exact_mut(len).for_each(normalise);
        Self { values, len }
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.values.len() / self.len
    }

    /// Length of a row.
    pub fn dimensions(&self) -> usize {
        self.len
    }

    /// The row at `index`, of length 1.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.len..(index + 1) * self.len]
    }

    /// The cosine of every row with `query`, which has length 1.
    ///
    /// # Panics
    /// If the query is not as long as a row.
    pub fn cosines(&self, query: &[f32]) -> Vec<f32> {
        assert_eq!(query.len(), self.len, "a query as long as the rows");
        self.values.chunks_exact(self.len).map(|row| dot(row, query)).collect()
    }

    /// The `count` rows of highest cosine with `query`, which has length 1, highest first; equal ones by the lower
    /// index. Fewer where there are fewer rows, and where a cosine is no number.
    ///
    /// # Panics
    /// If the query is not as long as a row.
    pub fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbour> {
        assert_eq!(query.len(), self.len, "a query as long as the rows");
        let mut found = Nearest::new(count.min(self.count()));
        for (index, row) in self.values.chunks_exact(self.len).enumerate() {
            found.offer(index, dot(row, query));
        }
        found.into_neighbours()
    }
}

/// The nearest of those that were offered so far, the nearest first; of equal ones the earlier.
#[derive(Debug, Clone)]
pub struct Nearest {
    count: usize,
    found: Vec<Neighbour>,
}

impl Nearest {
    /// None yet of at most `count`.
    pub fn new(count: usize) -> Self {
        Self { count, found: Vec::with_capacity(count + 1) }
    }

    /// Takes one if it is near enough; never one whose cosine is no number.
    pub fn offer(&mut self, index: usize, cosine: f32) {
        // Of 100,000 rows in any order only about count * ln(100,000 / count) come past this.
        let is_near = self.found.len() < self.count || self.found.last().is_some_and(|last| cosine > last.cosine);
        if is_near && !cosine.is_nan() {
            let rank = self.found.partition_point(|other| other.cosine >= cosine);
            self.found.insert(rank, Neighbour { index, cosine });
            self.found.truncate(self.count);
        }
    }

    /// Those that were found.
    pub fn into_neighbours(self) -> Vec<Neighbour> {
        self.found
    }
}

/// Brings a vector to length 1; one without a direction becomes 0.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    vector.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
}

/// In this form LLVM puts the sums into vector registers. Several rows at once, or adding the sums up in halves,
/// measured no faster: the rows come from memory no quicker.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By definition: all cosines in f64, sorted.
    fn naive(values: &[f32], len: usize, query: &[f32], count: usize) -> Vec<(usize, f64)> {
        let wide = |row: &[f32]| -> Vec<f64> { row.iter().map(|&value| f64::from(value)).collect() };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let query = wide(query);
        let mut all: Vec<(usize, f64)> = values
            .chunks_exact(len)
            .map(wide)
            .map(|row| dot(&row, &query) / (dot(&row, &row) * dot(&query, &query)).sqrt())
            .enumerate()
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(count);
        all
    }

    proptest! {
        #[test]
        fn finds_what_a_sorted_list_of_all_cosines_begins_with(
            len in 1usize..40,
            rows in prop::collection::vec(-1.0f32..1.0, 0..1200),
            query in prop::collection::vec(-1.0f32..1.0, 40),
            count in 0usize..30,
        ) {
            let mut query = query[..len].to_vec();
            query[0] += 2.0; // has a direction
            let mut values = rows[..rows.len() / len * len].to_vec();
            values.chunks_exact_mut(len).for_each(|row| row[0] += 2.0);
            let expected = naive(&values, len, &query, count);
            let mut unit = query;
            normalise(&mut unit);
            let found = UnitRows::new(values.clone(), len).nearest(&unit, count);
            prop_assert_eq!(found.len(), expected.len());
            for (found, (_, cosine)) in found.iter().zip(&expected) {
                // f32 sums of up to 40 products; equal to rounding, two may swap.
                let own = naive(&values[found.index * len..(found.index + 1) * len], len, &unit, 1)[0].1;
                prop_assert!((f64::from(found.cosine) - cosine).abs() < 1e-5, "{found:?} for {cosine}");
                prop_assert!((f64::from(found.cosine) - own).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn equal_rows_come_in_their_order_and_never_two_times() {
        let rows = UnitRows::new([[1.0, 0.0], [0.0, 3.0], [0.0, 2.0], [0.0, 0.5], [-1.0, 0.0]].concat(), 2);
        let found: Vec<(usize, f32)> =
            rows.nearest(&[0.0, 1.0], 4).iter().map(|found| (found.index, found.cosine)).collect();
        assert_eq!(found, [(1, 1.0), (2, 1.0), (3, 1.0), (0, 0.0)]);
        assert_eq!(rows.nearest(&[0.0, 1.0], 2).len(), 2);
        assert_eq!(rows.nearest(&[0.0, 1.0], 0), []);
        assert_eq!(rows.nearest(&[1.0, 0.0], 9).len(), 5);
    }

    #[test]
    fn what_has_no_direction_or_is_no_number_is_never_nearest() {
        let rows = UnitRows::new([[0.0, 0.0], [f32::NAN, 1.0], [0.6, 0.8]].concat(), 2);
        assert_eq!(rows.row(0), [0.0, 0.0]);
        let found = rows.nearest(&[0.6, 0.8], 3);
        assert_eq!(found.iter().map(|found| found.index).collect::<Vec<_>>(), [2, 0]);
        assert!((found[0].cosine - 1.0).abs() < 1e-6 && found[1].cosine == 0.0);
    }
}
