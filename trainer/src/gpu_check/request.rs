//! What is asked for, and what a row came to.

use super::case::{Case, Outcome};
use crate::device::DeviceChoice;
use anyhow::Result;
use std::path::PathBuf;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The device to check.
    pub device: DeviceChoice,
    /// A Python with PyTorch, to measure beside.
    pub torch: Option<PathBuf>,
    /// Another `nadir`, built with `--features fusion` where this one is not, or the other way round.
    pub other_build: Option<PathBuf>,
    /// Networks and images so small that a CPU does it in seconds: tries the check itself.
    pub small: bool,
    /// Seconds of measuring for each row, after warming up.
    pub seconds: f64,
    /// Seconds for the whole; rows that would begin later are skipped and named.
    pub budget_s: f64,
    /// Where the report goes.
    pub out: PathBuf,
}

/// What was measured in one row: Nadir's, and PyTorch's where it ran.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) case: Case,
    pub(super) own: Result<Outcome>,
    pub(super) torch: Option<Result<Outcome>>,
}

/// The last lines of a text, for errors of other programs.
pub(super) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" | ")
}
