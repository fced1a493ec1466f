//! What is wrong with links, said at once.

use anyhow::{Result, ensure};

/// Fails with the faults, where there are any.
pub fn without(faults: &[String]) -> Result<()> {
    ensure!(faults.is_empty(), "{} links are wrong:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}
