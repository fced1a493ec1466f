//! The program `nadir` as a user meets it: started with arguments, and judged by its exit code and by what it prints.

use crate::site::nadir_program;
use nadir_core::report::Report;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// `nadir` with these arguments, to be given more or to be started.
///
/// # Panics
/// If the program is not built.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = nadir_program().expect("built");
    command.args(arguments);
    command
}

/// `nadir` with these arguments, run to its end.
///
/// # Panics
/// If the program is not built or does not start.
pub fn nadir(arguments: &[&str]) -> Output {
    program(arguments).output().expect("starts")
}

/// What it printed for a person to read on the way.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed as its result.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Its result, and behind it what it printed on the way.
pub fn printed(output: &Output) -> String {
    stdout(output) + &stderr(output)
}

/// It must have exit code 0; gives what it printed.
///
/// # Panics
/// If it failed, with what it printed.
#[track_caller]
pub fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", printed(output));
    printed(output)
}

/// Its result as JSON.
///
/// # Panics
/// If it failed or printed anything else.
#[track_caller]
pub fn json_of(output: &Output) -> Value {
    succeeds(output);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Its result as a report.
///
/// # Panics
/// If it failed or printed anything else.
#[track_caller]
pub fn report_of(output: &Output) -> Report {
    succeeds(output);
    Report::from_json(&stdout(output)).expect("a report")
}

/// It must have exit code 1 and name all of `words`.
///
/// # Panics
/// If it did anything else.
#[track_caller]
pub fn fails(output: &Output, words: &[&str]) {
    fails_with(1, output, words);
}

/// It must have this exit code and name all of `words`. A panic of the program is never right.
///
/// # Panics
/// If it did anything else.
#[track_caller]
pub fn fails_with(code: i32, output: &Output, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{}", printed(output));
    contains_all(&text, words);
    assert!(!text.contains("panicked"), "{text}");
}

/// The text must have all of `words` in it.
///
/// # Panics
/// If it has not.
#[track_caller]
pub fn contains_all(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text}");
    }
}

/// Two run folders must have the same bytes in these files.
///
/// # Panics
/// Names the first file that differs, or that one of them lacks.
#[track_caller]
pub fn same_files(first: &Path, second: &Path, files: &[&str]) {
    for file in files {
        let read = |run: &Path| std::fs::read(run.join(file)).expect("written");
        assert!(read(first) == read(second), "{file} differs");
    }
}

/// A path of a temporary file as an argument.
///
/// # Panics
/// If it is not UTF-8.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}
