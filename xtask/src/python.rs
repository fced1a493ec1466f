//! Python packages that the tests hold Nadir's files against. They are no part of what is shipped: fetched once from PyPI
//! into cargo's target folder, and left alone where this machine has them.

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reads Parquet files (Apache Arrow, Apache-2.0); 150 MB unpacked.
const PYARROW: (&str, &str) = ("pyarrow", "26.0.1");

/// Makes sure that `python3` can import pyarrow; gives the folder that then has to be in `PYTHONPATH`, or `None` if it
/// can without.
///
/// # Errors
/// If there is no Python with pip, or the package cannot be fetched.
pub fn ensure_pyarrow(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if imports_pyarrow(None) {
        return Ok(None);
    }
    let (name, version) = PYARROW;
    let folder = workspace.target.join("python").join(format!("{name}-{version}"));
    if imports_pyarrow(Some(&folder)) {
        return Ok(Some(folder));
    }
    if !process::succeeds(Command::new("python3").args(["-m", "pip", "--version"])) {
        bail!(
            "one test reads Nadir's Parquet files by {name}, which needs python3 with pip. \
             Debian and Ubuntu: `sudo apt-get install python3-pip`; others: https://pip.pypa.io/en/stable/installation/"
        );
    }
    // There where an earlier fetch broke off, or another Python made it.
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    say!("Fetching {name} {version} from PyPI");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--target"])
        .arg(&folder)
        .arg(format!("{name}=={version}"))
        // It writes into a folder of its own alone, whoever it is.
        .env("PIP_ROOT_USER_ACTION", "ignore");
    process::run(&mut pip).with_context(|| format!("{name} cannot be fetched from PyPI"))?;
    if !imports_pyarrow(Some(&folder)) {
        bail!("python3 cannot import {name} from {}; delete that folder and try again", folder.display());
    }
    Ok(Some(folder))
}

fn imports_pyarrow(folder: Option<&Path>) -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import pyarrow.parquet"]);
    if let Some(folder) = folder {
        python.env("PYTHONPATH", folder);
    }
    process::succeeds(&mut python)
}
