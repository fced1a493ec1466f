//! Python packages that hold the product's files against what others read; `cargo xtask test` fetches them.

use crate::skip;
use std::process::Command;

/// Whether `python3` can import these modules; where it cannot, says that the test goes no further.
///
/// # Panics
/// Where it cannot and CI=true, as [`skip::skip`].
#[track_caller]
pub fn has(modules: &str) -> bool {
    let found = Command::new("python3").args(["-c", &format!("import {modules}")]).output();
    let has = found.is_ok_and(|output| output.status.success());
    if !has {
        skip::skip(&format!(
            "python3 has no {modules}, so only the reader of these tests has read the file; `cargo xtask test` fetches it"
        ));
    }
    has
}
