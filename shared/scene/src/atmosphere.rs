//! Light, air, cloud and sensor: from painted surfaces to the bytes of a picture.

use super::canvas::{Band, View};
use super::maths::{hash_signed, mix, noise, smooth};
use super::palette::Colour;
use nadir_core::rng::Rng;

/// How the picture was taken.
#[derive(Debug, Clone)]
pub(super) struct Atmosphere {
    /// What is left of the light in full shadow, a channel.
    shadow: Colour,
    pub(super) haze: f32,
    haze_colour: Colour,
    pub(super) cloud: f32,
    /// Side of the cloud lattice in metres.
    cloud_side: f32,
    cloud_from: [f32; 2],
    white: Colour,
    exposure: f32,
    contrast: f32,
    saturation: f32,
    /// Standard deviations of the noise, in display values: brightness and colour.
    noise: [f32; 2],
    blur: f32,
    vignette: f32,
    salt: u32,
}

impl Atmosphere {
    pub(super) fn draw(rng: &mut Rng, extent: f32) -> Self {
        let warm = rng.range(-0.05, 0.06) as f32;
        let green = rng.range(-0.02, 0.03) as f32;
        let haze = if rng.chance(0.35) { rng.range(0.08, 0.28) } else { rng.range(0.0, 0.07) } as f32;
        let deep = rng.range(0.28, 0.48) as f32;
        let cloud = if rng.chance(0.12) { rng.range(0.15, 0.6) } else { 0.0 } as f32;
        Self {
            shadow: [deep * 0.90, deep * 0.98, deep * 1.14],
            haze,
            haze_colour: [0.70, 0.74, 0.79],
            cloud,
            cloud_side: extent * rng.range(0.35, 0.6) as f32,
            cloud_from: [rng.range(0.0, 900.0) as f32, rng.range(0.0, 900.0) as f32],
            white: [1.0 + warm, 1.0 + green, 1.0 - warm],
            exposure: rng.range(0.94, 1.18) as f32,
            contrast: rng.range(1.0, 1.34) as f32,
            saturation: rng.range(0.58, 1.02) as f32,
            noise: [rng.range(0.006, 0.024) as f32, rng.range(0.002, 0.009) as f32],
            blur: if rng.chance(0.7) { rng.range(0.0, 0.12) } else { rng.range(0.1, 0.22) } as f32,
            vignette: rng.range(0.0, 0.10) as f32,
            salt: rng.next_u64() as u32,
        }
    }

    /// Opacity of the cloud over a point of the ground.
    pub(super) fn cloud_at(&self, x: f32, y: f32) -> f32 {
        if self.cloud <= 0.0 {
            return 0.0;
        }
        let (x, y) = (x / self.cloud_side + self.cloud_from[0], y / self.cloud_side + self.cloud_from[1]);
        let billow = noise(x, y, 1)
            + 0.5 * noise(x * 2.1, y * 2.1, 2)
            + 0.26 * noise(x * 4.3, y * 4.3, 3)
            + 0.13 * noise(x * 8.7, y * 8.7, 4)
            + 0.07 * noise(x * 17.3, y * 17.3, 5);
        let threshold = 0.95 - 1.15 * self.cloud;
        smooth(threshold, threshold + 0.65, billow) * 0.94
    }

    /// Shades the rows of a band where they lie, before they are blurred.
    pub(super) fn light(&self, band: &mut Band, sun: [f32; 2]) {
        let view = band.view;
        for row in 0..band.rows {
            for column in 0..view.width {
                let [x, y] = view.ground(column as f32, (band.first + row as isize) as f32);
                let cloud = self.cloud_at(x, y);
                let dim = if self.cloud > 0.0 {
                    // The cloud's own shadow, some hundred metres down-sun.
                    0.8 * self.cloud_at(x + sun[0] * 60.0, y + sun[1] * 60.0)
                } else {
                    0.0
                };
                let pixel = &mut band.pixels[row * view.width + column];
                let shade = pixel[3].max(dim);
                let edge = self.vignette * vignette(&view, column, band.first + row as isize);
                let air = self.shadow.iter().zip(&self.haze_colour);
                for (value, (&in_shadow, &haze)) in pixel.iter_mut().zip(air) {
                    let lit = *value * mix(1.0, in_shadow, shade) * (1.0 - edge);
                    *value = mix(mix(lit, haze, self.haze), 0.93, cloud);
                }
            }
        }
    }

    /// Blurs, tones, adds noise and rounds the inner rows of a lit band into `bytes`. The band has one row more
    /// above and below than `bytes`.
    pub(super) fn develop(&self, band: &Band, bytes: &mut [u8]) {
        let width = band.view.width;
        let (side, middle) = (self.blur, 1.0 - 2.0 * self.blur);
        for row in 1..band.rows - 1 {
            let y = (band.first + row as isize) as i32;
            for column in 0..width {
                let mut rgb = [0.0f32; 3];
                let columns = [column.saturating_sub(1), column, (column + 1).min(width - 1)];
                for (dy, weight_y) in [(row - 1, side), (row, middle), (row + 1, side)] {
                    for (dx, weight_x) in columns.iter().zip([side, middle, side]) {
                        let pixel = &band.pixels[dy * width + dx];
                        let weight = weight_x * weight_y;
                        for channel in 0..3 {
                            rgb[channel] += weight * pixel[channel];
                        }
                    }
                }
                let x = column as i32;
                // Two uniforms make a triangle, which is near enough to a bell for a sensor.
                let bright =
                    (hash_signed(x, y, self.salt) + hash_signed(x, y, self.salt ^ 0x77)) * 1.22 * self.noise[0];
                let grey = 0.30 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2];
                for channel in 0..3 {
                    let tint = hash_signed(x, y, self.salt ^ (0x100 + channel as u32)) * 1.73 * self.noise[1];
                    let colour = grey + (rgb[channel] - grey) * self.saturation;
                    let toned = ((colour * self.exposure * self.white[channel]) - 0.45) * self.contrast + 0.45;
                    // Film and sensor give way gently near white.
                    let toned = if toned > 0.78 { 0.78 + 0.24 * (1.0 - 0.24 / (toned - 0.54)) } else { toned };
                    let value = (toned + bright + tint).clamp(0.0, 1.0);
                    bytes[((row - 1) * width + column) * 3 + channel] = (value * 255.0 + 0.5) as u8;
                }
            }
        }
    }
}

/// 0 in the middle of the picture, 1 in the corners of a square one.
fn vignette(view: &View, column: usize, row: isize) -> f32 {
    let half = 0.5 * view.width.max(view.height) as f32;
    let x = (column as f32 + 0.5 - 0.5 * view.width as f32) / half;
    let y = (row as f32 + 0.5 - 0.5 * view.height as f32) / half;
    0.5 * (x * x + y * y)
}
