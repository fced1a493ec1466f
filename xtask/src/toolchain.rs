//! The parts of the Rust toolchain that `rust-toolchain.toml` names, where rustup has not installed them by itself.

use crate::process;
use crate::say::say;
use crate::workspace::{WASM_TARGET, Workspace};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Installs the wasm32 target where it is missing.
pub fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(workspace)? {
        return Ok(());
    }
    if process::find_program("rustup").is_none() {
        bail!(
            "this Rust toolchain has no {WASM_TARGET} target and there is no rustup to add it; install the target for \
             your rustc"
        );
    }
    say!("Installing the {WASM_TARGET} target: rustup target add {WASM_TARGET}");
    process::run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&workspace.root))
}

/// Installs clippy and rustfmt where they are missing.
pub fn ensure_components(workspace: &Workspace) -> Result<()> {
    for (component, subcommand) in [("clippy", "clippy"), ("rustfmt", "fmt")] {
        if process::succeeds(workspace.cargo(subcommand).arg("--version")) {
            continue;
        }
        say!("Installing {component}: rustup component add {component}");
        let mut rustup = Command::new("rustup");
        process::run(rustup.args(["component", "add", component]).current_dir(&workspace.root))?;
    }
    Ok(())
}

fn has_wasm_target(workspace: &Workspace) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(&workspace.root);
    Ok(PathBuf::from(process::output(&mut rustc)?.trim()).is_dir())
}
