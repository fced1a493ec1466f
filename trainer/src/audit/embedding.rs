//! Embeddings of a data set's images, in memory.

use super::images::AuditedImage;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use crate::progress::Progress;
use anyhow::{Result, ensure};
use nadir_core::neighbours::UnitRows;
use rayon::prelude::*;

/// Images that the encoder takes at once.
const BATCH: usize = 64;

/// Embeddings of the images that could be read.
#[derive(Debug, Clone)]
pub struct Embeddings {
    /// Which images, ascending.
    pub images: Vec<usize>,
    /// Their embeddings, [images, len].
    pub values: Vec<f32>,
    /// Length of one.
    pub len: usize,
}

impl Embeddings {
    /// Embeds those of the images that `is_read` says are whole.
    ///
    /// # Errors
    /// Where the device cannot give its values back, or an embedding is not finite.
    pub fn of(
        images: &[AuditedImage],
        is_read: impl Fn(usize) -> bool,
        model: &EmbeddingModel,
        chosen: &ChosenDevice,
    ) -> Result<Self> {
        let whole: Vec<usize> = (0..images.len()).filter(|&image| is_read(image)).collect();
        let progress = Progress::new("embedding", whole.len() as u64, "images");
        let mut embeddings = Self { images: Vec::new(), values: Vec::new(), len: model.len };
        for batch in whole.chunks(BATCH) {
            let read = |&image: &usize| {
                let pixels = images[image].file.read().ok()?;
                Some((image, model.preprocess.apply(pixels.view()).0))
            };
            let read: Vec<(usize, Vec<f32>)> = batch.par_iter().filter_map(read).collect();
            let pixels: Vec<f32> = read.iter().flat_map(|(_, pixels)| pixels.iter().copied()).collect();
            embeddings.values.extend(model.embed(&pixels, read.len(), chosen)?);
            embeddings.images.extend(read.iter().map(|(image, _)| image));
            progress.advance(batch.len() as u64);
        }
        progress.finish();
        ensure!(
            embeddings.values.iter().all(|value| value.is_finite()),
            "an embedding is not finite; are the weights of {} whole?",
            model.source
        );
        Ok(embeddings)
    }

    /// At length 1, less the mean of all.
    pub fn unit_rows(&self) -> UnitRows {
        let mut mean = vec![0.0_f64; self.len];
        for row in self.values.chunks_exact(self.len) {
            mean.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value));
        }
        let count = self.images.len().max(1) as f64;
        let centred = self
            .values
            .chunks_exact(self.len)
            .flat_map(|row| row.iter().zip(&mean).map(move |(&value, sum)| (f64::from(value) - sum / count) as f32));
        UnitRows::new(centred.collect(), self.len)
    }

    /// The pairs of images that are among the `count` nearest of one of the two.
    pub fn nearest_pairs(&self, count: usize) -> Vec<(usize, usize)> {
        let rows = self.unit_rows();
        let of_row = |row: usize| -> Vec<(usize, usize)> {
            let near = rows.nearest(rows.row(row), count + 1).into_iter().filter(|near| near.index != row);
            near.map(|near| (self.images[row.min(near.index)], self.images[row.max(near.index)])).collect()
        };
        let mut pairs = (0..rows.count()).into_par_iter().map(of_row).collect::<Vec<_>>().concat();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}
