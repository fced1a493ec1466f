//! The machine that a program is for.

use crate::process;
use anyhow::{Context, Result};
use std::process::Command;

/// A target triple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As rustc names it, for example `x86_64-unknown-linux-gnu`.
    pub triple: String,
}

impl Target {
    /// The one that rustc compiles for here.
    pub fn of_this_machine() -> Result<Self> {
        let said = process::output(Command::new("rustc").args(["--version", "--verbose"]))?;
        Ok(Self { triple: triple(&said).context("`rustc --version --verbose` names no host")?.to_owned() })
    }

    /// The program's file name.
    pub fn program(&self) -> &'static str {
        if self.is_windows() { "nadir.exe" } else { "nadir" }
    }

    /// The archive's ending: the one that each system unpacks by itself.
    pub fn ending(&self) -> &'static str {
        if self.is_windows() { "zip" } else { "tar.gz" }
    }

    /// Whether programs run on Windows.
    pub fn is_windows(&self) -> bool {
        self.triple.contains("windows")
    }
}

fn triple(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_program_and_its_archive() {
        let of = |triple: &str| Target { triple: triple.into() };
        let linux = of("x86_64-unknown-linux-gnu");
        assert_eq!((linux.program(), linux.ending()), ("nadir", "tar.gz"));
        let windows = of("x86_64-pc-windows-msvc");
        assert_eq!((windows.program(), windows.ending()), ("nadir.exe", "zip"));
        let mac = of("aarch64-apple-darwin");
        assert_eq!((mac.program(), mac.ending()), ("nadir", "tar.gz"));
    }

    #[test]
    fn the_host_is_read_from_what_rustc_says() {
        assert_eq!(
            triple("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0"),
            Some("x86_64-unknown-linux-gnu")
        );
        assert_eq!(triple("rustc 1.95.0"), None);
    }
}
