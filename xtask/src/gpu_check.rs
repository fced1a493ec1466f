//! `cargo xtask gpu-check`: builds the trainer with CUDA, without and with kernel fusion, and runs the standing list.

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The list itself: a script that also runs where there is only the program.
const SCRIPT: &str = "trainer/deploy/gpu-check.sh";

/// Arguments of `cargo xtask gpu-check`.
#[derive(Args)]
pub struct GpuCheckArgs {
    /// Where the reports go.
    #[arg(long, default_value = "gpu-check")]
    out: PathBuf,
    /// A `nadir` with CUDA that is built already; nothing is built then.
    #[arg(long, value_name = "NADIR")]
    nadir: Option<PathBuf>,
    /// Likewise, with kernel fusion.
    #[arg(long, value_name = "NADIR", requires = "nadir")]
    nadir_fusion: Option<PathBuf>,
}

/// Checks CUDA, then WebGPU.
pub fn run(workspace: &Workspace, args: &GpuCheckArgs) -> Result<()> {
    let (plain, fused) = match &args.nadir {
        Some(nadir) => (nadir.clone(), args.nadir_fusion.clone()),
        None => (build(workspace, "cuda")?, Some(build(workspace, "cuda,fusion")?)),
    };
    let mut script = Command::new("bash");
    script.arg(workspace.root.join(SCRIPT)).arg(&args.out).env("NADIR", absolute(&plain)?);
    if let Some(fused) = fused {
        script.env("NADIR_FUSION", absolute(&fused)?);
    }
    process::run(&mut script)
}

/// The program with these features, under a name of its own, since the next build takes its place.
fn build(workspace: &Workspace, features: &str) -> Result<PathBuf> {
    say!("Building the trainer with {features} (10 to 20 minutes the first time)");
    process::run(workspace.cargo("build").args(["--release", "-p", "nadir", "--features", features]))?;
    let built = workspace.release_program("nadir");
    let kept = workspace.release_program(&format!("nadir-{}", features.replace(',', "-")));
    std::fs::copy(&built, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(kept)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("in {}", path.display()))
}
