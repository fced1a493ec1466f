//! Whether an image can be had.

use anyhow::Result;

/// Whether an image can be had, or why not, with its name.
pub type Availability = Result<(), String>;
