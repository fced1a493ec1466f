//! Finding, or on Debian installing, the browser that the tests drive.

use crate::process;
use crate::say::say;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Makes sure that there is a Chromium (or Chrome) and its driver, and returns the driver's path.
pub fn ensure() -> Result<PathBuf> {
    if let Some(driver) = find() {
        return Ok(driver);
    }
    if process::find_program("apt-get").is_some() && is_root() {
        say!("Installing the browser for the tests: apt-get install chromium chromium-driver");
        let apt = |arguments: &[&str]| {
            process::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt(&["update", "-qq"])?;
        apt(&["install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver"])?;
        if let Some(driver) = find() {
            return Ok(driver);
        }
    }
    bail!(
        "the browser tests need Chromium or Chrome, and its chromedriver of the same version, in PATH. \
         Debian and Ubuntu: `sudo apt-get install chromium chromium-driver`; macOS: `brew install --cask chromium \
         chromedriver`; others: https://googlechromelabs.github.io/chrome-for-testing/. \
         Or leave these tests out with `cargo xtask test --skip-browser`"
    )
}

fn find() -> Option<PathBuf> {
    let driver = match std::env::var_os("CHROMEDRIVER") {
        Some(path) => Some(PathBuf::from(path)),
        None => process::find_program("chromedriver"),
    };
    let has_browser = BROWSERS.iter().any(|name| process::find_program(name).is_some())
        || Path::new("/Applications/Google Chrome.app").exists()
        || Path::new("/Applications/Chromium.app").exists();
    driver.filter(|_| has_browser)
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
