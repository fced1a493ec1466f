//! What a seed gives: [`Scene`].

use super::object::SceneObject;
use nadir_core::image::RgbImage;

/// A generated aerial image with what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The picture, 8-bit RGB.
    pub image: RgbImage,
    /// Indices into [`LABELS`](super::LABELS), ascending.
    pub labels: Vec<usize>,
    /// Objects with a box.
    pub objects: Vec<SceneObject>,
    /// How the picture was taken.
    pub settings: SceneSettings,
}

/// How a scene was taken: what a viewer may want to know beside the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneSettings {
    /// "spring", "summer", "autumn" or "winter".
    pub season: &'static str,
    /// Where the sun stands, clockwise from the top of the picture, in degrees.
    pub sun_azimuth_degrees: f32,
    /// Share of haze in a pixel, 0 to 1.
    pub haze: f32,
    /// How much cloud there is: 0 for none, 1 for overcast.
    pub cloud: f32,
    /// Ground sampling distance: metres on the ground a pixel of this picture.
    pub metres_per_px: f32,
}
