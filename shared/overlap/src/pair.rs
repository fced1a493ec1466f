//! What is said of two images of the same ground.

use serde::{Deserialize, Serialize};

/// How one image came from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The decoded pixels are the same.
    Exact,
    /// The same view: encoded again, resized, brightened.
    Near,
    /// The same view, turned by quarter turns.
    Turned,
    /// Two views of the same ground, one moved against the other.
    Shifted,
    /// Moved and turned by quarter turns.
    ShiftedTurned,
}

impl Kind {
    /// All, in the order of a table.
    pub const ALL: [Self; 5] = [Self::Exact, Self::Near, Self::Turned, Self::Shifted, Self::ShiftedTurned];

    /// Whether both images show the same, no more and no less.
    pub fn is_same_view(self) -> bool {
        matches!(self, Self::Exact | Self::Near | Self::Turned)
    }

    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Exact => "same pixels",
            Self::Near => "same view",
            Self::Turned => "turned",
            Self::Shifted => "shifted",
            Self::ShiftedTurned => "shifted and turned",
        }
    }
}

/// Two images of the same ground, by their indices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The image with the lower index.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// How one came from the other.
    pub kind: Kind,
    /// Turned counter-clockwise by so many quarter turns, the second lies on the first.
    pub quarter_turns: u8,
    /// From the first's centre to the turned second's, downwards and to the right, px of the first.
    pub shift_px: [f32; 2],
    /// Overlap as a share of the smaller image, 0 to 1.
    pub share: f32,
    /// Median of the normalised cross-correlation of the overlap's tiles, 1 for the same pixels.
    pub correlation: f32,
}

impl Overlap {
    /// Two images of the same pixels.
    pub fn exact(first: usize, second: usize) -> Self {
        Self { first, second, kind: Kind::Exact, quarter_turns: 0, shift_px: [0.0; 2], share: 1.0, correlation: 1.0 }
    }
}
