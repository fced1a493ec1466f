//! A point of the ground, as surfaces are painted at it.

use super::maths::{fract, hash};

/// A point to be painted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texel {
    /// On the ground, in metres.
    pub(super) x: f32,
    pub(super) y: f32,
    /// In the frame of the shape; along and across, for a path.
    pub(super) u: f32,
    pub(super) v: f32,
    /// Signed distance to the edge.
    pub(super) distance: f32,
    /// Metres on the ground a pixel.
    pub(super) px: f32,
    /// Slow, middle and fine noise, each about -1 to 1.
    pub(super) patch: f32,
    pub(super) mid: f32,
    pub(super) grain: f32,
    /// Towards the sun in the frame of the shape, as long as the cotangent of its elevation.
    pub(super) sun: [f32; 2],
}

/// A number in [0, 1) for a place in a grid.
pub(super) fn cell(u: f32, v: f32, size_u: f32, size_v: f32, salt: u32) -> f32 {
    let (a, b) = (u / size_u, v / size_v);
    let at = ((a - fract(a)) as i32, (b - fract(b)) as i32);
    (hash(at.0, at.1, salt) >> 8) as f32 / 16_777_216.0
}
