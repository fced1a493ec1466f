//! The binary `nadir`: parse, run, exit code.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    nadir::cli::run(nadir::cli::Cli::parse())
}
