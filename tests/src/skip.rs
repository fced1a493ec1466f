//! What a test cannot check on this machine, printed so that nobody takes it for checked.
//!
//! cargo hides what a passing test prints through `eprintln!`; these lines go to the terminal itself.
//! `cargo xtask test` also has them written to a file and repeats them behind its last step.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// Names the file that every skipped test adds a line to.
pub const LIST: &str = "NADIR_SKIPPED";

/// Says that the test that calls this goes no further, and why. The test then returns.
///
/// # Panics
/// If CI=true: there everything that a test needs has to be there.
#[track_caller]
pub fn skip(reason: &str) {
    assert!(!in_ci(), "skipped, which CI=true does not allow: {reason}");
    report(reason, Location::caller());
}

/// A file or folder of real data, `shared/data/NAME` beside the repository; `None`, after saying so, if it is not
/// there. It is no part of the repository, so that it may be absent everywhere, CI included.
#[track_caller]
pub fn real_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    report(&format!("the real data {} is not there", path.display()), Location::caller());
    None
}

/// Whether CI=true or CI=1.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

fn report(reason: &str, place: &Location<'_>) {
    let thread = std::thread::current();
    // With one test at a time the tests' thread is the program's own.
    let test = thread.name().filter(|name| *name != "main").unwrap_or(place.file());
    let line = format!("{test}: {reason}\n");
    // Not `eprintln!`, which libtest keeps to itself. Nothing is left to do if even this cannot be printed.
    let _ = std::io::stderr().write_all(format!("\n!!! SKIPPED, NOT PASSED: {line}\n").as_bytes());
    if let Some(list) = std::env::var_os(LIST) {
        let file = OpenOptions::new().create(true).append(true).open(&list);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.unwrap_or_else(|error| panic!("{LIST} names {list:?}, which cannot be written: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Output};

    /// This test alone in a process of its own, where it skips itself.
    fn skipped(ci: &str, list: &Path) -> Output {
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.args(["--exact", "skip::tests::a_skipped_test_is_seen_and_fails_in_ci"]);
        program.env("NADIR_TEST_SKIPS", "1").env("CI", ci).env(LIST, list).output().expect("starts")
    }

    #[test]
    fn a_skipped_test_is_seen_and_fails_in_ci() {
        if std::env::var_os("NADIR_TEST_SKIPS").is_some() {
            assert_eq!(real_data("of no such name"), None);
            return skip("there is no such program");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join("list");
        let output = skipped("", &list);
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{printed}");
        let lines = std::fs::read_to_string(&list).expect("written");
        let [data, program] = <[&str; 2]>::try_from(lines.lines().collect::<Vec<_>>()).expect("two lines");
        let test = "skip::tests::a_skipped_test_is_seen_and_fails_in_ci: ";
        assert!(data.starts_with(&format!("{test}the real data ")) && data.ends_with("of no such name is not there"));
        assert_eq!(program, format!("{test}there is no such program"));
        for line in [data, program] {
            assert!(printed.contains(&format!("!!! SKIPPED, NOT PASSED: {line}")), "{printed}");
        }
        for ci in ["true", "1"] {
            let output = skipped(ci, &list);
            assert!(!output.status.success(), "CI={ci}");
            let failed = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(failed.contains("there is no such program"), "{failed}");
        }
        // The real data alone was allowed to be absent: two lines without CI, and one for each run with it.
        assert_eq!(std::fs::read_to_string(&list).expect("written").lines().count(), 4);
    }
}
