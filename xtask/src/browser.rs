//! Finding, or on Debian installing, the browser that the tests drive.

use crate::process;
use crate::say::say;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Vulkan's loader on Debian and Ubuntu.
const LOADERS: [&str; 2] = ["/usr/lib/x86_64-linux-gnu/libvulkan.so.1", "/usr/lib/aarch64-linux-gnu/libvulkan.so.1"];

/// Makes sure that there is a Chromium (or Chrome) and its driver, and returns the driver's path.
pub fn ensure() -> Result<PathBuf> {
    let has_loader = LOADERS.iter().any(|path| Path::new(path).exists()) || cfg!(not(target_os = "linux"));
    if let Some(driver) = find().filter(|_| has_loader || !can_install()) {
        return Ok(driver);
    }
    if can_install() {
        say!("Installing the browser for the tests: apt-get install chromium chromium-driver libvulkan1");
        let apt = |arguments: &[&str]| {
            process::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt(&["update", "-qq"])?;
        // Vulkan's loader, with which the trainer runs on Chromium's software driver.
        apt(&["install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver", "libvulkan1"])?;
        if let Some(driver) = find() {
            return Ok(driver);
        }
    }
    bail!(
        "the browser tests need Chromium or Chrome, and its chromedriver of the same version, in PATH. \
         Debian and Ubuntu: `sudo apt-get install chromium chromium-driver libvulkan1`; macOS: `brew install --cask chromium \
         chromedriver`; others: https://googlechromelabs.github.io/chrome-for-testing/. \
         Or leave these tests out with `cargo xtask test --skip-browser`"
    )
}

fn can_install() -> bool {
    process::find_program("apt-get").is_some() && is_root()
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
