//! `nadir data`: one subcommand a file.

mod audit;
mod cache;
mod check;
mod check_objects;
mod convert;
mod dataset_args;
mod heading;
mod layout;
mod source;
mod stats;
mod stats_objects;

pub(super) use audit::AuditArgs;

use super::args::ConfigArgs;
use anyhow::Result;
use clap::{Args, Subcommand};
use convert::ConvertArgs;
use dataset_args::DatasetArgs;

/// Look at a data set: what it holds, what is wrong with it.
#[derive(Debug, Args)]
pub struct Data {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Read every table and image (and the cache's checksums), and list what is wrong; exits with 1 if anything is.
    Check(DatasetArgs),
    /// Counts, labels an image, label co-occurrence, classes and sizes of boxes, image sizes, channel mean and standard
    /// deviation.
    Stats(DatasetArgs),
    /// Decode every image into the config's data.cache now, or go on with it.
    Cache(ConfigArgs),
    /// What is wrong with a data set that no table says: images of the same ground (copies, turned, shifted), within and
    /// across the splits, and labels and boxes that look wrong; with a page that shows them side by side.
    Audit(Box<AuditArgs>),
    /// Write annotations of one format in another, into a new folder; what is lost is said.
    Convert(ConvertArgs),
}

impl Data {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            DataCommand::Check(arguments) => check::check(&arguments),
            DataCommand::Stats(arguments) => stats::stats(&arguments),
            DataCommand::Cache(arguments) => cache::cache(&arguments),
            DataCommand::Audit(arguments) => audit::audit(&arguments),
            DataCommand::Convert(arguments) => convert::convert(&arguments),
        }
    }
}
