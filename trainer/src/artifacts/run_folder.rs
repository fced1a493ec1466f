//! A run's folder: config.toml, checkpoints/, metrics.jsonl, report.json.

use crate::artifacts::report_file::REPORT_FILE;
use crate::artifacts::tensorboard::EventFile;
use crate::artifacts::weight_file;
use crate::artifacts::weight_file::write_atomically;
use crate::config::Config;
use anyhow::{Context, Result, ensure};
use nadir_core::report::Report;
use nadir_nn::model::Weights;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The config in force.
pub const CONFIG_FILE: &str = "config.toml";
/// The trained encoder under torchvision's names.
pub const ENCODER_FILE: &str = "encoder.safetensors";
/// One JSON object a step.
pub const METRICS_FILE: &str = "metrics.jsonl";

/// What a training or study writes, by default below `runs/`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// Path of the folder.
    pub path: PathBuf,
}

impl RunFolder {
    /// Creates the folder and tries to write in it, so that a folder without free space or rights fails here and not
    /// hours later.
    ///
    /// # Errors
    /// Names the folder.
    pub fn create(path: &Path) -> Result<Self> {
        let run = Self { path: path.to_owned() };
        std::fs::create_dir_all(run.checkpoints())
            .with_context(|| format!("cannot create the run folder {}", path.display()))?;
        write_atomically(&path.join(".write-test"), &[0; 4096])
            .with_context(|| format!("the run folder {} cannot be written", path.display()))?;
        std::fs::remove_file(path.join(".write-test")).with_context(|| format!("in {}", path.display()))?;
        Ok(run)
    }

    /// Path of the folder that holds the checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Writes the config in force.
    ///
    /// # Errors
    /// Names the file.
    pub fn write_config(&self, toml: &str) -> Result<()> {
        let text = format!("# The config in force, as `nadir {}` wrote it.\n{}", env!("CARGO_PKG_VERSION"), toml);
        write_atomically(&self.path.join(CONFIG_FILE), text.as_bytes())
    }

    /// The file with the config that a run was made with.
    ///
    /// # Errors
    /// Where there is none: the folder is no run's, and perhaps mistyped.
    pub fn config_file(path: &Path) -> Result<PathBuf> {
        let file = path.join(CONFIG_FILE);
        ensure!(file.is_file(), "{} is no run folder: it has no {CONFIG_FILE}", path.display());
        Ok(file)
    }

    /// Reads the config that a run was made with.
    ///
    /// # Errors
    /// Names the file.
    pub fn read_config(path: &Path) -> Result<Config> {
        Config::load(Some(&Self::config_file(path)?), &[])
    }

    /// Writes the trained encoder for anybody who reads torchvision's names.
    ///
    /// # Errors
    /// Names the file.
    pub fn write_encoder(&self, encoder: &Weights) -> Result<()> {
        let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
        weight_file::write(&self.path.join(ENCODER_FILE), encoder, metadata)
    }

    /// Writes a JSON file into the folder.
    ///
    /// # Errors
    /// Names the file.
    pub fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let json = serde_json::to_string_pretty(value).with_context(|| format!("{name} cannot be written as JSON"))?;
        write_atomically(&self.path.join(name), json.as_bytes())
    }

    /// Writes report.json, without line breaks: a map's thousands of points would each take four lines.
    ///
    /// # Errors
    /// Names the file.
    pub fn write_report(&self, report: &Report) -> Result<()> {
        let json = serde_json::to_string(report).context("the report cannot be written as JSON")?;
        write_atomically(&self.path.join(REPORT_FILE), json.as_bytes())
    }

    /// Mean loss of each epoch, from metrics.jsonl; `None` if there is no such file.
    pub fn epoch_losses(&self) -> Vec<f64> {
        let mut epochs: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for line in std::fs::read_to_string(self.path.join(METRICS_FILE)).unwrap_or_default().lines() {
            let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            if let (Some(epoch), Some(loss)) = (line["epoch"].as_u64(), line["loss"].as_f64()) {
                let sum = epochs.entry(epoch).or_default();
                *sum = (sum.0 + loss, sum.1 + 1.0);
            }
        }
        epochs.values().map(|(sum, count)| sum / count).collect()
    }

    /// What metrics.jsonl says of `figure`, by epoch; nothing where there is no such file.
    pub fn measured(&self, figure: &str) -> BTreeMap<u64, f64> {
        let text = std::fs::read_to_string(self.path.join(METRICS_FILE)).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter_map(|line| Some((line["epoch"].as_u64()?, line[figure].as_f64()?))).collect()
    }

    /// Opens metrics.jsonl behind the lines of the first `steps` steps; later ones come from a run that was killed
    /// after its last checkpoint and are done again. With `tensorboard`, event files have its numbers too, also those
    /// that were written without.
    ///
    /// # Errors
    /// Names the file.
    pub fn metrics(&self, steps: usize, tensorboard: bool) -> Result<Metrics> {
        let path = self.path.join(METRICS_FILE);
        let kept: String = match std::fs::read_to_string(&path) {
            Ok(text) => text
                .lines()
                .filter(|line| {
                    serde_json::from_str::<serde_json::Value>(line)
                        .ok()
                        .and_then(|line| line["step"].as_u64())
                        .is_some_and(|step| step <= steps as u64)
                })
                .map(|line| format!("{line}\n"))
                .collect(),
            Err(_) => String::new(),
        };
        write_atomically(&path, kept.as_bytes())?;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut events = tensorboard.then(|| EventFile::begin(&self.path, steps)).transpose()?;
        if let Some(events) = &mut events {
            for line in kept.lines().filter_map(|line| serde_json::from_str(line).ok()) {
                events.add(&line)?;
            }
        }
        Ok(Metrics { path, file, events })
    }
}

/// metrics.jsonl: one JSON object a line; and the same numbers for TensorBoard.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    file: std::fs::File,
    events: Option<EventFile>,
}

impl Metrics {
    /// Appends one JSON object as a line.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&mut self, line: &serde_json::Value) -> Result<()> {
        writeln!(self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))?;
        // Behind it: what a killed run has in metrics.jsonl alone is added when it goes on.
        self.events.as_mut().map_or(Ok(()), |events| events.add(line))
    }
}
