//! Reads a report and checks that its fields fit together, so that whoever draws it need not.

use super::{Arm, Matrix, Report, SCHEMA_VERSION};
use serde::Deserialize;
use thiserror::Error;

/// What is wrong with a text that should be a report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportError {
    /// No JSON, or JSON of something else.
    #[error("a report is a JSON object with a `schema_version`: {0}")]
    NotAReport(String),
    /// Written by an older or a newer build.
    #[error(
        "schema version {0} was found and {SCHEMA_VERSION} is expected; \
         run the study again with this build, or read the report with the build that wrote it"
    )]
    Version(u32),
    /// A report of this version lacks a field or holds one of another kind.
    #[error("not laid out as a report of this schema version: {0}")]
    Layout(String),
    /// The fields are there and contradict each other.
    #[error("{0}")]
    Inconsistent(String),
}

/// The field that says how to read the others.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

impl Report {
    /// Reads a report from JSON.
    ///
    /// # Errors
    /// No JSON, another schema version, no arms, or lists whose lengths do not fit together.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        let version: Version =
            serde_json::from_str(text).map_err(|error| ReportError::NotAReport(error.to_string()))?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(ReportError::Version(version.schema_version));
        }
        let report: Self = serde_json::from_str(text).map_err(|error| ReportError::Layout(error.to_string()))?;
        report.check().map_err(ReportError::Inconsistent)?;
        Ok(report)
    }

    /// Whether the report's fields fit together.
    ///
    /// # Errors
    /// A sentence that names what does not.
    pub fn check(&self) -> Result<(), String> {
        if let Some(audit) = &self.audit {
            super::audit::check(audit)?;
        } else if self.arms.is_empty() {
            return Err("it has no arms, so there is nothing to show".into());
        }
        for (index, arm) in self.arms.iter().enumerate() {
            if self.arms[..index].iter().any(|other| other.name == arm.name) {
                return Err(format!("two arms are named {:?}; each needs a name of its own", arm.name));
            }
            self.check_arm(arm)?;
        }
        for (name, matrix) in &self.matrices {
            check_matrix(matrix).map_err(|error| format!("matrix {name:?}: {error}"))?;
        }
        for published in &self.published {
            if !published.value.is_finite() {
                let (arm, scalar, value) = (&published.arm, &published.scalar, published.value);
                return Err(format!("the published {scalar:?} of {arm:?} is {value}; expected a number"));
            }
        }
        Ok(())
    }

    fn check_arm(&self, arm: &Arm) -> Result<(), String> {
        let (name, labels) = (&arm.name, self.labels.len());
        let given = arm.test_average_precision.len();
        if given != 0 && given != labels {
            return Err(format!(
                "arm {name:?} has {given} values in test_average_precision; expected {labels}, one for each label"
            ));
        }
        for (figure, values) in &arm.per_label {
            let given = values.len();
            if given != labels {
                return Err(format!(
                    "arm {name:?} has {given} values of each label's {figure:?}; expected {labels}, one for each label"
                ));
            }
        }
        for (curve, values) in &arm.curves {
            let (points, band) = (values.points.len(), &values.band);
            if !band.is_empty() && band.len() != points {
                return Err(format!(
                    "arm {name:?} has a band of {} in its curve {curve:?}; expected {points}, one for each point",
                    band.len()
                ));
            }
        }
        for (matrix, values) in &arm.matrices {
            check_matrix(values).map_err(|error| format!("arm {name:?}, matrix {matrix:?}: {error}"))?;
        }
        for (method, points) in &arm.maps {
            let (given, images) = (points.len(), self.map_images.len());
            if given != images {
                return Err(format!(
                    "arm {name:?} has {given} points in its {method} map; expected {images}, one for each of map_images"
                ));
            }
            // A number beyond f32 in JSON is infinite here.
            if !points.iter().flatten().all(|value| value.is_finite()) {
                return Err(format!("arm {name:?} has a point in its {method} map that is not finite"));
            }
        }
        Ok(())
    }
}

fn check_matrix(matrix: &Matrix) -> Result<(), String> {
    let (rows, columns, given) = (matrix.rows.len(), matrix.columns.len(), matrix.values.len());
    if given != rows {
        return Err(format!("it has {given} rows of values; expected {rows}, one for each row's name"));
    }
    for (row, values) in matrix.rows.iter().zip(&matrix.values) {
        let given = values.len();
        if given != columns {
            return Err(format!("row {row:?} has {given} values; expected {columns}, one for each column's name"));
        }
    }
    Ok(())
}
