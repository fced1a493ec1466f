//! How whole images are told from those of training.

use serde::{Deserialize, Serialize};

/// An image's embedding is compared with the principal subspace of the training images'
/// ([`crate::ood::residual::PrincipalSubspace`]), which stands in the weight file as `probe.ood_mean`, \[embedding\], and
/// `probe.ood_components`, [components, embedding].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImageOod {
    /// Directions of the subspace.
    pub components: usize,
    /// An image with a residual above this is unlike the training images; chosen on validation.
    pub unlike_above: f32,
    /// The share of validation images at or below it, within (0, 1].
    pub kept: f64,
}

impl ImageOod {
    /// What cannot be, as a sentence; `None` if all fits.
    pub(super) fn fault(&self, embedding_len: usize) -> Option<String> {
        let fits = (1..=embedding_len).contains(&self.components)
            && self.unlike_above.is_finite()
            && self.kept > 0.0
            && self.kept <= 1.0;
        (!fits).then(|| {
            let Self { components, unlike_above, kept } = self;
            format!("an OOD score of {components} components, a threshold of {unlike_above} and a share of {kept}")
        })
    }
}

/// How far an image is from those of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OodScore {
    /// Residual of its embedding, 0 to 2.
    pub residual: f32,
    /// [`ImageOod::unlike_above`].
    pub unlike_above: f32,
}

impl OodScore {
    /// Whether the image is unlike those of training, so that its labels are guesses.
    pub fn is_unlike(&self) -> bool {
        self.residual > self.unlike_above
    }
}
