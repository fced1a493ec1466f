//! `nadir pretrain FOLDER` in tests: a folder of images, a place for runs beside it, and settings for seconds on one core.

use crate::command::{nadir, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A temporary folder for a folder `images` and runs beside it.
#[derive(Debug)]
pub struct ImageFolder {
    folder: TempDir,
    settings: &'static [&'static str],
}

impl ImageFolder {
    /// Without `images`; every pretraining has these settings.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub fn new(settings: &'static [&'static str]) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), settings }
    }

    /// Where the images are.
    pub fn images(&self) -> PathBuf {
        self.path("images")
    }

    /// What lies beside them.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Pretrains into the run folder of this name, with further arguments.
    pub fn pretrain(&self, run: &str, more: &[&str]) -> Output {
        pretrain(&self.images(), &self.path(run), self.settings, more)
    }

    /// Likewise, with further settings.
    pub fn pretrain_with(&self, run: &str, settings: &[&str]) -> Output {
        pretrain(&self.images(), &self.path(run), &[self.settings, settings].concat(), &[])
    }

    /// The config of a run.
    ///
    /// # Panics
    /// Where there is none.
    pub fn config(&self, run: &str) -> String {
        std::fs::read_to_string(self.path(run).join("config.toml")).expect("written")
    }

    /// The lines of a run's metrics that measure held-out images.
    ///
    /// # Panics
    /// Where there are no metrics.
    pub fn measured(&self, run: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(run).join("metrics.jsonl")).expect("written");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.filter(|line| line.get("uniformity").is_some()).collect()
    }
}

/// Pretrains on the images below a folder into a run folder, on the CPU.
pub fn pretrain(images: &Path, run: &Path, settings: &[&str], more: &[&str]) -> Output {
    let mut arguments = vec!["pretrain", text(images), "--run", text(run), "--device", "cpu"];
    settings.iter().for_each(|set| arguments.extend(["--set", set]));
    nadir(&[&arguments, more].concat())
}
