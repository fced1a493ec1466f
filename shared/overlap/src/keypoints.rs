//! Points of an image that are found again in another image of the same ground, each with a code of what is around it
//! that neither light nor a quarter turn changes.

use super::plane::Plane;
use nadir_core::rng::Rng;

/// At the most so many points in each of the 16 fields of an image.
const POINTS_A_FIELD: usize = 4;
/// Fields along each side.
const FIELDS: usize = 4;
/// Samples along each side of the square around a point.
const SAMPLES: usize = 8;
/// Distance of the samples, px.
const SPACING: f32 = 2.6;
/// Points are at least so far from the border, px: nearly all samples lie inside.
const BORDER: usize = 10;
/// A point's difference of Gaussians is at least this, in grey values.
const LEAST_CONTRAST: f32 = 0.8;

/// A point and its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keypoint {
    /// Twice the distance from the image's centre downwards, px.
    pub y: i16,
    /// Twice the distance from the image's centre to the right, px.
    pub x: i16,
    /// By so many quarter turns counter-clockwise its surroundings were turned for the code.
    pub turns: u8,
    /// 64 comparisons of two samples, a bit each.
    pub code: u64,
}

/// The samples that a code compares.
#[derive(Debug)]
pub struct Coder {
    compared: Vec<(usize, usize)>,
}

impl Coder {
    /// The comparisons, drawn once for all images.
    pub fn new() -> Self {
        let mut rng = Rng::from_name("audit keypoints");
        let cells = SAMPLES * SAMPLES;
        let mut compared = Vec::with_capacity(64);
        while compared.len() < 64 {
            let pair = (rng.below(cells), rng.below(cells));
            if pair.0 != pair.1 {
                compared.push(pair);
            }
        }
        Self { compared }
    }

    /// The image's points: extremes of the difference of two Gaussians, the strongest of each field.
    pub fn keypoints(&self, image: &Plane) -> Vec<Keypoint> {
        if image.width < 2 * BORDER + 8 || image.height < 2 * BORDER + 8 {
            return Vec::new();
        }
        let (fine, coarse, smooth) = (image.blurred(1.6), image.blurred(2.8), image.blurred(1.8));
        let contrast: Vec<f32> = fine.values.iter().zip(&coarse.values).map(|(a, b)| (a - b).abs()).collect();
        let mut extremes = extremes(&contrast, image.width, image.height);
        extremes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut taken = [0_usize; FIELDS * FIELDS];
        extremes.retain(|&(_, row, column)| {
            let field = row * FIELDS / image.height * FIELDS + column * FIELDS / image.width;
            taken[field] += 1;
            taken[field] <= POINTS_A_FIELD
        });
        extremes.into_iter().map(|(_, row, column)| self.keypoint(&smooth, row, column)).collect()
    }

    fn keypoint(&self, smooth: &Plane, row: usize, column: usize) -> Keypoint {
        let patch = Patch::around(smooth, row as f32, column as f32);
        let (patch, turns) = patch.upright();
        let bits = self.compared.iter().enumerate();
        let code = bits.fold(0, |code, (bit, &(a, b))| code | u64::from(patch.samples[a] > patch.samples[b]) << bit);
        let doubled = |at: usize, length: usize| (2 * at) as i16 - (length as i16 - 1);
        Keypoint { y: doubled(row, smooth.height), x: doubled(column, smooth.width), turns, code }
    }
}

/// Contrast, row and column of what is higher than all within 3 px.
fn extremes(contrast: &[f32], width: usize, height: usize) -> Vec<(f32, usize, usize)> {
    let mut found = Vec::new();
    for row in BORDER..height - BORDER {
        for column in BORDER..width - BORDER {
            let at = row * width + column;
            let here = contrast[at];
            // Most are not even higher than the four beside them.
            let is_higher = || [at - 1, at + 1, at - width, at + width].iter().all(|&other| contrast[other] <= here);
            let is_highest = || {
                (row - 3..=row + 3)
                    .all(|y| contrast[y * width + column - 3..=y * width + column + 3].iter().all(|&v| v <= here))
            };
            if here > LEAST_CONTRAST && is_higher() && is_highest() {
                found.push((here, row, column));
            }
        }
    }
    found
}

/// Samples of a square, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// 8 x 8 grey values less their mean.
    pub samples: Vec<f32>,
}

impl Patch {
    fn around(image: &Plane, row: f32, column: f32) -> Self {
        let offset = |at: usize| (at as f32 - (SAMPLES as f32 - 1.0) / 2.0) * SPACING;
        let sample = |at: usize| value_at(image, row + offset(at / SAMPLES), column + offset(at % SAMPLES));
        Self::centred((0..SAMPLES * SAMPLES).map(sample).collect())
    }

    /// Of a whole image, each sample the mean of its field.
    pub fn of_whole(image: &Plane) -> Self {
        let mut sums = vec![(0.0_f32, 0.0_f32); SAMPLES * SAMPLES];
        for row in 0..image.height {
            for column in 0..image.width {
                let field = row * SAMPLES / image.height * SAMPLES + column * SAMPLES / image.width;
                sums[field].0 += image.values[row * image.width + column];
                sums[field].1 += 1.0;
            }
        }
        Self::centred(sums.into_iter().map(|(sum, count)| sum / count.max(1.0)).collect())
    }

    fn centred(mut samples: Vec<f32>) -> Self {
        let mean = samples.iter().sum::<f32>() / samples.len() as f32;
        samples.iter_mut().for_each(|sample| *sample -= mean);
        Self { samples }
    }

    /// Turned so that it is brightest towards the right, and by how many quarter turns counter-clockwise: the same for
    /// each of its four turns.
    pub fn upright(self) -> (Self, u8) {
        let half = (SAMPLES as f32 - 1.0) / 2.0;
        let (mut down, mut right) = (0.0, 0.0);
        for (at, value) in self.samples.iter().enumerate() {
            down += value * ((at / SAMPLES) as f32 - half);
            right += value * ((at % SAMPLES) as f32 - half);
        }
        let (mut samples, mut turns) = (self.samples, 0);
        while turns < 3 && right <= f32::abs(down) {
            samples = turned(&samples);
            (down, right) = (-right, down);
            turns += 1;
        }
        (Self { samples }, turns)
    }
}

/// A square's samples turned counter-clockwise by a quarter.
fn turned(samples: &[f32]) -> Vec<f32> {
    (0..SAMPLES * SAMPLES).map(|at| samples[at % SAMPLES * SAMPLES + SAMPLES - 1 - at / SAMPLES]).collect()
}

/// Between the four pixels around it; beyond the border that of the border.
fn value_at(image: &Plane, row: f32, column: f32) -> f32 {
    let place = |at: f32, length: usize| {
        let at = at.clamp(0.0, length as f32 - 1.0);
        let first = (at as usize).min(length - 2);
        (first, at - first as f32)
    };
    let ((y, down), (x, right)) = (place(row, image.height), place(column, image.width));
    let at = |y: usize, x: usize| image.values[y * image.width + x];
    let (upper, lower) =
        (at(y, x) * (1.0 - right) + at(y, x + 1) * right, at(y + 1, x) * (1.0 - right) + at(y + 1, x + 1) * right);
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Plane {
        Plane::of_image(nadir_scene::generate(3, 128, 128).image.view(), 128)
    }

    #[test]
    fn a_turned_and_brightened_image_has_the_same_points_at_their_turned_places() {
        let coder = Coder::new();
        let image = scene();
        let points = coder.keypoints(&image);
        assert!(points.len() > 10, "{} points", points.len());
        for turns in 1..4 {
            let mut other = image.turned(turns);
            other.values.iter_mut().for_each(|value| *value = *value * 1.2 + 5.0);
            let others = coder.keypoints(&other);
            let is_found = |point: &&Keypoint| {
                let place = (0..turns).fold((point.y, point.x), |(y, x), _| (-x, y));
                others.iter().any(|other| {
                    (other.y, other.x) == place
                        && (other.code ^ point.code).count_ones() <= 4
                        && (other.turns + turns) % 4 == point.turns
                })
            };
            let found = points.iter().filter(is_found).count();
            // A field's border falls on a pixel's other side when it is turned, which costs a point here and there.
            assert!(found * 10 >= points.len() * 8, "{found} of {} after {turns} turns", points.len());
        }
    }

    #[test]
    fn the_whole_of_an_image_is_the_same_in_each_turn() {
        let image = scene();
        let (patch, turns) = Patch::of_whole(&image).upright();
        for more in 1..4 {
            let (other, other_turns) = Patch::of_whole(&image.turned(more)).upright();
            assert!(patch.samples.iter().zip(&other.samples).all(|(a, b)| (a - b).abs() < 1e-2));
            assert_eq!((other_turns + more) % 4, turns);
        }
    }
}
