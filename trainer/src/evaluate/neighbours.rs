//! What an embedding knows by itself: labels of nearest neighbours, and retrieval.

use crate::data::Dataset;
use crate::tensor::values_of;
use crate::train::features::Features;
use crate::train::probe::truth;
use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::metric::knn::{TEMPERATURE, knn_scores};
use nadir_core::metric::retrieval::{LabelSets, Retrieval, search};
use rayon::prelude::*;

/// Ranks at which retrieval is measured.
pub const CUTOFFS: [usize; 2] = [1, 10];

/// Queries whose similarities are computed at once.
const BLOCK: usize = 256;

/// Test images that query the training images.
#[derive(Debug, Clone)]
pub struct Neighbours {
    /// Scores by the k nearest training images, [test images, labels].
    pub knn_scores: Vec<f32>,
    /// Whether the nearest share a label.
    pub retrieval: Retrieval,
}

/// Finds each test image's neighbours among the training images by cosine.
///
/// # Errors
/// Where the device cannot give its values back.
pub fn neighbours(features: &Features, dataset: &Dataset, k: usize, device: &Device) -> Result<Neighbours> {
    let (queries, gallery) = (&dataset.split.test, &dataset.split.train);
    let labels = dataset.labels.len();
    let rows = |images: &[usize]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(features.unit_rows(images), [images.len(), features.len]), device)
    };
    let gallery_columns = rows(gallery).transpose();
    let gallery_truth = truth(dataset, gallery);
    let (query_sets, gallery_sets) =
        (LabelSets::new(&truth(dataset, queries), labels), LabelSets::new(&gallery_truth, labels));
    let (mut scores, mut found) = (Vec::with_capacity(queries.len() * labels), Vec::with_capacity(queries.len()));
    for (block, images) in queries.chunks(BLOCK).enumerate() {
        let similarities = values_of(rows(images).matmul(gallery_columns.clone()))?;
        let of_block: Vec<_> = similarities
            .par_chunks_exact(gallery.len())
            .enumerate()
            .map(|(at, row)| {
                let query = block * BLOCK + at;
                let is_relevant = |image: usize| query_sets.share_a_label(query, &gallery_sets, image);
                (knn_scores(row, &gallery_truth, labels, k, TEMPERATURE), search(row, is_relevant, None, &CUTOFFS))
            })
            .collect();
        for (of_query, hits) in of_block {
            scores.extend(of_query);
            found.push(hits);
        }
    }
    Ok(Neighbours { knn_scores: scores, retrieval: Retrieval::over(&CUTOFFS, &found) })
}
