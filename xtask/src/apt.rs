//! Packages of the system, installed where that asks nobody: on Debian and Ubuntu, as root.

use crate::process;
use crate::say::say;
use anyhow::Result;
use std::process::Command;

/// Whether [`install`] can do it.
pub fn can_install() -> bool {
    process::find_program("apt-get").is_some() && is_root()
}

/// Installs `packages` for `purpose`, which is said.
///
/// # Errors
/// If apt-get fails.
pub fn install(purpose: &str, packages: &[&str]) -> Result<()> {
    say!("Installing {purpose}: apt-get install {}", packages.join(" "));
    let apt = |arguments: &[&str]| {
        process::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
