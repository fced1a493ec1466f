//! The figures of a network that labels images, from its scores: the same wherever it ran.

use super::average_precision::mean_average_precision;
use super::f1::f1;
use std::collections::BTreeMap;

/// Figures of scores of labels against the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFigures {
    /// Mean average precision over the labels that have a positive.
    pub map: f64,
    /// F1 over all decisions.
    pub f1_micro: f64,
    /// Mean of the labels' F1.
    pub f1_macro: f64,
    /// Average precision of each label; `None` for one without a positive.
    pub average_precision: Vec<Option<f64>>,
}

impl LabelFigures {
    /// Of `scores` and `truth`, both [images, labels] row by row; a score above its label's threshold is a yes.
    ///
    /// # Panics
    /// As [`f1`].
    pub fn of(scores: &[f32], truth: &[bool], thresholds: &[f32]) -> Self {
        let precision = mean_average_precision(scores, truth, thresholds.len());
        let decisions = f1(scores, truth, thresholds);
        Self {
            map: precision.mean,
            f1_micro: decisions.over_decisions,
            f1_macro: decisions.mean_over_classes,
            average_precision: precision.per_class,
        }
    }

    /// Those over all labels, as a bundle names them.
    pub fn named(&self) -> BTreeMap<String, f64> {
        [("map", self.map), ("f1_micro", self.f1_micro), ("f1_macro", self.f1_macro)]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_two_labels_are_those_computed_by_hand() {
        // Label a: positives at ranks 1 and 3, (1 + 2/3) / 2; label b has none.
        let (scores, truth) = ([0.9, 0.1, 0.8, 0.6, 0.7, 0.2], [true, false, false, false, true, false]);
        let figures = LabelFigures::of(&scores, &truth, &[0.75, 0.5]);
        assert!((figures.map - 5.0 / 6.0).abs() < 1e-9);
        assert_eq!(figures.average_precision[1], None);
        // Label a: one found, one found wrongly, one missed; label b: one found wrongly.
        assert_eq!((figures.f1_micro, figures.f1_macro), (0.4, 0.25));
        assert_eq!(figures.named().len(), 3);
    }
}
