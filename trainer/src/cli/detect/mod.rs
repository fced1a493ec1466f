//! `nadir detect`.

mod eval;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Find objects in images: evaluate a detector.
#[derive(Debug, Args)]
pub struct Detect {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Eval(eval::Eval),
}

impl Detect {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Command::Eval(command) => command.run(),
        }
    }
}
