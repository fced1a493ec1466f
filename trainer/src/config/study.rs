//! Settings of the ablation: which arms, how often, what is measured.

use super::pretrain::Objective;
use crate::evaluate::map::MapMethod;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// `nadir study ablation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StudyConfig {
    /// Trainings a trained arm, with seeds that follow the config's.
    pub seeds: usize,
    /// Probes an encoder; a figure's mean and deviation go over all probes of an arm.
    pub probe_seeds: usize,
    /// Shares of the training images whose labels the probe sees, each with as many steps as all of them.
    pub label_shares: Vec<f64>,
    /// k of the k-nearest-neighbours probe.
    pub neighbours: usize,
    /// Resamplings of the test images for an interval.
    pub resamples: usize,
    /// The embeddings in two dimensions.
    pub maps: Vec<MapMethod>,
    /// Images on a map, at the most.
    pub map_images: usize,
    /// Whether the frozen start and SimCLR are also measured as the published code does; see
    /// [`crate::evaluate::ablation`].
    pub faithful: bool,
    /// Probes an encoder by that protocol, over `probe_seeds`: with BatchNorm every epoch encodes all images anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faithful_probe_seeds: Option<usize>,
    /// What is trained; the frozen start comes first of itself.
    pub arms: Vec<StudyArm>,
}

/// A trained arm: an objective, and what it has its own way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyArm {
    /// What is minimised.
    pub objective: Objective,
    /// Over `pretrain.temperature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Over `pretrain.learning_rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Over `pretrain.epochs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Over the objective's own name, to tell arms of one objective apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl StudyArm {
    /// Its name in the report.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.objective.title().to_owned())
    }
}

impl Default for StudyConfig {
    fn default() -> Self {
        let arm =
            |objective, temperature| StudyArm { objective, temperature, learning_rate: None, epochs: None, name: None };
        Self {
            seeds: 1,
            probe_seeds: 3,
            label_shares: vec![0.01, 0.1],
            neighbours: 20,
            resamples: 1000,
            maps: vec![MapMethod::Pca, MapMethod::Tsne, MapMethod::Umap],
            map_images: 2000,
            faithful: true,
            faithful_probe_seeds: None,
            // Temperatures as published.
            arms: vec![
                arm(Objective::NtXent, None),
                arm(Objective::Dcl, None),
                arm(Objective::SupConAll, Some(0.1)),
                arm(Objective::SupConAny, Some(0.1)),
                arm(Objective::MulSupCon, Some(0.1)),
                arm(Objective::JaccardSupCon { threshold: 0.3 }, Some(0.07)),
                arm(Objective::Supervised, None),
            ],
        }
    }
}

impl StudyConfig {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<()> {
        if self.seeds == 0 || self.probe_seeds == 0 || self.neighbours == 0 || self.faithful_probe_seeds == Some(0) {
            bail!("study.seeds, probe_seeds, faithful_probe_seeds and neighbours must be at least 1");
        }
        if let Some(share) = self.label_shares.iter().find(|share| !(**share > 0.0 && **share < 1.0)) {
            bail!("study.label_shares are above 0 and below 1 (all labels are measured anyway), and {share} is not");
        }
        let mut titles: Vec<String> = self.arms.iter().map(StudyArm::title).collect();
        titles.sort();
        if let Some(pair) = titles.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("two study.arms are called {:?}; give one a name of its own", pair[0]);
        }
        Ok(())
    }
}
