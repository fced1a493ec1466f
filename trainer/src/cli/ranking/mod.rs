mod ask;
mod check;
mod simulate;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Rankings: for each class, the classes similar to it.
#[derive(Debug, Args)]
pub struct RankingCommand {
    #[command(subcommand)]
    command: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Check(check::Check),
    Ask(ask::Ask),
    Simulate(simulate::Simulate),
}

impl RankingCommand {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Kind::Check(check) => check.run(),
            Kind::Ask(ask) => ask.run(),
            Kind::Simulate(simulate) => simulate.run(),
        }
    }
}
