//! Shapes on the ground, in metres, as signed distances (negative inside).

use super::maths::sin_cos;

/// A point or a direction: x to the right, y down the picture.
pub(super) type Point = [f32; 2];

/// Where a shape stands and how it is turned: `u` runs along (`cos`, `sin`), `v` a quarter turn on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) origin: Point,
    pub(super) cos: f32,
    pub(super) sin: f32,
}

impl Frame {
    pub(super) const WORLD: Frame = Frame { origin: [0.0, 0.0], cos: 1.0, sin: 0.0 };

    pub(super) fn new(origin: Point, angle: f32) -> Self {
        let (sin, cos) = sin_cos(angle);
        Self { origin, cos, sin }
    }

    /// The point of the ground at local (`u`, `v`).
    #[inline]
    pub(super) fn out(&self, [u, v]: Point) -> Point {
        [self.origin[0] + u * self.cos - v * self.sin, self.origin[1] + u * self.sin + v * self.cos]
    }

    /// Local coordinates of a point of the ground.
    #[inline]
    pub(super) fn local(&self, [x, y]: Point) -> Point {
        self.turn([x - self.origin[0], y - self.origin[1]])
    }

    /// A direction of the ground in local axes.
    #[inline]
    pub(super) fn turn(&self, [x, y]: Point) -> Point {
        [x * self.cos + y * self.sin, y * self.cos - x * self.sin]
    }

    /// A frame at local (`u`, `v`), turned further by `angle`.
    pub(super) fn at(&self, u: f32, v: f32, angle: f32) -> Self {
        let (sin, cos) = sin_cos(angle);
        Self { origin: self.out([u, v]), cos: self.cos * cos - self.sin * sin, sin: self.sin * cos + self.cos * sin }
    }

    /// The same frame moved by a vector of the ground.
    pub(super) fn moved(&self, [x, y]: Point) -> Self {
        Self { origin: [self.origin[0] + x, self.origin[1] + y], ..*self }
    }
}

/// A shape in its frame.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// The whole plane.
    Plane,
    /// Where `u` is negative.
    HalfPlane,
    /// Half sides and corner radius.
    Rect(f32, f32, f32),
    /// A disc: its radius in metres.
    Disc(f32),
    /// Corners in order, either way round.
    Polygon(Vec<Point>),
    /// A band along a polyline: half width, and how far to the right of the line it runs.
    Path { points: Vec<Point>, half: f32, offset: f32 },
    /// The edge of another shape, with a half width.
    Edge(Box<Shape>, f32),
}

/// A shape seen from one point: distance, and the local coordinates (along and across, for a path).
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) distance: f32,
    pub(super) u: f32,
    pub(super) v: f32,
}

impl Shape {
    /// Distance and coordinates at local `p`.
    #[inline]
    pub(super) fn hit(&self, p: Point) -> Hit {
        let [u, v] = p;
        match self {
            Shape::Path { points, half, offset } => {
                let mut hit = along(points, p);
                hit.v -= offset;
                // Beyond the ends the distance to the line is longer than the one across it.
                hit.distance = if *offset == 0.0 { hit.distance } else { hit.v.abs() } - half;
                hit
            }
            _ => Hit { distance: self.distance(p), u, v },
        }
    }

    fn distance(&self, p: Point) -> f32 {
        let [u, v] = p;
        match self {
            Shape::Plane => -1e6,
            Shape::HalfPlane => u,
            Shape::Rect(half_u, half_v, radius) => {
                let (a, b) = (u.abs() - half_u + radius, v.abs() - half_v + radius);
                let outside = (a.max(0.0) * a.max(0.0) + b.max(0.0) * b.max(0.0)).sqrt();
                outside + a.max(b).min(0.0) - radius
            }
            Shape::Disc(radius) => (u * u + v * v).sqrt() - radius,
            Shape::Polygon(corners) => polygon_distance(corners, p),
            Shape::Path { .. } => self.hit(p).distance,
            Shape::Edge(inner, half) => inner.hit(p).distance.abs() - half,
        }
    }

    /// Half thickness at the thinnest, so that a thing thinner than a pixel can be drawn faint instead of lost.
    pub(super) fn thinness(&self) -> f32 {
        match self {
            Shape::Rect(half_u, half_v, _) => half_u.min(*half_v),
            Shape::Disc(half) | Shape::Path { half, .. } | Shape::Edge(_, half) => *half,
            Shape::Plane | Shape::HalfPlane | Shape::Polygon(_) => 1e6,
        }
    }

    /// Points whose hull holds the shape, in its frame; empty for a shape without an end.
    pub(super) fn corners(&self) -> Vec<Point> {
        match self {
            Shape::Plane | Shape::HalfPlane => Vec::new(),
            Shape::Rect(a, b, _) => vec![[-a, -b], [*a, -b], [*a, *b], [-a, *b]],
            Shape::Disc(r) => (0..16)
                .map(|step| {
                    let (sin, cos) = sin_cos(step as f32 * std::f32::consts::TAU / 16.0);
                    // A little outside, so that the polygon is as large as the disc.
                    [r * 1.02 * cos, r * 1.02 * sin]
                })
                .collect(),
            Shape::Polygon(corners) => corners.clone(),
            Shape::Path { points, half, offset } => {
                let reach = half + offset.abs();
                points
                    .iter()
                    .flat_map(|&[x, y]| {
                        [[x - reach, y - reach], [x + reach, y - reach], [x + reach, y + reach], [x - reach, y + reach]]
                    })
                    .collect()
            }
            Shape::Edge(inner, _) => inner.corners(),
        }
    }

    /// How far the shape may reach beyond its [`Shape::corners`].
    pub(super) fn margin(&self) -> f32 {
        match self {
            Shape::Edge(_, half) => *half,
            _ => 0.0,
        }
    }
}

/// Distance to a polyline, length along it and signed distance across it.
fn along(points: &[Point], [x, y]: Point) -> Hit {
    let mut best = Hit { distance: 1e12, u: 0.0, v: 0.0 };
    let mut start = 0.0;
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = (dx * dx + dy * dy).sqrt().max(1e-6);
        let (dx, dy) = (dx / length, dy / length);
        let (px, py) = (x - a[0], y - a[1]);
        let u = px * dx + py * dy;
        let v = py * dx - px * dy;
        let over = u - u.clamp(0.0, length);
        let square = v * v + over * over;
        if square < best.distance {
            best = Hit { distance: square, u: start + u.clamp(0.0, length), v };
        }
        start += length;
    }
    let distance = best.distance.sqrt();
    best.v = if best.v < 0.0 { -distance } else { distance };
    best.distance = distance;
    best
}

/// Signed distance to a polygon (after Quilez, "2D distance functions").
fn polygon_distance(corners: &[Point], [x, y]: Point) -> f32 {
    let mut square = f32::MAX;
    let mut inside = false;
    let mut previous = corners.len().wrapping_sub(1);
    for (at, &b) in corners.iter().enumerate() {
        let a = corners[previous];
        let (ex, ey) = (b[0] - a[0], b[1] - a[1]);
        let (wx, wy) = (x - a[0], y - a[1]);
        let t = ((wx * ex + wy * ey) / (ex * ex + ey * ey).max(1e-12)).clamp(0.0, 1.0);
        let (rx, ry) = (wx - ex * t, wy - ey * t);
        square = square.min(rx * rx + ry * ry);
        if (a[1] > y) != (b[1] > y) && (x - a[0]) * (b[1] - a[1]) * sign(b[1] - a[1]) < (y - a[1]) * ex * sign(ey) {
            inside = !inside;
        }
        previous = at;
    }
    if inside { -square.sqrt() } else { square.sqrt() }
}

fn sign(x: f32) -> f32 {
    if x < 0.0 { -1.0 } else { 1.0 }
}

/// The convex hull of points (Andrew's monotone chain), without collinear ones.
pub(super) fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    let mut chain: Vec<Point> = Vec::with_capacity(points.len() + 1);
    for pass in 0..2 {
        let floor = chain.len() + 1;
        for &p in &points {
            while chain.len() > floor && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 1e-6 {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        if pass == 0 {
            points.reverse();
        }
    }
    chain
}

fn turn(a: Point, b: Point, c: Point) -> f32 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_polygon_agrees_with_the_rectangle() {
        let polygon = Shape::Polygon(vec![[-2.0, -1.0], [2.0, -1.0], [2.0, 1.0], [-2.0, 1.0]]);
        let rect = Shape::Rect(2.0, 1.0, 0.0);
        for p in [[0.0, 0.0], [3.0, 0.5], [-2.5, -3.0], [1.9, 0.2], [0.3, -1.4]] {
            assert!((polygon.hit(p).distance - rect.hit(p).distance).abs() < 1e-5, "{p:?}");
        }
    }

    #[test]
    fn a_path_gives_length_along_and_side() {
        let path = Shape::Path { points: vec![[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]], half: 1.0, offset: 0.0 };
        let hit = path.hit([8.0, -3.0]);
        assert!((hit.distance - 2.0).abs() < 1e-6 && (hit.u - 8.0).abs() < 1e-6 && hit.v < 0.0);
        assert!((path.hit([9.0, 6.0]).u - 16.0).abs() < 1e-5);
    }

    #[test]
    fn a_hull_drops_inner_points() {
        assert_eq!(hull(vec![[0.0, 0.0], [2.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 2.0]]).len(), 4);
    }

    #[test]
    fn a_frame_goes_out_and_back() {
        let frame = Frame::new([3.0, -4.0], 0.7).at(1.0, 2.0, 0.4);
        let back = frame.local(frame.out([5.0, 6.0]));
        assert!((back[0] - 5.0).abs() < 1e-4 && (back[1] - 6.0).abs() < 1e-4);
    }
}
