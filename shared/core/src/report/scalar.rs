//! A figure over seeds.

use serde::{Deserialize, Serialize};

/// A figure over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Scalar {
    /// Mean over the seeds.
    pub mean: f64,
    /// Sample standard deviation over the seeds; `None` for one seed.
    pub std: Option<f64>,
    /// The value of each seed.
    pub values: Vec<f64>,
    /// Where 95 % of the bootstrap's values lie: test images drawn again with replacement, mean over the seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

impl Scalar {
    /// Over the given values, of which there must be one at least.
    pub fn over(values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let std = (values.len() > 1)
            .then(|| (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt());
        Self { mean, std, values, interval: None }
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
    fn mean_and_sample_std_are_those_computed_by_hand() {
        let scalar = Scalar::over(vec![1.0, 2.0, 3.0]);
        assert_eq!((scalar.mean, scalar.std), (2.0, Some(1.0)));
        assert_eq!(Scalar::over(vec![0.5]).to_string(), "0.5000");
    }
}
