//! What covers a shape: the colour of a point, before shadow and air.

use super::maths::{hash_signed, line, noise, ramp, sin, smooth, to_grid};
use super::paint_built as built;
use super::paint_ground as ground;
use super::palette::{Colour, scaled};
use super::texel::Texel;

/// Kinds of surface, each with its colours and sizes in metres.
#[derive(Debug, Clone)]
pub(super) enum Paint {
    /// One colour; how much noise.
    Plain(Colour, f32),
    /// A shadow cast on what lies below.
    Shadow,
    Meadow {
        fresh: Colour,
        dry: Colour,
        bare: Colour,
        dryness: f32,
    },
    /// A crop in rows along `u`.
    Crop {
        crop: Colour,
        gap: Colour,
        period: f32,
        contrast: f32,
    },
    Soil {
        dark: Colour,
        pale: Colour,
        shrubs: f32,
        shrub: Colour,
    },
    Sand {
        dry: Colour,
    },
    /// Sea with surf; the shape reaches `wet` metres up the beach.
    Sea {
        deep: Colour,
        shallow: Colour,
        sand: Colour,
        surf: f32,
        wet: f32,
    },
    Water {
        deep: Colour,
        shallow: Colour,
        shore: f32,
        ripple: f32,
    },
    /// Foam that thins out with `u` over a length.
    Wake {
        length: f32,
        half: f32,
    },
    Crown {
        colour: Colour,
        radius: f32,
        salt: u32,
        bare: f32,
    },
    Asphalt {
        tone: Colour,
    },
    Concrete {
        tone: Colour,
        slab: f32,
    },
    Road {
        tone: Colour,
        half: f32,
        lanes: u32,
        markings: Colour,
        median: Colour,
    },
    /// Parking bays along `u`.
    Bays {
        pitch: f32,
        half: f32,
    },
    Gable {
        roof: Colour,
        half_u: f32,
        half_v: f32,
        slope: f32,
        hip: bool,
        wall: Colour,
    },
    FlatRoof {
        roof: Colour,
        half_u: f32,
        half_v: f32,
        ribs: f32,
    },
    /// A round hull seen from above.
    Tube {
        colour: Colour,
        half: f32,
    },
    Tank {
        colour: Colour,
        radius: f32,
        floating: bool,
    },
    Car {
        colour: Colour,
        half_u: f32,
        half_v: f32,
        cabin: f32,
    },
    Tennis {
        court: Colour,
        apron: Colour,
    },
    Basketball {
        court: Colour,
        paint: Colour,
    },
    Track {
        lane: Colour,
        radius: f32,
        width: f32,
        straight: f32,
    },
    Pitch {
        light: Colour,
        dark: Colour,
        half_u: f32,
        half_v: f32,
    },
    Planks {
        wood: Colour,
    },
    /// Long boxes side by side: colours by hash.
    Ribbed {
        colour: Colour,
    },
}

impl Paint {
    /// Colour and opacity at a point.
    #[inline]
    pub(super) fn colour(&self, t: &Texel) -> [f32; 4] {
        let mut opacity = 1.0;
        let rgb = match self {
            Paint::Plain(colour, rough) => scaled(*colour, 1.0 + rough * (0.6 * t.mid + t.grain)),
            Paint::Shadow => [0.0; 3],
            Paint::Meadow { fresh, dry, bare, dryness } => ground::meadow(t, *fresh, *dry, *bare, *dryness),
            Paint::Crop { crop, gap, period, contrast } => ground::crops(t, *crop, *gap, *period, *contrast),
            Paint::Soil { dark, pale, shrubs, shrub } => ground::soil(t, *dark, *pale, *shrubs, *shrub),
            Paint::Sand { dry } => {
                let ripple = noise(t.u * 0.9, t.v * 0.25, 77);
                scaled(*dry, 1.0 + 0.06 * t.patch + 0.05 * t.mid + 0.06 * t.grain + 0.03 * ripple)
            }
            Paint::Sea { deep, shallow, sand, surf, wet } => {
                let (colour, alpha) = ground::sea(t, *deep, *shallow, *sand, *surf, *wet);
                opacity = alpha;
                colour
            }
            Paint::Water { deep, shallow, shore, ripple } => ground::water(t, *deep, *shallow, *shore, *ripple),
            Paint::Wake { length, half } => {
                let along = (t.u / length).clamp(0.0, 1.0);
                let arms = smooth(0.45, 0.9, t.v.abs() / (half * (0.25 + along)).max(0.1));
                let curl = noise(t.u * 0.5, t.v * 0.9, 5) * 0.5 + 0.5;
                opacity = (1.0 - along) * (1.0 - along) * (0.25 + 0.5 * arms) * (0.35 + 0.9 * curl);
                [0.84, 0.88, 0.88]
            }
            Paint::Crown { colour, radius, salt, bare } => {
                let (colour, alpha) = ground::crown(t, *colour, *radius, *salt, *bare);
                opacity = alpha;
                colour
            }
            Paint::Asphalt { tone } => built::asphalt(t, *tone),
            Paint::Concrete { tone, slab } => built::concrete(t, *tone, *slab),
            Paint::Road { tone, half, lanes, markings, median } => {
                built::road(t, *tone, *half, *lanes, *markings, *median)
            }
            Paint::Bays { pitch, half } => {
                let bay = line(to_grid(t.u, *pitch), 0.07, t.px);
                let middle = line(t.v, 0.07, t.px);
                opacity = bay.max(middle) * (0.75 + 0.3 * t.mid) * ramp(*half, half - t.px, t.v.abs());
                [0.85, 0.85, 0.82]
            }
            Paint::Gable { roof, half_u, half_v, slope, hip, wall } => {
                built::gable(t, *roof, [*half_u, *half_v], *slope, *hip, *wall)
            }
            Paint::FlatRoof { roof, half_u, half_v, ribs } => built::flat_roof(t, *roof, [*half_u, *half_v], *ribs),
            Paint::Tube { colour, half } => built::tube(t, *colour, *half),
            Paint::Tank { colour, radius, floating } => built::tank(t, *colour, *radius, *floating),
            Paint::Car { colour, half_u, half_v, cabin } => built::car(t, *colour, [*half_u, *half_v], *cabin),
            Paint::Tennis { court, apron } => built::tennis(t, *court, *apron),
            Paint::Basketball { court, paint } => built::basketball(t, *court, *paint),
            Paint::Track { lane, radius, width, straight } => built::track(t, *lane, *radius, *width, *straight),
            Paint::Pitch { light, dark, half_u, half_v } => built::pitch(t, *light, *dark, [*half_u, *half_v]),
            Paint::Planks { wood } => {
                let plank = hash_signed((t.u / 0.6) as i32, 0, 3);
                scaled(*wood, 1.0 + 0.07 * plank + 0.08 * t.grain + 0.05 * t.mid)
            }
            Paint::Ribbed { colour } => {
                let ribs = if t.px < 0.35 { 0.06 * sin(t.u * 9.0) } else { 0.0 };
                scaled(*colour, 1.0 + ribs + 0.05 * t.mid + 0.04 * t.grain)
            }
        };
        [rgb[0], rgb[1], rgb[2], opacity]
    }
}
