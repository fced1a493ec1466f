//! What a Python program beside this one measures.

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;
use std::path::Path;

/// What a Python program, which has `rate` of rate.py, prints as JSON; none without Python.
pub(super) fn python_says<T: DeserializeOwned>(
    python: Option<&Path>,
    program: &str,
    arguments: &[String],
) -> Result<Option<T>> {
    says(python, &format!("{}{program}", include_str!("rate.py")), arguments)
}

fn says<T: DeserializeOwned>(python: Option<&Path>, program: &str, arguments: &[String]) -> Result<Option<T>> {
    let Some(python) = python else { return Ok(None) };
    let output = std::process::Command::new(python)
        .args(["-c", program])
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run {}", python.display()))?;
    ensure!(output.status.success(), "Python's part failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(Some(serde_json::from_slice(&output.stdout).context("in what Python's part printed")?))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A shell in Python's place: it too runs the text behind `-c`, and has its arguments from `$0` on.
    fn shell<T: DeserializeOwned>(script: &str, arguments: &[&str]) -> Result<Option<T>> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        says(Some(Path::new("sh")), script, &arguments)
    }

    fn error_of(script: &str) -> String {
        format!("{:#}", shell::<[f64; 2]>(script, &[]).expect_err("no two numbers"))
    }

    #[test]
    fn what_it_prints_is_read_and_without_python_there_is_nothing() {
        assert_eq!(shell::<[f64; 2]>("echo \"[$0, $1]\"", &["1.5", "2"]).expect("two numbers"), Some([1.5, 2.0]));
        // What a program prints where its package is missing.
        assert_eq!(shell::<Option<f64>>("echo null", &[]).expect("nothing").flatten(), None);
        assert_eq!(says::<f64>(None, "not run", &[]).expect("nothing"), None);
    }

    #[test]
    fn an_error_names_the_program_or_what_it_printed() {
        let missing = says::<f64>(Some(Path::new("/nowhere/python3")), "", &[]).expect_err("no such program");
        assert!(format!("{missing:#}").contains("cannot run /nowhere/python3"), "{missing:#}");
        assert_eq!(error_of("echo no torch >&2; exit 1"), "Python's part failed: no torch\n");
        assert!(error_of("echo [1]").starts_with("in what Python's part printed"), "{}", error_of("echo [1]"));
        assert!(error_of(":").starts_with("in what Python's part printed"), "{}", error_of(":"));
    }
}
