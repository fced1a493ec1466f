//! The nearest of embeddings that are on the disk, by cosine around their mean: exact, without an index. Embeddings are
//! means of ReLUs, all in one corner, so that their cosines tell little until their mean is taken off
//! (`nadir_core::neighbours` does likewise).

use crate::embed::EmbeddingFile;
use anyhow::{Context, Result, ensure};
use nadir_core::neighbours::{Nearest, Neighbour};
use nadir_nn::kernels::simd::{Kernel, plus_product, run};
use rayon::prelude::*;

/// Values that are added up side by side.
const LANES: usize = 16;
/// Rows whose cosines are computed before they are looked at.
const ROWS_AT_ONCE: usize = 256;

/// Embeddings of one or several files of the same network.
#[derive(Debug)]
pub struct Archive {
    files: Vec<EmbeddingFile>,
    /// Of all embeddings.
    mean: Vec<f32>,
}

/// A row of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowId {
    /// Which of the files.
    pub file: usize,
    /// Which of its rows.
    pub row: usize,
}

/// A row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Which.
    pub id: RowId,
    /// Cosine of it and the query around the mean of all.
    pub cosine: f32,
}

impl Archive {
    /// Takes files together.
    ///
    /// # Errors
    /// No rows, or a file by other weights or of another preprocessing than the first.
    pub fn new(files: Vec<EmbeddingFile>) -> Result<Self> {
        let first = files.first().context("no file of embeddings")?;
        for other in &files[1..] {
            for key in ["nadir.weights_sha256", "nadir.preprocess"] {
                ensure!(
                    first.metadata.get(key) == other.metadata.get(key),
                    "{} and {} are not of one network: they differ in {key}",
                    first.path().display(),
                    other.path().display()
                );
            }
        }
        // Shards without images have no embeddings, and so none of another length.
        let len = files.iter().map(|file| file.len).find(|&len| len > 0).unwrap_or_default();
        let rows: usize = files.iter().map(EmbeddingFile::rows).sum();
        ensure!(rows > 0, "{} holds no embeddings", first.path().display());
        let sum_of = |(_, bytes): &(usize, &[u8])| {
            let mut sum = vec![0.0_f64; len];
            for row in bytes.chunks_exact(4 * len) {
                sum.iter_mut().zip(values(row)).for_each(|(sum, value)| *sum += f64::from(value));
            }
            sum
        };
        // Added in the files' order, so that the mean does not depend on the number of threads.
        let sums: Vec<Vec<f64>> =
            files.iter().flat_map(EmbeddingFile::embeddings).collect::<Vec<_>>().par_iter().map(sum_of).collect();
        let mut mean = vec![0.0; len];
        for sum in sums {
            mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean += sum);
        }
        let mean = mean.into_iter().map(|sum| (sum / rows as f64) as f32).collect();
        Ok(Self { files, mean })
    }

    /// Its files.
    pub fn files(&self) -> &[EmbeddingFile] {
        &self.files
    }

    /// Number of rows of all files.
    pub fn rows(&self) -> usize {
        self.files.iter().map(EmbeddingFile::rows).sum()
    }

    /// Length of an embedding.
    pub fn embedding_len(&self) -> usize {
        self.mean.len()
    }

    /// The `count` rows nearest to an embedding, the nearest first, without those that `is_left_out`. Of equal cosines
    /// the earlier row comes first.
    ///
    /// # Errors
    /// An embedding of another length, not finite, or without a direction from the mean.
    pub fn nearest(
        &self,
        embedding: &[f32],
        count: usize,
        is_left_out: impl Fn(RowId) -> bool + Sync,
    ) -> Result<Vec<Found>> {
        let (expected, found) = (self.embedding_len(), embedding.len());
        ensure!(found == expected, "the query's embedding has {found} values, and the archive's have {expected}");
        let query =
            unit_around(&self.mean, embedding).context("the query lies at the mean of all, or is not finite")?;
        let of_part = |file: usize, first: usize, bytes: &[u8]| -> Vec<Found> {
            let mut near = Nearest::new(count);
            let mut cosines = [0.0; ROWS_AT_ONCE];
            for (block, rows) in bytes.chunks(4 * self.embedding_len() * ROWS_AT_ONCE).enumerate() {
                let cosines = &mut cosines[..rows.len() / (4 * self.embedding_len())];
                run(Cosines { rows, mean: &self.mean, direction: &query, to: cosines });
                for (at, &cosine) in cosines.iter().enumerate() {
                    let id = RowId { file, row: first + block * ROWS_AT_ONCE + at };
                    // A row at the mean has no cosine.
                    if !is_left_out(id) {
                        near.offer(id.row, cosine);
                    }
                }
            }
            let found = |near: Neighbour| Found { id: RowId { file, row: near.index }, cosine: near.cosine };
            near.into_neighbours().into_iter().map(found).collect()
        };
        let parts = self.files.iter().enumerate().flat_map(|(file, embeddings)| {
            embeddings.embeddings().into_iter().map(move |(first, bytes)| (file, first, bytes))
        });
        let parts: Vec<(usize, usize, &[u8])> = parts.collect();
        let mut near: Vec<Found> =
            parts.par_iter().flat_map_iter(|&(file, first, bytes)| of_part(file, first, bytes)).collect();
        near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
        near.truncate(count);
        Ok(near)
    }
}

fn values(row: &[u8]) -> impl Iterator<Item = f32> {
    row.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value))
}

/// The direction of an embedding from the mean, of length 1.
fn unit_around(mean: &[f32], embedding: &[f32]) -> Option<Vec<f32>> {
    let apart: Vec<f64> =
        embedding.iter().zip(mean).map(|(&value, &mean)| f64::from(value) - f64::from(mean)).collect();
    let length = apart.iter().map(|value| value * value).sum::<f64>().sqrt();
    (length.is_finite() && length > 0.0).then(|| apart.iter().map(|value| (value / length) as f32).collect())
}

/// Cosines of rows, [rows, len] as little-endian f32, around the mean, and a direction.
struct Cosines<'a> {
    rows: &'a [u8],
    mean: &'a [f32],
    direction: &'a [f32],
    to: &'a mut [f32],
}

impl Kernel for Cosines<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (to, row) in self.to.iter_mut().zip(self.rows.chunks_exact(4 * self.mean.len())) {
            *to = cosine::<FUSED>(row, self.mean, self.direction);
        }
    }
}

#[inline(always)]
fn cosine<const FUSED: bool>(row: &[u8], mean: &[f32], direction: &[f32]) -> f32 {
    let ((rows, rest), (means, rest_of_mean)) = (row.as_chunks::<{ 4 * LANES }>(), mean.as_chunks::<LANES>());
    let (directions, rest_of_direction) = direction.as_chunks::<LANES>();
    let (mut products, mut squares) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    for ((row, mean), direction) in rows.iter().zip(means).zip(directions) {
        for lane in 0..LANES {
            let value = f32::from_le_bytes([row[4 * lane], row[4 * lane + 1], row[4 * lane + 2], row[4 * lane + 3]]);
            let apart = value - mean[lane];
            products[lane] = plus_product::<FUSED>(products[lane], apart, direction[lane]);
            squares[lane] = plus_product::<FUSED>(squares[lane], apart, apart);
        }
    }
    let (mut product, mut square) = (products.iter().sum::<f32>(), squares.iter().sum::<f32>());
    for ((value, mean), direction) in values(rest).zip(rest_of_mean).zip(rest_of_direction) {
        product += (value - mean) * direction;
        square += (value - mean) * (value - mean);
    }
    product / square.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    #[test]
    fn a_cosine_is_that_of_the_definition_at_any_length() {
        let mut rng = Rng::new(1);
        for len in [1, 7, 8, 19, 128] {
            let mut random = || -> Vec<f32> { (0..len).map(|_| rng.normal() as f32 + 3.0).collect() };
            let (row, mean, query) = (random(), random(), random());
            let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
            let (direction, mut to) = (unit_around(&mean, &query).expect("a direction"), [0.0]);
            run(Cosines { rows: &bytes, mean: &mean, direction: &direction, to: &mut to });
            let [found] = to;
            let apart = |of: &[f32]| -> Vec<f64> { of.iter().zip(&mean).map(|(a, b)| f64::from(a - b)).collect() };
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (row, query) = (apart(&row), apart(&query));
            let expected = dot(&row, &query) / (dot(&row, &row) * dot(&query, &query)).sqrt();
            assert!((f64::from(found) - expected).abs() < 1e-5, "{len}: {found} {expected}");
        }
        assert_eq!(unit_around(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(unit_around(&[1.0, 2.0], &[1.0, f32::NAN]), None);
    }
}
