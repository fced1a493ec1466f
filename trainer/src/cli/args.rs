//! Arguments that several commands take.

use crate::artifacts::run_folder::RunFolder;
use crate::config::Config;
use crate::data::fixed_scaling::fix_scaling;
use crate::device::{ChosenDevice, DeviceChoice, choose};
use anyhow::{Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use tracing::info;

/// Where an experiment's settings come from.
#[derive(Debug, Clone, Args)]
pub(super) struct ConfigArgs {
    /// TOML file with the experiment (see trainer/configs); settings that it omits have their defaults.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// One setting, over the file's, for example `--set pretrain.epochs=5`. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) sets: Vec<String>,
}

impl ConfigArgs {
    pub(super) fn load(&self) -> Result<Config> {
        with_fixed_scaling(Config::load(self.config.as_deref(), &self.sets)?)
    }

    /// The config that a run folder was made with, where no --config is given, changed by each --set.
    ///
    /// # Errors
    /// As [`file_of_run`] and [`Config::load`].
    pub(super) fn load_for_run(&self, run: &Path) -> Result<Config> {
        with_fixed_scaling(Config::load(file_of_run(self.config.as_deref(), &self.sets, run)?.as_deref(), &self.sets)?)
    }
}

/// With ranges in place of the percentiles that TIFF images are scaled by.
fn with_fixed_scaling(mut config: Config) -> Result<Config> {
    if let Some(sentence) = fix_scaling(&mut config.data)? {
        info!("data: {sentence}");
    }
    Ok(config)
}

/// The file with the config of a command on a run folder: --config, or the folder's own; `None` for a folder that has
/// none yet, where a --set says what to run.
///
/// # Errors
/// Where nothing says what to run. A mistyped --run must not make a new folder, with generated scenes and random
/// weights in it.
pub(super) fn file_of_run(config: Option<&Path>, sets: &[String], run: &Path) -> Result<Option<PathBuf>> {
    if let Some(file) = config {
        return Ok(Some(file.to_owned()));
    }
    match RunFolder::config_file(run) {
        Ok(saved) => Ok(Some(saved)),
        Err(_) if sets.iter().any(|set| says_what_to_run(set)) => Ok(None),
        Err(error) => {
            bail!("{error} (--config, or --set of data, encoder, detector or weights, starts without one)")
        }
    }
}

/// Whether a `key=value` is about images or the network, and not only about how they are trained or probed.
fn says_what_to_run(set: &str) -> bool {
    let key = set.split(['=', '.']).next().unwrap_or_default().trim();
    ["data", "encoder", "detector", "weights"].contains(&key)
}

/// Option for the device that computes.
#[derive(Debug, Clone, Args)]
pub(super) struct DeviceArgs {
    /// Device to compute on.
    #[arg(long, value_enum, default_value_t)]
    pub(super) device: DeviceChoice,
}

impl DeviceArgs {
    pub(super) fn choose(&self) -> Result<ChosenDevice> {
        let chosen = choose(self.device)?;
        info!(device = %chosen.name, "device: {}", chosen.name);
        Ok(chosen)
    }
}
