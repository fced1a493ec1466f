//! What is kept of an image after it was decoded once.

use super::keypoints::{Coder, Keypoint, Patch};
use super::plane::Plane;
use nadir_core::bundle::sha256_hex;
use nadir_core::image::RgbView;

/// Length of a thumbnail's longer side, px.
pub const THUMBNAIL: usize = 128;

/// A small image of an image, and what finds others of the same ground: about 18 KB.
#[derive(Debug, Clone)]
pub struct Look {
    /// Width and height, px.
    pub size_px: [usize; 2],
    /// SHA-256 over size and pixels.
    pub sha256: String,
    /// Width and height of the thumbnail, px.
    thumbnail_px: [usize; 2],
    /// Its grey values, rounded.
    grey: Vec<u8>,
    /// Its points.
    pub keypoints: Vec<Keypoint>,
    /// The whole image as 8 x 8 values, turned upright; all 0 for an image of one colour.
    pub whole: Vec<f32>,
    /// By so many quarter turns counter-clockwise it was turned.
    pub whole_turns: u8,
}

impl Look {
    /// Looks at an image.
    pub fn of(image: RgbView<'_>, coder: &Coder) -> Self {
        let plane = Plane::of_image(image, THUMBNAIL);
        let (patch, whole_turns) = Patch::of_whole(&plane).upright();
        let size = format!("{} x {}", image.width, image.height);
        Self {
            size_px: [image.width, image.height],
            sha256: sha256_hex(&[size.as_bytes(), image.pixels].concat()),
            thumbnail_px: [plane.width, plane.height],
            grey: plane.values.iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect(),
            keypoints: coder.keypoints(&plane),
            whole: patch.samples,
            whole_turns,
        }
    }

    /// The thumbnail.
    pub fn plane(&self) -> Plane {
        let [width, height] = self.thumbnail_px;
        Plane { width, height, values: self.grey.iter().map(|&value| f32::from(value)).collect() }
    }
}
