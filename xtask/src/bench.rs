//! `cargo xtask bench`: builds what is measured and runs `nadir bench`, or the engine in a browser.

use crate::browser;
use crate::demo::build_trainer;
use crate::npm;
use crate::process;
use crate::say::say;
use crate::web;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Arguments of `cargo xtask bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// The part of Nadir that is measured.
    #[arg(value_enum, default_value_t)]
    what: What,
    /// Further arguments for what is run, after `--`.
    #[arg(last = true, value_name = "NADIR ARGUMENTS")]
    more: Vec<OsString>,
}

/// The part of Nadir that is measured.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// The trainer on this machine's CPU, beside PyTorch where python3 has it.
    #[default]
    Native,
    /// The page's engine in headless Chromium, on each backend.
    Web,
    /// A GeoTIFF of 20,000 x 20,000 px in the page: time, memory, and the command line's results.
    Scene,
}

/// Runs `nadir bench`, beside PyTorch where the machine has it.
pub fn run(workspace: &Workspace, args: &BenchArgs) -> Result<()> {
    build_trainer(workspace)?;
    if args.what == What::Scene {
        let driver = browser::ensure()?;
        web::build(workspace, &web::WebArgs::default())?;
        return process::run(in_browser(workspace, "large-scene", &driver).arg("--").args(&args.more));
    }
    if args.what == What::Web {
        let driver = browser::ensure()?;
        web::build(workspace, &web::WebArgs::default())?;
        process::run(&mut in_browser(workspace, "engine-latency", &driver))?;
        let runtime = match npm::ensure(workspace, &npm::ONNX_RUNTIME) {
            Ok(folder) => folder.join("dist"),
            Err(error) => {
                say!("{error:#}, so its times are skipped.");
                return Ok(());
            }
        };
        return process::run(in_browser(workspace, "engine-baseline", &driver).env("ONNX_RUNTIME", runtime));
    }
    let mut bench = Command::new(workspace.release_program("nadir"));
    bench.arg("bench").args(&args.more);
    if process::succeeds(Command::new("python3").args(["-c", "import torch"])) {
        bench.args(["--torch", "python3"]);
    } else {
        say!("python3 has no torch here, so PyTorch's times are skipped.");
    }
    process::run(&mut bench)
}

/// A program of `tests` that drives the browser.
fn in_browser(workspace: &Workspace, program: &str, driver: &Path) -> Command {
    let mut cargo = workspace.cargo("run");
    cargo.args(["--release", "-p", "nadir-tests", "--bin", program]).env("CHROMEDRIVER", driver);
    cargo
}
