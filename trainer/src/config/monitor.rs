//! Settings of what is measured on held-out images while a pretraining runs.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// How often a pretraining is measured on held-out images, and what follows from it. No weight depends on it but which
/// are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorConfig {
    /// Epochs between measurements; the last epoch is measured besides. 0: nothing is measured.
    pub every: usize,
    /// Held-out images that are measured, at the most, drawn by the seed. The time grows with their square.
    pub images: usize,
    /// The figure by which the best encoder becomes the run's; without it the last one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_best: Option<MonitorFigure>,
    /// So many measurements in a row without a better one of `keep_best` end the training. 0: it runs to its end.
    pub patience: usize,
}

/// A figure of the held-out images' embeddings; see [`crate::train::monitor`] for what each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorFigure {
    /// Share of views whose image's other view is the nearest of all; higher is better.
    TwoViewRetrieval,
    /// Effective rank of the embeddings (Garrido et al. 2023); higher is better.
    RankMe,
    /// Mean squared distance of an image's two views (Wang & Isola 2020); lower is better.
    Alignment,
    /// How evenly the embeddings lie on the sphere (Wang & Isola 2020); lower is better.
    Uniformity,
    /// Standard deviation of the embeddings' dimensions, 0 where they have collapsed; higher is better.
    Spread,
    /// Share of images whose class the nearest training images give; one label an image; higher is better.
    KnnAccuracy,
    /// Mean average precision of the labels by the nearest training images; higher is better.
    KnnMap,
    /// Share of images whose class a linear probe gives; one label an image; higher is better.
    LinearAccuracy,
    /// Mean average precision of the labels by a linear probe; higher is better.
    LinearMap,
}

impl MonitorFigure {
    /// All figures, in the order in which they are written.
    pub const ALL: [Self; 9] = [
        Self::TwoViewRetrieval,
        Self::RankMe,
        Self::Alignment,
        Self::Uniformity,
        Self::Spread,
        Self::KnnAccuracy,
        Self::KnnMap,
        Self::LinearAccuracy,
        Self::LinearMap,
    ];

    /// Its name in metrics.jsonl and in `keep_best`.
    pub fn key(self) -> &'static str {
        match self {
            Self::TwoViewRetrieval => "two_view_retrieval",
            Self::RankMe => "rank_me",
            Self::Alignment => "alignment",
            Self::Uniformity => "uniformity",
            Self::Spread => "spread",
            Self::KnnAccuracy => "knn_accuracy",
            Self::KnnMap => "knn_map",
            Self::LinearAccuracy => "linear_accuracy",
            Self::LinearMap => "linear_map",
        }
    }

    /// Its name for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::TwoViewRetrieval => "two-view retrieval",
            Self::RankMe => "RankMe",
            Self::Alignment => "alignment",
            Self::Uniformity => "uniformity",
            Self::Spread => "spread",
            Self::KnnAccuracy => "kNN accuracy",
            Self::KnnMap => "kNN mAP",
            Self::LinearAccuracy => "linear accuracy",
            Self::LinearMap => "linear mAP",
        }
    }

    /// Whether it is a figure of labels.
    pub fn needs_labels(self) -> bool {
        self.needs_one_label() || matches!(self, Self::KnnMap | Self::LinearMap)
    }

    /// Whether each image must have one label for it.
    pub fn needs_one_label(self) -> bool {
        matches!(self, Self::KnnAccuracy | Self::LinearAccuracy)
    }

    /// Whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Self::Alignment | Self::Uniformity => value < other,
            _ => value > other,
        }
    }
}

impl Default for MonitorConfig {
    fn default() -> Self {
        Self { every: 0, images: 1000, keep_best: None, patience: 0 }
    }
}

impl MonitorConfig {
    /// Whether all of it is as if there were no such settings.
    pub(super) fn is_off(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.images >= 2,
            "pretrain.monitor.images must be at least 2, and is {}: figures compare images",
            self.images
        );
        let Some(figure) = self.keep_best else {
            ensure!(
                self.patience == 0,
                "pretrain.monitor.patience needs pretrain.monitor.keep_best, a figure to watch"
            );
            return Ok(());
        };
        ensure!(
            self.every > 0,
            "pretrain.monitor.keep_best = \"{}\" needs pretrain.monitor.every, epochs between measurements",
            figure.key()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figures_key_is_the_word_in_a_config() {
        for figure in MonitorFigure::ALL {
            let read: MonitorFigure = serde_json::from_value(figure.key().into()).expect("a figure");
            assert_eq!(read, figure);
        }
        assert!(MonitorFigure::Alignment.is_better(0.1, 0.2) && MonitorFigure::RankMe.is_better(9.0, 8.0));
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_is_off_is_not_written() {
        let on = MonitorConfig { every: 1, keep_best: Some(MonitorFigure::RankMe), patience: 2, ..Default::default() };
        assert!(on.check().is_ok() && !on.is_off() && MonitorConfig::default().is_off());
        assert!(MonitorConfig { every: 0, ..on.clone() }.check().is_err());
        assert!(MonitorConfig { keep_best: None, ..on.clone() }.check().is_err());
        assert!(MonitorConfig { images: 1, ..on }.check().is_err());
    }
}
