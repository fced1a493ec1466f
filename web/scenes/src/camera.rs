//! What of an image is seen: its place under the middle of the view, and how large a pixel is.

use nadir_core::protocol::scene::PICTURE_PX;

/// No pixel is shown larger than this, CSS px.
const LARGEST_PIXEL: f64 = 16.0;
/// The whole image is never shown smaller than this share of the view.
const SMALLEST_SHARE: f64 = 0.5;

/// Where one looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The place of the image in the middle of the view, px of the image.
    pub centre: [f64; 2],
    /// Width and height of a px of the image, CSS px.
    pub scale: f64,
}

/// A picture of the image by level, column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// 0 for the image's own pixels, and each next one for half as many along a side.
    pub level: u32,
    /// In pictures of that level.
    pub column: usize,
    /// Likewise.
    pub row: usize,
}

impl Part {
    /// Left, top, right and bottom of what it shows, px of an image of this size.
    pub fn corners(self, [width, height]: [f64; 2]) -> [f64; 4] {
        let side = (PICTURE_PX << self.level) as f64;
        let (left, top) = (self.column as f64 * side, self.row as f64 * side);
        [left, top, (left + side).min(width), (top + side).min(height)]
    }

    /// The part of the next coarser level that holds this one.
    pub fn coarser(self) -> Self {
        Self { level: self.level + 1, column: self.column / 2, row: self.row / 2 }
    }
}

impl Camera {
    /// All of an image in a view, both width and height.
    pub fn whole(image: [f64; 2], view: [f64; 2]) -> Self {
        let scale = (view[0] / image[0].max(1.0)).min(view[1] / image[1].max(1.0));
        Self { centre: [image[0] / 2.0, image[1] / 2.0], scale: scale.max(f64::MIN_POSITIVE) }
    }

    /// The place of the image under a point of the view.
    pub fn in_image(&self, point: [f64; 2], view: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| self.centre[axis] + (point[axis] - view[axis] / 2.0) / self.scale)
    }

    /// The point of the view over a place of the image.
    pub fn in_view(&self, place: [f64; 2], view: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (place[axis] - self.centre[axis]) * self.scale + view[axis] / 2.0)
    }

    /// As the image follows a pointer that moves by so many CSS px.
    pub fn dragged(self, by: [f64; 2], image: [f64; 2]) -> Self {
        let centre = [0, 1].map(|axis| (self.centre[axis] - by[axis] / self.scale).clamp(0.0, image[axis]));
        Self { centre, ..self }
    }

    /// Larger by a factor, the place under a point of the view staying there.
    pub fn zoomed(self, factor: f64, point: [f64; 2], image: [f64; 2], view: [f64; 2]) -> Self {
        let least = SMALLEST_SHARE * Self::whole(image, view).scale;
        let scale = (self.scale * factor).min(LARGEST_PIXEL.max(least)).max(least);
        let place = self.in_image(point, view);
        let centre = [0, 1].map(|axis| {
            let centre = place[axis] - (point[axis] - view[axis] / 2.0) / scale;
            centre.clamp(0.0, image[axis])
        });
        Self { centre, scale }
    }

    /// So that a box of the image fills a third of the view, its pixels at most four times enlarged.
    pub fn to_box([x0, y0, x1, y1]: [f64; 4], view: [f64; 2]) -> Self {
        let fits = (view[0] / (x1 - x0).max(1.0)).min(view[1] / (y1 - y0).max(1.0)) / 3.0;
        Self { centre: [(x0 + x1) / 2.0, (y0 + y1) / 2.0], scale: fits.min(4.0) }
    }

    /// The level whose pictures have about a px for each of the screen, whose px are `ratio` to a CSS px.
    pub fn level(&self, ratio: f64, coarsest: u32) -> u32 {
        let level = -(self.scale * ratio).log2();
        (level.round().max(0.0) as u32).min(coarsest)
    }

    /// The parts of a level that are seen, those in the middle first.
    pub fn seen(&self, level: u32, image: [f64; 2], view: [f64; 2]) -> Vec<Part> {
        let side = (PICTURE_PX << level) as f64;
        let (first, last) = (self.in_image([0.0, 0.0], view), self.in_image(view, view));
        let along = |axis: usize| {
            let count = (image[axis] / side).ceil() as usize;
            let start = (first[axis] / side).floor().max(0.0) as usize;
            let end = ((last[axis] / side).ceil().max(0.0) as usize).min(count);
            start.min(end)..end
        };
        let columns = along(0);
        let mut parts: Vec<Part> =
            along(1).flat_map(|row| columns.clone().map(move |column| Part { level, column, row })).collect();
        let distance = |part: &Part| {
            let [x0, y0, x1, y1] = part.corners(image);
            squared_distance([(x0 + x1) / 2.0, (y0 + y1) / 2.0], self.centre)
        };
        parts.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        parts
    }
}

/// Between two places.
pub fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// A length of the scale bar: the largest of 1, 2 or 5 times a power of ten that is no longer than `most`.
pub fn round_length(most: f64) -> f64 {
    let power = 10f64.powf(most.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|times| times * power).find(|&length| length <= most).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: [f64; 2] = [20_000.0, 10_000.0];
    const VIEW: [f64; 2] = [800.0, 600.0];

    #[test]
    fn a_place_stays_under_the_pointer_while_one_zooms() {
        let mut camera = Camera::whole(IMAGE, VIEW);
        assert_eq!(camera.scale, 0.04);
        let point = [200.0, 250.0];
        let place = camera.in_image(point, VIEW);
        for _ in 0..20 {
            camera = camera.zoomed(1.3, point, IMAGE, VIEW);
            let now = camera.in_image(point, VIEW);
            assert!(squared_distance(now, place) < 1e-6, "{now:?}");
        }
        let [x, y] = camera.in_view(place, VIEW);
        assert!((x - 200.0).abs() < 1e-6 && (y - 250.0).abs() < 1e-6);
        // Not beyond the largest pixel, nor far beyond the whole.
        assert_eq!(camera.zoomed(1e9, point, IMAGE, VIEW).scale, 16.0);
        assert_eq!(camera.zoomed(1e-9, point, IMAGE, VIEW).scale, 0.02);
    }

    #[test]
    fn the_image_follows_the_pointer_and_cannot_be_lost() {
        let camera = Camera { centre: [1000.0, 1000.0], scale: 2.0 };
        assert_eq!(camera.dragged([100.0, -50.0], IMAGE).centre, [950.0, 1025.0]);
        assert_eq!(camera.dragged([1e9, -1e9], IMAGE).centre, [0.0, 10_000.0]);
    }

    #[test]
    fn what_is_seen_is_covered_by_parts_of_its_level_the_middle_first() {
        let camera = Camera { centre: [5000.0, 5000.0], scale: 0.25 };
        assert_eq!(camera.level(1.0, 4), 2);
        assert_eq!(camera.level(2.0, 4), 1);
        assert_eq!(Camera { scale: 1e-6, ..camera }.level(1.0, 4), 4);
        let parts = camera.seen(2, IMAGE, VIEW);
        let [x0, y0, x1, y1] = parts[0].corners(IMAGE);
        assert!(x0 <= 5000.0 && 5000.0 <= x1 && y0 <= 5000.0 && 5000.0 <= y1);
        let holds = |[x, y]: [f64; 2]| {
            parts.iter().any(|part| {
                let [x0, y0, x1, y1] = part.corners(IMAGE);
                (x0..=x1).contains(&x) && (y0..=y1).contains(&y)
            })
        };
        for point in [[0.0, 0.0], [800.0, 0.0], [0.0, 600.0], VIEW] {
            assert!(holds(camera.in_image(point, VIEW)), "{point:?}");
        }
        assert_eq!(parts[0].coarser().level, 3);
        // Beyond the image there is nothing.
        assert!(Camera { centre: [0.0, -1e6], scale: 1.0 }.seen(0, IMAGE, VIEW).is_empty());
    }

    #[test]
    fn scale_bars_have_round_lengths() {
        assert_eq!([0.7, 1.0, 19.0, 480.0, 5000.0].map(round_length), [0.5, 1.0, 10.0, 200.0, 5000.0]);
    }
}
