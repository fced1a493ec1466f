//! Checkpoints: one safetensors file with weights and optimizer state, written aside and renamed, so that a file with
//! a checkpoint's name is always whole.

use super::run_folder::{CONFIG_FILE, RunFolder};
use crate::artifacts::weight_file;
use anyhow::{Context, Result, bail, ensure};
use nadir_nn::model::weights::{Dtype, Weights};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracing::debug;

/// Of the files that this version writes and reads.
const FORMAT: &str = "nadir-checkpoint-2";

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
            ("format".to_owned(), FORMAT.to_owned()),
            ("step".to_owned(), self.step.to_string()),
            ("fingerprint".to_owned(), self.fingerprint.clone()),
            ("crc32".to_owned(), self.crc32()),
        ]);
        self.tensors.to_safetensors(Dtype::F32, metadata)
    }

    /// CRC-32 of all that the checkpoint says, in hexadecimal. A disk or a copy that changed a bit would otherwise
    /// train on with another weight, and nobody would know.
    fn crc32(&self) -> String {
        let mut hasher = crc32fast::Hasher::new();
        // Each length in front of its text or list, so that nothing can pass from one into the next.
        let text = |hasher: &mut crc32fast::Hasher, text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        hasher.update(&(self.step as u64).to_le_bytes());
        text(&mut hasher, &self.fingerprint);
        for (name, tensor) in &self.tensors.0 {
            text(&mut hasher, name);
            hasher.update(&(tensor.shape.len() as u64).to_le_bytes());
            tensor.shape.iter().for_each(|&size| hasher.update(&(size as u64).to_le_bytes()));
            if cfg!(target_endian = "little") {
                hasher.update(bytemuck::cast_slice(&tensor.values));
            } else {
                tensor.values.iter().for_each(|value| hasher.update(&value.to_le_bytes()));
            }
        }
        format!("{:08x}", hasher.finalize())
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
    /// Where it is cut off, changed in any bit, or no checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let metadata = Weights::safetensors_metadata(bytes).context("the checkpoint is broken")?;
        let (Some(format), Some(step), Some(fingerprint)) = (
            metadata.get("format"),
            metadata.get("step").and_then(|step| step.parse().ok()),
            metadata.get("fingerprint"),
        ) else {
            bail!("it is a weight file, and no checkpoint of Nadir");
        };
        if format != FORMAT {
            bail!("the checkpoint has format {format:?}, and this version reads {FORMAT:?}");
        }
        let tensors = Weights::from_safetensors(bytes).context("the checkpoint is broken")?;
        let checkpoint = Self { step, fingerprint: fingerprint.clone(), tensors };
        let (found, written) = (checkpoint.crc32(), metadata.get("crc32").map_or("none", String::as_str));
        ensure!(
            found == written,
            "the checkpoint was changed since it was written: its CRC-32 is {found}, and the file says {written}"
        );
        Ok(checkpoint)
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

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_nn::model::WeightTensor;

    /// Bytes that say nothing (blanks that pad the header) may change; whatever else does, nothing else is read.
    #[test]
    fn no_changed_bit_and_no_cut_gives_another_checkpoint() {
        let tensor = |values: &[f32]| WeightTensor { shape: vec![values.len()], values: values.to_vec() };
        let tensors = [("encoder.a", [0.5f32, -1.0]), ("optimizer.b", [3.0, 1e-9])];
        let tensors = tensors.iter().map(|(name, values)| ((*name).to_owned(), tensor(values))).collect();
        let whole = Checkpoint { step: 120, fingerprint: "abc".to_owned(), tensors: Weights(tensors) };
        let bytes = whole.to_bytes();
        assert_eq!(Checkpoint::from_bytes(&bytes).expect("just written"), whole);
        let mut unnoticed = 0;
        for at in 0..8 * bytes.len() {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            if let Ok(read) = Checkpoint::from_bytes(&changed) {
                assert_eq!(read, whole, "bit {at}");
                unnoticed += 1;
            }
        }
        // Only blanks between the header's end and the values.
        assert!(unnoticed < 8 * 8, "{unnoticed} bits");
        for end in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
}
