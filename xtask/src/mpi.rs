//! The build of the trainer with MPI, for the tests of processes that train together. Where this machine has no MPI
//! they say loudly that they were skipped.

use crate::apt;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const PACKAGES: [&str; 3] = ["libopenmpi-dev", "openmpi-bin", "libclang-dev"];

/// Builds `target/mpi/nadir`, the program with `--features mpi`; installs MPI first where that can be done.
///
/// # Errors
/// If there is no MPI, or the build fails.
pub fn build(workspace: &Workspace, native: &[&str]) -> Result<()> {
    if !is_there() && apt::can_install() {
        apt::install("MPI for the tests", &PACKAGES)?;
    }
    if !is_there() {
        bail!(
            "the tests of several processes need MPI (mpicc and mpirun) and libclang. Debian and Ubuntu: \
             `sudo apt-get install {}`; macOS: `brew install open-mpi llvm`",
            PACKAGES.join(" ")
        );
    }
    // Of the same packages as all else, so that the dependencies are those that are built anyway.
    let mut cargo = workspace.cargo("build");
    process::run(cargo.arg("--release").args(native).args(["--features", "nadir/mpi", "--bin", "nadir"]))?;
    let built = workspace.release_program("nadir");
    let folder = workspace.target.join("mpi");
    fs::create_dir_all(&folder)?;
    let kept = folder.join(built.file_name().context("a program has a name")?);
    fs::copy(&built, &kept).with_context(|| format!("cannot copy {} to {}", built.display(), kept.display()))?;
    Ok(())
}

fn is_there() -> bool {
    ["mpicc", "mpirun"].iter().all(|name| process::find_program(name).is_some()) && has_libclang()
}

/// Where bindgen looks for it: `LIBCLANG_PATH`, the system's folders and those of LLVM's versions.
fn has_libclang() -> bool {
    let mut folders: Vec<PathBuf> = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from).into_iter().collect();
    folders.extend(["/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/opt/llvm/lib"].map(PathBuf::from));
    let below = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
    };
    folders.extend(below(Path::new("/usr/lib")).into_iter().flat_map(|folder| [folder.join("lib"), folder]));
    folders.iter().flat_map(|folder| below(folder)).any(|file| {
        file.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("libclang.") || name.starts_with("libclang-") && name.contains(".so"))
    })
}
