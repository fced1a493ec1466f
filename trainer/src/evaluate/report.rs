//! What every study's report says of the run itself.

use crate::config::Config;
use crate::data::Dataset;
use crate::device::ChosenDevice;
use nadir_core::report::{Report, SCHEMA_VERSION};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Instant, SystemTime};

/// What a report says of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFacts {
    /// Images in each part.
    pub images: BTreeMap<String, usize>,
    /// SHA-256 over which image stands in which part.
    pub split_sha256: String,
    /// Class names, in the data set's order.
    pub labels: Vec<String>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

/// A report without arms: what ran, on what, with which data.
pub fn begin(
    study: &str,
    title: &str,
    config: &Config,
    dataset: &Dataset,
    started: Instant,
    chosen: &ChosenDevice,
) -> Report {
    let data = DataFacts {
        images: dataset.split.parts().iter().map(|(name, part)| ((*name).to_owned(), part.len())).collect(),
        split_sha256: dataset.split_hash(),
        labels: dataset.labels.clone(),
        notes: notes(dataset),
    };
    begin_over(study, title, config.to_toml(), data, started, chosen)
}

/// [`begin`] for data of any kind; `config` is TOML.
pub fn begin_over(
    study: &str,
    title: &str,
    config: String,
    data: DataFacts,
    started: Instant,
    chosen: &ChosenDevice,
) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        study: study.into(),
        title: title.into(),
        command: crate::command_line::command_line(),
        config,
        version: env!("CARGO_PKG_VERSION").into(),
        revision: revision(),
        device: chosen.name.clone(),
        finished: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        wall_time_s: started.elapsed().as_secs_f64(),
        images: data.images,
        split_sha256: data.split_sha256,
        labels: data.labels,
        notes: data.notes,
        arms: Vec::new(),
        comparisons: Vec::new(),
        map_images: Vec::new(),
        matrices: BTreeMap::new(),
        published: Vec::new(),
        leak: None,
        audit: None,
    }
}

/// Faults of the data that change how figures are read.
fn notes(dataset: &Dataset) -> Vec<String> {
    let mut notes = Vec::new();
    let has = |part: &[usize], label: usize| part.iter().any(|&image| dataset.samples[image].targets[label]);
    let without: Vec<&str> = (0..dataset.labels.len())
        .filter(|&label| !has(&dataset.split.test, label))
        .map(|label| dataset.labels[label].as_str())
        .collect();
    if !without.is_empty() {
        notes.push(format!(
            "mAP is the mean over {} of {} labels: no test image has {}.",
            dataset.labels.len() - without.len(),
            dataset.labels.len(),
            without.join(", "),
        ));
    }
    if !dataset.skipped.is_empty() {
        notes.push(format!("{} images were missing or broken and were skipped.", dataset.skipped.len()));
    }
    notes
}

/// The source tree's revision, where the program runs beside the tree that it was built from.
fn revision() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let revision = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if changed { format!("{revision}, with changes") } else { revision })
}
