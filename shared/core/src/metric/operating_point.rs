//! What a threshold on scores lets through: the common ground of average precision, F1 and ROC.

use super::rank_score;

/// Everything scored `threshold` or higher counts as found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OperatingPoint {
    /// The lowest score that is let through.
    pub threshold: f64,
    /// Number of positives scored `threshold` or higher.
    pub true_positives: usize,
    /// Number of negatives scored `threshold` or higher.
    pub false_positives: usize,
}

/// Examples sorted by score once, so that the points of any resample of them are one pass.
#[derive(Debug, Clone)]
pub(super) struct Ranking {
    /// From the highest score down: the score, whose it is, and whether that example is positive.
    ranked: Vec<(f64, u32, bool)>,
}

impl Ranking {
    /// Sorts the examples. NaN counts as negative infinity. Of f32 or f64: whatever the caller has, it is compared as
    /// f64, in which each f32 is itself, so that nothing ties that differs.
    ///
    /// # Panics
    /// If there are not as many targets as scores, or 2^32 or more.
    pub(super) fn new(scores: &[impl Copy + Into<f64>], targets: &[bool]) -> Self {
        assert_eq!(scores.len(), targets.len(), "one target a score");
        assert!(u32::try_from(scores.len()).is_ok(), "fewer than 2^32 examples");
        let examples = scores.iter().zip(0..).zip(targets);
        let mut ranked: Vec<(f64, u32, bool)> =
            examples.map(|((&score, at), &target)| (rank_score(score.into()), at, target)).collect();
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        Self { ranked }
    }

    /// How many examples there are.
    pub(super) fn len(&self) -> usize {
        self.ranked.len()
    }

    /// The points where example i occurs `count(i)` times: one for every distinct score that occurs, from the highest
    /// down; the last lets everything through.
    pub(super) fn points(&self, count: impl Fn(usize) -> usize) -> Vec<OperatingPoint> {
        let (mut true_positives, mut false_positives) = (0, 0);
        let point = |tied: &[(f64, u32, bool)]| {
            let before = (true_positives, false_positives);
            for &(_, example, positive) in tied {
                let found = if positive { &mut true_positives } else { &mut false_positives };
                *found += count(example as usize);
            }
            let occurs = (true_positives, false_positives) != before;
            occurs.then_some(OperatingPoint { threshold: tied[0].0, true_positives, false_positives })
        };
        self.ranked.chunk_by(|a, b| a.0 == b.0).filter_map(point).collect()
    }
}

/// One point for every distinct score, from the highest down; the last lets everything through. Tied scores share
/// a point, as in scikit-learn. NaN counts as negative infinity.
///
/// # Panics
/// If there are not as many targets as scores, or 2^32 or more.
pub(super) fn operating_points(scores: &[impl Copy + Into<f64>], targets: &[bool]) -> Vec<OperatingPoint> {
    Ranking::new(scores, targets).points(|_| 1)
}
