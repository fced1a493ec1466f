//! The command line: one subcommand a file.

mod args;
mod bench;
mod completions;
mod data;
mod demo;
mod detect;
mod devices;
mod embed;
mod embedding_model;
mod export;
mod fetch;
mod folder_run;
mod gpu_check;
mod image_args;
mod logging;
mod onnx;
mod pointing;
mod predict;
mod prediction_file;
mod pretrain;
mod probe;
mod ranking;
mod report;
mod reported_command;
mod scene_args;
mod scenes;
mod score;
mod search;
mod serve;
mod site;
mod study;
mod tile_args;
mod verify;

use crate::distributed;
use crate::train::stop::Interrupted;
use crate::verify::CannotVerify;
use clap::{CommandFactory, Parser, Subcommand};
use image_args::ImageArgs;
use logging::LogArgs;
use std::process::ExitCode;
use tracing::warn;

/// Contrastive pretraining of image encoders for aerial photographs, linear probes, and a web page that runs the
/// result.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or (`nadir verify`) nothing to compute from, 130 stopped by Ctrl-C after saving.
#[derive(Debug, Parser)]
#[command(name = "nadir", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    images: ImageArgs,
}

impl Cli {
    /// From now on the program logs to the standard error, as the command line requests. For the binary: whoever
    /// uses the library hears its events by a subscriber of its own.
    pub fn install_log(&self) {
        self.log.install();
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Scenes(scenes::Scenes),
    Data(data::Data),
    Pretrain(pretrain::Pretrain),
    Probe(probe::ProbeCommand),
    Study(study::Study),
    Ranking(ranking::RankingCommand),
    Detect(detect::Detect),
    Report(report::Report),
    Verify(verify::Verify),
    Score(score::Score),
    Export(export::Export),
    Onnx(onnx::Onnx),
    Fetch(fetch::Fetch),
    Predict(predict::Predict),
    Pointing(pointing::PointingCommand),
    Embed(embed::Embed),
    Search(search::Search),
    Serve(serve::Serve),
    Site(site::Site),
    Demo(demo::Demo),
    Bench(bench::Bench),
    Devices(devices::Devices),
    GpuCheck(gpu_check::GpuCheck),
    Completions(completions::Completions),
}

/// Runs a parsed command line and says what went wrong, once.
pub fn run(cli: Cli) -> ExitCode {
    let Cli { command, log, images } = cli;
    images.install();
    let result = match command {
        Command::Scenes(command) => command.run(),
        Command::Data(command) => command.run(),
        Command::Pretrain(command) => command.run(),
        Command::Probe(command) => command.run(),
        Command::Study(command) => command.run(),
        Command::Ranking(command) => command.run(),
        Command::Detect(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Score(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Onnx(command) => command.run(),
        Command::Fetch(command) => command.run(),
        Command::Predict(command) => command.run(),
        Command::Pointing(command) => command.run(),
        Command::Embed(command) => command.run(),
        Command::Search(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Site(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Devices(command) => command.run(),
        Command::GpuCheck(command) => command.run(),
        Command::Completions(command) => command.run(Cli::command()),
    };
    match result {
        Ok(()) => {
            distributed::leave();
            ExitCode::SUCCESS
        }
        // All ranks have agreed to stop.
        Err(error) if error.is::<Interrupted>() => {
            warn!("{error}");
            distributed::leave();
            ExitCode::from(130)
        }
        Err(error) => {
            log.tell_failure(&error);
            distributed::abort();
            if error.is::<CannotVerify>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
