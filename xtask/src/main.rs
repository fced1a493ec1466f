//! `cargo xtask`: builds and runs Nadir's programs, in the order in which they need each other.
//!
//! Nothing here knows about images, networks or bundles; that is `nadir`'s and the web app's.

// Both macros panic where the reader has gone; see `say`.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod apt;
mod bench;
mod bindgen;
mod browser;
mod cuda_check;
mod demo;
mod dist;
#[cfg(test)]
mod dockerfile;
mod docs;
mod folder;
mod golden;
mod gpu_check;
mod imports;
mod installed;
mod mpi;
mod npm;
mod offline;
mod process;
mod python;
mod say;
mod size;
mod skipped;
mod steps;
mod test;
mod toolchain;
mod web;
mod wheel;
mod workspace;

use crate::say::complain;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs and tests Nadir.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything, trains on generated scenes and serves the page that runs the result.
    Demo(demo::DemoArgs),
    /// Builds the web app into a folder that any web server can serve.
    Web(web::WebArgs),
    /// Runs every check and test that CI runs.
    Test(test::TestArgs),
    /// Builds the trainer and runs its benchmarks.
    Bench(bench::BenchArgs),
    /// Builds the trainer with CUDA and checks this machine's GPU: its numbers, its speed beside PyTorch's.
    GpuCheck(gpu_check::GpuCheckArgs),
    /// Builds the trainer with CUDA and runs every training path on a stub of NVIDIA's driver: no GPU is needed.
    CudaCheck(cuda_check::CudaCheckArgs),
    /// Builds an archive that runs without Rust: program, page, licences, completions, manual pages.
    Dist(dist::DistArgs),
    /// Builds the wheel that holds the program and its page, and tries it in a fresh venv.
    Wheel(wheel::WheelArgs),
    /// Checks every link of the texts, and builds the book of those in docs/ by mdBook.
    Docs(docs::DocsArgs),
    /// Makes the golden values of the tests again and compares them with the committed ones.
    Golden(golden::GoldenArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = workspace::Workspace::find()?;
    match command {
        Command::Demo(args) => demo::run(&workspace, &args),
        Command::Web(args) => web::run(&workspace, &args),
        Command::Test(args) => test::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::GpuCheck(args) => gpu_check::run(&workspace, &args),
        Command::CudaCheck(args) => cuda_check::run(&workspace, &args),
        Command::Dist(args) => dist::run(&workspace, &args),
        Command::Wheel(args) => wheel::run(&workspace, &args),
        Command::Docs(args) => docs::run(&workspace, &args),
        Command::Golden(args) => golden::run(&workspace, &args),
    }
}
