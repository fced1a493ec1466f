//! The scores by name, and the threshold on them.

use serde::{Deserialize, Serialize};

use crate::metric::nan_last;

/// A score of how far out of distribution an example is; all are higher the further out of distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// [`super::max_softmax`] over the cosines with the class means.
    MaxSoftmax,
    /// [`super::energy`] of the cosines with the class means.
    Energy,
    /// Distance to the nearest class mean under a shared covariance, see [`super::mahalanobis`].
    Mahalanobis,
    /// Distance to the k-th nearest training embedding, see [`super::nearest_neighbours`].
    NearestNeighbours,
    /// Negative log-likelihood of a mixture, see [`super::gaussian_mixture`].
    GaussianMixture,
}

impl Score {
    /// Every score, in the order of a report.
    pub const ALL: [Self; 5] =
        [Self::MaxSoftmax, Self::Energy, Self::Mahalanobis, Self::NearestNeighbours, Self::GaussianMixture];
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::MaxSoftmax => "max softmax",
            Self::Energy => "energy",
            Self::Mahalanobis => "Mahalanobis",
            Self::NearestNeighbours => "kNN",
            Self::GaussianMixture => "Gaussian mixture",
        })
    }
}

/// The lowest of the scores that at least `share` of the in-distribution examples stay at or below: what scores above
/// it counts as out-of-distribution, and 1 - `share` of in-distribution examples at most are mistaken for that. Chosen
/// on validation, 0.95 is usual. NaN counts as lowest.
///
/// ```
/// use nadir_core::ood::threshold;
/// assert_eq!(threshold(&[0.1, 0.4, 0.2, 0.3], 0.75), 0.3);
/// ```
///
/// # Panics
/// If there is no score, or `share` is not within [0, 1].
pub fn threshold(scores_in_distribution: &[f32], share: f64) -> f32 {
    assert!(!scores_in_distribution.is_empty(), "one in-distribution example at least");
    assert!((0.0..=1.0).contains(&share), "a share within [0, 1]");
    let mut scores: Vec<f32> = scores_in_distribution.iter().map(|&score| nan_last(score)).collect();
    // Less a little: 0.07 x 100 is above 7 in f64.
    let examples = (share * scores.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    *scores.select_nth_unstable_by(examples - 1, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thresholds_by_hand() {
        let scores: Vec<f32> = (1..=20).rev().map(|score| score as f32).collect();
        assert_eq!([threshold(&scores, 0.95), threshold(&scores, 0.951)], [19.0, 20.0]);
        assert_eq!([threshold(&scores, 0.0), threshold(&scores, 1.0)], [1.0, 20.0]);
        assert_eq!(threshold(&[1.0; 100].map(|score: f32| score), 0.07), 1.0);
        assert_eq!(threshold(&[f32::NAN, 2.0], 1.0), 2.0);
    }

    #[test]
    fn titles_are_those_of_a_report() {
        let titles = Score::ALL.map(|score| score.to_string());
        assert_eq!(titles, ["max softmax", "energy", "Mahalanobis", "kNN", "Gaussian mixture"]);
    }

    proptest! {
        #[test]
        fn the_share_stays_at_or_below_and_no_lower_score_would_do(
            scores in prop::collection::vec((0u8..20).prop_map(f32::from), 1..60),
            percent in 1usize..=100,
        ) {
            let threshold = threshold(&scores, percent as f64 / 100.0);
            let below = scores.iter().filter(|&&score| score < threshold).count();
            let at_or_below = scores.iter().filter(|&&score| score <= threshold).count();
            prop_assert!(at_or_below * 100 >= percent * scores.len() && below * 100 < percent * scores.len());
        }
    }
}
