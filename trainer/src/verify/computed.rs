//! What was computed again, and why it could not be.

use super::compare::Extent;
use anyhow::{Context, Result};
use nadir_core::report::Report;
use serde_json::Value;

/// What was computed again.
#[derive(Debug, Clone)]
pub struct Computed {
    /// As much of a report as could be computed, laid out as a report is.
    pub figures: Value,
    /// Whether that is everything that a report of this kind has.
    pub extent: Extent,
    /// What was done for it, a sentence: what was run or trained, and what was taken as it was kept.
    pub how: String,
}

impl Computed {
    /// A report that was computed as a whole.
    ///
    /// # Errors
    /// [`CannotVerify`] where it is of other images, or of another split.
    pub fn whole(reported: &Report, computed: &Report, how: String) -> Result<Self> {
        same_split(reported, &computed.split_sha256)?;
        // As a report is read: what JSON rounds, it rounds in both.
        let figures = serde_json::from_str(&serde_json::to_string(computed)?).context("a report just written")?;
        Ok(Self { figures, extent: Extent::Whole, how })
    }
}

/// That the images here are divided as the reported ones: figures of others say nothing about these.
///
/// # Errors
/// [`CannotVerify`], with both splits' SHA-256.
pub(super) fn same_split(reported: &Report, here: &str) -> Result<()> {
    let there = &reported.split_sha256;
    if there == here {
        return Ok(());
    }
    Err(CannotVerify(format!(
        "the images here, or their split, are not the report's: SHA-256 {here}, and {there} is reported"
    ))
    .into())
}

/// Figures cannot be computed again here, so that nothing is known of them.
#[derive(Debug)]
pub struct CannotVerify(pub String);

impl std::fmt::Display for CannotVerify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot be verified here: {}", self.0)
    }
}

impl std::error::Error for CannotVerify {}
