//! Which part of the map is seen.

/// Nearer than this there is nothing more to see.
const NEAREST: f32 = 40.0;
/// Share of the canvas that the whole map takes.
const FILLED: f32 = 0.92;

/// A part of the map, whose places are in [-1, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The place in the middle.
    centre: [f32; 2],
    /// 1 shows the whole map.
    zoom: f32,
}

impl Default for Window {
    fn default() -> Self {
        Self { centre: [0.0; 2], zoom: 1.0 }
    }
}

impl Window {
    /// How near it is: 1 shows the whole map.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// Px of one unit of the map.
    fn scale(&self, size: [f32; 2]) -> f32 {
        size[0].min(size[1]) / 2.0 * FILLED * self.zoom
    }

    /// Where a place is on a canvas of this size, px; the map's second direction goes upwards.
    pub fn to_canvas(&self, place: [f32; 2], size: [f32; 2]) -> [f32; 2] {
        let scale = self.scale(size);
        [size[0] / 2.0 + (place[0] - self.centre[0]) * scale, size[1] / 2.0 - (place[1] - self.centre[1]) * scale]
    }

    /// The place at a point of the canvas.
    pub fn to_map(&self, at: [f32; 2], size: [f32; 2]) -> [f32; 2] {
        let scale = self.scale(size);
        [self.centre[0] + (at[0] - size[0] / 2.0) / scale, self.centre[1] - (at[1] - size[1] / 2.0) / scale]
    }

    /// Nearer by a factor, or farther; what is at this point of the canvas stays there.
    pub fn zoomed(mut self, factor: f32, at: [f32; 2], size: [f32; 2]) -> Self {
        let place = self.to_map(at, size);
        self.zoom = (self.zoom * factor).clamp(1.0, NEAREST);
        let now = self.to_map(at, size);
        self.centre = [0, 1].map(|axis| self.centre[axis] + place[axis] - now[axis]);
        self.kept()
    }

    /// The map moves by so many px.
    pub fn moved(mut self, by: [f32; 2], size: [f32; 2]) -> Self {
        let scale = self.scale(size);
        self.centre = [self.centre[0] - by[0] / scale, self.centre[1] + by[1] / scale];
        self.kept()
    }

    /// The whole map stays where it is; nearer, its edge goes to the middle at most.
    fn kept(mut self) -> Self {
        let free = (self.zoom - 1.0).min(1.0);
        self.centre = self.centre.map(|centre| centre.clamp(-free, free));
        self
    }
}

/// The place nearest to a point of the canvas, no farther than `reach` px.
pub fn nearest(places: &[[f32; 2]], window: Window, at: [f32; 2], size: [f32; 2], reach: f32) -> Option<usize> {
    let away = |place: &[f32; 2]| {
        let [x, y] = window.to_canvas(*place, size);
        (x - at[0]).powi(2) + (y - at[1]).powi(2)
    };
    let found = places.iter().map(away).enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
    found.filter(|(_, squared)| *squared <= reach * reach).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [f32; 2] = [800.0, 400.0];

    #[test]
    fn what_is_under_the_pointer_stays_there_and_a_drag_takes_it_along() {
        let at = [500.0, 150.0];
        let near = Window::default().zoomed(4.0, at, SIZE);
        let [x, y] = near.to_canvas(Window::default().to_map(at, SIZE), SIZE);
        assert!((x - at[0]).abs() < 0.1 && (y - at[1]).abs() < 0.1);
        let place = near.to_map([400.0, 200.0], SIZE);
        let [x, y] = near.moved([30.0, -20.0], SIZE).to_canvas(place, SIZE);
        assert!((x - 430.0).abs() < 0.1 && (y - 180.0).abs() < 0.1, "{x} {y}");
    }

    #[test]
    fn the_whole_map_is_seen_whole_and_the_edge_goes_to_the_middle_at_most() {
        let whole = Window::default().moved([900.0, 900.0], SIZE).zoomed(0.1, [0.0; 2], SIZE);
        assert_eq!(whole, Window::default());
        let far = Window::default().zoomed(8.0, [0.0; 2], SIZE).moved([-1e6, 1e6], SIZE);
        let [x, y] = far.to_canvas([1.0, 1.0], SIZE);
        assert!((x - 400.0).abs() < 0.1 && (y - 200.0).abs() < 0.1);
        assert_eq!(far.zoomed(1e9, [0.0; 2], SIZE).zoom(), NEAREST);
    }

    #[test]
    fn the_nearest_place_is_found_within_reach() {
        let places = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.1]];
        let at = Window::default().to_canvas([0.5, 0.02], SIZE);
        assert_eq!(nearest(&places, Window::default(), at, SIZE, 12.0), Some(1));
        assert_eq!(nearest(&places, Window::default(), [0.0, 0.0], SIZE, 12.0), None);
        assert_eq!(nearest(&[], Window::default(), at, SIZE, 12.0), None);
    }
}
