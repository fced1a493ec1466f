//! How many images may be missing or broken.

use anyhow::{Result, ensure};

pub(in crate::config) fn check_max_bad_images(share: f64) -> Result<()> {
    ensure!((0.0..=1.0).contains(&share), "data.max_bad_images must be a share from 0 to 1, and is {share}");
    Ok(())
}

/// Where a config does not say.
pub(in crate::config) fn default_max_bad_images() -> f64 {
    0.01
}
