//! Whether predicted probabilities come true as often as they say.

use super::per_image::PerImage;
use serde::{Deserialize, Serialize};

/// Predictions of about one probability, and how often they came true.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CalibrationBin {
    /// Mean predicted probability of the bin, 0 to 1.
    pub confidence: f64,
    /// Share of them that came true.
    pub frequency: f64,
    /// How many there were.
    pub count: u64,
}

/// Every decision (image, label) in the bin of its probability. Bin m of M holds the probabilities in
/// ((m - 1) / M, m / M], the first also 0, as in Guo, Pleiss, Sun & Weinberger 2017 ("On calibration of modern neural
/// networks"); theirs is the winning class's probability, here it is the label's own, as there is no winner where
/// several labels may be right.
///
/// ```
/// use nadir_core::metric::calibration::{Reliability, expected_calibration_error};
/// // Two decisions at 0.9, of which one comes true, and two at 0.1, of which none does.
/// let probabilities = [0.9, 0.9, 0.1, 0.1];
/// let curve = Reliability::new(&probabilities, &[true, false, false, false], 1, 10).curve();
/// assert_eq!(curve.iter().map(|bin| bin.frequency).collect::<Vec<_>>(), [0.0, 0.5]);
/// assert!((expected_calibration_error(&curve) - (0.1 + 0.4) / 2.0).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct Reliability {
    labels: usize,
    bins: usize,
    /// [images, labels]: probability, bin and whether the label is there.
    decisions: Vec<(f32, u16, bool)>,
}

impl Reliability {
    /// Bins the decisions. `probabilities` and `targets` are [images, labels], row-major; NaN counts as 0. 15 bins are
    /// usual.
    ///
    /// # Panics
    /// If there are not as many targets as probabilities, if they are not whole rows of `labels`, if a probability is
    /// outside [0, 1], or if `bins` is 0 or above 65,535.
    pub fn new(probabilities: &[f32], targets: &[bool], labels: usize, bins: usize) -> Self {
        assert_eq!(probabilities.len(), targets.len(), "one target a probability");
        let whole = labels > 0 && probabilities.len().is_multiple_of(labels);
        assert!(probabilities.is_empty() || whole, "whole rows of labels");
        assert!((1..=usize::from(u16::MAX)).contains(&bins), "1 to 65,535 bins");
        let decisions = probabilities.iter().zip(targets).map(|(&probability, &target)| {
            let probability = if probability.is_nan() { 0.0 } else { probability };
            assert!((0.0..=1.0).contains(&probability), "{probability} is not a probability");
            // A product of 24 and 16 significant bits is exact in f64: no probability falls beside its bin.
            let bin = (f64::from(probability) * bins as f64).ceil() as u16;
            (probability, bin.max(1) - 1, target)
        });
        Self { labels, bins, decisions: decisions.collect() }
    }

    /// Mean probability and share come true of every bin that is not empty, from the lowest.
    pub fn curve(&self) -> Vec<CalibrationBin> {
        let mut sums = vec![Sum::default(); self.bins];
        for &(probability, bin, target) in &self.decisions {
            sums[usize::from(bin)].add(1, probability, target);
        }
        curve(&sums)
    }

    /// The same where image i occurs `counts[i]` times, as in a bootstrap's resample.
    ///
    /// # Panics
    /// If there are not as many counts as images.
    pub fn curve_over(&self, counts: &[u32]) -> Vec<CalibrationBin> {
        assert_eq!(self.decisions.len(), counts.len() * self.labels, "one count an image");
        let mut sums = vec![Sum::default(); self.bins];
        for (decisions, &count) in self.decisions.chunks_exact(self.labels.max(1)).zip(counts) {
            if count > 0 {
                for &(probability, bin, target) in decisions {
                    sums[usize::from(bin)].add(count, probability, target);
                }
            }
        }
        curve(&sums)
    }
}

#[derive(Clone, Default)]
struct Sum {
    decisions: u64,
    came_true: u64,
    probability: f64,
}

impl Sum {
    fn add(&mut self, count: u32, probability: f32, target: bool) {
        self.decisions += u64::from(count);
        self.came_true += u64::from(count) * u64::from(target);
        self.probability += f64::from(count) * f64::from(probability);
    }
}

fn curve(sums: &[Sum]) -> Vec<CalibrationBin> {
    let filled = sums.iter().filter(|sum| sum.decisions > 0);
    let bin = |sum: &Sum| CalibrationBin {
        confidence: sum.probability / sum.decisions as f64,
        frequency: sum.came_true as f64 / sum.decisions as f64,
        count: sum.decisions,
    };
    filled.map(bin).collect()
}

/// Mean over all decisions of |share come true - mean probability| of the decision's bin; 0 where there is none.
/// Equation 3 of Guo et al. 2017.
///
/// ```
/// use nadir_core::metric::calibration::expected_calibration_error;
/// use nadir_core::metric::calibration::CalibrationBin;
/// let curve = [CalibrationBin { confidence: 0.75, frequency: 0.5, count: 8 }];
/// assert_eq!(expected_calibration_error(&curve), 0.25);
/// ```
pub fn expected_calibration_error(curve: &[CalibrationBin]) -> f64 {
    let decisions: u64 = curve.iter().map(|bin| bin.count).sum();
    let gaps = curve.iter().map(|bin| bin.count as f64 * (bin.frequency - bin.confidence).abs());
    gaps.sum::<f64>() / decisions.max(1) as f64
}

/// Each image's mean over its labels of (probability - truth)^2 (Brier 1950, for one label at a time: from 0 to 1).
/// `probabilities` and `targets` are [images, labels], row-major; NaN counts as 0.
///
/// ```
/// use nadir_core::metric::calibration::brier_score;
/// let found = brier_score(&[0.8, 0.5], &[true, false], 2).mean().unwrap();
/// assert!((found - (0.04 + 0.25) / 2.0).abs() < 1e-6);
/// ```
///
/// # Panics
/// If there are not as many targets as probabilities, or they are not whole rows of `labels`.
pub fn brier_score(probabilities: &[f32], targets: &[bool], labels: usize) -> PerImage {
    assert_eq!(probabilities.len(), targets.len(), "one target a probability");
    let whole = labels > 0 && probabilities.len().is_multiple_of(labels);
    assert!(probabilities.is_empty() || whole, "whole rows of labels");
    let squared = |(&probability, &target): (&f32, &bool)| {
        let probability = if probability.is_nan() { 0.0 } else { f64::from(probability) };
        (probability - f64::from(u8::from(target))).powi(2)
    };
    let images = probabilities.chunks_exact(labels.max(1)).zip(targets.chunks_exact(labels.max(1)));
    images
        .map(|(probabilities, targets)| probabilities.iter().zip(targets).map(squared).sum::<f64>() / labels as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curve_and_error_are_those_computed_by_hand() {
        let reliability = Reliability::new(&[0.25, 0.5, 0.75, 1.0], &[false, true, false, true], 1, 2);
        let curve = reliability.curve();
        assert_eq!(
            curve,
            [
                CalibrationBin { confidence: 0.375, frequency: 0.5, count: 2 },
                CalibrationBin { confidence: 0.875, frequency: 0.5, count: 2 },
            ]
        );
        assert_eq!(expected_calibration_error(&curve), 0.25);
        assert_eq!(brier_score(&[0.25, 0.5], &[false, true], 2).values, [Some(0.156_25)]);
    }

    #[test]
    fn edges_belong_to_the_bin_below_and_empty_bins_are_skipped() {
        let curve = Reliability::new(&[0.0, 0.5, 1.0, f32::NAN], &[false, true, true, false], 4, 4).curve();
        let counts: Vec<(f64, u64)> = curve.iter().map(|bin| (bin.confidence, bin.count)).collect();
        assert_eq!(counts, [(0.0, 2), (0.5, 1), (1.0, 1)]);
        assert_eq!(expected_calibration_error(&curve), 0.5 / 4.0);
        assert_eq!(expected_calibration_error(&[]), 0.0);
    }

    #[test]
    #[should_panic(expected = "is not a probability")]
    fn a_logit_is_refused() {
        Reliability::new(&[2.5], &[true], 1, 15);
    }
}
