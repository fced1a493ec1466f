//! Python packages that the tests hold Nadir's files against. They are no part of what is shipped: fetched once from
//! PyPI into cargo's target folder, and left alone where this machine has them.

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Package {
    /// What is imported of it.
    module: &'static str,
    /// What is fetched: the first names the folder.
    requirements: &'static [&'static str],
    /// What a test reads by it.
    reads: &'static str,
}

/// Apache Arrow (Apache-2.0), 150 MB unpacked; onnxruntime (MIT) with numpy (BSD), 140 MB.
const PACKAGES: [Package; 2] = [
    Package { module: "pyarrow.parquet", requirements: &["pyarrow==26.0.1"], reads: "Parquet files" },
    Package { module: "onnxruntime", requirements: &["onnxruntime==1.32.0", "numpy==2.4.6"], reads: "ONNX files" },
];

/// Makes sure that `python3` can import what the tests need; gives what then has to be in `PYTHONPATH`, or `None` if it
/// can without.
///
/// # Errors
/// If there is no Python with pip, or a package cannot be fetched.
pub fn ensure_packages(workspace: &Workspace) -> Result<Option<OsString>> {
    let mut folders = Vec::new();
    for package in &PACKAGES {
        folders.extend(package.ensure(workspace)?);
    }
    if folders.is_empty() {
        return Ok(None);
    }
    let earlier = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty());
    let earlier: Vec<PathBuf> = earlier.iter().flat_map(std::env::split_paths).collect();
    Ok(Some(std::env::join_paths(folders.into_iter().chain(earlier)).context("a folder for PYTHONPATH")?))
}

impl Package {
    /// The folder that the package was fetched into; `None` if Python has it anyway.
    fn ensure(&self, workspace: &Workspace) -> Result<Option<PathBuf>> {
        if self.can_be_imported(None) {
            return Ok(None);
        }
        let name = self.requirements[0];
        let folder = workspace.target.join("python").join(name.replace("==", "-"));
        if self.can_be_imported(Some(&folder)) {
            return Ok(Some(folder));
        }
        if !process::succeeds(Command::new("python3").args(["-m", "pip", "--version"])) {
            bail!(
                "a test reads Nadir's {} by {name}, which needs python3 with pip. \
                 Debian and Ubuntu: `sudo apt-get install python3-pip`; others: https://pip.pypa.io/en/stable/installation/",
                self.reads
            );
        }
        // There where an earlier fetch broke off, or another Python made it.
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        say!("Fetching {} from PyPI", self.requirements.join(" and "));
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary", ":all:", "--target"])
            .arg(&folder)
            .args(self.requirements)
            // It writes into a folder of its own alone, whoever it is.
            .env("PIP_ROOT_USER_ACTION", "ignore");
        process::run(&mut pip).with_context(|| format!("{name} cannot be fetched from PyPI"))?;
        if !self.can_be_imported(Some(&folder)) {
            bail!("python3 cannot import {} from {}; delete that folder and try again", self.module, folder.display());
        }
        Ok(Some(folder))
    }

    fn can_be_imported(&self, folder: Option<&Path>) -> bool {
        let mut python = Command::new("python3");
        python.args(["-c", &format!("import {}", self.module)]);
        if let Some(folder) = folder {
            python.env("PYTHONPATH", folder);
        }
        process::succeeds(&mut python)
    }
}
