//! Paints the stamps of a plan into a band of rows, with edges smoothed by their distance.

use super::geometry::{Frame, Point, Shape};
use super::maths::{add_noise_row, hash_signed};
use super::paint::Paint;
use super::plan::{Plan, Stamp};
use super::texel::Texel;

/// The window of the ground that is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Metres on the ground a pixel.
    pub(super) px: f32,
}

impl View {
    /// The longer side spans `extent` metres, the middle is (0, 0).
    pub(super) fn new(extent: f32, width: usize, height: usize) -> Self {
        Self { width, height, px: extent / width.max(height).max(1) as f32 }
    }

    /// The ground under the middle of a pixel; a pixel outside the picture is allowed.
    pub(super) fn ground(&self, column: f32, row: f32) -> Point {
        [(column + 0.5 - 0.5 * self.width as f32) * self.px, (row + 0.5 - 0.5 * self.height as f32) * self.px]
    }

    /// The place in the picture, in px, of a point of the ground.
    pub(super) fn place(&self, [x, y]: Point) -> Point {
        [x / self.px + 0.5 * self.width as f32, y / self.px + 0.5 * self.height as f32]
    }
}

/// Rows `first..first + rows` of a picture in the making; rows outside the picture are allowed.
pub(super) struct Band {
    pub(super) view: View,
    pub(super) first: isize,
    pub(super) rows: usize,
    /// Red, green, blue, and the share of sunlight that is blocked.
    pub(super) pixels: Vec<[f32; 4]>,
    patch: Vec<f32>,
    mid: Vec<f32>,
    grain: Vec<f32>,
}

impl Band {
    /// Unpainted rows with their noise.
    pub(super) fn new(view: View, first: isize, rows: usize, salt: u32) -> Self {
        let area = view.width * rows;
        let mut band = Self {
            view,
            first,
            rows,
            pixels: vec![[0.0; 4]; area],
            patch: vec![0.0; area],
            mid: vec![0.0; area],
            grain: vec![0.0; area],
        };
        for row in 0..rows {
            let [x, y] = view.ground(0.0, (first + row as isize) as f32);
            let span = row * view.width..(row + 1) * view.width;
            // Lattice sides in metres. Coordinates are moved far from zero so that scenes do not share a corner.
            let octave = |into: &mut [f32], side: f32, gain: f32, salt: u32| {
                // An octave finer than two pixels would only be speckle of the wrong size.
                let gain = gain * ((side / view.px - 0.7) / 1.2).clamp(0.0, 1.0);
                if gain > 0.0 {
                    add_noise_row(
                        &mut into[span.clone()],
                        x / side + 511.3,
                        y / side + 307.9,
                        view.px / side,
                        gain,
                        salt,
                    );
                }
            };
            octave(&mut band.patch, 41.0, 0.75, salt);
            octave(&mut band.patch, 17.0, 0.45, salt ^ 0x11);
            octave(&mut band.mid, 7.3, 0.65, salt ^ 0x22);
            octave(&mut band.mid, 2.9, 0.55, salt ^ 0x33);
            octave(&mut band.grain, 1.27, 0.55, salt ^ 0x44);
            octave(&mut band.grain, 0.61, 0.5, salt ^ 0x55);
            // The finest texture is per pixel, whatever a pixel is.
            for (column, value) in band.grain[span.clone()].iter_mut().enumerate() {
                *value += 0.45 * hash_signed(column as i32, (first + row as isize) as i32, salt ^ 0x66);
            }
        }
        band
    }

    /// Paints every stamp in order.
    pub(super) fn paint(&mut self, plan: &Plan) {
        for stamp in &plan.stamps {
            self.stamp(stamp, plan.sun);
        }
    }

    fn stamp(&mut self, stamp: &Stamp, sun: Point) {
        let px = self.view.px;
        let pad = stamp.wobble + px;
        let top = self.view.place([0.0, stamp.bounds[1] - pad])[1] - self.first as f32;
        let bottom = self.view.place([0.0, stamp.bounds[3] + pad])[1] - self.first as f32;
        if bottom < 0.0 || top > self.rows as f32 {
            return;
        }
        let rows = top.max(0.0) as usize..((bottom + 1.0).max(0.0) as usize).min(self.rows);
        let strips = strips(&stamp.frame, &stamp.shape);
        // A thing thinner than a pixel is drawn a pixel wide and fainter.
        let thin = stamp.shape.thinness();
        let grow = (0.5 * px - thin).max(0.0);
        let opacity = stamp.opacity * if grow > 0.0 { (2.0 * thin / px).max(0.12) } else { 1.0 };
        let sun = stamp.frame.turn(sun);
        let bounds = [stamp.bounds[0] - pad, stamp.bounds[2] + pad];
        let shadow = matches!(stamp.paint, Paint::Shadow);
        for row in rows {
            let [x_first, y] = self.view.ground(0.0, (self.first + row as isize) as f32);
            let Some([from, to]) = span(&strips, y, pad + grow) else {
                continue;
            };
            let (from, to) = (from.max(bounds[0]), to.min(bounds[1]));
            let start = ((from - x_first) / px).max(0.0) as usize;
            let end = (((to - x_first) / px + 2.0).max(0.0) as usize).min(self.view.width);
            for column in start..end {
                let at = row * self.view.width + column;
                let x = x_first + column as f32 * px;
                let hit = stamp.shape.hit(stamp.frame.local([x, y]));
                let distance = hit.distance - grow + stamp.wobble * (self.mid[at] + 0.35 * self.grain[at]);
                let coverage = (0.5 - distance / px).clamp(0.0, 1.0) * opacity;
                if coverage <= 0.0 {
                    continue;
                }
                let pixel = &mut self.pixels[at];
                if shadow {
                    pixel[3] = pixel[3].max(coverage);
                    continue;
                }
                let texel = Texel {
                    x,
                    y,
                    u: hit.u,
                    v: hit.v,
                    distance,
                    px,
                    patch: self.patch[at],
                    mid: self.mid[at],
                    grain: self.grain[at],
                    sun,
                };
                let colour = stamp.paint.colour(&texel);
                let share = coverage * colour[3];
                for channel in 0..3 {
                    pixel[channel] += (colour[channel] - pixel[channel]) * share;
                }
                if stamp.raised {
                    pixel[3] *= 1.0 - share;
                }
            }
        }
    }
}

/// A turned rectangle that holds a part of a shape: frame, then low and high ends of `u` and of `v`.
type Strip = (Frame, [f32; 4]);

/// Rectangles that together hold a shape, so that a row visits few pixels that lie outside.
fn strips(frame: &Frame, shape: &Shape) -> Vec<Strip> {
    const FAR: f32 = 1e7;
    match shape {
        Shape::Plane => vec![(*frame, [-FAR, FAR, -FAR, FAR])],
        Shape::HalfPlane => vec![(*frame, [-FAR, 0.0, -FAR, FAR])],
        Shape::Path { points, half, offset } => points
            .windows(2)
            .map(|pair| {
                let (a, b) = (frame.out(pair[0]), frame.out(pair[1]));
                let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
                let length = (dx * dx + dy * dy).sqrt().max(1e-6);
                let along = Frame { origin: a, cos: dx / length, sin: dy / length };
                let reach = half + offset.abs();
                (along, [-reach, length + reach, -reach, reach])
            })
            .collect(),
        _ => {
            let margin = shape.margin();
            let mut ends = [FAR, -FAR, FAR, -FAR];
            for [u, v] in shape.corners() {
                ends = [
                    ends[0].min(u - margin),
                    ends[1].max(u + margin),
                    ends[2].min(v - margin),
                    ends[3].max(v + margin),
                ];
            }
            vec![(*frame, ends)]
        }
    }
}

/// The part of the row at `y` that may touch one of the strips.
fn span(strips: &[Strip], y: f32, pad: f32) -> Option<[f32; 2]> {
    let mut all: Option<[f32; 2]> = None;
    for (frame, ends) in strips {
        let down = y - frame.origin[1];
        let mut x = [-1e7f32, 1e7f32];
        // u = dx cos + dy sin and v = dy cos - dx sin, each between its ends.
        for (slope, offset, low, high) in [
            (frame.cos, down * frame.sin, ends[0] - pad, ends[1] + pad),
            (-frame.sin, down * frame.cos, ends[2] - pad, ends[3] + pad),
        ] {
            if slope.abs() < 1e-6 {
                if offset < low || offset > high {
                    x = [1.0, 0.0];
                }
                continue;
            }
            let (a, b) = ((low - offset) / slope, (high - offset) / slope);
            x = [x[0].max(a.min(b)), x[1].min(a.max(b))];
        }
        if x[0] <= x[1] {
            let here = [frame.origin[0] + x[0], frame.origin[0] + x[1]];
            all = Some(all.map_or(here, |so_far| [so_far[0].min(here[0]), so_far[1].max(here[1])]));
        }
    }
    all
}
