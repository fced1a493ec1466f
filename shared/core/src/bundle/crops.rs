//! How crops of objects are classified, and the prediction for one.

use serde::{Deserialize, Serialize};

/// Classifies a crop of an object by the class mean that its embedding is nearest to, unless it is too far from all.
/// The means stand in the weight file as `probe.class_means`, [labels, embedding], each of length 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassMeanClassifier {
    /// Cosines with the class means over this are the logits of its softmax.
    pub temperature: f64,
    /// A crop whose 1 - max softmax is above this counts as unknown; chosen on validation, where 95 % of crops of known
    /// classes are at or below it.
    pub unknown_above: f32,
    /// For each label, the labels that a person ranked as similar to it, most similar first.
    pub similar: Vec<Vec<usize>>,
}

/// A crop by its nearest class mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CropPrediction {
    /// Index of the nearest class.
    pub label: usize,
    /// Softmax over the cosines with the class means, \[labels\].
    pub probabilities: Vec<f32>,
    /// 1 - the largest of them.
    pub ood_score: f32,
    /// Whether that is above [`ClassMeanClassifier::unknown_above`]: like none of its classes.
    pub unknown: bool,
}

impl ClassMeanClassifier {
    /// What cannot be among so many labels, as a sentence; `None` if all fits.
    pub(super) fn fault(&self, labels: usize) -> Option<String> {
        if self.similar.len() != labels || self.similar.iter().flatten().any(|&label| label >= labels) {
            return Some(format!("similar labels of {} labels that do not fit {labels}", self.similar.len()));
        }
        (!(self.temperature > 0.0 && self.temperature.is_finite() && self.unknown_above.is_finite()))
            .then(|| format!("a temperature of {} or a threshold of {}", self.temperature, self.unknown_above))
    }
}
