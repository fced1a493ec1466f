//! Settings of the studies: which arms, how often, what is measured.

use super::pretrain::Objective;
use super::teach::TeachConfig;
use anyhow::{Result, bail};
use nadir_core::report::Published;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `nadir study ablation`, `ranking` and `teach`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StudyConfig {
    /// Trainings a trained arm, with seeds that follow the config's.
    pub seeds: usize,
    /// Probes an encoder; a figure's mean and standard deviation go over all probes of an arm.
    pub probe_seeds: usize,
    /// Ablation: shares of the training images whose labels the probe sees, each with as many steps as all of them.
    pub label_shares: Vec<f64>,
    /// k of the k-nearest-neighbours probe.
    pub neighbours: usize,
    /// Resamplings of the test images for an interval.
    pub resamples: usize,
    /// The embeddings in two dimensions.
    pub maps: Vec<MapMethod>,
    /// Images on a map, at the most.
    pub map_images: usize,
    /// Ablation: whether the frozen start and SimCLR are also measured as the published code does; see
    /// [`crate::evaluate::ablation`].
    pub faithful: bool,
    /// Probes an encoder by that protocol, over `probe_seeds`: with BatchNorm every epoch encodes all images anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faithful_probe_seeds: Option<usize>,
    /// Ranking: sets of classes that are held out from training, each in trainings of its own, to be told from the
    /// others (out-of-distribution detection).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<Vec<String>>,
    /// Ranking: so many pairs of classes besides, drawn by the seed.
    pub held_out_pairs: usize,
    /// What a paper reports, to stand beside this study's figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
    /// Teach: whose embeddings, how many clicks, which prior.
    pub teach: TeachConfig,
    /// What is trained; without any, the study's own list. In the ablation the frozen start comes first of itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<StudyArm>,
}

/// A trained arm: an objective, and what it has its own way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyArm {
    /// The loss that is minimised.
    pub objective: Objective,
    /// Used in place of `pretrain.temperature`, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Used in place of `pretrain.learning_rate`, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Used in place of `pretrain.epochs`, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Over the objective's own name, to tell arms of one objective apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Ablation: folder of images that it trains on in place of the study's own, without labels (a tenth is held
    /// out, for `pretrain.monitor`). It is probed on the study's data as the others are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<PathBuf>,
    /// Ranking: the ranking (a file, or the name of a shipped one) that it trains with in place of `ranking.file`, by
    /// which it is measured as the others are: what a wrong one costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<String>,
}

impl StudyArm {
    /// An objective, all else as the config has it.
    pub fn of(objective: Objective) -> Self {
        Self {
            objective,
            temperature: None,
            learning_rate: None,
            epochs: None,
            name: None,
            images: None,
            ranking: None,
        }
    }

    /// Its name in the report.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.objective.title())
    }
}

impl Default for StudyConfig {
    fn default() -> Self {
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
            held_out: Vec::new(),
            held_out_pairs: 0,
            published: Vec::new(),
            teach: TeachConfig::default(),
            arms: Vec::new(),
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
        if let Some(set) = self.held_out.iter().find(|set| set.is_empty()) {
            bail!("study.held_out holds sets of classes, and {set:?} names none");
        }
        self.teach.check()?;
        let mut titles: Vec<String> = self.arms.iter().map(StudyArm::title).collect();
        titles.sort();
        if let Some(pair) = titles.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("two study.arms are called {:?}; give one a name of its own", pair[0]);
        }
        if let Some(arm) = self.arms.iter().find(|arm| arm.images.is_some() && arm.objective.needs_labels()) {
            bail!(
                "study.arms: {:?} trains on a folder of images without labels, which its objective needs; nt_xent and \
                 dcl need none",
                arm.title()
            );
        }
        let is_ranked = |arm: &StudyArm| matches!(arm.objective, Objective::Ranked { .. } | Objective::Rince { .. });
        if let Some(arm) = self.arms.iter().find(|arm| arm.ranking.is_some() && !is_ranked(arm)) {
            bail!("study.arms: {:?} has a ranking of its own, and its objective trains with none", arm.title());
        }
        Ok(())
    }
}

/// How embeddings become points in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapMethod {
    /// The two directions of largest variance: distances are true, as far as two directions hold them.
    Pca,
    /// Neighbours stay neighbours; sizes of clusters and distances between them say nothing (van der Maaten 2014).
    Tsne,
    /// Likewise, with a little more of the large-scale order (McInnes, Healy & Melville 2018).
    Umap,
}

impl MapMethod {
    /// Every method that a map can be made by.
    pub const ALL: [Self; 3] = [Self::Pca, Self::Tsne, Self::Umap];
}

impl std::fmt::Display for MapMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pca => "PCA",
            Self::Tsne => "t-SNE",
            Self::Umap => "UMAP",
        })
    }
}
