//! Colours of what grows, lies and flows: grass, crops, soil, water, crowns.

use super::maths::{hash_signed, line, noise, ramp, sin, smooth, to_grid};
use super::palette::{Colour, blend, scaled};
use super::texel::Texel;

pub(super) fn meadow(t: &Texel, fresh: Colour, dry: Colour, bare: Colour, dryness: f32) -> Colour {
    let dry_share = smooth(-0.5, 0.55, t.patch * 0.9 + t.mid * 0.25 + dryness * 1.3 - 0.65);
    let bare_share = 0.75 * smooth(0.42, 0.72, t.mid * 0.45 + dryness * 0.35 - t.patch * 0.55 + t.grain * 0.12);
    let colour = blend(blend(fresh, dry, dry_share), bare, bare_share);
    scaled(colour, 1.0 + 0.09 * t.patch + 0.09 * t.mid + 0.13 * t.grain)
}

pub(super) fn crops(t: &Texel, crop: Colour, gap: Colour, period: f32, contrast: f32) -> Colour {
    // Rows finer than two pixels fade out instead of aliasing.
    let visible = ramp(period * 0.6, period * 0.3, t.px);
    let sway = 0.12 * period * t.mid;
    let row = 0.5 + 0.5 * sin((t.v + sway) * (std::f32::consts::TAU / period));
    let row = smooth(0.15, 0.85, row) - 0.5;
    let tramline = line(to_grid(t.v, 14.0).min((to_grid(t.v, 14.0) - 1.6).abs()), 0.25, t.px);
    let thin = 0.45 * smooth(0.1, 0.9, t.patch * 0.8 + t.mid * 0.35);
    let share = (0.5 + row * visible * contrast - thin - 0.6 * tramline + 0.12 * t.grain).clamp(0.0, 1.0);
    let strip = hash_signed((t.v / 7.0 + 1000.0) as i32, 0, 21) * 0.025;
    scaled(blend(gap, crop, share), 1.0 + strip + 0.08 * t.patch + 0.05 * t.mid + 0.1 * t.grain)
}

pub(super) fn soil(t: &Texel, dark: Colour, pale: Colour, shrubs: f32, shrub: Colour) -> Colour {
    let share = 0.5 + 0.4 * t.patch + 0.25 * t.mid;
    let ground = scaled(blend(dark, pale, share.clamp(0.0, 1.0)), 1.0 + 0.06 * t.mid + 0.11 * t.grain);
    let bush = smooth(0.62, 0.78, t.mid * 0.6 + t.grain * 0.35 + shrubs);
    blend(ground, scaled(shrub, 1.0 + 0.2 * t.grain), bush * 0.9)
}

pub(super) fn water(t: &Texel, deep: Colour, shallow: Colour, shore: f32, ripple: f32) -> Colour {
    let depth = ramp(0.0, shore, -t.distance + 0.15 * shore * t.mid);
    let colour = blend(shallow, deep, 1.0 - (1.0 - depth) * (1.0 - depth));
    let wave = noise(t.u * 0.42, t.v * 1.3, 31) * 0.6 + noise(t.u * 1.1, t.v * 2.7, 32) * 0.5;
    let light = ripple * (wave * 0.8 + 0.35 * t.grain) + 0.05 * t.patch;
    let glint = (0.045 * t.patch + 0.012 * t.mid).max(-0.03);
    [colour[0] * (1.0 + light) + glint, colour[1] * (1.0 + light) + glint, colour[2] * (1.0 + light) + glint * 1.1]
}

pub(super) fn sea(t: &Texel, deep: Colour, shallow: Colour, sand: Colour, surf: f32, wet: f32) -> (Colour, f32) {
    // `out`: metres seaward of the waterline.
    let swash = noise(t.v * 0.06, 0.3, 41) * 2.2 + noise(t.v * 0.21, 0.7, 42) * 1.0;
    let out = -t.distance - wet + swash;
    if out < 0.0 {
        let damp = smooth(-wet * 0.9, -0.1, out);
        return (scaled(sand, 0.72 + 0.04 * t.grain), damp * 0.85);
    }
    let depth = 1.0 - 1.0 / (1.0 + out * 0.06);
    let base = blend(shallow, deep, smooth(0.0, 1.0, depth + 0.08 * t.patch));
    let tinted = blend(scaled(sand, 0.8), base, smooth(-1.0, 9.0, out));
    let chop = noise(t.u * 0.35, t.v * 0.11, 43) * 0.5 + noise(t.u * 1.0, t.v * 0.4, 44) * 0.5 + 0.5 * t.grain;
    let light = 1.0 + 0.09 * chop + 0.05 * t.mid;
    // Breakers: bands at irregular distances, torn by noise.
    let bend = 3.4 * noise(t.v * 0.035, 0.0, 45) + 1.3 * noise(t.v * 0.15, 1.0, 46);
    let lace = t.grain * 0.35 + t.mid * 0.35 + 0.5 * noise(t.u * 0.6, t.v * 0.45, 47);
    let mut foam = smooth(2.2, 0.2, out + 0.8 * lace) * 0.9;
    for (band, &(at, width, strength)) in [(6.0, 3.2, 1.0), (15.0, 5.0, 0.9), (27.0, 4.0, 0.55)].iter().enumerate() {
        let behind = out - at - bend * (1.0 + band as f32 * 0.6);
        // Sharp towards the beach, trailing seaward.
        let shape = ramp(-0.8, 0.3, behind) * ramp(width, 0.0, behind);
        let breaks = smooth(-0.35, 0.35, noise(t.v * 0.03 + 9.0 * band as f32, 2.0, 48) + surf - 0.5);
        foam = foam.max(strength * breaks * smooth(0.35, 0.9, shape + 0.45 * lace));
    }
    (blend(scaled(tinted, light), [0.90, 0.92, 0.91], (foam * surf.min(1.0)).clamp(0.0, 1.0)), 1.0)
}

pub(super) fn crown(t: &Texel, colour: Colour, radius: f32, salt: u32, bare: f32) -> (Colour, f32) {
    let reach = (t.u * t.u + t.v * t.v).sqrt() / radius;
    // Lumps of foliage: cells of about a metre, finer with a small tree.
    let cell = (radius * 0.42).clamp(0.5, 1.6);
    let (x, y) = (t.x / cell, t.y / cell);
    let lump = noise(x, y, salt) + 0.5 * noise(x * 2.3, y * 2.3, salt ^ 1);
    let ahead = noise(x + t.sun[0] * 0.45, y + t.sun[1] * 0.45, salt);
    let alpha = ramp(1.06, 0.92, reach + 0.15 * lump + 0.06 * t.grain);
    let relief = (lump - ahead) * 0.28;
    let length = (t.sun[0] * t.sun[0] + t.sun[1] * t.sun[1]).sqrt().max(1e-3);
    let facing = (t.u * t.sun[0] + t.v * t.sun[1]) / (radius * length);
    let light = 0.86 + 0.34 * facing + relief + 0.10 * lump - 0.16 * reach * reach + 0.13 * t.grain;
    if bare > 0.5 {
        // Twigs: a grey-brown veil that lets the ground through.
        let twig = 0.42 + 0.55 * noise(x * 3.1, y * 3.1, salt ^ 2) + 0.5 * t.grain - 0.25 * reach;
        return (scaled([0.50, 0.46, 0.40], 0.45 + 0.6 * light), alpha * twig.clamp(0.0, 0.9));
    }
    let warm = (facing * 0.06).max(0.0);
    let light = light.clamp(0.28, 1.6);
    ([colour[0] * light + warm, colour[1] * light + warm, colour[2] * light + warm * 0.3], alpha)
}
