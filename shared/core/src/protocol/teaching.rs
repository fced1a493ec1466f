//! What the page that teaches asks of the engine beside the gallery: rows of images, not their labels.

use crate::active::SpaceKind;
use crate::bundle::OodScore;
use serde::{Deserialize, Serialize};

/// What heads are taught on: the bundle's network, and how its embeddings become rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadSpace {
    /// Name of the bundle.
    pub bundle: String,
    /// SHA-256 of its weight file.
    pub weights_sha256: String,
    /// How an embedding becomes a row.
    pub space: SpaceKind,
    /// The gallery's images, of which `bytes` has the rows: f32, little endian, one row after another; 0 without one.
    pub count: usize,
}

/// One embedded image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmbeddedImage {
    /// Values of its row, f32, little endian, with which `bytes` begins; 0 for an image whose embedding has no
    /// direction.
    pub dimensions: usize,
    /// Width and height of the thumbnail, px: its RGBA pixels follow in `bytes`.
    pub thumbnail_px: usize,
    /// How far the image is from those of training; `None` if the bundle cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<OodScore>,
}
