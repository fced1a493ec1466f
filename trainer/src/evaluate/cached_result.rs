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
    /// Seconds that it elapsed, over all calls.
    pub seconds: f64,
    /// The result.
    pub result: R,
}

/// The result in `folder`, where it is there and has this fingerprint; else `work` is done (or gone on with) and its
/// result kept.
///
/// # Errors
/// Those of `work`; the time that it took counts in any case.
pub fn cached_or_computed<R: Serialize + DeserializeOwned>(
    folder: &Path,
    fingerprint: &str,
    work: impl FnOnce(&RunFolder) -> Result<R>,
) -> Result<CachedResult<R>> {
    let run = RunFolder::create(folder)?;
    let file = folder.join(RESULT_FILE);
    let kept = std::fs::read(&file).ok().and_then(|json| serde_json::from_slice::<CachedResult<R>>(&json).ok());
    if let Some(kept) = kept.filter(|kept| kept.fingerprint == fingerprint) {
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

/// A name for a folder: letters and digits, the rest as single dashes.
pub fn folder_name(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
