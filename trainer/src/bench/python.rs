//! What a Python program beside this one measures.

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What a Python program prints as JSON; none without Python.
pub(super) fn python_says<T: DeserializeOwned>(
    python: Option<&Path>,
    program: &str,
    arguments: &[String],
) -> Result<Option<T>> {
    let Some(python) = python else { return Ok(None) };
    let output = std::process::Command::new(python)
        .args(["-c", program])
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run {}", python.display()))?;
    ensure!(output.status.success(), "Python's part failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(Some(serde_json::from_slice(&output.stdout).context("in what Python's part printed")?))
}
