//! Finished parts of a study, kept in its run folder, so that a study that was stopped goes on where it was.

use crate::artifacts::run_folder::RunFolder;
use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Instant;
use tracing::info;

const RESULT_FILE: &str = "result.json";

/// Seconds of work in earlier calls.
const SECONDS_FILE: &str = "seconds.json";

/// What a part came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CachedResult<R> {
    /// Of everything that decides it.
    fingerprint: String,
    /// Elapsed seconds, over all calls.
    pub seconds: f64,
    /// The result that was computed or read.
    pub result: R,
}

/// The result in `folder`, where it is there and has this fingerprint; else `work` is done (or gone on with) and its
/// result kept.
///
/// # Errors
/// Those of `work`; the elapsed time counts in any case.
pub fn cached_or_computed<R: Serialize + DeserializeOwned>(
    folder: &Path,
    fingerprint: &str,
    work: impl FnOnce(&RunFolder) -> Result<R>,
) -> Result<CachedResult<R>> {
    let run = RunFolder::create(folder)?;
    let file = folder.join(RESULT_FILE);
    if let Some(kept) = cached(folder, fingerprint) {
        info!(path = %folder.display(), "{}: already done with these settings; taken up", folder.display());
        return Ok(kept);
    }
    let started = Instant::now();
    let clock = folder.join(SECONDS_FILE);
    let before: f64 = std::fs::read(&clock).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or(0.0);
    let result = work(&run);
    let seconds = before + started.elapsed().as_secs_f64();
    run.write_json(SECONDS_FILE, &seconds)?;
    run.write_json(RESULT_FILE, &CachedResult { fingerprint: fingerprint.to_owned(), seconds, result: result? })?;
    // As a later call will read it: JSON rounds the last bit of some numbers.
    Ok(serde_json::from_slice(&std::fs::read(&file)?)?)
}

/// The result in `folder`; `None` where it is not there, is none, or has another fingerprint.
pub fn cached<R: DeserializeOwned>(folder: &Path, fingerprint: &str) -> Option<CachedResult<R>> {
    let json = std::fs::read(folder.join(RESULT_FILE)).ok()?;
    let kept = serde_json::from_slice::<CachedResult<R>>(&json).ok()?;
    (kept.fingerprint == fingerprint).then_some(kept)
}

/// A name for a folder: letters and digits, the rest as single dashes.
pub fn folder_name(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
