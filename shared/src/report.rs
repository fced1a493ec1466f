//! The report: one versioned JSON for every study, from which the page and the command line draw alone.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this format that this build writes.
pub const SCHEMA_VERSION: u32 = 1;

/// What ran and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which study, for example `probe`.
    pub study: String,
    /// The command line.
    pub command: String,
    /// The config in force, as TOML.
    pub config: String,
    /// Version of Nadir.
    pub version: String,
    /// The device, by name.
    pub device: String,
    /// UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    pub finished: String,
    /// Seconds the command took.
    pub wall_time_s: f64,
    /// Images in each part.
    pub images: BTreeMap<String, usize>,
    /// SHA-256 over which image stands in which part.
    pub split_sha256: String,
    /// Class names.
    pub labels: Vec<String>,
    /// What was compared.
    pub arms: Vec<Arm>,
    /// Curves by name, for example `pretraining loss`.
    pub curves: BTreeMap<String, Vec<[f64; 2]>>,
}

/// One of the things compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// For example `random, frozen` or `SimCLR`.
    pub name: String,
    /// Figures over the seeds, for example `test mAP`.
    pub scalars: BTreeMap<String, Scalar>,
    /// Average precision of each label on the test images, mean over the seeds; none for a label without a positive.
    pub test_average_precision: Vec<Option<f64>>,
}

/// A figure over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    /// Mean over the seeds.
    pub mean: f64,
    /// Sample standard deviation over the seeds; none for one seed.
    pub std: Option<f64>,
    /// Each seed's value.
    pub values: Vec<f64>,
}

impl Scalar {
    /// Over the given values, of which there must be one at least.
    pub fn over(values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let std = (values.len() > 1)
            .then(|| (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt());
        Self { mean, std, values }
    }
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.std {
            Some(std) => write!(f, "{:.4} +- {std:.4}", self.mean),
            None => write!(f, "{:.4}", self.mean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_sample_deviation_are_those_computed_by_hand() {
        let scalar = Scalar::over(vec![1.0, 2.0, 3.0]);
        assert_eq!((scalar.mean, scalar.std), (2.0, Some(1.0)));
        assert_eq!(Scalar::over(vec![0.5]).to_string(), "0.5000");
    }
}
