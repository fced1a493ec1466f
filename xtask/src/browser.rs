//! Finding, or on Debian installing, the browser that the tests drive.

use crate::apt;
use crate::process;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Vulkan's loader on Debian and Ubuntu.
const LOADERS: [&str; 2] = ["/usr/lib/x86_64-linux-gnu/libvulkan.so.1", "/usr/lib/aarch64-linux-gnu/libvulkan.so.1"];

/// Makes sure that there is a Chromium (or Chrome) and its driver, and returns the driver's path.
pub fn ensure() -> Result<PathBuf> {
    let has_loader = LOADERS.iter().any(|path| Path::new(path).exists()) || cfg!(not(target_os = "linux"));
    if let Some(driver) = find().filter(|_| has_loader || !apt::can_install()) {
        return Ok(driver);
    }
    if apt::can_install() {
        // Vulkan's loader, with which the trainer runs on Chromium's software driver.
        apt::install("the browser for the tests", &["chromium", "chromium-driver", "libvulkan1"])?;
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
