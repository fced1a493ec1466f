//! A thing that is seen in a scene.

/// An object that can be counted.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneObject {
    /// Index of its class in [`crate::LABELS`].
    pub label: usize,
    /// x0, y0, x1, y1 in px of the image.
    pub box_in_image: [f32; 4],
}
