//! Ten thousand points as pixels, painted here and not by the canvas, whose every shape takes a microsecond and more.

/// Opaque: red, green, blue.
pub type Colour = [u8; 3];

/// Okabe-Ito without black and yellow, readable over light and dark ground, each with a shape of its own.
pub const CLASSES: [(Colour, Shape, &str); 6] = [
    ([0xe6, 0x9f, 0x00], Shape::Square, "■"),
    ([0x56, 0xb4, 0xe9], Shape::Diamond, "◆"),
    ([0x00, 0x9e, 0x73], Shape::Up, "▲"),
    ([0xd5, 0x5e, 0x00], Shape::Down, "▼"),
    ([0xcc, 0x79, 0xa7], Shape::Plus, "✚"),
    ([0x00, 0x72, 0xb2], Shape::Cross, "✖"),
];
/// Of images of no class.
pub const NO_CLASS: Colour = [0x8a, 0x8d, 0x96];

/// How a class is drawn: those after the last begin again.
pub fn of_class(class: usize) -> (Colour, Shape, &'static str) {
    CLASSES[class % CLASSES.len()]
}

/// The shape of a point, so that no colour stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Of no class.
    Disc,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle with its point upwards.
    Up,
    /// A triangle with its point downwards.
    Down,
    /// A cross.
    Plus,
    /// A cross that lies on its side.
    Cross,
}

impl Shape {
    /// Whether the pixel so far to the right and below is of a shape of this radius.
    fn has(self, dx: i32, dy: i32, radius: i32) -> bool {
        let (x, y) = (dx.abs(), dy.abs());
        match self {
            Self::Disc => dx * dx + dy * dy <= radius * radius,
            Self::Square => x < radius && y < radius,
            Self::Diamond => x + y <= radius,
            Self::Up => dy < radius && 2 * x <= dy + radius,
            Self::Down => -dy < radius && 2 * x <= radius - dy,
            Self::Plus => (x <= radius / 3 || y <= radius / 3) && x <= radius && y <= radius,
            Self::Cross => (x - y).abs() <= radius / 3 && x < radius && y < radius,
        }
    }
}

/// A point as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Px from the left and from the top.
    pub at: [f32; 2],
    /// Its class's colour.
    pub colour: Colour,
    /// Its class's shape.
    pub shape: Shape,
    /// Radius, px.
    pub radius: i32,
    /// It is selected: a ring, white and black, is seen over any ground.
    pub is_selected: bool,
}

/// Paints points over each other in their order into RGBA rows of `width`; where there is none it is transparent.
pub fn paint(rgba: &mut [u8], width: usize, points: impl Iterator<Item = Point>) {
    rgba.fill(0);
    if width == 0 {
        return;
    }
    let mut picture = Picture { width: width as i32, height: (rgba.len() / 4 / width) as i32, rgba };
    for point in points {
        let [x, y] = point.at.map(|value| value.round() as i32);
        if point.is_selected {
            picture.ring(x, y, point.radius + 4, [255; 3]);
            picture.ring(x, y, point.radius + 3, [0; 3]);
        }
        picture.stamp(x, y, point.radius, point.colour, |dx, dy| point.shape.has(dx, dy, point.radius));
    }
}

struct Picture<'a> {
    rgba: &'a mut [u8],
    width: i32,
    height: i32,
}

impl Picture<'_> {
    fn ring(&mut self, x: i32, y: i32, radius: i32, colour: Colour) {
        let within = |dx: i32, dy: i32, radius: i32| dx * dx + dy * dy <= radius * radius;
        self.stamp(x, y, radius, colour, |dx, dy| within(dx, dy, radius) && !within(dx, dy, radius - 2));
    }

    fn stamp(&mut self, x: i32, y: i32, radius: i32, colour: Colour, has: impl Fn(i32, i32) -> bool) {
        for dy in (-radius).max(-y)..=radius.min(self.height - 1 - y) {
            for dx in (-radius).max(-x)..=radius.min(self.width - 1 - x) {
                if has(dx, dy) {
                    let at = (((y + dy) * self.width + x + dx) * 4) as usize;
                    self.rgba[at..at + 4].copy_from_slice(&[colour[0], colour[1], colour[2], 255]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(points: &[Point]) -> Vec<[u8; 4]> {
        let mut rgba = vec![7; 40 * 30 * 4];
        paint(&mut rgba, 40, points.iter().copied());
        rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect()
    }

    fn point(at: [f32; 2], shape: Shape) -> Point {
        Point { at, colour: [200, 10, 10], shape, radius: 5, is_selected: false }
    }

    #[test]
    fn every_class_of_six_has_a_colour_and_a_shape_of_its_own() {
        let pictures: Vec<Vec<[u8; 4]>> =
            CLASSES.iter().map(|&(_, shape, _)| painted(&[point([20.0, 15.0], shape)])).collect();
        for (at, picture) in pictures.iter().enumerate() {
            let pixels = picture.iter().filter(|pixel| pixel[3] == 255).count();
            assert!((20..=90).contains(&pixels), "shape {at}: {pixels} pixels");
            assert!(pictures[..at].iter().all(|other| other != picture), "shape {at} is another's");
        }
        assert_eq!(of_class(7), of_class(1));
    }

    #[test]
    fn later_points_lie_over_earlier_ones_and_the_edge_cuts() {
        let above = Point { colour: [1, 2, 3], radius: 1, ..point([0.0, 0.0], Shape::Disc) };
        let picture = painted(&[point([0.0, 0.0], Shape::Disc), above, point([900.0, -3.0], Shape::Square)]);
        assert_eq!((picture[0], picture[3], picture[39]), ([1, 2, 3, 255], [200, 10, 10, 255], [0; 4]));
        paint(&mut [], 0, std::iter::once(above));
    }

    #[test]
    fn a_selected_point_has_a_ring_of_two_colours() {
        let picture = painted(&[Point { is_selected: true, ..point([20.0, 15.0], Shape::Disc) }]);
        let has = |colour: [u8; 4]| picture.contains(&colour);
        assert!(has([255; 4]) && has([0, 0, 0, 255]) && has([200, 10, 10, 255]));
    }
}
