//! The binary `nadir`: parse, run, exit code.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    nadir::device::expect_no_desktop();
    nadir::allocation::keep_freed_memory();
    let cli = nadir::cli::Cli::parse();
    cli.install_log();
    nadir::cli::run(cli)
}
