//! The subcommands of `nadir detect`.

mod eval;
mod run;
mod train;

pub(super) use eval::Eval;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Find objects in images: train a detector, evaluate it, run it.
#[derive(Debug, Args)]
pub struct Detect {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Train),
    Eval(eval::Eval),
    Run(run::Run),
}

impl Detect {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Train(command) => command.run(),
            Command::Eval(command) => command.run(),
            Command::Run(command) => command.run(),
        }
    }
}
