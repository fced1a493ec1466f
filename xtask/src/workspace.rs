//! Where the sources and the build outputs are.

use crate::process;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target triple of the web app.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The reader of large images. Built apart, for what it reads TIFF by has features that burn does without: beside the
/// engine, all of burn would be compiled again.
pub const READER: [&str; 2] = ["-p", "nadir-web-reader"];

/// Those that a page loads by itself, without the engine.
pub const PAGES: [&str; 10] = [
    "-p",
    "nadir-web-ui",
    "-p",
    "nadir-web-reports",
    "-p",
    "nadir-web-learn",
    "-p",
    "nadir-web-teach",
    "-p",
    "nadir-web-scenes",
];

/// The engine, with a memory of its own and with one that threads share.
pub const ENGINES: [&str; 4] = ["-p", "nadir-web-engine", "-p", "nadir-web-engine-threads"];

/// The packages of the web app but [`READER`]. The engine is never built alone but for shipping: cargo would choose other
/// features for what it shares with the pages, and compile burn a second time.
pub fn web_packages() -> Vec<&'static str> {
    [&["-p", "nadir-web-kit"][..], &PAGES, &ENGINES].concat()
}

/// The folders of this checkout.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder, absolute.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds this checkout and asks cargo for its target folder (which `CARGO_TARGET_DIR` or a config file may set).
    pub fn find() -> Result<Self> {
        // At run time first: a checkout may have moved since xtask was compiled.
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir.parent().context("xtask's folder has no parent")?.to_path_buf();
        let target = metadata(&root)?["target_directory"].as_str().map(PathBuf::from);
        let target = target.context("`cargo metadata` names no target_directory")?;
        Ok(Self { root, target })
    }

    /// The root file of every library, program, test and example of the workspace's packages.
    pub fn crate_roots(&self) -> Result<Vec<PathBuf>> {
        let metadata = metadata(&self.root)?;
        let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
        let targets = packages.iter().filter_map(|package| package["targets"].as_array()).flatten();
        let path = |target: &Value| target["src_path"].as_str().map(PathBuf::from);
        targets.map(|target| path(target).context("`cargo metadata` names no src_path of a target")).collect()
    }

    /// The version of the workspace's packages.
    pub fn version(&self) -> Result<String> {
        let metadata = metadata(&self.root)?;
        let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
        let own = packages.iter().find(|package| package["name"] == "nadir").context("there is no package `nadir`")?;
        own["version"].as_str().map(str::to_owned).context("`nadir` has no version")
    }

    /// A cargo command that runs in the workspace's folder and uses its target folder.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(cargo_program());
        command.arg(subcommand).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // `cargo run` described xtask in these; a build script must not read them as its own.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The program `name` of the release build.
    pub fn release_program(&self, name: &str) -> PathBuf {
        self.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// `path` relative to the current folder where that is shorter, for messages.
    pub fn shown(path: &Path) -> String {
        let current = std::env::current_dir().unwrap_or_default();
        path.strip_prefix(&current).unwrap_or(path).display().to_string()
    }
}

/// What `cargo metadata` says about the workspace in `root`.
fn metadata(root: &Path) -> Result<Value> {
    let mut command = Command::new(cargo_program());
    command.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(root.join("Cargo.toml"));
    Ok(serde_json::from_str(&process::output(&mut command)?)?)
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
