//! Colours of what people build: roads, roofs, hulls, courts.

use super::maths::{line, noise, ramp, sin, smooth, to_grid};
use super::palette::{Colour, blend, scaled};
use super::texel::{Texel, cell};

const WHITE: Colour = [0.90, 0.90, 0.88];

pub(super) fn asphalt(t: &Texel, tone: Colour) -> Colour {
    let stain = 0.10 * smooth(0.25, 0.9, t.patch + 0.3 * t.mid);
    // Cracks where a slow noise passes through zero, sealed with dark tar.
    let crack = line((t.mid + 0.3 * t.patch) * 3.0, 0.05, t.px.max(0.1)) * 0.16;
    scaled(tone, 1.0 + 0.05 * t.patch + 0.045 * t.mid + 0.07 * t.grain - stain - crack)
}

pub(super) fn concrete(t: &Texel, tone: Colour, slab: f32) -> Colour {
    let joint = line(to_grid(t.u, slab), 0.08, t.px).max(line(to_grid(t.v, slab), 0.08, t.px));
    let tint = cell(t.u, t.v, slab, slab, 61) - 0.5;
    let stain = 0.20 * smooth(0.35, 1.0, t.mid * 0.8 + t.patch * 0.6);
    let streak = 0.05 * noise(t.u * 0.08, t.v * 0.9, 62);
    scaled(tone, 1.0 + 0.07 * tint + 0.05 * t.patch + 0.05 * t.grain + streak - stain - 0.16 * joint)
}

pub(super) fn road(t: &Texel, tone: Colour, half: f32, lanes: u32, markings: Colour, median: Colour) -> Colour {
    let side = t.v.abs();
    let lane = 2.0 * half / lanes as f32;
    // Wheel tracks polish the lane; oil darkens its middle.
    let in_lane = to_grid(t.v + half, lane);
    let oil = 0.05 * smooth(lane * 0.28, lane * 0.5, in_lane) + 0.03 * noise(t.u * 0.05, t.v * 0.8, 63);
    let base = asphalt(t, scaled(tone, 1.0 - oil));
    let edge = line(side - half + 0.55, 0.09, t.px);
    let wear = 0.78 + 0.35 * t.mid;
    let dash = ramp(0.0, t.px.max(0.2), 1.5 - to_grid(t.u, 9.0));
    let mut paint = edge * 0.8;
    let mut colour = WHITE;
    if lanes >= 4 {
        let gap = half * 2.0 / lanes as f32;
        let separators = line(to_grid(t.v, gap), 0.09, t.px) * dash;
        if side < 0.9 {
            let rim = line(side - 0.75, 0.12, t.px);
            return blend(blend(base, median, ramp(0.85, 0.6, side)), WHITE, rim * 0.5);
        }
        if side < half - 1.0 && side > gap * 0.5 {
            paint = paint.max(separators);
        }
    } else if lanes == 2 {
        let centre = line(side - 0.16, 0.08, t.px);
        if centre > paint {
            paint = centre;
            colour = markings;
        }
    } else {
        paint = 0.0;
    }
    blend(base, colour, (paint * wear).clamp(0.0, 1.0))
}

/// Light on a plane that leans towards (`u`, `v`), against light on flat ground; compressed as film does.
fn slope_light(t: &Texel, u: f32, v: f32) -> f32 {
    let length = (1.0 + u * u + v * v).sqrt();
    let light = (1.0 + u * t.sun[0] + v * t.sun[1]) / length;
    if light > 1.0 { 1.0 + 0.45 * (light - 1.0) } else { 0.42 + 0.58 * light.max(0.0) }
}

pub(super) fn gable(t: &Texel, roof: Colour, half: [f32; 2], slope: f32, hip: bool, wall: Colour) -> Colour {
    let (to_u, to_v) = (half[0] - t.u.abs(), half[1] - t.v.abs());
    let on_hip = hip && to_u < to_v;
    let lean = |x: f32| if x < 0.0 { -slope } else { slope };
    let light = if on_hip { slope_light(t, lean(t.u), 0.0) } else { slope_light(t, 0.0, lean(t.v)) };
    // The pixel on the ridge sees both sides.
    let down = if on_hip { to_u } else { to_v };
    let course = if t.px < 0.25 { 0.035 * sin(down * 14.0) } else { 0.0 };
    let stripe = 0.04 * noise(if on_hip { t.v } else { t.u } * 1.7, down * 0.35, 64);
    let ridge = line(t.v, 0.14, t.px) * f32::from(!hip || to_u > half[1]);
    let gutter = line(t.distance + 0.12, 0.12, t.px);
    let colour = scaled(roof, light * (1.0 + course + stripe + 0.05 * t.mid + 0.07 * t.grain) + 0.10 * ridge);
    blend(colour, wall, gutter * 0.3)
}

pub(super) fn flat_roof(t: &Texel, roof: Colour, half: [f32; 2], ribs: f32) -> Colour {
    let pond = 0.13 * smooth(0.2, 0.9, t.mid + 0.5 * t.patch);
    let seam = if ribs > 0.0 { line(to_grid(t.u, ribs), 0.06, t.px) * 0.14 } else { 0.0 };
    let inset = -t.distance;
    let parapet = line(inset - 0.2, 0.2, t.px);
    // The parapet shades the roof along the sides towards the sun.
    let shade = |to_edge: f32, sun: f32| ramp(sun.abs() * 0.9 + 0.41, 0.4, to_edge) * f32::from(sun.abs() > 0.05);
    let edge_u = if t.sun[0] > 0.0 { half[0] - t.u } else { half[0] + t.u };
    let edge_v = if t.sun[1] > 0.0 { half[1] - t.v } else { half[1] + t.v };
    let shaded = shade(edge_u, t.sun[0]).max(shade(edge_v, t.sun[1])) * f32::from(inset > 0.4);
    let colour = scaled(roof, 1.0 - pond - seam - 0.4 * shaded + 0.04 * t.patch + 0.05 * t.grain);
    blend(colour, [0.85, 0.84, 0.80], parapet * 0.45)
}

pub(super) fn tube(t: &Texel, colour: Colour, half: f32) -> Colour {
    let across = (t.v / half).clamp(-0.98, 0.98);
    let up = (1.0 - across * across).sqrt();
    let light = (up + across * t.sun[1] * 0.8).clamp(0.25, 1.3);
    scaled(colour, 0.35 + 0.62 * light + 0.02 * t.grain)
}

pub(super) fn tank(t: &Texel, colour: Colour, radius: f32, floating: bool) -> Colour {
    let reach = (t.u * t.u + t.v * t.v).sqrt();
    let length = (t.sun[0] * t.sun[0] + t.sun[1] * t.sun[1]).sqrt().max(1e-3);
    let facing = (t.u * t.sun[0] + t.v * t.sun[1]) / (radius * length);
    let rim = line(reach - radius + 0.25, 0.22, t.px);
    let stain = 0.08 * t.mid + 0.05 * t.grain + 0.05 * t.patch;
    if floating {
        // The roof floats inside the shell, so the shell shades it on the sunny side.
        let (u, v) = (t.u + t.sun[0] * radius * 0.25, t.v + t.sun[1] * radius * 0.25);
        let lit = smooth(radius + t.px, radius - t.px, (u * u + v * v).sqrt() + 0.4);
        let inner = scaled(colour, 0.45 + 0.4 * lit + stain);
        let ring = line(reach - radius * 0.8, 0.15, t.px) * 0.2;
        return blend(blend(inner, [0.2, 0.2, 0.2], ring), [0.93, 0.92, 0.89], rim);
    }
    // A low cone: plates in rings, a vent in the middle.
    let ring = line(to_grid(reach, radius * 0.34), 0.06, t.px) * 0.10;
    let vent = line(reach, 0.5, t.px) * 0.4;
    let colour = scaled(colour, 0.96 + 0.10 * facing + stain - ring);
    blend(blend(colour, [0.45, 0.45, 0.44], vent), [0.97, 0.96, 0.94], rim * 0.6)
}

pub(super) fn car(t: &Texel, colour: Colour, half: [f32; 2], cabin: f32) -> Colour {
    let (u, v) = (t.u / half[0], t.v / half[1]);
    let soft = (t.px / half[0] * 0.5).max(0.05);
    let band = |low: f32, high: f32| ramp(low - soft, low + soft, u) * ramp(high + soft, high - soft, u);
    // Bonnet in front (+u), windscreen, roof, rear window, boot.
    let glass = band(0.12, 0.38).max(band(-0.74 - cabin, -0.52 - cabin)) * ramp(1.0, 0.8, v.abs());
    let roof = band(-0.5 - cabin, 0.1);
    let side = 0.10 * v * if t.sun[1] < 0.0 { -1.0 } else { 1.0 };
    let rim = 0.18 * smooth(0.7, 1.0, v.abs());
    let body = scaled(colour, 0.93 + 0.08 * roof + side - rim + 0.03 * t.grain);
    blend(body, [0.11, 0.13, 0.16], glass * 0.9)
}

pub(super) fn tennis(t: &Texel, court: Colour, apron: Colour) -> Colour {
    let (u, v) = (t.u.abs(), t.v.abs());
    let inside = u < 11.885 && v < 5.485;
    let base = scaled(if inside { court } else { apron }, 1.0 + 0.05 * t.mid + 0.04 * t.patch + 0.05 * t.grain);
    let within = |x: f32, end: f32| ramp(end + t.px, end, x);
    let half = 0.09;
    let mut paint = line(u - 11.885, half, t.px) * within(v, 5.485);
    paint = paint.max(line(v - 5.485, half, t.px) * within(u, 11.885));
    paint = paint.max(line(v - 4.115, half, t.px) * within(u, 11.885));
    paint = paint.max(line(u - 6.40, half, t.px) * within(v, 4.115));
    paint = paint.max(line(v, half, t.px) * within(u, 6.40));
    let net = line(t.u, 0.10, t.px) * within(v, 6.4);
    // The net's shadow falls beside it.
    let shadow = line(t.u + t.sun[0] * 0.5, 0.45 * t.sun[0].abs() + 0.05, t.px) * within(v, 6.4) * 0.35;
    blend(blend(scaled(base, 1.0 - shadow), [0.93, 0.93, 0.92], paint), [0.18, 0.20, 0.20], net * 0.6)
}

pub(super) fn basketball(t: &Texel, court: Colour, key: Colour) -> Colour {
    let (u, v) = (t.u.abs(), t.v.abs());
    let in_key = u > 8.5 && u < 14.3 && v < 2.45;
    let ring = (t.u * t.u + t.v * t.v).sqrt();
    let disc = ring < 1.8;
    let base = scaled(if in_key || disc { key } else { court }, 1.0 + 0.05 * t.mid + 0.05 * t.patch + 0.05 * t.grain);
    let within = |x: f32, end: f32| ramp(end + t.px, end, x);
    let half = 0.08;
    let mut paint = line(u - 14.3, half, t.px) * within(v, 7.6);
    paint = paint.max(line(v - 7.6, half, t.px) * within(u, 14.3));
    paint = paint.max(line(t.u, half, t.px) * within(v, 7.6));
    paint = paint.max(line(ring - 1.8, half, t.px));
    let hoop = u - 12.7;
    let arc = (hoop * hoop + v * v).sqrt();
    if u < 12.7 {
        paint = paint.max(line(arc - 6.75, half, t.px));
    } else {
        paint = paint.max(line(v - 6.75, half, t.px) * within(u, 14.3));
    }
    if u > 8.5 && u < 14.3 {
        paint = paint.max(line(v - 2.45, half, t.px));
    }
    paint = paint.max(line(u - 8.5, half, t.px) * within(v, 2.45));
    let free = u - 8.5;
    if free < 0.0 {
        paint = paint.max(line((free * free + v * v).sqrt() - 1.8, half, t.px));
    }
    let board = line(hoop - 0.35, 0.25, t.px) * within(v, 0.95);
    let inside = if u < 14.4 && v < 7.7 { 1.0 } else { 0.0 };
    blend(blend(base, WHITE, paint * inside * 0.9), [0.95, 0.95, 0.95], board)
}

pub(super) fn track(t: &Texel, lane: Colour, radius: f32, width: f32, straight: f32) -> Colour {
    let over = (t.u.abs() - straight).max(0.0);
    let reach = (over * over + t.v * t.v).sqrt() - radius;
    let in_lanes = if reach > 0.0 && reach < width { 1.0 } else { 0.0 };
    let paint = line(to_grid(reach, width / 8.0), 0.07, t.px.max(0.05)) * in_lanes;
    let finish = line(t.u - straight, 0.15, t.px) * f32::from(t.v > 0.0) * in_lanes;
    let base = scaled(lane, 1.0 + 0.05 * t.mid + 0.05 * t.patch + 0.05 * t.grain);
    blend(base, WHITE, (paint * 0.65).max(finish))
}

pub(super) fn pitch(t: &Texel, light: Colour, dark: Colour, half: [f32; 2]) -> Colour {
    // Mowing stripes.
    let stripe = f32::from(to_grid(t.u, 11.0) < 2.75);
    let base = scaled(blend(dark, light, stripe), 1.0 + 0.06 * t.patch + 0.07 * t.mid + 0.10 * t.grain);
    if half[0] > 500.0 {
        return base;
    }
    let (u, v) = (t.u.abs(), t.v.abs());
    let (end, side) = (half[0] - 3.0, half[1] - 3.0);
    let within = |x: f32, limit: f32| ramp(limit + t.px, limit, x);
    let width = 0.10;
    let mut paint = line(u - end, width, t.px) * within(v, side);
    paint = paint.max(line(v - side, width, t.px) * within(u, end));
    paint = paint.max(line(t.u, width, t.px) * within(v, side));
    paint = paint.max(line((t.u * t.u + t.v * t.v).sqrt() - 9.15, width, t.px));
    let (box_u, box_v) = (end - 16.5, side.min(20.2));
    paint = paint.max(line(u - box_u, width, t.px) * within(v, box_v));
    paint = paint.max(line(v - box_v, width, t.px) * ramp(box_u - t.px, box_u, u) * within(u, end));
    blend(base, WHITE, paint * 0.75)
}
