//! What kind of images a bundle is for.

use serde::{Deserialize, Serialize};

/// What kind of images a bundle learned from, and is right about; the page opens with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Imagery {
    /// Generated aerial scenes (`nadir-scene`).
    Scenes,
    /// Photographs from above.
    Photographs,
}

impl Imagery {
    /// The name in `bundle.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scenes => "scenes",
            Self::Photographs => "photographs",
        }
    }
}
