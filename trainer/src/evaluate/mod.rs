//! Studies: what is measured, one a file.

pub mod ablation;
pub mod cached_result;
pub mod detection;
pub mod external;
pub mod leak;
pub mod maps;
pub mod measure;
pub mod neighbours;
mod ood;
pub mod pointing;
pub mod pretraining;
pub mod probe;
pub mod ranking;
pub mod ranking_questions;
pub mod report;
pub mod resampled;
pub mod teach;
