//! How well an image's own labels rank above the others: coverage error, label ranking loss and label ranking
//! average precision, as in Tsoumakas, Katakis & Vlahavas 2010 ("Mining multi-label data") and scikit-learn.

use super::per_image::PerImage;
use super::rank_score;

/// The three figures of every image. Equal scores count against the ranking; a NaN score ranks last.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelRanking {
    /// How many labels, from the highest score down, one reads until all the image's own are among them; 0 for an
    /// image without a label. scikit-learn's `coverage_error`; the best mean is the mean number of labels.
    pub coverage_error: PerImage,
    /// Share of the pairs (a label of the image, another label) in the wrong order; 0 for an image with no label or
    /// with all of them. scikit-learn's `label_ranking_loss`.
    pub loss: PerImage,
    /// Mean over the image's labels of the share of its own among the labels ranked as high or higher; 1 for an
    /// image with no label or with all of them. scikit-learn's `label_ranking_average_precision_score`.
    pub average_precision: PerImage,
}

/// Ranks the labels of every image. `scores` and `targets` are [images, labels], row-major.
///
/// ```
/// use nadir_core::metric::label_ranking::label_ranking;
/// // The image's only label is second of three.
/// let found = label_ranking(&[0.9, 0.5, 0.1], &[false, true, false], 3);
/// assert_eq!(found.coverage_error.mean(), Some(2.0));
/// assert_eq!(found.loss.mean(), Some(0.5));
/// assert_eq!(found.average_precision.mean(), Some(0.5));
/// ```
///
/// # Panics
/// If there are not as many targets as scores, or they are not whole rows of `labels`.
pub fn label_ranking(scores: &[impl Copy + Into<f64>], targets: &[bool], labels: usize) -> LabelRanking {
    assert_eq!(scores.len(), targets.len(), "one target a score");
    assert!(scores.is_empty() || (labels > 0 && scores.len().is_multiple_of(labels)), "whole rows of labels");
    let ranked: Vec<[f64; 3]> = scores
        .chunks_exact(labels.max(1))
        .zip(targets.chunks_exact(labels.max(1)))
        .map(|(scores, targets)| image_ranking(scores, targets))
        .collect();
    let [coverage_error, loss, average_precision] = [0, 1, 2].map(|at| ranked.iter().map(|image| image[at]).collect());
    LabelRanking { coverage_error, loss, average_precision }
}

/// Coverage error, ranking loss and average precision of one image.
fn image_ranking(scores: &[impl Copy + Into<f64>], targets: &[bool]) -> [f64; 3] {
    let of_kind = |kind: bool| -> Vec<f64> {
        let chosen = scores.iter().zip(targets).filter(|&(_, &target)| target == kind);
        chosen.map(|(&score, _)| rank_score(score.into())).collect()
    };
    let (own, other) = (of_kind(true), of_kind(false));
    let (mut coverage, mut wrong_pairs, mut precision) = (0, 0, 0.0);
    for &score in &own {
        let own_as_high = own.iter().filter(|&&another| another >= score).count();
        let other_as_high = other.iter().filter(|&&another| another >= score).count();
        coverage = coverage.max(own_as_high + other_as_high);
        wrong_pairs += other_as_high;
        precision += own_as_high as f64 / (own_as_high + other_as_high) as f64;
    }
    if own.is_empty() || other.is_empty() {
        return [coverage as f64, 0.0, 1.0];
    }
    let pairs = own.len() * other.len();
    [coverage as f64, wrong_pairs as f64 / pairs as f64, precision / own.len() as f64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scikit_learns_own_examples() {
        // From scikit-learn's user guide, "Multilabel ranking metrics": coverage error 2.5, LRAP 0.416..., loss 0.75.
        let ranked = label_ranking(&[0.75, 0.5, 1.0, 1.0, 0.2, 0.1], &[true, false, false, false, false, true], 3);
        assert_eq!(ranked.coverage_error.mean(), Some(2.5));
        assert_eq!(ranked.loss.mean(), Some(0.75));
        assert!((ranked.average_precision.mean().expect("two images") - 0.416_666_666_666_7).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_count_against_the_ranking() {
        let ranked = label_ranking(&[0.5; 4], &[true, false, true, false], 4);
        assert_eq!(ranked.coverage_error.mean(), Some(4.0));
        assert_eq!((ranked.loss.mean(), ranked.average_precision.mean()), (Some(1.0), Some(0.5)));
    }

    #[test]
    fn scores_that_differ_beyond_f32_are_in_order() {
        let ranked = label_ranking(&[1.0 - 1e-12, 1.0 - 2e-12], &[true, false], 2);
        assert_eq!((ranked.loss.mean(), ranked.coverage_error.mean()), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn images_with_no_label_or_all_of_them_and_scores_that_are_no_numbers() {
        let none = label_ranking(&[0.3, 0.2], &[false, false], 2);
        let all = label_ranking(&[0.3, 0.2], &[true, true], 2);
        assert_eq!((none.coverage_error.mean(), none.loss.mean()), (Some(0.0), Some(0.0)));
        assert_eq!((all.coverage_error.mean(), all.loss.mean()), (Some(2.0), Some(0.0)));
        assert_eq!((none.average_precision.mean(), all.average_precision.mean()), (Some(1.0), Some(1.0)));
        assert_eq!(label_ranking(&[f32::NAN, 0.2], &[true, false], 2).loss.mean(), Some(1.0));
        assert_eq!(label_ranking(&[0.0; 0], &[], 0).loss.mean(), None);
    }
}
