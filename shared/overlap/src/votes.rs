//! Candidates by points: two images of the same ground share codes, and the same shift and turn takes each point of one
//! to its like in the other.

use super::candidate::{Candidate, Placed};
use super::keypoints::Keypoint;
use rayon::prelude::*;

/// A code is looked up by each of its parts: two codes with up to 3 different bits share one of 4 parts at least.
const PARTS: usize = 4;
/// Bits of a part.
const PART_BITS: usize = 64 / PARTS;
/// Two codes with more different bits are of different things.
const MOST_DIFFERENT_BITS: u32 = 12;
/// Shifts are counted in squares of so many px.
const SQUARE: f32 = 4.0;
/// Up to so many images, two points that agree make a candidate; of more images three are needed, since chance pairs
/// grow with their square.
const IMAGES_BY_TWO: usize = 20_000;
/// A part of a code that more points than this have, of 160,000, says nothing (edges, plain spots).
const MOST_ALIKE: usize = 60;

/// The points of all images, by the parts of their codes.
struct Index<'a> {
    points: Vec<&'a Keypoint>,
    /// Which image a point is of, ascending.
    images: Vec<u32>,
    /// For each part and each of its values where its points begin, and the end behind them.
    starts: [Vec<u32>; PARTS],
    /// Indices into `points`, ascending for each value.
    entries: [Vec<u32>; PARTS],
    /// The whole codes of the entries, side by side: they are read far more often than any points.
    codes: [Vec<u64>; PARTS],
    most_alike: usize,
}

/// Two points that are alike: turns, shift in squares, and which point of the first image.
type Match = (u8, i32, i32, u32);

/// Pairs of images with points that agree on one turn and shift, at the shift that most agree on; by indices.
pub fn candidates(keypoints: &[&[Keypoint]]) -> Vec<Candidate> {
    let index = Index::new(keypoints);
    let fewest = if keypoints.len() <= IMAGES_BY_TWO { 2 } else { 3 };
    let found: Vec<Vec<Candidate>> =
        (0..keypoints.len()).into_par_iter().map(|image| index.of_image(image, keypoints[image], fewest)).collect();
    found.concat()
}

fn part(code: u64, part: usize) -> usize {
    (code >> (part * PART_BITS)) as usize & ((1 << PART_BITS) - 1)
}

impl<'a> Index<'a> {
    fn new(keypoints: &[&'a [Keypoint]]) -> Self {
        let points: Vec<&Keypoint> = keypoints.iter().copied().flatten().collect();
        let images = (0..).zip(keypoints).flat_map(|(image, points)| std::iter::repeat_n(image, points.len()));
        let mut index = Self {
            images: images.collect(),
            most_alike: MOST_ALIKE * points.len().div_ceil(160_000).max(1),
            points,
            starts: Default::default(),
            entries: Default::default(),
            codes: Default::default(),
        };
        for at in 0..PARTS {
            let mut starts = vec![0_u32; (1 << PART_BITS) + 1];
            for point in &index.points {
                starts[part(point.code, at) + 1] += 1;
            }
            for value in 1..starts.len() {
                starts[value] += starts[value - 1];
            }
            let (mut next, mut entries) = (starts.clone(), vec![0; index.points.len()]);
            for (number, point) in (0..).zip(&index.points) {
                let place = &mut next[part(point.code, at)];
                entries[*place as usize] = number;
                *place += 1;
            }
            index.codes[at] = entries.iter().map(|&entry| index.points[entry as usize].code).collect();
            index.starts[at] = starts;
            index.entries[at] = entries;
        }
        index
    }

    /// The points from number `from` on whose code shares a part with this one: numbers and codes.
    fn alike(&self, code: u64, at: usize, from: u32) -> impl Iterator<Item = (u32, u64)> + '_ {
        let value = part(code, at);
        let [start, end] = [self.starts[at][value], self.starts[at][value + 1]].map(|place| place as usize);
        let end = if end - start > self.most_alike { start } else { end };
        let start = start + self.entries[at][start..end].partition_point(|&entry| entry < from);
        self.entries[at][start..end].iter().copied().zip(self.codes[at][start..end].iter().copied())
    }

    fn of_image(&self, image: usize, keypoints: &[Keypoint], fewest: usize) -> Vec<Candidate> {
        let of_later_images = self.images.partition_point(|&of| of as usize <= image) as u32;
        let mut matches: Vec<(u32, Match)> = Vec::new();
        for (number, point) in (0..).zip(keypoints) {
            for at in 0..PARTS {
                for (entry, code) in self.alike(point.code, at, of_later_images) {
                    if (code ^ point.code).count_ones() <= MOST_DIFFERENT_BITS {
                        let other = self.points[entry as usize];
                        let quarter_turns = (other.turns + 4 - point.turns) % 4;
                        let (y, x) = (0..quarter_turns).fold((other.y, other.x), |(y, x), _| (-x, y));
                        let square = |a: i16, b: i16| (f32::from(a - b) / 2.0 / SQUARE).floor() as i32;
                        let agreed = (quarter_turns, square(point.y, y), square(point.x, x), number);
                        matches.push((self.images[entry as usize], agreed));
                    }
                }
            }
        }
        matches.sort_unstable();
        let candidate = |matches: &[(u32, Match)]| {
            let (votes, placed) = most_agreed(matches)?;
            let second = matches[0].0 as usize;
            (votes >= fewest).then_some(Candidate { first: image, second, placed: Some(placed) })
        };
        matches.chunk_by(|a, b| a.0 == b.0).filter_map(candidate).collect()
    }
}

/// How many points of the first image agree, and on what. Shifts on both sides of a square's border agree too.
fn most_agreed(matches: &[(u32, Match)]) -> Option<(usize, Placed)> {
    if matches.len() < 2 {
        return None;
    }
    let mut votes: Vec<Match> = Vec::with_capacity(4 * matches.len());
    for &(_, (turns, down, right, point)) in matches {
        votes.extend([(0, 0), (0, 1), (1, 0), (1, 1)].map(|(y, x)| (turns, down + y, right + x, point)));
    }
    votes.sort_unstable();
    votes.dedup();
    let squares = votes.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2));
    // The first of those with the most.
    let most = squares.rev().max_by_key(|square| square.len())?;
    let (quarter_turns, down, right, _) = most[0];
    // The corner that the four squares share.
    Some((most.len(), Placed { quarter_turns, shift: [down as f32 * SQUARE, right as f32 * SQUARE] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    #[test]
    fn points_that_agree_on_turn_and_shift_make_a_candidate_and_chance_does_not() {
        let mut rng = Rng::new(7);
        let mut drawn = || Keypoint {
            y: rng.below(200) as i16 - 100,
            x: rng.below(200) as i16 - 100,
            turns: rng.below(4) as u8,
            code: rng.next_u64(),
        };
        let first: Vec<Keypoint> = (0..40).map(|_| drawn()).collect();
        let other: Vec<Keypoint> = (0..40).map(|_| drawn()).collect();
        // Turned by a quarter clockwise and shifted: a turn back leads to the first's places less (10, 20) px.
        let shifted = |point: &Keypoint| {
            let (y, x) = (point.y - 20, point.x - 40);
            Keypoint { y: x, x: -y, turns: (point.turns + 1) % 4, code: point.code ^ 0b101 }
        };
        let second: Vec<Keypoint> = first[..5].iter().map(shifted).chain(other.iter().copied()).collect();
        let found = candidates(&[&first, &other[20..], &second[..20]]);
        assert_eq!(found.len(), 1, "{found:?}");
        let placed = found[0].placed.expect("points say how");
        assert_eq!((found[0].first, found[0].second, placed.quarter_turns), (0, 2, 1));
        assert!((placed.shift[0] - 10.0).abs() <= SQUARE && (placed.shift[1] - 20.0).abs() <= SQUARE, "{placed:?}");
    }
}
