//! A scene before it is drawn: shapes in the order they are painted, in metres.

use super::geometry::{Frame, Point, Shape, hull};
use super::maths::sin_cos;
use super::paint::Paint;
use super::palette::{Colour, Palette, scaled};
use nadir_core::rng::Rng;

/// What a stamp does to the ground cover that the labels are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// Leaves it: markings, cars on a road.
    Keep,
    /// Hides it: the ground below counts for no label.
    Nothing,
    /// Becomes the label of this index.
    Label(usize),
}

/// Heights at which things are painted, low to high.
pub(super) mod level {
    pub(crate) const GROUND: u8 = 0;
    pub(crate) const PAVED: u8 = 1;
    pub(crate) const MARKING: u8 = 2;
    pub(crate) const LOW: u8 = 3;
    pub(crate) const DECK: u8 = 4;
    pub(crate) const ON_DECK: u8 = 5;
    pub(crate) const HOUSE: u8 = 6;
    pub(crate) const TALL: u8 = 7;
}

/// One shape to paint.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    pub(super) frame: Frame,
    pub(super) shape: Shape,
    pub(super) paint: Paint,
    /// How far noise moves the edge, in metres.
    pub(super) wobble: f32,
    pub(super) opacity: f32,
    /// Stands above the ground, so that what was in shadow beneath no longer counts.
    pub(super) raised: bool,
    pub(super) level: u8,
    pub(super) cover: Cover,
    /// Index of the thing in [`Plan::objects`] that it is a part of.
    pub(super) object: Option<usize>,
    /// x0, y0, x1, y1 on the ground.
    pub(super) bounds: [f32; 4],
}

/// A countable thing: its label and where it lies on the ground.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) label: usize,
    pub(super) bounds: [f32; 4],
}

/// A scene in the making. The picture's middle is (0, 0).
pub(super) struct Plan {
    pub(super) rng: Rng,
    pub(super) palette: Palette,
    /// Side of the square on the ground that the picture shows, in metres.
    pub(super) extent: f32,
    /// Towards the sun on the ground, as long as the cotangent of its elevation.
    pub(super) sun: Point,
    /// Clockwise from the top of the picture.
    pub(super) sun_azimuth_degrees: f32,
    /// How far a metre of height moves a thing in the picture, away from the camera's own nadir.
    pub(super) lean: Point,
    pub(super) stamps: Vec<Stamp>,
    pub(super) objects: Vec<Thing>,
    /// Where nothing more may stand.
    blocked: Vec<(Frame, Shape)>,
    current: Option<usize>,
}

const EVERYWHERE: [f32; 4] = [-1e6, -1e6, 1e6, 1e6];

impl Plan {
    pub(super) fn new(mut rng: Rng) -> Self {
        let palette = Palette::draw(&mut rng);
        let azimuth = rng.range(0.0, 360.0) as f32;
        let (sin, cos) = sin_cos(azimuth * (std::f32::consts::PI / 180.0));
        let cotangent = rng.range(0.45, 1.35) as f32;
        let (lean_sin, lean_cos) = sin_cos(rng.range(0.0, std::f64::consts::TAU) as f32);
        let lean = rng.range(0.0, 0.22) as f32;
        Self {
            rng,
            palette,
            extent: 100.0,
            sun_azimuth_degrees: azimuth,
            sun: [sin * cotangent, -cos * cotangent],
            lean: [lean_cos * lean, lean_sin * lean],
            stamps: Vec::new(),
            objects: Vec::new(),
            blocked: Vec::new(),
            current: None,
        }
    }

    /// Uniform in [low, high).
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        self.rng.range(f64::from(low), f64::from(high)) as f32
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.rng.chance(probability)
    }

    /// One of the choices.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.below(choices.len())]
    }

    /// Adds a shape on the ground; the stamp is returned to be adjusted.
    pub(super) fn add(&mut self, level: u8, frame: Frame, shape: Shape, paint: Paint) -> &mut Stamp {
        let bounds = bounds_of(&frame, &shape);
        if let (Some(at), true) = (self.current, !matches!(paint, Paint::Shadow | Paint::Wake { .. })) {
            let all = &mut self.objects[at].bounds;
            *all = [all[0].min(bounds[0]), all[1].min(bounds[1]), all[2].max(bounds[2]), all[3].max(bounds[3])];
        }
        let object = if matches!(paint, Paint::Shadow | Paint::Wake { .. }) { None } else { self.current };
        let cover = if matches!(paint, Paint::Shadow | Paint::Wake { .. }) { Cover::Keep } else { Cover::Nothing };
        self.stamps.push(Stamp {
            frame,
            shape,
            paint,
            wobble: 0.0,
            opacity: 1.0,
            raised: level > level::MARKING,
            level,
            cover,
            object,
            bounds,
        });
        let last = self.stamps.len() - 1;
        &mut self.stamps[last]
    }

    /// Runs `build` and counts all it adds as one thing with a label.
    pub(super) fn object<T>(&mut self, label: usize, build: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.current;
        self.objects.push(Thing { label, bounds: [1e9, 1e9, -1e9, -1e9] });
        self.current = Some(self.objects.len() - 1);
        let built = build(self);
        self.current = outer;
        built
    }

    /// The shadow of a shape that stands on the ground.
    pub(super) fn cast(&mut self, level: u8, frame: Frame, shape: &Shape, height: f32) {
        let away = [-self.sun[0] * height, -self.sun[1] * height];
        let (frame, swept) = sweep(&frame, shape, away);
        self.add(level, frame, swept, Paint::Shadow);
    }

    /// The shadow of a shape that floats at a height.
    pub(super) fn cast_floating(&mut self, level: u8, frame: Frame, shape: Shape, height: f32) {
        let away = [-self.sun[0] * height, -self.sun[1] * height];
        self.add(level, frame.moved(away), shape, Paint::Shadow);
    }

    /// A thing with a flat footprint, walls and a roof: shadow, the wall that the camera sees, the roof moved by
    /// the lean. Returns the frame of the roof.
    pub(super) fn solid(
        &mut self,
        level: u8,
        frame: Frame,
        shape: Shape,
        height: f32,
        wall: Colour,
        roof: Paint,
    ) -> Frame {
        self.cast(level, frame, &shape, height);
        let shift = [self.lean[0] * height, self.lean[1] * height];
        if shift[0] * shift[0] + shift[1] * shift[1] > 0.05 {
            let lit = -(shift[0] * self.sun[0] + shift[1] * self.sun[1]) > 0.0;
            let wall = scaled(wall, if lit { 0.95 } else { 0.42 });
            let (frame, swept) = sweep(&frame, &shape, shift);
            self.add(level, frame, swept, Paint::Plain(wall, 0.05));
        }
        let top = frame.moved(shift);
        self.add(level, top, shape, roof);
        top
    }

    /// Keeps a shape free of what comes later.
    pub(super) fn block(&mut self, frame: Frame, shape: Shape) {
        self.blocked.push((frame, shape));
    }

    /// Whether a disc is free.
    pub(super) fn is_free(&self, point: Point, radius: f32) -> bool {
        self.blocked.iter().all(|(frame, shape)| shape.hit(frame.local(point)).distance > radius)
    }

    /// Whether a point with a margin may be seen in the picture, so that planning stays near it.
    pub(super) fn is_near(&self, [x, y]: Point, margin: f32) -> bool {
        let reach = self.extent * 0.5 + margin;
        x.abs() < reach && y.abs() < reach
    }

    /// Sorts into painting order.
    pub(super) fn finish(&mut self) {
        self.stamps.sort_by_key(|stamp| stamp.level);
    }
}

/// A shape together with itself moved by a vector of the ground and all between.
fn sweep(frame: &Frame, shape: &Shape, away: Point) -> (Frame, Shape) {
    if let Shape::Disc(radius) = shape {
        let points = vec![[0.0, 0.0], frame.turn(away)];
        return (*frame, Shape::Path { points, half: *radius, offset: 0.0 });
    }
    let [x, y] = frame.turn(away);
    let corners = shape.corners();
    let moved: Vec<Point> = corners.iter().map(|p| [p[0] + x, p[1] + y]).collect();
    (*frame, Shape::Polygon(hull(corners.into_iter().chain(moved).collect())))
}

fn bounds_of(frame: &Frame, shape: &Shape) -> [f32; 4] {
    let corners = shape.corners();
    if corners.is_empty() {
        return EVERYWHERE;
    }
    let margin = shape.margin();
    let mut bounds = [1e9, 1e9, -1e9, -1e9];
    for corner in corners {
        let [x, y] = frame.out(corner);
        bounds = [
            x.min(bounds[0] + margin) - margin,
            y.min(bounds[1] + margin) - margin,
            x.max(bounds[2] - margin) + margin,
            y.max(bounds[3] - margin) + margin,
        ];
    }
    bounds
}
