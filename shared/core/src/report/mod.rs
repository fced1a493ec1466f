//! The report: one versioned JSON for every study, from which the page and the command line draw alone.

mod audit;
mod consistency;
mod difference;
pub mod names;
mod read;
mod scalar;
mod sentence;

pub use audit::{Audit, Finding, ImagePair, Leak, LeakedImage, ShownImage};
pub use consistency::{Consistency, Fault};
pub use difference::{Chance, FigureDifference, Interval, NO_INTERVAL, NotComparable, Side, differences};
pub use read::ReportError;
pub use scalar::Scalar;

pub use crate::metric::calibration::CalibrationBin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this format that this build writes.
pub const SCHEMA_VERSION: u32 = 2;

/// What ran and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// Version of the format, see [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which study, for example `ablation`.
    pub study: String,
    /// One line for a list of reports.
    pub title: String,
    /// The command line that made the report.
    pub command: String,
    /// The config in force, as TOML.
    pub config: String,
    /// Nadir's version, for example `0.1.0`.
    pub version: String,
    /// Git revision that the program was built from, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The device, by name.
    pub device: String,
    /// When the command ended: UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    pub finished: String,
    /// Seconds from the command's start to its end.
    pub wall_time_s: f64,
    /// Number of images in each subset: `train`, `validation`, `test`.
    pub images: BTreeMap<String, usize>,
    /// SHA-256 over which image is in which subset.
    pub split_sha256: String,
    /// Class names, in the order of every list of labels here.
    pub labels: Vec<String>,
    /// What a reader must know to read the figures right, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The methods or networks that were compared.
    pub arms: Vec<Arm>,
    /// Arms against each other on the same test images.
    #[serde(default)]
    pub comparisons: Vec<Comparison>,
    /// The images of every arm's map, in the order of its points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub map_images: Vec<MapImage>,
    /// Tables that belong to no arm, for example `asked ranking`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matrices: BTreeMap<String, Matrix>,
    /// What a paper reports for the same figures, to stand beside this run's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
    /// Which test images overlap with training images, where it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak: Option<Leak>,
    /// What is wrong with a data set: the report of `nadir data audit`, which needs no arms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
}

/// One of the things compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Arm {
    /// For example `random weights, frozen` or `SimCLR`.
    pub name: String,
    /// One sentence: what was done.
    #[serde(default)]
    pub about: String,
    /// Figures over the seeds, for example `test mAP`.
    pub scalars: BTreeMap<String, Scalar>,
    /// Average precision of each label on the test images, mean over the seeds; `None` for a label without a positive.
    pub test_average_precision: Vec<Option<f64>>,
    /// Other figures of each label by name, for example `accuracy`; `None` if a label has no such figure.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_label: BTreeMap<String, Vec<Option<f64>>>,
    /// Curves by name, for example `pretraining loss`, or `ROC, energy` with both axes from 0 to 1.
    #[serde(default)]
    pub curves: BTreeMap<String, Curve>,
    /// Tables of numbers by name, for example `confusion`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matrices: BTreeMap<String, Matrix>,
    /// The reliability curve on the test images; empty where it was not measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<CalibrationBin>,
    /// The embeddings in two dimensions by method (`PCA`, `t-SNE`, `UMAP`), a point for each of the report's
    /// `map_images`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub maps: BTreeMap<String, Vec<[f32; 2]>>,
}

/// A line of a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Curve {
    /// What stands on the x axis, with its unit.
    pub x: String,
    /// What stands on the y axis, with its unit.
    pub y: String,
    /// In the order of x.
    pub points: Vec<[f64; 2]>,
    /// Where most of the values lie that each point is the mean of, low and high; empty where there is no such band.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub band: Vec<[f64; 2]>,
}

/// A table of numbers, for example of confusions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Matrix {
    /// What the rows are, for example `true class`.
    pub y: String,
    /// What the columns are, for example `predicted class`.
    pub x: String,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Row by row; `None` if there is no number.
    pub values: Vec<Vec<Option<f64>>>,
}

/// A figure that a paper reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The arm of this report that does the same.
    pub arm: String,
    /// Which figure, as the arms' scalars have it.
    pub scalar: String,
    /// The value that the paper reports.
    pub value: f64,
    /// The paper and its table, for a person.
    pub source: String,
}

/// One arm's figure less another's, on the same resampled test images (a paired bootstrap).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Which figure, for example `test mAP`.
    pub scalar: String,
    /// The arm whose figure it is.
    pub arm: String,
    /// The arm that is subtracted.
    pub against: String,
    /// Difference of the means over the seeds.
    pub difference: f64,
    /// Where 95 % of the resampled differences lie.
    pub interval: [f64; 2],
    /// Share of the resampled differences above 0.
    pub share_above_zero: f64,
}

/// An image on the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MapImage {
    /// The image's name, under which its thumbnail stands.
    pub key: String,
    /// Indices of its labels.
    pub labels: Vec<u16>,
}
