//! What a bundle says of one image, under its labels' names.

use super::crops::CropPrediction;
use super::ood::OodScore;
use serde::Serialize;

/// The scores of all labels for one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predicted {
    /// The file, or `scene-SEED`.
    pub image: String,
    /// In the bundle's order.
    pub scores: Vec<LabelScore>,
    /// How far the image is from those of training; `None` if the bundle cannot tell.
    #[serde(skip)]
    pub ood: Option<OodScore>,
    /// The image as a crop of an object; `None` if the bundle has no crop classifier.
    #[serde(skip)]
    pub crop: Option<CropPrediction>,
}

/// One label with its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelScore {
    /// Name of the label.
    pub label: String,
    /// Probability, in [0, 1].
    pub score: f32,
    /// At or above the label's threshold.
    pub present: bool,
}

impl LabelScore {
    /// Each label's probability beside its name, and whether it reaches its threshold.
    pub fn of_all(labels: &[String], thresholds: &[f32], probabilities: &[f32]) -> Vec<Self> {
        let all = labels.iter().zip(probabilities).zip(thresholds);
        all.map(|((label, &score), &threshold)| Self { label: label.clone(), score, present: score >= threshold })
            .collect()
    }
}

impl Predicted {
    /// The scores, most probable label first.
    pub fn most_probable_first(&self) -> Vec<&LabelScore> {
        let mut scores: Vec<&LabelScore> = self.scores.iter().collect();
        scores.sort_by(|a, b| b.score.total_cmp(&a.score));
        scores
    }
}
