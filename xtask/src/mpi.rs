//! Whether the trainer that is tested has MPI, for the tests of processes that train together. Where this machine has
//! none they say loudly that they were skipped.

use crate::apt;
use crate::process;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Of the tests, which ask for it of the trainer, and then know that it has it.
const FEATURE: &str = "nadir-tests/mpi";

const PACKAGES: [&str; 3] = ["libopenmpi-dev", "openmpi-bin", "libclang-dev"];

/// What cargo needs to build the native packages with MPI, so that the tests of several processes can run; installs MPI
/// first where that can be done.
///
/// # Errors
/// If there is no MPI.
pub fn features() -> Result<[&'static str; 2]> {
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
    Ok(["--features", FEATURE])
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
