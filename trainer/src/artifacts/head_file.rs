//! A head that was taught in the page, read for the bundle that it was taught on.

use super::bundle::read_bytes;
use anyhow::{Context, Result};
use nadir_core::active::{EmbeddingSpace, Head, HeadFile};
use nadir_core::bundle::Bundle;
use std::path::Path;

/// A taught head, ready to score embeddings of its bundle.
#[derive(Debug)]
pub struct TaughtHead {
    /// Names of its classes, in the order of the scores.
    pub labels: Vec<String>,
    /// A score at or above its class's threshold counts as present.
    pub thresholds: Vec<f32>,
    heads: Vec<Head>,
    space: EmbeddingSpace,
}

impl TaughtHead {
    /// Reads a head's file and, from the bundle's folder, the projection of the gallery that it was taught in.
    ///
    /// # Errors
    /// Names the file: no head, of another version, or taught on another network or gallery.
    pub fn read(path: &Path, bundle: &Bundle, folder: &Path) -> Result<Self> {
        let json = std::fs::read_to_string(path).with_context(|| format!("cannot read the head {}", path.display()))?;
        let file = HeadFile::from_json(&json)
            .with_context(|| format!("the head {} cannot be used; export it again in the page", path.display()))?;
        file.check_bundle(bundle).with_context(|| {
            format!("the head {} and the bundle {} do not go together", path.display(), folder.display())
        })?;
        let projection = bundle.gallery.as_ref().map(|gallery| read_bytes(folder, &gallery.projection)).transpose()?;
        let space = EmbeddingSpace::of(bundle, projection.as_deref())
            .with_context(|| format!("in the bundle {}", folder.display()))?;
        Ok(Self {
            labels: file.classes.iter().map(|class| class.name.clone()).collect(),
            thresholds: file.classes.iter().map(|class| class.threshold).collect(),
            heads: file.heads(),
            space,
        })
    }

    /// The probability of each class for an embedding of the bundle's network.
    ///
    /// # Errors
    /// An embedding without a direction.
    pub fn scores(&self, embedding: &[f32]) -> Result<Vec<f32>> {
        let row = self.space.row(embedding).context("the image's embedding has no direction")?;
        Ok(self.heads.iter().map(|head| head.probability(&row)).collect())
    }
}
