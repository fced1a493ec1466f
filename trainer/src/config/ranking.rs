//! Which classes are similar to which, for ranked contrastive learning.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// The ranking of classes, and the temperatures of its ranks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RankingConfig {
    /// A ranking file (TOML), or the name of a shipped one: voc, vhr10, vhr10_five, vhr10_wordnet, vhr10_random, scenes,
    /// cifar10. Needed where an arm ranks similar classes or a ranking is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Temperature of the class itself (similarity 1).
    pub lowest_temperature: f64,
    /// Temperature of similarity 0; that of other similarities lies between, linearly.
    pub highest_temperature: f64,
    /// In place of similarities: the temperature of each rank from the class itself on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<f64>,
}

impl Default for RankingConfig {
    /// The temperatures of Balasubramanian et al. 2022, and of RINCE.
    fn default() -> Self {
        Self { file: None, lowest_temperature: 0.1, highest_temperature: 0.6, temperatures: Vec::new() }
    }
}

impl RankingConfig {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<()> {
        let (lowest, highest) = (self.lowest_temperature, self.highest_temperature);
        ensure!(
            lowest > 0.0 && highest >= lowest && highest.is_finite(),
            "ranking.lowest_temperature must be above 0 and at most highest_temperature, and they are {lowest} and \
             {highest}"
        );
        ensure!(
            self.temperatures.iter().all(|&temperature| temperature > 0.0 && temperature.is_finite())
                && self.temperatures.is_sorted(),
            "ranking.temperatures must be above 0 and must not fall from rank to rank, and are {:?}",
            self.temperatures
        );
        Ok(())
    }
}
