//! The kinds of files of results.

use serde::{Deserialize, Serialize};

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutKind {
    /// A FeatureCollection.
    GeoJson,
    /// A line an object or tile.
    Csv,
    /// As `--json` prints it, with coordinates.
    Json,
}

impl OutKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::GeoJson, Self::Csv, Self::Json];

    /// The ending of such a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The kind with this ending, in small letters or capitals.
    pub fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.ending().eq_ignore_ascii_case(ending))
    }
}
