//! What a head's rows are: a network's embeddings, centred and turned as a bundle's gallery does it, or at length 1
//! alone.

use crate::bundle::{Bundle, GalleryModel};
use crate::neighbours::{GalleryError, Projection, UnitRows};
use serde::{Deserialize, Serialize};

/// How an embedding becomes a row of length 1, as a file names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SpaceKind {
    /// By the projection of the bundle's gallery ([`Projection::unit`]).
    GalleryProjection {
        /// SHA-256 of the projection's file.
        sha256: String,
        /// Length of a row.
        dimensions: usize,
    },
    /// The embedding itself at length 1, of a bundle without a gallery.
    UnitEmbedding {
        /// Length of a row.
        dimensions: usize,
    },
}

/// Why embeddings cannot be brought there.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// The gallery's projection cannot be used.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// The projection is wanted and not given, or the other way round.
    #[error("the bundle's gallery and its projection do not go together")]
    Projection,
}

impl SpaceKind {
    /// That of a bundle.
    pub fn of(bundle: &Bundle) -> Self {
        match &bundle.gallery {
            Some(GalleryModel { projection, dimensions, .. }) => {
                Self::GalleryProjection { sha256: projection.sha256.clone(), dimensions: *dimensions }
            }
            None => Self::UnitEmbedding { dimensions: bundle.architecture.embedding_len() },
        }
    }

    /// Length of a row.
    pub fn dimensions(&self) -> usize {
        match self {
            Self::GalleryProjection { dimensions, .. } | Self::UnitEmbedding { dimensions } => *dimensions,
        }
    }
}

/// From a bundle's embeddings to a head's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingSpace {
    kind: SpaceKind,
    projection: Option<Projection>,
}

impl EmbeddingSpace {
    /// The space of a bundle; `projection` is the file of its gallery, if it has one.
    ///
    /// # Errors
    /// See [`SpaceError`].
    pub fn of(bundle: &Bundle, projection: Option<&[u8]>) -> Result<Self, SpaceError> {
        let kind = SpaceKind::of(bundle);
        let projection = match (&bundle.gallery, projection) {
            (None, None) => None,
            (Some(gallery), Some(bytes)) => {
                Some(Projection::from_bytes(bytes, bundle.architecture.embedding_len(), gallery.dimensions)?)
            }
            _ => return Err(SpaceError::Projection),
        };
        Ok(Self { kind, projection })
    }

    /// As a file names it.
    pub fn kind(&self) -> &SpaceKind {
        &self.kind
    }

    /// An embedding's row, of length 1; `None` if it has no direction.
    ///
    /// # Panics
    /// If the embedding is of another network.
    pub fn row(&self, embedding: &[f32]) -> Option<Vec<f32>> {
        let Some(projection) = &self.projection else {
            assert_eq!(embedding.len(), self.kind.dimensions(), "an embedding of the bundle's network");
            let unit = UnitRows::new(embedding.to_vec(), embedding.len());
            let row = unit.row(0);
            let is_direction = row.iter().all(|value| value.is_finite()) && row.iter().any(|&value| value != 0.0);
            return is_direction.then(|| row.to_vec());
        };
        projection.unit(embedding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenes() -> Bundle {
        let json = include_str!("../../../../static/models/scenes/bundle.json");
        Bundle::from_json(json).expect("the committed bundle")
    }

    #[test]
    fn a_bundle_with_a_gallery_projects_and_one_without_scales() {
        let with = scenes();
        let bytes = include_bytes!("../../../../static/models/scenes/gallery-projection.f32");
        let space = EmbeddingSpace::of(&with, Some(bytes)).expect("the committed gallery");
        let len = with.architecture.embedding_len();
        assert_eq!(space.row(&vec![1.0; len]).map(|row| row.len()), Some(128));
        assert!(matches!(space.kind(), SpaceKind::GalleryProjection { dimensions: 128, .. }));
        assert!(matches!(EmbeddingSpace::of(&with, None), Err(SpaceError::Projection)));
        assert!(matches!(EmbeddingSpace::of(&with, Some(&bytes[4..])), Err(SpaceError::Gallery(_))));

        let without = Bundle { gallery: None, ..with };
        let space = EmbeddingSpace::of(&without, None).expect("no gallery");
        let row = space.row(&vec![3.0; len]).expect("a direction");
        assert!((row[0] - 1.0 / (len as f32).sqrt()).abs() < 1e-6 && row.len() == len);
        assert_eq!(space.row(&vec![0.0; len]), None);
        assert_eq!(space.row(&vec![f32::NAN; len]), None);
    }
}
