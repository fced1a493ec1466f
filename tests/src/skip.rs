//! What a test cannot check on this machine, said so that nobody takes it for checked.
//!
//! cargo hides what a passing test prints through `eprintln!`; these lines go to the terminal itself. `cargo xtask test`
//! also has them written to a file and repeats them behind its last step.

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

/// A file or folder of real data, `shared/data/NAME` beside the repository; `None`, after saying so, if it is not there.
/// It is no part of the repository, so that it may be absent everywhere, CI included.
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
