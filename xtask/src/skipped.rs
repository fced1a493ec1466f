//! The tests that this machine could not run, repeated where a person looks: behind the last step.

use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Names the file to the tests; `tests/src/skip.rs` adds a line to it for each test that is skipped.
pub const LIST: &str = "NADIR_SKIPPED";

/// The file, without lines.
///
/// # Errors
/// If it cannot be written.
pub fn new_list(workspace: &Workspace) -> Result<PathBuf> {
    let list = workspace.target.join("skipped-tests.txt");
    fs::create_dir_all(&workspace.target)?;
    fs::write(&list, "").with_context(|| format!("cannot write {}", list.display()))?;
    Ok(list)
}

/// Prints the file.
///
/// # Errors
/// If it cannot be read.
pub fn repeat(list: &Path) -> Result<()> {
    let lines = fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    say!("{}", summary(&lines));
    Ok(())
}

fn summary(lines: &str) -> String {
    let count = lines.lines().count();
    if count == 0 {
        return "No test was skipped.".to_owned();
    }
    let lines: String = lines.lines().map(|line| format!("\n  {line}")).collect();
    format!("!!! {count} SKIPPED, NOT PASSED:{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_counted_and_repeated() {
        assert_eq!(summary("a: no data\nb: no browser\n"), "!!! 2 SKIPPED, NOT PASSED:\n  a: no data\n  b: no browser");
        assert_eq!(summary(""), "No test was skipped.");
    }
}
