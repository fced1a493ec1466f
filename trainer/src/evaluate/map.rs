//! Placeholder until the branch `maps` is merged.
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapMethod {
    /// PCA.
    Pca,
    /// t-SNE.
    Tsne,
    /// UMAP.
    Umap,
}

impl std::fmt::Display for MapMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Map.
pub fn map(_: MapMethod, embeddings: &[f32], len: usize, _: u64) -> Result<Vec<[f32; 2]>> {
    Ok(embeddings.chunks(len).map(|row| [row[0], row[1]]).collect())
}
