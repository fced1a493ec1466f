//! The colours of a place and a season, in display values from 0 to 1.

use super::maths::mix;
use nadir_core::rng::Rng;

/// Red, green and blue, display values from 0 to 1.
pub(super) type Colour = [f32; 3];

/// Share of the way from `a` to `b`.
#[inline(always)]
pub(super) fn blend(a: Colour, b: Colour, share: f32) -> Colour {
    [mix(a[0], b[0], share), mix(a[1], b[1], share), mix(a[2], b[2], share)]
}

/// Every channel times `factor`.
#[inline(always)]
pub(super) fn scaled(colour: Colour, factor: f32) -> Colour {
    [colour[0] * factor, colour[1] * factor, colour[2] * factor]
}

/// What grows and lies on the ground at one place at one time.
#[derive(Debug, Clone)]
pub(super) struct Palette {
    pub(super) season: &'static str,
    pub(super) grass: Colour,
    pub(super) dry_grass: Colour,
    pub(super) soil: Colour,
    pub(super) pale_soil: Colour,
    pub(super) crowns: [Colour; 4],
    /// Share of broad-leaved trees that stand bare.
    pub(super) bare_trees: f32,
    /// Share of meadow that is dry.
    pub(super) dryness: f32,
    pub(super) asphalt: Colour,
    pub(super) concrete: Colour,
    pub(super) sand: Colour,
    pub(super) fresh_water: Colour,
    pub(super) sea_deep: Colour,
    pub(super) sea_shallow: Colour,
}

impl Palette {
    /// Draws a season and a climate.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let mut palette = match rng.below(4) {
            0 => Self {
                season: "spring",
                grass: [0.36, 0.45, 0.25],
                dry_grass: [0.52, 0.53, 0.35],
                crowns: [[0.27, 0.38, 0.17], [0.34, 0.44, 0.22], [0.24, 0.33, 0.20], [0.50, 0.50, 0.37]],
                bare_trees: 0.15,
                dryness: 0.25,
                ..Self::base()
            },
            1 => Self::base(),
            2 => Self {
                season: "autumn",
                grass: [0.42, 0.44, 0.25],
                dry_grass: [0.58, 0.53, 0.36],
                crowns: [[0.40, 0.36, 0.17], [0.50, 0.36, 0.18], [0.27, 0.33, 0.18], [0.47, 0.30, 0.18]],
                bare_trees: 0.2,
                dryness: 0.5,
                ..Self::base()
            },
            _ => Self {
                season: "winter",
                grass: [0.44, 0.44, 0.33],
                dry_grass: [0.57, 0.52, 0.41],
                crowns: [[0.22, 0.29, 0.20], [0.25, 0.30, 0.22], [0.34, 0.32, 0.26], [0.29, 0.33, 0.24]],
                bare_trees: 0.6,
                dryness: 0.6,
                ..Self::base()
            },
        };
        if rng.chance(0.22) {
            // An arid place: the grass gives way to soil.
            palette.grass = blend(palette.grass, palette.pale_soil, 0.45);
            palette.dry_grass = palette.pale_soil;
            palette.dryness = 0.75;
            palette.bare_trees *= 0.3;
        }
        let tint = |rng: &mut Rng, colour: &mut Colour, amount: f64| {
            let bright = rng.range(-amount, amount);
            for channel in colour {
                *channel = (*channel * (1.0 + bright + rng.range(-amount, amount) * 0.5) as f32).clamp(0.03, 0.95);
            }
        };
        for colour in [
            &mut palette.grass,
            &mut palette.dry_grass,
            &mut palette.soil,
            &mut palette.pale_soil,
            &mut palette.sand,
            &mut palette.fresh_water,
            &mut palette.sea_shallow,
            &mut palette.sea_deep,
        ] {
            tint(rng, colour, 0.12);
        }
        for colour in &mut palette.crowns {
            tint(rng, colour, 0.1);
        }
        palette.concrete = scaled(palette.concrete, rng.range(0.85, 1.12) as f32);
        tint(rng, &mut palette.concrete, 0.04);
        palette.asphalt = scaled(palette.asphalt, rng.range(0.78, 1.2) as f32);
        tint(rng, &mut palette.asphalt, 0.05);
        if rng.chance(0.4) {
            // Silt.
            palette.fresh_water = blend(palette.fresh_water, [0.40, 0.38, 0.28], 0.6);
        }
        palette
    }

    fn base() -> Self {
        Self {
            season: "summer",
            grass: [0.32, 0.41, 0.23],
            dry_grass: [0.50, 0.49, 0.33],
            soil: [0.47, 0.38, 0.29],
            pale_soil: [0.64, 0.57, 0.46],
            crowns: [[0.21, 0.31, 0.15], [0.25, 0.35, 0.18], [0.19, 0.28, 0.17], [0.31, 0.37, 0.20]],
            bare_trees: 0.0,
            dryness: 0.35,
            asphalt: [0.42, 0.42, 0.42],
            concrete: [0.69, 0.68, 0.63],
            sand: [0.79, 0.71, 0.58],
            fresh_water: [0.17, 0.25, 0.22],
            sea_deep: [0.11, 0.24, 0.28],
            sea_shallow: [0.33, 0.45, 0.42],
        }
    }

    /// One of the tree colours, varied a little.
    pub(super) fn crown(&self, rng: &mut Rng) -> Colour {
        scaled(self.crowns[rng.below(4)], rng.range(1.0, 1.4) as f32)
    }
}

/// Roofs: tiles, shingles, bitumen, gravel, metal.
pub(super) const ROOFS: [Colour; 10] = [
    [0.55, 0.36, 0.28],
    [0.62, 0.45, 0.35],
    [0.46, 0.44, 0.42],
    [0.38, 0.37, 0.37],
    [0.58, 0.56, 0.53],
    [0.50, 0.43, 0.37],
    [0.66, 0.60, 0.53],
    [0.41, 0.44, 0.46],
    [0.72, 0.70, 0.67],
    [0.44, 0.33, 0.28],
];

/// Large flat and metal roofs.
pub(super) const FLAT_ROOFS: [Colour; 8] = [
    [0.82, 0.81, 0.78],
    [0.74, 0.73, 0.70],
    [0.60, 0.59, 0.57],
    [0.50, 0.49, 0.47],
    [0.80, 0.75, 0.67],
    [0.63, 0.70, 0.72],
    [0.88, 0.88, 0.87],
    [0.56, 0.50, 0.44],
];

/// Car bodies, about as often as on the street.
pub(super) const CARS: [Colour; 12] = [
    [0.90, 0.90, 0.90],
    [0.86, 0.86, 0.87],
    [0.92, 0.91, 0.88],
    [0.62, 0.64, 0.66],
    [0.70, 0.70, 0.71],
    [0.15, 0.15, 0.17],
    [0.11, 0.11, 0.12],
    [0.30, 0.31, 0.34],
    [0.20, 0.26, 0.40],
    [0.60, 0.13, 0.12],
    [0.48, 0.45, 0.38],
    [0.17, 0.28, 0.24],
];

/// Paints of shipping containers.
pub(super) const CONTAINERS: [Colour; 9] = [
    [0.62, 0.22, 0.16],
    [0.70, 0.38, 0.20],
    [0.18, 0.33, 0.52],
    [0.13, 0.24, 0.38],
    [0.24, 0.44, 0.36],
    [0.78, 0.78, 0.76],
    [0.50, 0.50, 0.50],
    [0.72, 0.62, 0.26],
    [0.45, 0.18, 0.16],
];
