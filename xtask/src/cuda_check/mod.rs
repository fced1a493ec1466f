//! `cargo xtask cuda-check`: every training path on CUDA without a GPU.
//!
//! A stub stands in for the driver: each kernel is compiled by the real NVRTC, each launch, copy and allocation is checked
//! and counted, and no kernel runs. So it finds what a GPU would refuse (a kernel that does not compile, a grid, a tensor
//! map, memory that is not there), and what a step moves; whether a kernel computes rightly only a GPU says
//! (`cargo xtask gpu-check`).

mod parts;
mod stub;
mod traced;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use stub::Stub;

/// Arguments of `cargo xtask cuda-check`.
#[derive(Args)]
pub struct CudaCheckArgs {
    /// Folder of the stub driver: `lib` with libcuda, and `cuda13` (or `cuda12`) with NVRTC and the toolkit's headers.
    #[arg(long, value_name = "FOLDER")]
    stub: Option<PathBuf>,
    /// A `nadir` with CUDA that is built already; nothing is built then.
    #[arg(long, value_name = "NADIR")]
    nadir: Option<PathBuf>,
    /// Builds in place of cargo, where burn's CUDA cannot be downloaded: called with cargo's arguments.
    #[arg(long, value_name = "SCRIPT", conflicts_with = "nadir")]
    build_script: Option<PathBuf>,
    /// Compute capabilities of the cards that the stub plays.
    #[arg(long, value_delimiter = ',', default_values_t = [80, 90, 100])]
    capability: Vec<u32>,
    /// Only parts with this in their name. Can be repeated.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Compile no kernel: launches and memory alone, in minutes.
    #[arg(long)]
    without_nvrtc: bool,
    /// Where runs, traces and kept kernels go.
    #[arg(long, value_name = "FOLDER", default_value = "target/cuda-check")]
    out: PathBuf,
}

/// Runs every part on every card.
pub fn run(workspace: &Workspace, args: &CudaCheckArgs) -> Result<()> {
    let stub = Stub::find(args.stub.as_deref(), !args.without_nvrtc)?;
    let nadir = match &args.nadir {
        Some(nadir) => absolute(nadir)?,
        None => build(workspace, args.build_script.as_deref())?,
    };
    let out = absolute(&args.out)?;
    let all = parts::parts(&workspace.root.join("static/models/scenes"));
    let is_requested = |name: &str| args.only.is_empty() || args.only.iter().any(|part| name.contains(part));
    let requested: Vec<_> = all.iter().filter(|part| is_requested(part.name)).collect();
    let names = || all.iter().map(|part| part.name).collect::<Vec<_>>().join(", ");
    ensure!(!requested.is_empty(), "no part has that in its name; the parts are: {}", names());
    let mut faults = 0;
    for capability in &args.capability {
        for part in &requested {
            let found = part.run(&nadir, &stub, *capability, &out)?;
            say!("sm_{capability:<4}{:24}{}", part.name, found.line());
            for fault in &found.faults {
                say!("       {fault}");
            }
            faults += usize::from(!found.faults.is_empty());
        }
    }
    ensure!(
        faults == 0,
        "{faults} of {} parts have faults; traces: {}",
        requested.len() * args.capability.len(),
        out.display()
    );
    Ok(())
}

/// The program with CUDA.
fn build(workspace: &Workspace, script: Option<&Path>) -> Result<PathBuf> {
    say!("Building the trainer with CUDA (10 to 30 minutes the first time)");
    let arguments = ["-p", "nadir", "--bin", "nadir", "--features", "cuda"];
    let Some(script) = script else {
        process::run(workspace.cargo("build").arg("--release").args(arguments))?;
        return Ok(workspace.release_program("nadir"));
    };
    // A folder of its own: the script has other build settings than cargo's.
    let target = workspace.target.join("cuda");
    let mut command = Command::new(absolute(script)?);
    process::run(command.args(arguments).current_dir(&workspace.root).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("release").join(format!("nadir{}", std::env::consts::EXE_SUFFIX)))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("in {}", path.display()))
}
