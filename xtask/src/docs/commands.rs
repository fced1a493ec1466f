//! The test of the commands that the texts name: those of `cargo xtask`, held against its own command line. Those of
//! `nadir` are run by `tests/tests/command_line/doc_commands.rs`.

use super::texts::{read, texts};
use crate::Cli;
use crate::workspace::Workspace;
use clap::Parser;

/// The command in a line of a code block: what stands before a comment.
fn xtask_command(line: &str) -> Option<Vec<&str>> {
    let line = line.split(" #").next().unwrap_or_default().trim();
    let rest = line.strip_prefix("cargo xtask ")?;
    Some(std::iter::once("cargo xtask").chain(rest.split_whitespace()).collect())
}

#[test]
fn every_cargo_xtask_command_of_the_texts_is_one() {
    let root = Workspace::find().expect("this checkout").root;
    let mut seen = 0;
    for path in texts(&root).expect("read") {
        let text = read(&root, &path).expect("read");
        let mut is_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if let Some(words) = xtask_command(line).filter(|_| is_code) {
                seen += 1;
                let parsed = Cli::try_parse_from(words);
                assert!(parsed.is_ok(), "{}: {line}: {}", path.display(), parsed.err().expect("an error"));
            }
        }
    }
    assert!(seen >= 5, "only {seen} commands were found");
}
