//! Arguments that several commands take.

use crate::config::Config;
use crate::device::{ChosenDevice, DeviceChoice, choose};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use tracing::info;

/// Where an experiment's settings come from.
#[derive(Debug, Clone, Args)]
pub(super) struct ConfigArgs {
    /// TOML file with the experiment (see trainer/configs); what it leaves out has its default.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// One setting, over the file's, for example `--set pretrain.epochs=5`. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) sets: Vec<String>,
}

impl ConfigArgs {
    pub(super) fn load(&self) -> Result<Config> {
        Config::load(self.config.as_deref(), &self.sets)
    }
}

/// Which device computes.
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
