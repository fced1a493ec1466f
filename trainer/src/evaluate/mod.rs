//! Studies: what is measured, one a file.

pub mod ablation;
pub mod detection;
pub mod dry_run;
pub mod findings;
pub mod kept;
pub mod map;
pub mod measure;
pub mod neighbours;
pub mod probe;
pub mod ranking;
pub mod report;
pub mod resampled;
