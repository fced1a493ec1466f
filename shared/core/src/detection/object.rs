//! What a detector says of a place in an image.

use super::boxes::PixelBox;
use serde::{Deserialize, Serialize};

/// A box with its class and its score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetectedObject {
    /// px, of the resized image or of the image as it was; [`super::boxes::scale`] takes it from one to the other.
    pub box_in_image: PixelBox,
    /// The class, from 0; the background, which the box head counts as class 0, is none of them.
    pub class: usize,
    /// Probability of the class, from 0 to 1.
    pub score: f32,
}
