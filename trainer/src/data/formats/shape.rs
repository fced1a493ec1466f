//! Outlines of objects: boxes, oriented boxes, polygons, and what one is as another.

/// A point, px from the image's left and upper border.
pub type Point = [f64; 2];

/// An object's outline in px of its image. Pixel (0, 0) covers 0 to 1: a box is exclusive at its right and lower side.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// x0, y0, x1, y1.
    Box([f64; 4]),
    /// Four corners, one after the other: an oriented box.
    Quad([Point; 4]),
    /// One ring of corners, or several of one object.
    Polygons(Vec<Vec<Point>>),
}

/// A rectangle that is turned about its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RotatedBox {
    /// Centre, px.
    pub centre: Point,
    /// Length of the first side, px.
    pub width: f64,
    /// Length of the second side, px.
    pub height: f64,
    /// Direction of the first side, degrees clockwise (the image's y axis points down).
    pub degrees: f64,
}

/// So much, px, a corner may be off for four corners to be called a rectangle: the digits that files are printed with.
const CORNER_TOLERANCE: f64 = 1e-3;

impl Shape {
    /// A box from its corner and size.
    pub fn from_corner_and_size([x, y, width, height]: [f64; 4]) -> Self {
        Self::Box([x, y, x + width, y + height])
    }

    /// All corners.
    fn points(&self) -> Vec<Point> {
        match self {
            Self::Box(corners) => corners_of_box(*corners).to_vec(),
            Self::Quad(corners) => corners.to_vec(),
            Self::Polygons(rings) => rings.concat(),
        }
    }

    /// The smallest upright box around it: x0, y0, x1, y1.
    pub fn bounds(&self) -> [f64; 4] {
        match self {
            Self::Box(corners) => *corners,
            _ => self.points().iter().fold(
                [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
                |[x0, y0, x1, y1], [x, y]| [x0.min(*x), y0.min(*y), x1.max(*x), y1.max(*y)],
            ),
        }
    }

    /// Whether it is its bounds: nothing is lost as a box.
    pub fn is_upright_box(&self) -> bool {
        let bounds = corners_of_box(self.bounds());
        match self.as_quad() {
            Some(corners) => same_ring(&corners, &bounds, CORNER_TOLERANCE),
            None => false,
        }
    }

    /// As four corners, where it has four.
    pub fn as_quad(&self) -> Option<[Point; 4]> {
        match self {
            Self::Box(corners) => Some(corners_of_box(*corners)),
            Self::Quad(corners) => Some(*corners),
            Self::Polygons(rings) => match rings.as_slice() {
                [ring] => <[Point; 4]>::try_from(ring.as_slice()).ok(),
                _ => None,
            },
        }
    }

    /// As one ring of corners, where it is one.
    pub fn as_ring(&self) -> Option<Vec<Point>> {
        match self {
            Self::Polygons(rings) => match rings.as_slice() {
                [ring] => Some(ring.clone()),
                _ => None,
            },
            _ => Some(self.points()),
        }
    }

    /// As one or several rings.
    pub fn as_rings(&self) -> Vec<Vec<Point>> {
        match self {
            Self::Polygons(rings) => rings.clone(),
            _ => vec![self.points()],
        }
    }

    /// As a turned rectangle, where it is one.
    pub fn as_rotated_box(&self) -> Option<RotatedBox> {
        rotated_box_from_quad(&self.as_quad()?)
    }

    /// The corners of the smallest turned rectangle around it.
    pub fn smallest_rectangle(&self) -> [Point; 4] {
        let hull = convex_hull(self.points());
        let mut best: Option<(f64, [Point; 4])> = None;
        for at in 0..hull.len() {
            let (from, to) = (hull[at], hull[(at + 1) % hull.len()]);
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            if length == 0.0 {
                continue;
            }
            let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
            let across = [-along[1], along[0]];
            let range = |axis: Point| {
                hull.iter()
                    .map(|p| p[0] * axis[0] + p[1] * axis[1])
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
            };
            let ((a0, a1), (b0, b1)) = (range(along), range(across));
            let area = (a1 - a0) * (b1 - b0);
            if best.as_ref().is_none_or(|(smallest, _)| area < *smallest) {
                let corner = |a: f64, b: f64| [a * along[0] + b * across[0], a * along[1] + b * across[1]];
                best = Some((area, [corner(a0, b0), corner(a1, b0), corner(a1, b1), corner(a0, b1)]));
            }
        }
        best.map_or_else(|| corners_of_box(self.bounds()), |(_, corners)| corners)
    }

    /// Whether all coordinates are numbers and the bounds have an area.
    pub fn has_area(&self) -> bool {
        let [x0, y0, x1, y1] = self.bounds();
        self.points().iter().flatten().all(|side| side.is_finite()) && x0 < x1 && y0 < y1
    }

    /// The same, with every corner moved into an image of this size.
    pub fn clamped(&self, [width, height]: [usize; 2]) -> Self {
        let inside = |[x, y]: Point| [x.clamp(0.0, width as f64), y.clamp(0.0, height as f64)];
        match self {
            Self::Box([x0, y0, x1, y1]) => {
                let ([x0, y0], [x1, y1]) = (inside([*x0, *y0]), inside([*x1, *y1]));
                Self::Box([x0, y0, x1, y1])
            }
            Self::Quad(corners) => Self::Quad(corners.map(inside)),
            Self::Polygons(rings) => {
                Self::Polygons(rings.iter().map(|ring| ring.iter().copied().map(inside).collect()).collect())
            }
        }
    }

    /// Whether both outline the same within so many px, whichever corner comes first and whichever way round.
    pub fn is_same(&self, other: &Self, tolerance: f64) -> bool {
        let (mine, others) = (self.as_rings(), other.as_rings());
        mine.len() == others.len() && mine.iter().zip(&others).all(|(a, b)| same_ring(a, b, tolerance))
    }
}

/// The corners of a box, clockwise from the upper left one.
pub fn corners_of_box([x0, y0, x1, y1]: [f64; 4]) -> [Point; 4] {
    [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

/// Whether two rings of corners are the same within so many px, from any corner and either way round.
fn same_ring(a: &[Point], b: &[Point], tolerance: f64) -> bool {
    let close = |p: &Point, q: &Point| (p[0] - q[0]).abs() <= tolerance && (p[1] - q[1]).abs() <= tolerance;
    let count = a.len();
    count == b.len()
        && (0..count.max(1)).any(|shift| {
            (0..count).all(|at| close(&a[at], &b[(at + shift) % count]))
                || (0..count).all(|at| close(&a[at], &b[(shift + count - at) % count]))
        })
}

/// The rectangle with these corners, if it is one.
fn rotated_box_from_quad(corners: &[Point; 4]) -> Option<RotatedBox> {
    let [a, b, c, d] = *corners;
    let area = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
    // Corners that run the other way round are taken from the same first one.
    let [a, b, c, d] = if area >= 0.0 { [a, b, c, d] } else { [a, d, c, b] };
    let centre = [(a[0] + b[0] + c[0] + d[0]) / 4.0, (a[1] + b[1] + c[1] + d[1]) / 4.0];
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (width, height) = (dx.hypot(dy), (d[0] - a[0]).hypot(d[1] - a[1]));
    let degrees = dy.atan2(dx).to_degrees();
    let turned = RotatedBox { centre, width, height, degrees: if degrees < 0.0 { degrees + 360.0 } else { degrees } };
    let again = turned.corners();
    [a, b, c, d].iter().zip(&again).all(|(p, q)| (p[0] - q[0]).hypot(p[1] - q[1]) <= CORNER_TOLERANCE).then_some(turned)
}

impl RotatedBox {
    /// Its corners, from the one that is the upper left before it is turned.
    pub fn corners(&self) -> [Point; 4] {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        corners_of_box([-self.width / 2.0, -self.height / 2.0, self.width / 2.0, self.height / 2.0])
            .map(|[x, y]| [self.centre[0] + x * cos - y * sin, self.centre[1] + x * sin + y * cos])
    }

    /// The upright box that is turned: x0, y0, x1, y1.
    pub fn before_turning(&self) -> [f64; 4] {
        let ([x, y], width, height) = (self.centre, self.width / 2.0, self.height / 2.0);
        [x - width, y - height, x + width, y + height]
    }

    /// As a shape; a box where it is not turned.
    pub fn shape(&self) -> Shape {
        if self.degrees == 0.0 { Shape::Box(self.before_turning()) } else { Shape::Quad(self.corners()) }
    }
}

/// The hull of points by Andrew's monotone chain.
fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = chain.as_slice() {
                if (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut points.iter().copied());
    hull.extend(half(&mut points.iter().rev().copied()));
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_rectangle_is_found_from_its_corners_either_way_round() {
        // 4 x 2 px about (10, 10), turned by 90 degrees clockwise: its first side points down.
        let turned = RotatedBox { centre: [10.0, 10.0], width: 4.0, height: 2.0, degrees: 90.0 };
        let expected = [[11.0, 8.0], [11.0, 12.0], [9.0, 12.0], [9.0, 8.0]];
        assert!(Shape::Quad(turned.corners()).is_same(&Shape::Quad(expected), 1e-12));
        for corners in [expected, [expected[0], expected[3], expected[2], expected[1]]] {
            let found = Shape::Quad(corners).as_rotated_box().expect("a rectangle");
            assert!(Shape::Quad(found.corners()).is_same(&Shape::Quad(expected), 1e-12), "{found:?}");
        }
        assert_eq!(Shape::Quad([[0.0, 0.0], [4.0, 1.0], [4.0, 3.0], [0.0, 2.0]]).as_rotated_box(), None);
        assert!(Shape::Quad(expected).is_upright_box());
    }

    #[test]
    fn the_smallest_rectangle_of_a_diamond_is_the_diamond() {
        let diamond = Shape::Polygons(vec![vec![[5.0, 0.0], [10.0, 5.0], [7.5, 7.5], [5.0, 10.0], [0.0, 5.0]]]);
        let corners = Shape::Quad(diamond.smallest_rectangle());
        assert!(corners.is_same(&Shape::Quad([[5.0, 0.0], [10.0, 5.0], [5.0, 10.0], [0.0, 5.0]]), 1e-9), "{corners:?}");
        assert_eq!(diamond.bounds(), [0.0, 0.0, 10.0, 10.0]);
    }
}
