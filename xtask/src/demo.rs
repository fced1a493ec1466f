//! `cargo xtask demo`: builds both halves of Nadir and hands over to `nadir demo`.

use crate::process;
use crate::say::say;
use crate::web;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

/// Arguments of `cargo xtask demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Stop after training and export; do not start the web server.
    #[arg(long)]
    no_serve: bool,
    /// Repeat the comparison with this many random seeds.
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// Serve at this port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Further arguments for `nadir demo`, after `--`.
    #[arg(last = true, value_name = "NADIR ARGUMENTS")]
    more: Vec<OsString>,
}

/// Builds the trainer and the web app, then runs `nadir demo`.
pub fn run(workspace: &Workspace, args: &DemoArgs) -> Result<()> {
    say!("Building the trainer: cargo build --release -p nadir (10 to 20 minutes the first time)");
    build_trainer(workspace)?;
    let site = web::build(workspace, &web::WebArgs::default())?;
    let mut demo = Command::new(workspace.release_program("nadir"));
    demo.arg("demo").arg("--web").arg(site).args(["--port", &args.port.to_string()]);
    if args.no_serve {
        demo.arg("--no-serve");
    }
    if let Some(seeds) = args.seeds {
        demo.args(["--seeds", &seeds.to_string()]);
    }
    demo.args(&args.more);
    process::run(&mut demo)
}

/// Compiles the program `nadir`.
pub fn build_trainer(workspace: &Workspace) -> Result<()> {
    build_trainer_with(workspace, None)
}

/// Compiles the program `nadir` with more features.
pub fn build_trainer_with(workspace: &Workspace, features: Option<&str>) -> Result<()> {
    let mut cargo = workspace.cargo("build");
    cargo.args(["--release", "--locked", "-p", "nadir"]);
    if let Some(features) = features {
        cargo.args(["--features", features]);
    }
    process::run(&mut cargo)
}
