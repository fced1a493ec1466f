//! `cargo xtask bench`: builds the trainer and runs `nadir bench`.

use crate::demo::build_trainer;
use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

/// Arguments of `cargo xtask bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// Arguments for `nadir bench`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NADIR ARGUMENTS")]
    more: Vec<OsString>,
}

/// Runs `nadir bench`, beside PyTorch where the machine has it.
pub fn run(workspace: &Workspace, args: &BenchArgs) -> Result<()> {
    build_trainer(workspace)?;
    let mut bench = Command::new(workspace.release_program("nadir"));
    bench.arg("bench").args(&args.more);
    if process::succeeds(Command::new("python3").args(["-c", "import torch"])) {
        bench.args(["--torch", "python3"]);
    } else {
        println!("python3 has no torch here, so PyTorch's times are left out.");
    }
    process::run(&mut bench)
}
