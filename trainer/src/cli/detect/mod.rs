//! `nadir detect`.

mod eval;
mod train;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Find objects in images: train a detector, evaluate it.
#[derive(Debug, Args)]
pub struct Detect {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Train),
    Eval(eval::Eval),
}

impl Detect {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Train(command) => command.run(),
            Command::Eval(command) => command.run(),
        }
    }
}
