//! `cargo xtask wheel`: the program as a package of PyPI's, which `pip install nadir-vision` puts into a venv's `bin`.

use crate::demo::build_trainer;
use crate::dist::{LICENCES, Target, licences_of, stage_site};
use crate::installed;
use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Arguments of `cargo xtask wheel`.
#[derive(Args)]
pub struct WheelArgs {
    /// A Python with venv and pip; maturin is fetched from PyPI into a venv in cargo's target folder.
    #[arg(long, value_name = "PYTHON", default_value = "python3")]
    python: PathBuf,
    /// Folder that the wheel is written to; `wheel` in cargo's target folder if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What makes the wheel.
const MATURIN: &str = "maturin==1.16.0";

/// Files that the manifest names beside itself.
const TEXTS: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds the wheel, installs it into a fresh venv, and runs what it put there.
pub fn run(workspace: &Workspace, args: &WheelArgs) -> Result<()> {
    let work = workspace.target.join("wheel");
    let out = match &args.out {
        Some(out) => std::path::absolute(out)?,
        None => work.join("out"),
    };
    build_trainer(workspace)?;
    let staged = stage(workspace, &work)?;

    let tools = venv(&args.python, &work.join("maturin"))?;
    process::run(Command::new(&tools).args(["-m", "pip", "install", "--quiet", MATURIN]))
        .with_context(|| format!("{MATURIN} cannot be fetched from PyPI"))?;
    if out.is_dir() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot replace {}", out.display()))?;
    }
    let mut maturin = Command::new(program_beside(&tools, "maturin"));
    maturin.args(["build", "--release", "--out"]).arg(&out).current_dir(&staged);
    process::run(maturin.env("CARGO_TARGET_DIR", &workspace.target))?;

    let wheel = fs::read_dir(&out)?.next().context("maturin wrote no wheel")??.path();
    try_out(workspace, &args.python, &wheel, &work.join("fresh"))?;
    say!("The wheel is {}", Workspace::shown(&wheel));
    Ok(())
}

/// The folder that maturin is run in: the manifest, the texts that it names, the page.
fn stage(workspace: &Workspace, work: &Path) -> Result<PathBuf> {
    let staged = work.join("staged");
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    fs::create_dir_all(&staged)?;
    for text in TEXTS {
        fs::copy(workspace.root.join(text), staged.join(text)).with_context(|| format!("cannot copy {text}"))?;
    }
    let licences = licences_of(workspace, &Target::of_this_machine()?, None)?;
    fs::write(staged.join(LICENCES), licences)?;
    let manifest = fs::read_to_string(workspace.root.join("pyproject.toml")).context("cannot read pyproject.toml")?;
    fs::write(staged.join("pyproject.toml"), staged_manifest(&manifest, &workspace.root)?)?;
    let site = staged.join(DATA).join("data/share/nadir/site");
    stage_site(workspace, &workspace.release_program("nadir"), false, &site)?;
    Ok(staged)
}

/// What a wheel puts beside `bin`.
const DATA: &str = "nadir_vision.data";

/// The checkout's manifest for a folder of its own: with the page and the licences, and the crate by its whole path.
fn staged_manifest(manifest: &str, root: &Path) -> Result<String> {
    let crate_manifest = root.join("trainer/Cargo.toml");
    let replaced = [
        (
            "manifest-path = \"trainer/Cargo.toml\"\n",
            format!("manifest-path = {:?}\ndata = {DATA:?}\n", crate_manifest.display().to_string()),
        ),
        ("\"LICENSE-APACHE\"]", format!("\"LICENSE-APACHE\", {LICENCES:?}]")),
    ];
    let mut staged = manifest.to_owned();
    for (line, other) in replaced {
        ensure!(staged.contains(line), "pyproject.toml has no {line:?}");
        staged = staged.replace(line, &other);
    }
    Ok(staged)
}

/// The wheel in a new venv: the program says its version, and serves the page that came along.
fn try_out(workspace: &Workspace, python: &Path, wheel: &Path, folder: &Path) -> Result<()> {
    let fresh = venv(python, folder)?;
    let mut pip = Command::new(&fresh);
    process::run(pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]).arg(wheel))?;
    let program = program_beside(&fresh, "nadir");
    let said = installed::try_out(workspace, &program, folder, "share/nadir/site")?;
    say!("Installed into {}: {said}", Workspace::shown(folder));
    Ok(())
}

/// A new venv's Python.
fn venv(python: &Path, folder: &Path) -> Result<PathBuf> {
    process::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))
        .with_context(|| format!("{} makes no venv; name another Python with --python", python.display()))?;
    Ok(folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" }))
}

/// A program that pip put beside a venv's Python.
fn program_beside(python: &Path, name: &str) -> PathBuf {
    python.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkouts_manifest_becomes_one_with_the_page() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join("pyproject.toml")).expect("there");
        let staged = staged_manifest(&manifest, Path::new("/there")).expect("it names what is replaced");
        assert!(
            staged.contains("manifest-path = \"/there/trainer/Cargo.toml\"\ndata = \"nadir_vision.data\"\n"),
            "{staged}"
        );
        assert!(staged.contains("\"LICENSE-APACHE\", \"THIRD-PARTY-LICENSES.txt\"]"), "{staged}");
        for text in TEXTS {
            assert!(manifest.contains(text) && root.join(text).is_file(), "{text}");
        }
        let error = staged_manifest("[project]", Path::new("/there")).expect_err("another manifest");
        assert!(error.to_string().contains("manifest-path"), "{error}");
    }

    #[test]
    fn programs_lie_beside_the_venvs_python() {
        let nadir = program_beside(Path::new("/venv/bin/python"), "nadir");
        assert_eq!(nadir, Path::new("/venv/bin").join(format!("nadir{}", std::env::consts::EXE_SUFFIX)));
    }
}
