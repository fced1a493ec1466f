//! Labels by nearest neighbours: what an embedding knows without any training on top of it.

use super::nearest::nearest;

/// Neighbours whose labels are counted, as in Wu, Xiong, Yu & Lin 2018.
pub const NEIGHBOURS: usize = 200;

/// Temperature of the neighbours' weights, as in Wu et al. 2018.
pub const TEMPERATURE: f32 = 0.07;

/// For each query and label, the share of the query's `k` most similar training images that carry the label, each
/// weighted by exp(similarity / `temperature`): the weighted kNN of Wu, Xiong, Yu & Lin 2018 ("Unsupervised feature
/// learning via non-parametric instance discrimination", section 3.4), for several labels an image. In [0, 1].
///
/// `similarities` is [queries, training images], cosines; `targets` is [training images, labels]; the result is
/// [queries, labels], all row-major. Of equally similar images the first are taken; a NaN has no weight. Queries are
/// independent: a caller may pass them in blocks.
///
/// ```
/// use nadir_core::metric::knn::{TEMPERATURE, knn_scores};
/// // The nearer of two training images has the first label, the other one the second.
/// let targets = [true, false, false, true];
/// assert_eq!(knn_scores(&[0.9, 0.5], &targets, 2, 1, TEMPERATURE), [1.0, 0.0]);
/// ```
///
/// # Panics
/// If `labels`, `k` or the number of training images is 0, if the targets are not whole rows of `labels`, if the
/// similarities are not whole rows, or if the temperature is not above 0.
pub fn knn_scores(similarities: &[f32], targets: &[bool], labels: usize, k: usize, temperature: f32) -> Vec<f32> {
    assert!(labels > 0 && k > 0 && !targets.is_empty(), "labels, neighbours and training images");
    assert!(targets.len().is_multiple_of(labels), "whole rows of labels");
    assert!(temperature > 0.0, "a temperature above 0");
    let training_images = targets.len() / labels;
    assert!(similarities.len().is_multiple_of(training_images), "one similarity a training image");
    let mut scores = Vec::with_capacity(similarities.len() / training_images * labels);
    for similarities in similarities.chunks_exact(training_images) {
        let neighbours = nearest(similarities, k, None);
        // Weights relative to the nearest one's: shares stay the same and no temperature overflows.
        let highest = f64::from(similarities[neighbours[0]]);
        let (mut shares, mut total) = (vec![0.0; labels], 0.0);
        for neighbour in neighbours {
            let weight = ((f64::from(similarities[neighbour]) - highest) / f64::from(temperature)).exp();
            if weight.is_nan() {
                continue;
            }
            total += weight;
            for (share, &target) in shares.iter_mut().zip(&targets[neighbour * labels..]) {
                *share += if target { weight } else { 0.0 };
            }
        }
        scores.extend(shares.iter().map(|share| if total > 0.0 { (share / total) as f32 } else { 0.0 }));
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_weighted_by_similarity() {
        // Temperature 1 / ln 2: the second neighbour, 1 less similar, weighs half of the first; the third does not
        // count.
        let temperature = 1.0 / std::f32::consts::LN_2;
        let targets = [true, false, false, true, true, true];
        let scores = knn_scores(&[0.5, -0.5, -0.7], &targets, 2, 2, temperature);
        assert!((scores[0] - 2.0 / 3.0).abs() < 1e-6 && (scores[1] - 1.0 / 3.0).abs() < 1e-6, "{scores:?}");
    }

    #[test]
    fn more_neighbours_than_images_small_temperatures_and_no_numbers() {
        assert_eq!(knn_scores(&[0.1, 0.9], &[true, false], 1, 50, 1e-6), [0.0]);
        assert_eq!(knn_scores(&[f32::NAN, 0.9], &[true, true], 1, 5, 0.07), [1.0]);
        assert_eq!(knn_scores(&[f32::NAN; 2], &[true, true], 1, 5, 0.07), [0.0]);
    }
}
