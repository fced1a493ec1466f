//! Checkpoints: one safetensors file with weights and optimizer state, written aside and renamed, so that a file with
//! a checkpoint's name is always whole.

use super::run_folder::{CONFIG_FILE, RunFolder};
use crate::artifacts::weight_file;
use anyhow::{Context, Result, bail, ensure};
use nadir_nn::model::weights::{Dtype, Weights};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracing::debug;

/// A training state at the end of a step. Random draws depend on (seed, epoch, sample) alone, so the step says it all.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Optimizer steps done, from the start of the training.
    pub step: usize,
    /// What of the config decides the weights; see [`crate::config::Config::checkpoint_fingerprint`].
    pub fingerprint: String,
    /// `encoder.*`, `projector.*` and `optimizer.*`.
    pub tensors: Weights,
}

impl Checkpoint {
    /// Writes `step-NNNNNNNN.safetensors` into `folder` and removes all but the newest `keep`.
    ///
    /// # Errors
    /// Where a value is not finite, or the file cannot be written; older checkpoints are untouched then.
    pub fn save(&self, folder: &Path, keep: usize) -> Result<PathBuf> {
        if let Some((name, _)) =
            self.tensors.0.iter().find(|(_, tensor)| tensor.values.iter().any(|value| !value.is_finite()))
        {
            bail!(
                "after step {} the tensor {name:?} holds a value that is not finite; no checkpoint was written",
                self.step
            );
        }
        let path = folder.join(format!("step-{:08}.safetensors", self.step));
        weight_file::write_atomically(&path, &self.to_bytes())?;
        debug!(step = self.step, path = %path.display(), "checkpoint {} is written", path.display());
        let files = list(folder)?;
        for old in &files[..files.len().saturating_sub(keep)] {
            // One that stays too long does no harm.
            let _ = std::fs::remove_file(old);
        }
        Ok(path)
    }

    /// [`Checkpoint::save`] into a run's folder.
    ///
    /// # Errors
    /// As that, and what a user can do.
    pub fn save_in(&self, run: &RunFolder, keep: usize) -> Result<()> {
        self.save(&run.checkpoints(), keep)
            .map(drop)
            .with_context(|| format!("at step {}; {}", self.step, Self::what_is_kept(run)))
    }

    /// What a training that failed leaves behind, for its message.
    pub fn what_is_kept(run: &RunFolder) -> String {
        let folder = run.path.display();
        match list(&run.checkpoints()).is_ok_and(|files| !files.is_empty()) {
            true => format!("`--resume` continues from the last whole checkpoint in {folder}"),
            false => format!("{folder} has no checkpoint yet, so there is nothing to continue from"),
        }
    }

    /// As a checkpoint's file has it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let metadata = BTreeMap::from([
            ("format".to_owned(), "nadir-checkpoint-1".to_owned()),
            ("step".to_owned(), self.step.to_string()),
            ("fingerprint".to_owned(), self.fingerprint.clone()),
        ]);
        self.tensors.to_safetensors(Dtype::F32, metadata)
    }

    /// Reads one checkpoint file.
    ///
    /// # Errors
    /// Names the file: not there, cut off, or no checkpoint.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the checkpoint {name}"))?;
        Self::from_bytes(&bytes).with_context(|| format!("in {name}"))
    }

    /// Takes up what [`Checkpoint::to_bytes`] gave.
    ///
    /// # Errors
    /// Where it is cut off, or no checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let metadata = Weights::safetensors_metadata(bytes).context("the checkpoint is broken")?;
        let (Some(format), Some(step), Some(fingerprint)) = (
            metadata.get("format"),
            metadata.get("step").and_then(|step| step.parse().ok()),
            metadata.get("fingerprint"),
        ) else {
            bail!("it is a weight file, and no checkpoint of Nadir");
        };
        if format != "nadir-checkpoint-1" {
            bail!("the checkpoint has format {format:?}, and this version reads \"nadir-checkpoint-1\"");
        }
        let tensors = Weights::from_safetensors(bytes).context("the checkpoint is broken")?;
        Ok(Self { step, fingerprint: fingerprint.clone(), tensors })
    }

    /// The checkpoint that a run of `steps` steps goes on from: the newest of its folder, if there is one.
    /// `differences` gives what in the config differs from that in the file.
    ///
    /// # Errors
    /// As [`Checkpoint::read`]; where there is one and the user did not request to `resume`, or it is of another
    /// config, which names the settings that differ, or of more steps.
    pub fn to_resume(
        run: &RunFolder,
        resume: bool,
        fingerprint: &str,
        steps: usize,
        differences: impl FnOnce(&Path) -> Vec<String>,
    ) -> Result<Option<Self>> {
        let Some(checkpoint) = Self::newest(&run.checkpoints())? else { return Ok(None) };
        let folder = run.path.display();
        ensure!(
            resume,
            "{folder} holds a run of {} steps; continue it with --resume, or choose another folder with --run",
            checkpoint.step
        );
        if checkpoint.fingerprint != fingerprint {
            let saved = run.path.join(CONFIG_FILE);
            match differences(&saved) {
                same if same.is_empty() => bail!(
                    "the checkpoints in {folder} were made with another config than its {CONFIG_FILE} says; choose \
                     another folder with --run"
                ),
                differing => bail!(
                    "the run in {folder} was made with other settings:\n  {}\nUse those of its {CONFIG_FILE} \
                     (`--resume` without --config and --set), or another folder with --run",
                    differing.join("\n  ")
                ),
            }
        }
        ensure!(
            checkpoint.step <= steps,
            "the run in {folder} has done {} steps already, and the config is for {steps}; set more epochs, or choose \
             another folder with --run",
            checkpoint.step
        );
        Ok(Some(checkpoint))
    }

    /// The newest checkpoint in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn newest(folder: &Path) -> Result<Option<Self>> {
        list(folder)?.last().map(|path| Self::read(path)).transpose()
    }
}

/// Checkpoint files, oldest first.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("step-") && name.ends_with(".safetensors") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
