//! A piece of ground to be filled: it starts at a road, a shore or an edge and reaches away from it.

use super::geometry::{Frame, Point, Shape};
use super::paint::Paint;
use super::plan::{Cover, Plan, Stamp, level};

/// `u` from `-half_u` to `half_u`, `v` from 0 to `depth`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) frame: Frame,
    pub(super) half_u: f32,
    pub(super) depth: f32,
}

impl Region {
    pub(super) fn new(frame: Frame, half_u: f32, depth: f32) -> Self {
        Self { frame, half_u, depth }
    }

    /// A frame inside the region.
    pub(super) fn at(&self, u: f32, v: f32, angle: f32) -> Frame {
        self.frame.at(u, v, angle)
    }

    /// The part from `v` on.
    pub(super) fn beyond(&self, v: f32) -> Self {
        Self::new(self.frame.at(0.0, v, 0.0), self.half_u, (self.depth - v).max(0.0))
    }

    /// The part between two `u`.
    pub(super) fn between(&self, low: f32, high: f32) -> Self {
        Self::new(self.frame.at(0.5 * (low + high), 0.0, 0.0), 0.5 * (high - low), self.depth)
    }

    /// The first `depth` metres.
    pub(super) fn near(&self, depth: f32) -> Self {
        Self::new(self.frame, self.half_u, depth.min(self.depth))
    }

    /// Lays a surface over the region.
    pub(super) fn ground<'a>(&self, plan: &'a mut Plan, paint: Paint, cover: Cover) -> &'a mut Stamp {
        let stamp = plan.add(
            level::GROUND,
            self.frame.at(0.0, 0.5 * self.depth, 0.0),
            Shape::Rect(self.half_u, 0.5 * self.depth, 0.0),
            paint,
        );
        stamp.cover = cover;
        stamp
    }

    /// Any point of the region.
    pub(super) fn anywhere(&self, plan: &mut Plan) -> Point {
        let (u, v) = (plan.range(-self.half_u, self.half_u), plan.range(0.0, self.depth));
        self.frame.out([u, v])
    }
}
