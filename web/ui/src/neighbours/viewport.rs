//! Which part of the map is seen: from places on the map to pixels, and back.

/// Nearer than this, the steps of the places would show.
const NEAREST: f32 = 64.0;
/// Share of the canvas that the whole map takes, in the direction that it fills.
const MARGIN: f32 = 0.92;

/// A part of the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// The place in the middle, in the map's units: [0, 1].
    pub centre: [f32; 2],
    /// 1 shows the whole map.
    pub zoom: f32,
    /// How wide and how high the map is, in its units; its middle is at 0.5.
    pub extent: [f32; 2],
}

impl Default for Viewport {
    fn default() -> Self {
        Self { centre: [0.5; 2], zoom: 1.0, extent: [1.0; 2] }
    }
}

impl Viewport {
    /// The whole map of these places.
    pub fn whole(points: &[[f32; 2]]) -> Self {
        let farthest = |axis: usize| points.iter().fold(0.0_f32, |most, point| most.max((point[axis] - 0.5).abs()));
        // Never of no width: all places may be one.
        Self { extent: [0, 1].map(|axis| (2.0 * farthest(axis)).clamp(0.1, 1.0)), ..Self::default() }
    }

    /// Pixels of one unit on a canvas of this size.
    pub fn scale(&self, size: [f32; 2]) -> f32 {
        (size[0] / self.extent[0]).min(size[1] / self.extent[1]) * MARGIN * self.zoom
    }

    /// Where a place is on the canvas, px.
    pub fn to_canvas(&self, place: [f32; 2], size: [f32; 2]) -> [f32; 2] {
        let scale = self.scale(size);
        [0, 1].map(|axis| (place[axis] - self.centre[axis]) * scale + size[axis] / 2.0)
    }

    /// The place at a point of the canvas.
    pub fn to_map(&self, at: [f32; 2], size: [f32; 2]) -> [f32; 2] {
        let scale = self.scale(size);
        [0, 1].map(|axis| (at[axis] - size[axis] / 2.0) / scale + self.centre[axis])
    }

    /// Nearer by `factor`, or farther; what is at this point of the canvas stays there. Says whether anything changed.
    pub fn zoom_at(&mut self, factor: f32, at: [f32; 2], size: [f32; 2]) -> bool {
        let (before, place) = (*self, self.to_map(at, size));
        self.zoom = (self.zoom * factor).clamp(1.0, NEAREST);
        let moved = self.to_map(at, size);
        self.centre = [0, 1].map(|axis| self.centre[axis] + place[axis] - moved[axis]);
        self.keep_in_sight();
        *self != before
    }

    /// Moves what is seen by so many px.
    pub fn pan(&mut self, by: [f32; 2], size: [f32; 2]) {
        let scale = self.scale(size);
        self.centre = [0, 1].map(|axis| self.centre[axis] - by[axis] / scale);
        self.keep_in_sight();
    }

    /// The whole map is always seen as a whole; nearer, its edges go to the middle at most.
    fn keep_in_sight(&mut self) {
        let free = (0.5 * (self.zoom - 1.0)).min(0.5);
        self.centre = self.centre.map(|centre| centre.clamp(0.5 - free, 0.5 + free));
    }
}

/// The indices of the places inside the rectangle between two corners, in the map's units.
pub fn inside(points: &[[f32; 2]], a: [f32; 2], b: [f32; 2]) -> Vec<usize> {
    let (low, high) = ([a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])]);
    let is_inside = |point: &[f32; 2]| (0..2).all(|axis| (low[axis]..=high[axis]).contains(&point[axis]));
    (0..points.len()).filter(|&index| is_inside(&points[index])).collect()
}

/// The place nearest to `at`, no farther than `reach`; of equal ones the first.
pub fn nearest(points: &[[f32; 2]], at: [f32; 2], reach: f32) -> Option<usize> {
    let (mut best, mut least) = (None, reach * reach);
    for (index, point) in points.iter().enumerate() {
        let away = [point[0] - at[0], point[1] - at[1]];
        let squared = away[0] * away[0] + away[1] * away[1];
        if squared < least || (squared == least && best.is_none()) {
            (best, least) = (Some(index), squared);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [f32; 2] = [800.0, 400.0];

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let mut viewport = Viewport::default();
        let at = [300.0, 150.0];
        let place = viewport.to_map(at, SIZE);
        assert!(viewport.zoom_at(3.0, at, SIZE));
        let now = viewport.to_canvas(place, SIZE);
        assert!((now[0] - at[0]).abs() < 1e-2 && (now[1] - at[1]).abs() < 1e-2, "{now:?}");
        let before = viewport.to_map([400.0, 200.0], SIZE);
        viewport.pan([30.0, -20.0], SIZE);
        let moved = viewport.to_canvas(before, SIZE);
        assert!((moved[0] - 430.0).abs() < 1e-2 && (moved[1] - 180.0).abs() < 1e-2, "{moved:?}");
    }

    #[test]
    fn a_flat_map_fills_the_width() {
        let flat = Viewport::whole(&[[0.0, 0.5], [1.0, 0.75], [0.5, 0.3]]);
        assert_eq!(flat.extent, [1.0, 0.5]);
        assert_eq!(flat.to_canvas([0.0, 0.75], SIZE), [32.0, 200.0 + 0.25 * 800.0 * 0.92]);
        assert_eq!(Viewport::whole(&[]).extent, [0.1; 2]);
    }

    #[test]
    fn the_whole_map_cannot_be_lost() {
        let mut viewport = Viewport::default();
        viewport.pan([1e5, 1e5], SIZE);
        assert_eq!(viewport, Viewport::default());
        assert!(!viewport.zoom_at(0.5, [0.0; 2], SIZE), "farther than the whole");
        viewport.zoom_at(1e9, [0.0; 2], SIZE);
        viewport.pan([1e5, -1e5], SIZE);
        assert!(viewport.zoom == NEAREST && viewport.centre == [0.0, 1.0], "{viewport:?}");
    }

    #[test]
    fn a_rectangle_holds_what_lies_in_it_whichever_corner_came_first() {
        let points = [[0.1, 0.1], [0.5, 0.5], [0.9, 0.2]];
        assert_eq!(inside(&points, [0.6, 0.6], [0.4, 0.0]), [1]);
        assert_eq!(inside(&points, [0.0, 0.0], [1.0, 0.3]), [0, 2]);
        assert_eq!(nearest(&points, [0.85, 0.2], 0.1), Some(2));
        assert_eq!(nearest(&points, [0.3, 0.9], 0.1), None);
    }
}
