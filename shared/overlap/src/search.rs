//! Finds the images that show the same ground.

use super::candidate::{Candidate, Placed};
use super::keypoints::Coder;
use super::look::{Look, THUMBNAIL};
use super::pair::{Kind, Overlap};
use super::plane::Plane;
use super::proof::{Agreement, Comparison, Texture, agreement, offset_of, shift_of};
use super::votes;
use nadir_core::image::RgbImage;
use nadir_core::neighbours::UnitRows;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Two images overlap by this share of the smaller one at least.
pub const LEAST_SHARE: f32 = 0.1;
/// From this share on, two images are views of the same ground that are not moved against each other.
const WHOLE_SHARE: f32 = 0.94;
/// Tiles with texture that an overlap has at least.
pub const LEAST_TILES: usize = 4;
/// The tiles' median cross-correlation, at least.
pub const LEAST_MEDIAN: f32 = 0.9;
/// What nine tenths of the tiles reach, at least.
pub const LEAST_LOWEST: f32 = 0.85;
/// The highest peak of the phase correlation is so many times the next, at least: texture that repeats has several.
pub const LEAST_PEAK_RATIO: f32 = 8.0;
/// Thumbnails whose tiles have a lower median are not read again.
const LEAST_COARSE_MEDIAN: f32 = 0.35;
/// Thumbnails of half that size whose tiles have a lower median are not looked at closer: of the same ground, none of 91
/// pairs of four data sets had less than 0.85.
const LEAST_GLANCE_MEDIAN: f32 = 0.5;
/// The texture of thumbnails.
const COARSE: Texture = Texture { sigma: 0.8, radius: 3 };
/// The proof looks at images of at most so many px along the longer side.
const PROOF_PX: usize = 512;
/// Size of the Fourier transforms of the proof, px.
const PROOF_TRANSFORM: usize = 256;
/// Images most like one by 8 x 8 grey values that are compared with it.
const NEAREST: usize = 4;
/// Cosine of those from which on they are.
const LEAST_COSINE: f32 = 0.9;

/// Reads an image's pixels again; the error is a sentence that names it.
pub type Read<'a> = &'a (dyn Fn(usize) -> Result<RgbImage, String> + Sync);

/// Is told how many more are done.
pub type Advance<'a> = &'a (dyn Fn(u64) + Sync);

/// What was looked at of each image, or why it could not be read.
pub fn look_at_all(images: usize, read: Read<'_>, advance: Advance<'_>) -> Vec<Result<Look, String>> {
    let coder = Coder::new();
    let look = |image: usize| {
        let look = read(image).map(|pixels| Look::of(pixels.view(), &coder));
        advance(1);
        look
    };
    (0..images).into_par_iter().map(look).collect()
}

/// Pairs of images that may show the same ground.
pub struct Candidates<'a> {
    /// Of each image with the pixels of an earlier one, that one.
    same: BTreeMap<usize, usize>,
    /// The images that are compared: of those with the same pixels only the first.
    alone: Vec<Option<&'a Look>>,
    pairs: Vec<Candidate>,
}

impl<'a> Candidates<'a> {
    /// Among images of which some could not be read. `alike` are further pairs to look at, by indices, for example those
    /// that an embedding has close to each other.
    pub fn new(looks: &[Option<&'a Look>], alike: &[(usize, usize)]) -> Self {
        let same = same_pixels(looks);
        let alone: Vec<Option<&Look>> =
            looks.iter().enumerate().map(|(at, look)| look.filter(|_| !same.contains_key(&at))).collect();
        let keypoints: Vec<_> = alone.iter().map(|look| look.map_or(&[][..], |look| &look.keypoints)).collect();
        let mut pairs = votes::candidates(&keypoints);
        pairs.extend(nearest_wholes(&alone));
        let of_embedding = alike.iter().filter(|(a, b)| a != b && alone[*a].is_some() && alone[*b].is_some());
        pairs.extend(of_embedding.map(|&(a, b)| Candidate { first: a.min(b), second: a.max(b), placed: None }));
        pairs.sort_by_key(|candidate| (candidate.first, candidate.second));
        Self { same, alone, pairs }
    }

    /// How many there are to compare.
    pub fn count(&self) -> usize {
        self.pairs.len()
    }

    /// The pairs that show the same ground, by indices; `read` gives the pixels of those that look alike once more.
    pub fn overlaps(&self, read: Read<'_>, advance: Advance<'_>) -> Vec<Overlap> {
        let mut found: Vec<Overlap> = self.same.iter().map(|(&second, &first)| Overlap::exact(first, second)).collect();
        found.extend(proven(&self.alone, read, &self.pairs, advance));
        found.sort_by_key(|overlap| (overlap.first, overlap.second));
        found
    }
}

/// For each image with the pixels of an earlier one, the first of these.
fn same_pixels(looks: &[Option<&Look>]) -> BTreeMap<usize, usize> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut same = BTreeMap::new();
    for (at, look) in looks.iter().enumerate() {
        let Some(look) = look else { continue };
        let of_pixels = *first.entry(&look.sha256).or_insert(at);
        if of_pixels != at {
            same.insert(at, of_pixels);
        }
    }
    same
}

/// Pairs of images that are alike as a whole, in any turn.
fn nearest_wholes(looks: &[Option<&Look>]) -> Vec<Candidate> {
    let known: Vec<(usize, &Look)> = looks.iter().enumerate().filter_map(|(at, look)| Some((at, (*look)?))).collect();
    let Some(len) = known.first().map(|(_, look)| look.whole.len()) else { return Vec::new() };
    let rows = UnitRows::new(known.iter().flat_map(|(_, look)| look.whole.iter().copied()).collect(), len);
    let of_one = |row: usize| -> Vec<Candidate> {
        let near = rows.nearest(rows.row(row), NEAREST + 1);
        let near = near.into_iter().filter(|near| near.index != row && near.cosine >= LEAST_COSINE);
        let candidate = |other: usize| {
            let ((first, a), (second, b)) = (known[row.min(other)], known[row.max(other)]);
            let quarter_turns = (b.whole_turns + 4 - a.whole_turns) % 4;
            Candidate { first, second, placed: Some(Placed { quarter_turns, shift: [0.0; 2] }) }
        };
        near.map(|near| candidate(near.index)).collect()
    };
    (0..known.len()).into_par_iter().map(of_one).collect::<Vec<_>>().concat()
}

/// The candidates, in order, that show the same ground.
fn proven(looks: &[Option<&Look>], read: Read<'_>, candidates: &[Candidate], advance: Advance<'_>) -> Vec<Overlap> {
    let of_first: Vec<&[Candidate]> = candidates.chunk_by(|a, b| a.first == b.first).collect();
    let [glance, coarse, fine] = [THUMBNAIL / 2, THUMBNAIL, PROOF_TRANSFORM].map(Comparison::new);
    let found: Vec<Vec<Overlap>> = of_first
        .into_par_iter()
        .map(|candidates| {
            let first = candidates[0].first;
            let Some(a) = looks[first] else { return Vec::new() };
            let plane = a.plane();
            let half = plane.halved();
            let mut pixels: Option<RgbImage> = None;
            let mut found = Vec::new();
            for of_pair in candidates.chunk_by(|a, b| a.second == b.second) {
                let second = of_pair[0].second;
                let Some(b) = looks[second] else { continue };
                let other = b.plane();
                let other_half = other.halved();
                let mut placed: Vec<Placed> = of_pair.iter().filter_map(|candidate| candidate.placed).collect();
                placed.dedup();
                if placed.is_empty() {
                    placed.extend(placed_anyhow(&half, &other_half, &coarse));
                }
                placed.retain(|&placed| at_a_glance(&half, &other_half, placed, &glance));
                let best = placed.into_iter().filter_map(|placed| coarsely(&plane, &other, placed, &coarse));
                if let Some((_, placed)) = best.max_by(|a, b| a.0.total_cmp(&b.0)) {
                    if pixels.is_none() {
                        pixels = read(first).ok();
                    }
                    // Both were read once; an image that has gone meanwhile overlaps with nothing.
                    if let (Some(a), Ok(b)) = (&pixels, read(second)) {
                        found.extend(finely(a, &b, placed, &fine).map(|of| of.overlap(first, second)));
                    }
                }
                advance(of_pair.len() as u64);
            }
            found
        })
        .collect();
    found.concat()
}

/// How one image may lie on another: in each turn by the phase correlation of the whole thumbnails at half their size
/// (these planes), of which the clearest peak counts. Beside them is as much empty space: a shift of nearly all of it is
/// told from one back.
fn placed_anyhow(first: &Plane, second: &Plane, comparison: &Comparison) -> Option<Placed> {
    let in_turn = |quarter_turns: u8| {
        let turned = second.turned(quarter_turns);
        let (offset, ratio) = comparison.located(first, &turned);
        (ratio, Placed { quarter_turns, shift: shift_of(offset, first, &turned, 0.5) })
    };
    (0..4).map(in_turn).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, placed)| placed)
}

/// Whether thumbnails of half their size may agree; most candidates end here. What overlaps too little or has too little
/// texture at that size is looked at closer.
fn at_a_glance(first: &Plane, second: &Plane, placed: Placed, comparison: &Comparison) -> bool {
    let turned = second.turned(placed.quarter_turns);
    let offset = offset_of(placed, first, &turned, 0.5);
    let agreement = comparison
        .aligned(first, &turned, offset)
        .and_then(|(offset, peak_ratio)| agreement(first, &turned, offset, COARSE, peak_ratio));
    agreement.is_none_or(|agreement| agreement.tiles == 0 || agreement.median >= LEAST_GLANCE_MEDIAN)
}

/// Whether thumbnails agree well enough to look closer, and how they lie then.
fn coarsely(first: &Plane, second: &Plane, placed: Placed, comparison: &Comparison) -> Option<(f32, Placed)> {
    let turned = second.turned(placed.quarter_turns);
    let agreement = best_agreement(first, &turned, offset_of(placed, first, &turned, 1.0), COARSE, comparison)?;
    let shift = shift_of(agreement.offset, first, &turned, 1.0);
    (agreement.median >= LEAST_COARSE_MEDIAN).then_some((agreement.median, Placed { shift, ..placed }))
}

/// The agreement where phase correlation corrects the offset twice: the first correction changes what overlaps.
fn best_agreement(
    first: &Plane,
    turned: &Plane,
    offset: [i64; 2],
    texture: Texture,
    comparison: &Comparison,
) -> Option<Agreement> {
    let (once, ratio) = comparison.aligned(first, turned, offset)?;
    let (twice, ratio) = match once == offset {
        true => (once, ratio),
        false => comparison.aligned(first, turned, once)?,
    };
    agreement(first, turned, twice, texture, ratio)
}

/// A proven overlap, with its images' sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Proven {
    agreement: Agreement,
    quarter_turns: u8,
    shift_px: [f32; 2],
}

/// Whether two images agree at the resolution of the smaller one.
fn finely(a: &RgbImage, b: &RgbImage, placed: Placed, comparison: &Comparison) -> Option<Proven> {
    let longest = |image: &RgbImage| image.width.max(image.height);
    let side = longest(a).min(longest(b)).min(PROOF_PX);
    let (first, second) = (Plane::of_image(a.view(), side), Plane::of_image(b.view(), side));
    let turned = second.turned(placed.quarter_turns);
    let offset = offset_of(placed, &first, &turned, side as f32 / THUMBNAIL as f32);
    let sides = side as f32 / 256.0;
    let texture = Texture { sigma: (1.6 * sides).clamp(0.6, 1.6), radius: (side / 32).clamp(3, 8) };
    let agreement = best_agreement(&first, &turned, offset, texture, comparison)?;
    let is_proven = agreement.share >= LEAST_SHARE
        && agreement.tiles >= LEAST_TILES
        && agreement.median >= LEAST_MEDIAN
        && agreement.lowest >= LEAST_LOWEST
        && agreement.peak_ratio >= LEAST_PEAK_RATIO;
    let shift_px = shift_of(agreement.offset, &first, &turned, side as f32 / longest(a) as f32);
    is_proven.then_some(Proven { agreement, quarter_turns: placed.quarter_turns, shift_px })
}

impl Proven {
    fn overlap(self, first: usize, second: usize) -> Overlap {
        let Self { agreement, quarter_turns, shift_px } = self;
        let is_whole = agreement.share >= WHOLE_SHARE;
        let kind = match (is_whole, quarter_turns) {
            (true, 0) => Kind::Near,
            (true, _) => Kind::Turned,
            (false, 0) => Kind::Shifted,
            (false, _) => Kind::ShiftedTurned,
        };
        Overlap { first, second, kind, quarter_turns, shift_px, share: agreement.share, correlation: agreement.median }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};

    /// A part of a generated place, turned counter-clockwise.
    fn view(seed: u64, [left, top]: [usize; 2], quarter_turns: u8) -> RgbImage {
        let place = nadir_scene::generate(seed, 288, 288).image;
        let part = CropBox { left, top, width: 192, height: 192 };
        let view = resized_crop(place.view(), part, 192, 192, Interpolation::Bilinear).to_rgb();
        (0..quarter_turns).fold(view, |view, _| {
            let at = |row: usize, column: usize| 3 * (column * 192 + 191 - row);
            let pixels = (0..192 * 192).flat_map(|pixel| {
                let from = at(pixel / 192, pixel % 192);
                view.pixels[from..from + 3].to_vec()
            });
            RgbImage { pixels: pixels.collect(), ..view.clone() }
        })
    }

    #[test]
    fn what_an_embedding_has_side_by_side_is_placed_and_proven_without_points() {
        let images = [view(21, [0, 0], 0), view(21, [40, 70], 1), view(22, [0, 0], 0)];
        let read = |image: usize| Ok(images[image].clone());
        let mut looks: Vec<Look> = look_at_all(3, &read, &|_| ()).into_iter().map(|look| look.expect("read")).collect();
        looks.iter_mut().for_each(|look| look.keypoints.clear());
        let looks: Vec<Option<&Look>> = looks.iter().map(Some).collect();
        let overlaps = |alike: &[(usize, usize)]| Candidates::new(&looks, alike).overlaps(&read, &|_| ());
        assert!(overlaps(&[]).is_empty(), "without points and without an embedding nothing is found");
        let found = overlaps(&[(1, 0), (0, 2), (1, 2)]);
        assert_eq!(found.len(), 1, "{found:?}");
        let Overlap { first, second, kind, quarter_turns, shift_px, share, .. } = found[0];
        assert_eq!((first, second, kind, quarter_turns), (0, 1, Kind::ShiftedTurned, 3));
        assert!((shift_px[0] - 70.0).abs() <= 1.0 && (shift_px[1] - 40.0).abs() <= 1.0, "{shift_px:?}");
        assert!((share - 152.0 * 122.0 / (192.0 * 192.0)).abs() < 0.02, "{share}");
    }
}
