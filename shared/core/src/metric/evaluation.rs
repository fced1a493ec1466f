//! Multi-label figures of one set of predictions, prepared so that a bootstrap's resample costs no sorting.

use super::average_precision::columns;
use super::calibration::CalibrationBin;
use super::calibration::{Reliability, brier_score, expected_calibration_error};
use super::f1::ratio;
use super::label_ranking::{LabelRanking, label_ranking};
use super::per_image::PerImage;
use super::ranked_label::RankedLabel;

/// Predictions on the test images: sorted and binned once, then [`Evaluation::figures`] for any number of resamples,
/// on as many threads. Memory: about 12 bytes a decision.
///
/// ```
/// use nadir_core::metric::evaluation::Evaluation;
/// let (probabilities, targets) = ([0.9, 0.1, 0.2, 0.8], [true, false, false, true]);
/// let evaluation = Evaluation::new(&probabilities, &targets, &[0.5, 0.5], 15);
/// let figures = evaluation.all();
/// assert_eq!((figures.mean_average_precision, figures.f1_micro), (1.0, 1.0));
/// assert!((figures.brier_score - 0.025).abs() < 1e-6);
/// // The first image twice, the second not at all: one label is left that has a positive.
/// assert_eq!(evaluation.average_precision(&[2, 0]), [Some(1.0), None]);
/// ```
#[derive(Debug, Clone)]
pub struct Evaluation {
    images: usize,
    ranked: Vec<RankedLabel>,
    decided: Vec<DecidedLabel>,
    ranking: LabelRanking,
    reliability: Reliability,
    brier: PerImage,
}

/// The images of one label on which F1 depends.
#[derive(Debug, Clone, Default)]
struct DecidedLabel {
    found: Vec<u32>,
    found_wrongly: Vec<u32>,
    missed: Vec<u32>,
}

/// The figures of a set of predictions on a set of images.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Mean average precision over the labels with a positive; 0 where there is none. See [`super::average_precision`].
    pub mean_average_precision: f64,
    /// F1 of all decisions together, at the labels' thresholds. See [`super::f1`].
    pub f1_micro: f64,
    /// Mean of the labels' F1.
    pub f1_macro: f64,
    /// Mean over the images; 0 where there is none. See [`super::label_ranking`].
    pub ranking_loss: f64,
    /// Mean over the images; 0 where there is none.
    pub coverage_error: f64,
    /// Mean over the images; 0 where there is none.
    pub ranking_average_precision: f64,
    /// Mean distance between probability and frequency, see [`super::calibration`].
    pub expected_calibration_error: f64,
    /// Mean over all decisions; 0 where there is none.
    pub brier_score: f64,
}

impl Figures {
    /// Every figure with the name it has in a report, in a fixed order.
    pub fn named(&self) -> [(&'static str, f64); 8] {
        [
            ("mAP", self.mean_average_precision),
            ("F1 micro", self.f1_micro),
            ("F1 macro", self.f1_macro),
            ("ranking loss", self.ranking_loss),
            ("coverage error", self.coverage_error),
            ("LRAP", self.ranking_average_precision),
            ("ECE", self.expected_calibration_error),
            ("Brier score", self.brier_score),
        ]
    }
}

impl Evaluation {
    /// Prepares predictions. `probabilities` and `targets` are [images, labels], row-major; a label is predicted where
    /// its probability is above its value in `thresholds`; `bins` are those of the calibration (15 are usual).
    ///
    /// # Panics
    /// If there are not as many targets as probabilities, if they are not whole rows of `thresholds.len()` labels, if a
    /// probability is outside [0, 1] (NaN counts as 0), or if `bins` is 0 or above 65,535.
    pub fn new(probabilities: &[f32], targets: &[bool], thresholds: &[f32], bins: usize) -> Self {
        let labels = thresholds.len();
        let columns: Vec<(Vec<f32>, Vec<bool>)> = columns(probabilities, targets, labels).collect();
        let decided = columns.iter().zip(thresholds).map(|((scores, targets), &threshold)| {
            let mut decided = DecidedLabel::default();
            for ((&score, &target), image) in scores.iter().zip(targets).zip(0..) {
                match (score > threshold, target) {
                    (true, true) => decided.found.push(image),
                    (true, false) => decided.found_wrongly.push(image),
                    (false, true) => decided.missed.push(image),
                    (false, false) => {}
                }
            }
            decided
        });
        Self {
            images: probabilities.len().checked_div(labels).unwrap_or(0),
            decided: decided.collect(),
            ranked: columns.iter().map(|(scores, targets)| RankedLabel::new(scores, targets)).collect(),
            ranking: label_ranking(probabilities, targets, labels),
            reliability: Reliability::new(probabilities, targets, labels, bins),
            brier: brier_score(probabilities, targets, labels),
        }
    }

    /// How many images there are.
    pub fn images(&self) -> usize {
        self.images
    }

    /// The figures on the images as they are.
    pub fn all(&self) -> Figures {
        self.figures(&vec![1; self.images])
    }

    /// The figures where image i occurs `counts[i]` times, for example by [`super::bootstrap::counts`]. Equal to the
    /// plain metrics on rows that are repeated so often; labels without a positive there are ignored in mAP.
    ///
    /// # Panics
    /// If there are not as many counts as images.
    pub fn figures(&self, counts: &[u32]) -> Figures {
        let per_class = self.average_precision(counts);
        let with_positive = per_class.iter().flatten().count();
        let (f1_micro, f1_macro) = self.f1(counts);
        let mean = |figure: &PerImage| figure.mean_over(counts).unwrap_or(0.0);
        Figures {
            mean_average_precision: per_class.iter().flatten().sum::<f64>() / with_positive.max(1) as f64,
            f1_micro,
            f1_macro,
            ranking_loss: mean(&self.ranking.loss),
            coverage_error: mean(&self.ranking.coverage_error),
            ranking_average_precision: mean(&self.ranking.average_precision),
            expected_calibration_error: expected_calibration_error(&self.reliability.curve_over(counts)),
            brier_score: mean(&self.brier),
        }
    }

    /// Each label's average precision where image i occurs `counts[i]` times; `None` without a positive.
    ///
    /// # Panics
    /// If there are not as many counts as images.
    pub fn average_precision(&self, counts: &[u32]) -> Vec<Option<f64>> {
        assert_eq!(counts.len(), self.images, "one count an image");
        self.ranked.iter().map(|label| label.average_precision(counts)).collect()
    }

    /// The reliability curve on the images as they are, bins that are not empty.
    pub fn reliability_curve(&self) -> Vec<CalibrationBin> {
        self.reliability.curve()
    }

    /// Micro and macro F1.
    fn f1(&self, counts: &[u32]) -> (f64, f64) {
        let occurrences = |images: &[u32]| images.iter().map(|&image| counts[image as usize] as usize).sum::<usize>();
        let (mut sums, mut per_class) = ([0; 3], 0.0);
        for label in &self.decided {
            let decided = [&label.found, &label.found_wrongly, &label.missed].map(|images| occurrences(images));
            per_class += ratio(decided[0], decided[1], decided[2]);
            sums = [0, 1, 2].map(|at| sums[at] + decided[at]);
        }
        (ratio(sums[0], sums[1], sums[2]), per_class / self.decided.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::average_precision::mean_average_precision;
    use super::super::bootstrap::counts;
    use super::super::f1::f1;
    use super::*;
    use crate::rng::Rng;

    /// Every figure by the plain functions.
    fn plain(probabilities: &[f32], targets: &[bool], thresholds: &[f32]) -> Figures {
        let labels = thresholds.len();
        let (f1, ranking) = (f1(probabilities, targets, thresholds), label_ranking(probabilities, targets, labels));
        Figures {
            mean_average_precision: mean_average_precision(probabilities, targets, labels).mean,
            f1_micro: f1.over_decisions,
            f1_macro: f1.mean_over_classes,
            ranking_loss: ranking.loss.mean().unwrap_or(0.0),
            coverage_error: ranking.coverage_error.mean().unwrap_or(0.0),
            ranking_average_precision: ranking.average_precision.mean().unwrap_or(0.0),
            expected_calibration_error: expected_calibration_error(
                &Reliability::new(probabilities, targets, labels, 15).curve(),
            ),
            brier_score: brier_score(probabilities, targets, labels).mean().unwrap_or(0.0),
        }
    }

    /// [images, labels] with ties, a NaN, label 0 without a positive and image 0 without a label.
    fn predictions(images: usize, labels: usize, seed: u64) -> (Vec<f32>, Vec<bool>, Vec<f32>) {
        let mut rng = Rng::new(seed);
        let mut probabilities: Vec<f32> = (0..images * labels).map(|_| rng.below(21) as f32 / 20.0).collect();
        let hidden = probabilities.iter().map(|&p| f64::from(p) + rng.normal() > 1.3);
        let mut targets: Vec<bool> = hidden.collect();
        targets.iter_mut().step_by(labels).for_each(|target| *target = false);
        targets[..labels].fill(false);
        probabilities[labels + 1] = f32::NAN;
        let thresholds = (0..labels).map(|_| rng.uniform() as f32).collect();
        (probabilities, targets, thresholds)
    }

    #[test]
    fn figures_on_all_images_are_exactly_the_plain_metrics() {
        for seed in 0..20 {
            let (probabilities, targets, thresholds) = predictions(60, 7, seed);
            let evaluation = Evaluation::new(&probabilities, &targets, &thresholds, 15);
            assert_eq!(evaluation.all(), plain(&probabilities, &targets, &thresholds), "seed {seed}");
        }
    }

    #[test]
    fn a_resample_equals_the_plain_metrics_on_repeated_rows() {
        for seed in 0..20 {
            let (images, labels) = (12, 5); // few images: labels lose their last positive
            let (probabilities, targets, thresholds) = predictions(images, labels, seed);
            let evaluation = Evaluation::new(&probabilities, &targets, &thresholds, 15);
            let counts = counts(images, 3, seed);
            let rows = || (0..images).flat_map(|image| std::iter::repeat_n(image, counts[image] as usize));
            let row = |image: usize| image * labels..(image + 1) * labels;
            let repeated: Vec<f32> = rows().flat_map(|image| probabilities[row(image)].to_vec()).collect();
            let repeated_targets: Vec<bool> = rows().flat_map(|image| targets[row(image)].to_vec()).collect();
            let expected = plain(&repeated, &repeated_targets, &thresholds).named();
            for ((name, figure), (_, expected)) in evaluation.figures(&counts).named().into_iter().zip(expected) {
                // A sum of n equal terms against n times the term: rounding of f64.
                assert!((figure - expected).abs() < 1e-12, "{name}, seed {seed}: {figure} instead of {expected}");
            }
        }
    }

    #[test]
    fn no_images_and_a_resample_without_a_positive_give_no_nan() {
        assert_eq!(Evaluation::new(&[], &[], &[0.5; 3], 15).all(), Figures::default());
        let evaluation = Evaluation::new(&[0.9, 0.2], &[true, false], &[0.5], 15);
        assert_eq!(evaluation.average_precision(&[0, 2]), [None]);
        assert_eq!(evaluation.figures(&[0, 2]).mean_average_precision, 0.0);
    }
}
