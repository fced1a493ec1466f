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
    /// So is one whose embedding has a smaller spread; chosen on validation. Not told where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concentrated_below: Option<f32>,
    /// The share of validation images that are not unlike, within (0, 1].
    pub kept: f64,
}

impl ImageOod {
    /// What cannot be, as a sentence; `None` if all fits.
    pub(super) fn fault(&self, embedding_len: usize) -> Option<String> {
        let fits = (1..=embedding_len).contains(&self.components)
            && self.unlike_above.is_finite()
            && self.concentrated_below.is_none_or(|below| (0.0..1.0).contains(&below))
            && self.kept > 0.0
            && self.kept <= 1.0;
        (!fits).then(|| {
            let Self { components, unlike_above, concentrated_below, kept } = self;
            let concentrated = concentrated_below.map_or(String::new(), |below| format!(", a least spread of {below}"));
            format!(
                "an OOD score of {components} components, a threshold of {unlike_above}{concentrated} and a share of {kept}"
            )
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
    /// Share of its dimensions that its embedding is spread over, above 0 to 1 ([`crate::ood::spread`]).
    pub spread: f32,
    /// [`ImageOod::concentrated_below`]; 0 where there is none.
    pub concentrated_below: f32,
}

impl OodScore {
    /// Whether the image is unlike those of training, so that its labels are guesses.
    pub fn is_unlike(&self) -> bool {
        self.residual > self.unlike_above || self.is_concentrated()
    }

    /// Whether it moves so few dimensions that there is little in the image, as in one of a single colour.
    pub fn is_concentrated(&self) -> bool {
        self.spread < self.concentrated_below
    }
}
