//! The binary `nadir`: parse, run, exit code.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    nadir::allocation::keep_freed_memory();
    nadir::cli::run(nadir::cli::Cli::parse())
}
