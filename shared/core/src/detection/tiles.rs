//! Large images by overlapping tiles, and one list of objects from what was found in each tile.
//!
//! The rule of [`merge`], in this order; a box is *cut* where it comes near an inner border of its tile, one that is no
//! border of the image, for the object may go on behind it:
//!
//! 1. A cut box is dropped where another tile has all of it away from its own inner borders: that tile saw what this
//!    one saw, and what is behind the border. So a part does not stand beside the whole, nor a part that the whole
//!    denies.
//! 2. Cut boxes of a class from two tiles that agree in what both tiles show are parts of one object, larger than the
//!    overlap: their hull takes their place, with the highest of their scores.
//! 3. A cut box that lies mostly inside a larger one of its class is a part of it, and dropped.
//! 4. Of boxes of one class that overlap by more than the detector allows, the highest-scoring stays.

use super::Size;
use super::boxes::{PixelBox, area, intersection, intersection_over_union};
use super::grid::Grid;
use super::nms::highest_first;
use super::postprocess::DetectedObject;
use serde::{Deserialize, Serialize};

/// A box this near an inner border is cut there: a share of the tile's side.
const NEAR_BORDER: f32 = 0.01;
/// Parts of one object overlap at least so much in what two tiles both show.
const SAME_OBJECT: f32 = 0.5;
/// A cut box with more than this share of its area in a larger box is a part of it.
const INSIDE: f32 = 0.7;

/// A part of an image, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tile {
    /// First column in the image, px.
    pub left: usize,
    /// First row in the image, px.
    pub top: usize,
    /// Height and width of the tile, px.
    pub size: Size,
}

/// How an image is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    side: usize,
    overlap: usize,
}

/// An overlap that is not below the side of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tiles of {side} px that overlap by {overlap} px: expected an overlap below the side")]
pub struct TilingError {
    /// Width and height of a tile, px.
    pub side: usize,
    /// What neighbours share, px.
    pub overlap: usize,
}

/// An object that was found in a tile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileDetection {
    /// The tile that the object was found in.
    pub tile: Tile,
    /// The object, its box in px of the whole image.
    pub object: DetectedObject,
}

impl Tiling {
    /// Square tiles of `side` px whose neighbours share `overlap` px or more.
    ///
    /// # Errors
    /// Where the overlap is not below the side.
    pub fn new(side: usize, overlap: usize) -> Result<Self, TilingError> {
        if overlap < side { Ok(Self { side, overlap }) } else { Err(TilingError { side, overlap }) }
    }

    /// The tiles of an image, row by row. They cover every pixel, and a box whose sides are at most the overlap lies
    /// whole in one of them. A side of the image that is no longer than a tile is not divided.
    pub fn tiles(&self, image: Size) -> Vec<Tile> {
        let (rows, columns) = (self.along(image.height), self.along(image.width));
        let of_row = |&(top, height): &(usize, usize)| {
            let tile = move |&(left, width): &(usize, usize)| Tile { left, top, size: Size::new(height, width) };
            columns.iter().map(tile).collect::<Vec<_>>()
        };
        rows.iter().flat_map(of_row).collect()
    }

    /// Starts and lengths of the tiles along a side, the same distance apart but for rounding.
    fn along(&self, length: usize) -> Vec<(usize, usize)> {
        if length <= self.side {
            return vec![(0, length)];
        }
        let steps = (length - self.side).div_ceil(self.side - self.overlap);
        (0..=steps).map(|step| (step * (length - self.side) / steps, self.side)).collect()
    }
}

impl Tile {
    /// Its corners in the image.
    pub fn corners(&self) -> PixelBox {
        let Self { left, top, size } = *self;
        [left as f32, top as f32, (left + size.width) as f32, (top + size.height) as f32]
    }

    /// A box in px of the tile in px of the image.
    pub fn in_image(&self, [x0, y0, x1, y1]: PixelBox) -> PixelBox {
        let (left, top) = (self.left as f32, self.top as f32);
        [x0 + left, y0 + top, x1 + left, y1 + top]
    }

    /// Whether a box in the image lies in the tile and away from those of its borders that are no borders of the image.
    fn shows_whole(&self, [x0, y0, x1, y1]: PixelBox, image: Size) -> bool {
        let [left, top, right, bottom] = self.corners();
        let (across, down) = (NEAR_BORDER * self.size.width as f32, NEAR_BORDER * self.size.height as f32);
        (self.left == 0 || x0 >= left + across)
            && (self.top == 0 || y0 >= top + down)
            && (self.left + self.size.width >= image.width || x1 <= right - across)
            && (self.top + self.size.height >= image.height || y1 <= bottom - down)
    }
}

/// One list from what was found in all `tiles` of an image, the highest-scoring first, by the rule at the head of this
/// module. `iou_threshold` is the detector's own (step 4). Boxes without an area are dropped. Takes time in proportion to
/// the image, where objects are not heaped up in one place.
pub fn merge(found: &[TileDetection], tiles: &[Tile], image: Size, iou_threshold: f64) -> Vec<DetectedObject> {
    let side = tiles.iter().map(|tile| tile.size.height.max(tile.size.width)).max().unwrap_or(1);
    let mut places = Grid::new(image, side);
    tiles.iter().enumerate().for_each(|(at, tile)| places.insert(at, tile.corners()));
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    for one in found.iter().filter(|one| area(one.object.box_in_image) > 0.0) {
        let box_in_image = one.object.box_in_image;
        // A tile that shows all of it shows its upper left corner.
        let corner = [box_in_image[0], box_in_image[1], box_in_image[0], box_in_image[1]];
        let shows = |at: usize| tiles[at] != one.tile && tiles[at].shows_whole(box_in_image, image);
        if one.tile.shows_whole(box_in_image, image) {
            whole.push(one.object);
        } else if !places.near(corner).any(shows) {
            cut.push(*one);
        }
    }
    // Most objects are far smaller than a tile.
    let empty = || Grid::new(image, (side / 4).max(1));
    let (joined, parts) = joined(&cut, empty());
    whole.extend(joined);
    whole.extend(outside_of(&whole, parts, empty()));
    without_overlaps(&whole, iou_threshold, empty())
}

/// Of objects of one class that overlap by more than the threshold, the highest-scoring; as [`super::nms::batched_nms`].
fn without_overlaps(objects: &[DetectedObject], iou_threshold: f64, mut kept_places: Grid) -> Vec<DetectedObject> {
    let scores: Vec<f32> = objects.iter().map(|object| object.score).collect();
    let mut kept: Vec<DetectedObject> = Vec::new();
    for at in highest_first(&scores, scores.len()) {
        let object = objects[at];
        let suppresses = |other: usize| {
            let other = &kept[other];
            other.class == object.class
                && f64::from(intersection_over_union(other.box_in_image, object.box_in_image)) > iou_threshold
        };
        if !kept_places.near(object.box_in_image).any(suppresses) {
            kept_places.insert(kept.len(), object.box_in_image);
            kept.push(object);
        }
    }
    kept
}

/// Objects that several cut boxes are parts of, and the cut boxes that are part of no such object.
fn joined(cut: &[TileDetection], mut places: Grid) -> (Vec<DetectedObject>, Vec<DetectedObject>) {
    // Towards the first box of each one's group; a first box leads to itself.
    let mut towards: Vec<usize> = (0..cut.len()).collect();
    let first_of = |towards: &mut Vec<usize>, mut at: usize| {
        while towards[at] != at {
            towards[at] = towards[towards[at]];
            at = towards[at];
        }
        at
    };
    for (a, one) in cut.iter().enumerate() {
        for b in places.near(one.object.box_in_image) {
            if are_parts_of_one(one, &cut[b]) {
                let [of_a, of_b] = [a, b].map(|at| first_of(&mut towards, at));
                towards[of_a.max(of_b)] = of_a.min(of_b);
            }
        }
        places.insert(a, one.object.box_in_image);
    }
    let mut groups: Vec<(DetectedObject, usize)> = Vec::new();
    let mut group_of = vec![0; cut.len()];
    for (at, one) in cut.iter().enumerate() {
        let part = one.object;
        let first = first_of(&mut towards, at);
        if first == at {
            group_of[at] = groups.len();
            groups.push((part, 1));
        } else {
            let (object, count) = &mut groups[group_of[first]];
            object.box_in_image = hull(object.box_in_image, part.box_in_image);
            object.score = object.score.max(part.score);
            *count += 1;
        }
    }
    let (objects, alone): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, count)| *count > 1);
    let without_count = |groups: Vec<(DetectedObject, usize)>| groups.into_iter().map(|(object, _)| object).collect();
    (without_count(objects), without_count(alone))
}

fn are_parts_of_one(a: &TileDetection, b: &TileDetection) -> bool {
    if a.object.class != b.object.class || a.tile == b.tile {
        return false;
    }
    let shown_by_both = overlap(a.tile.corners(), b.tile.corners());
    let [in_a, in_b] = [a, b].map(|one| overlap(one.object.box_in_image, shown_by_both));
    intersection_over_union(in_a, in_b) >= SAME_OBJECT
}

/// The cut boxes that lie mostly inside no larger box of their class, of `others` or of their own kind.
fn outside_of(others: &[DetectedObject], mut parts: Vec<DetectedObject>, mut places: Grid) -> Vec<DetectedObject> {
    let size = |object: &DetectedObject| area(object.box_in_image);
    parts.sort_by(|a, b| size(b).total_cmp(&size(a)));
    others.iter().enumerate().for_each(|(at, other)| places.insert(at, other.box_in_image));
    let mut kept: Vec<DetectedObject> = Vec::new();
    for part in parts {
        let holds = |at: usize| {
            let other = others.get(at).unwrap_or_else(|| &kept[at - others.len()]);
            other.class == part.class
                && size(other) > size(&part)
                && intersection(other.box_in_image, part.box_in_image) > INSIDE * size(&part)
        };
        if !places.near(part.box_in_image).any(holds) {
            places.insert(others.len() + kept.len(), part.box_in_image);
            kept.push(part);
        }
    }
    kept
}

/// The box that both share; without an area, or turned inside out, where they share none.
fn overlap(a: PixelBox, b: PixelBox) -> PixelBox {
    [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]
}

/// The smallest box around both.
fn hull(a: PixelBox, b: PixelBox) -> PixelBox {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

#[cfg(test)]
mod tests {
    use super::super::boxes::clip;
    use super::super::nms::batched_nms;
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    const IOU: f64 = 0.5;

    fn object(box_in_image: PixelBox, class: usize, score: f32) -> DetectedObject {
        DetectedObject { box_in_image, class, score }
    }

    /// What a perfect detector finds in a tile: true boxes, cut off at the tile's borders.
    fn perfect(truths: &[DetectedObject], tiles: &[Tile]) -> Vec<TileDetection> {
        let in_tile = |&tile: &Tile| {
            let seen = move |truth: &DetectedObject| {
                let seen = overlap(truth.box_in_image, tile.corners());
                let has_area = seen[0] < seen[2] && seen[1] < seen[3];
                has_area.then_some(TileDetection { tile, object: DetectedObject { box_in_image: seen, ..*truth } })
            };
            truths.iter().filter_map(seen).collect::<Vec<_>>()
        };
        tiles.iter().flat_map(in_tile).collect()
    }

    /// Boxes apart from each other, one in each cell of a grid, of any size up to the cell's; scores differ.
    fn truths(image: Size, cell: usize, seed: u64) -> Vec<DetectedObject> {
        let mut rng = Rng::new(seed);
        let mut truths = Vec::new();
        for top in (0..image.height).step_by(cell) {
            for left in (0..image.width).step_by(cell) {
                let [height, width] = [image.height - top, image.width - left].map(|space| space.min(cell));
                if height < 4 || width < 4 || rng.chance(0.3) {
                    continue;
                }
                let (h, w) = (2 + rng.below(height - 3), 2 + rng.below(width - 3));
                let (y, x) = (top + 1 + rng.below(height - h - 1), left + 1 + rng.below(width - w - 1));
                let corners = [x, y, x + w, y + h].map(|at| at as f32);
                truths.push(object(corners, 1 + rng.below(3), 0.9 - 0.001 * truths.len() as f32));
            }
        }
        truths
    }

    #[test]
    fn a_side_no_longer_than_a_tile_is_not_divided() {
        let tiling = Tiling::new(100, 20).expect("below the side");
        let tiles = tiling.tiles(Size::new(100, 260));
        assert_eq!(tiles.iter().map(|tile| (tile.left, tile.top)).collect::<Vec<_>>(), [(0, 0), (80, 0), (160, 0)]);
        assert!(tiles.iter().all(|tile| tile.size == Size::new(100, 100)));
        let one = tiling.tiles(Size::new(1, 1));
        assert_eq!(one, [Tile { left: 0, top: 0, size: Size::new(1, 1) }]);
        assert_eq!(Tiling::new(100, 100), Err(TilingError { side: 100, overlap: 100 }));
        assert!(Tiling::new(0, 0).is_err());
    }

    #[test]
    fn a_part_goes_where_the_whole_was_found_even_if_the_part_is_surer() {
        let image = Size::new(100, 180);
        let tiles = Tiling::new(100, 20).expect("valid").tiles(image);
        // 82 to 120: the first tile shows it up to 100, the second from 80 on.
        let part = TileDetection { tile: tiles[0], object: object([82.0, 10.0, 100.0, 40.0], 1, 0.95) };
        let whole = TileDetection { tile: tiles[1], object: object([82.0, 10.0, 120.0, 40.0], 1, 0.6) };
        assert_eq!(merge(&[part, whole], &tiles, image, IOU), [whole.object]);
        // The second tile saw all of the part and more, and found nothing there.
        assert_eq!(merge(&[part], &tiles, image, IOU), []);
        // At the image's own border nothing is cut.
        let at_border = TileDetection { tile: tiles[0], object: object([0.0, 10.0, 30.0, 100.0], 1, 0.95) };
        assert_eq!(merge(&[at_border], &tiles, image, IOU), [at_border.object]);
    }

    #[test]
    fn parts_of_an_object_larger_than_the_overlap_are_joined_and_other_classes_are_not() {
        let image = Size::new(100, 180);
        let tiles = Tiling::new(100, 20).expect("valid").tiles(image);
        let left = TileDetection { tile: tiles[0], object: object([40.0, 10.0, 100.0, 40.0], 1, 0.7) };
        let right = TileDetection { tile: tiles[1], object: object([80.0, 11.0, 150.0, 41.0], 1, 0.8) };
        assert_eq!(merge(&[left, right], &tiles, image, IOU), [object([40.0, 10.0, 150.0, 41.0], 1, 0.8)]);
        let other = TileDetection { object: DetectedObject { class: 2, ..right.object }, ..right };
        assert_eq!(merge(&[left, other], &tiles, image, IOU), [other.object, left.object]);
        // A short part that goes on to the right, inside the joined object: a shade of it.
        let shade = TileDetection { tile: tiles[0], object: object([45.0, 28.0, 99.5, 40.0], 1, 0.75) };
        assert_eq!(merge(&[left, right, shade], &tiles, image, IOU).len(), 1);
    }

    #[test]
    fn boxes_without_area_are_dropped_and_an_object_seen_twice_is_one() {
        let image = Size::new(100, 180);
        let tiles = Tiling::new(100, 20).expect("valid").tiles(image);
        let flat = TileDetection { tile: tiles[0], object: object([10.0, 10.0, 10.0, 40.0], 1, 0.9) };
        let twice = [0, 1].map(|at| TileDetection {
            tile: tiles[at],
            object: object([84.0, 10.0, 96.0, 20.0 + at as f32], 1, 0.9 - at as f32 / 10.0),
        });
        assert_eq!(merge(&[flat, twice[0], twice[1]], &tiles, image, IOU), [twice[0].object]);
        assert_eq!(merge(&[], &tiles, image, IOU), []);
    }

    proptest! {
        #[test]
        fn tiles_cover_every_pixel_and_small_boxes_lie_whole_in_one(
            (height, width) in (1..700usize, 1..700usize),
            side in 2..200usize,
            share in 0.0..0.99f64,
            place in (0.0..1.0f64, 0.0..1.0f64),
            sides in (0.0..1.0f64, 0.0..1.0f64),
        ) {
            let overlap = (side as f64 * share) as usize;
            let image = Size::new(height, width);
            let tiles = Tiling::new(side, overlap).expect("below the side").tiles(image);
            for tile in &tiles {
                prop_assert!(tile.left + tile.size.width <= width && tile.top + tile.size.height <= height);
                prop_assert!(tile.size.width.max(tile.size.height) <= side);
            }
            // A pixel, and a box of at most the overlap, at a random place.
            for most in [1, overlap.max(1)] {
                let along = |share: f64, place: f64, length: usize| {
                    let box_side = (1 + (share * most as f64) as usize).min(most).min(length);
                    let start = (place * (length - box_side + 1) as f64) as usize;
                    (start, start + box_side)
                };
                let ((x0, x1), (y0, y1)) = (along(sides.0, place.0, width), along(sides.1, place.1, height));
                let holds = |tile: &Tile| tile.left <= x0 && x1 <= tile.left + tile.size.width
                    && tile.top <= y0 && y1 <= tile.top + tile.size.height;
                prop_assert!(tiles.iter().any(holds), "[{x0}, {y0}, {x1}, {y1}] in {tiles:?}");
            }
        }

        #[test]
        fn a_perfect_detector_has_no_seams(
            (height, width) in (40..500usize, 40..500usize),
            side in 60..200usize,
            share in 0.05..0.6f64,
            cell in 12..300usize,
            seed in 0..1000u64,
        ) {
            let image = Size::new(height, width);
            let tiles = Tiling::new(side, (side as f64 * share) as usize + 4).expect("below the side").tiles(image);
            let truths = truths(image, cell, seed);
            let merged = merge(&perfect(&truths, &tiles), &tiles, image, IOU);
            prop_assert_eq!(merged, truths);
        }

        #[test]
        fn of_overlapping_objects_those_stay_that_plain_suppression_keeps(
            drawn in proptest::collection::vec(
                (0.0..500.0f32, 0.0..300.0f32, 1.0..120.0f32, 1.0..120.0f32, 0..3usize, 0..12u8), 0..80,
            ),
            threshold in 0.0..0.95f64,
            cell in 1..300usize,
        ) {
            let objects: Vec<DetectedObject> = drawn
                .into_iter()
                .map(|(x, y, w, h, class, score)| object([x, y, x + w, y + h], class, score.into()))
                .collect();
            let boxes: Vec<PixelBox> = objects.iter().map(|object| object.box_in_image).collect();
            let scores: Vec<f32> = objects.iter().map(|object| object.score).collect();
            let classes: Vec<usize> = objects.iter().map(|object| object.class).collect();
            let kept = batched_nms(&boxes, &scores, &classes, threshold, usize::MAX);
            let expected: Vec<DetectedObject> = kept.into_iter().map(|at| objects[at]).collect();
            let places = Grid::new(Size::new(300, 420), cell);
            prop_assert_eq!(without_overlaps(&objects, threshold, places), expected);
        }

        #[test]
        fn merging_again_changes_nothing_and_doubled_boxes_count_once(
            seed in 0..1000u64,
            count in 0..60usize,
        ) {
            let image = Size::new(300, 420);
            let tiles = Tiling::new(128, 32).expect("below the side").tiles(image);
            let mut rng = Rng::new(seed);
            let mut found = Vec::new();
            for at in 0..count {
                let tile = tiles[rng.below(tiles.len())];
                let (x, y) = (rng.range(0.0, 127.0) as f32, rng.range(0.0, 127.0) as f32);
                let (w, h) = (rng.range(1.0, 90.0) as f32, rng.range(1.0, 90.0) as f32);
                let in_tile = clip([x, y, x + w, y + h], tile.size);
                let score = 0.9 - 0.01 * at as f32;
                found.push(TileDetection { tile, object: object(tile.in_image(in_tile), 1 + rng.below(2), score) });
            }
            let merged = merge(&found, &tiles, image, IOU);
            let doubled: Vec<TileDetection> = found.iter().chain(&found).copied().collect();
            prop_assert_eq!(&merge(&doubled, &tiles, image, IOU), &merged);
            let whole = Tile { left: 0, top: 0, size: image };
            let again: Vec<TileDetection> =
                merged.iter().map(|&object| TileDetection { tile: whole, object }).collect();
            prop_assert_eq!(merge(&again, &[whole], image, IOU), merged);
        }
    }
}
