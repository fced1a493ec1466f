//! Objects cut out of generated scenes: what lesson 6 asks about.

use crate::{LABELS, Painting};
use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};

/// The kinds that the lesson begins with, names of [`LABELS`].
pub const KINDS: [&str; 6] = ["airplane", "ships", "tennis court", "basketball court", "track", "baseball diamond"];
/// Crops of each kind.
pub const OF_A_KIND: usize = 3;
/// Side of a crop, px.
pub const CROP_PX: usize = 96;

/// Side of the scenes that are cut, px.
const SCENE_PX: usize = 320;
/// Smaller objects are passed over, px.
const LEAST_SIDE_PX: f32 = 18.0;
/// Ground around an object, as a share of its longer side.
const MARGIN: f32 = 0.15;
/// Rows that one call paints.
const ROWS: usize = 16;
/// One scene gives so many crops of a kind at the most, so that they are not all of one place.
const OF_A_SCENE: usize = 1;
/// After so many scenes a kind that was seldom seen stays with fewer crops.
const MOST_SCENES: u64 = 400;

/// Finds [`OF_A_KIND`] crops of each kind, a little with every call.
pub struct ObjectCrops {
    kinds: Vec<String>,
    next_seed: u64,
    last_seed: u64,
    /// By kind.
    crops: Vec<Vec<RgbImage>>,
    under_way: Option<UnderWay>,
}

/// A scene that is being painted for what is in it.
struct UnderWay {
    painting: Painting,
    /// Kinds and squares that are cut once it is painted.
    needed: Vec<(usize, CropBox)>,
    /// Rows that are to be painted, from the first one that is not.
    left: std::ops::Range<usize>,
}

impl ObjectCrops {
    /// Of these kinds, names of [`LABELS`], from the scene of this seed on.
    pub fn new(kinds: &[String], first_seed: u64) -> Self {
        Self {
            kinds: kinds.to_vec(),
            next_seed: first_seed,
            last_seed: first_seed + MOST_SCENES,
            crops: vec![Vec::new(); kinds.len()],
            under_way: None,
        }
    }

    /// The crops so far, by kind.
    pub fn crops(&self) -> &[Vec<RgbImage>] {
        &self.crops
    }

    /// Whether there is nothing left to find.
    pub fn is_complete(&self) -> bool {
        self.under_way.is_none()
            && (self.next_seed >= self.last_seed || self.crops.iter().all(|of_kind| of_kind.len() >= OF_A_KIND))
    }

    /// Lays out the next scene, or paints a few rows of one that has something that is needed: some milliseconds, so
    /// that a page does other things between two calls.
    pub fn work(&mut self) {
        if self.is_complete() {
            return;
        }
        let Some(mut scene) = self.under_way.take() else {
            self.under_way = self.look_at_next();
            return;
        };
        let rows = ROWS.min(scene.left.len());
        scene.painting.paint(scene.left.start, rows);
        scene.left.start += rows;
        if !scene.left.is_empty() {
            self.under_way = Some(scene);
            return;
        }
        for (kind, square) in scene.needed {
            self.crops[kind].push(scaled(scene.painting.image(), square));
        }
    }

    /// The next scene, if there is anything in it that is needed.
    fn look_at_next(&mut self) -> Option<UnderWay> {
        let painting = Painting::new(self.next_seed, SCENE_PX, SCENE_PX);
        self.next_seed += 1;
        let mut needed: Vec<(usize, CropBox)> = Vec::new();
        for object in painting.objects() {
            let Some(kind) = self.kinds.iter().position(|kind| kind == LABELS[object.label]) else { continue };
            let [x0, y0, x1, y1] = object.box_in_image;
            let here = needed.iter().filter(|(other, _)| *other == kind).count();
            let is_large = (x1 - x0).min(y1 - y0) >= LEAST_SIDE_PX;
            // A box that ends at the border is perhaps cut off there.
            let last = SCENE_PX as f32 - 1.0;
            let is_whole = x0 > 1.0 && y0 > 1.0 && x1 < last && y1 < last;
            if is_large && is_whole && here < OF_A_SCENE && self.crops[kind].len() + here < OF_A_KIND {
                needed.push((kind, square(object.box_in_image, SCENE_PX, SCENE_PX)));
            }
        }
        let first = needed.iter().map(|(_, square)| square.top).min()?;
        let end = needed.iter().map(|(_, square)| square.top + square.height).max()?;
        Some(UnderWay { painting, needed, left: first..end })
    }
}

/// The crop of a box, in px of the image: a square about it with some ground around it, [`CROP_PX`] wide and high.
pub fn cut(image: &RgbImage, box_in_image: [f32; 4]) -> RgbImage {
    scaled(image, square(box_in_image, image.width, image.height))
}

fn scaled(image: &RgbImage, square: CropBox) -> RgbImage {
    resized_crop(image.view(), square, CROP_PX, CROP_PX, Interpolation::Bilinear).to_rgb()
}

/// As far as the image goes; where it is shorter than the square, that is no square.
fn square([x0, y0, x1, y1]: [f32; 4], width: usize, height: usize) -> CropBox {
    let side = (x1 - x0).max(y1 - y0) * (1.0 + 2.0 * MARGIN);
    let [(left, wide), (top, high)] = [(x0, x1, width), (y0, y1, height)].map(|(low, high, length)| {
        let side = side.min(length as f32);
        (((low + high - side) / 2.0).clamp(0.0, length as f32 - side), side)
    });
    CropBox::around([left, top, left + wide, top + high], width, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{generate, objects};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_kind_is_found_within_few_scenes_and_the_seed_decides() {
        let found = |seed| {
            let mut crops = ObjectCrops::new(&names(&KINDS), seed);
            while !crops.is_complete() {
                crops.work();
            }
            assert!(crops.next_seed - seed < MOST_SCENES, "{} scenes were looked at", crops.next_seed - seed);
            crops.crops
        };
        let first = found(0);
        assert!(first.iter().all(|of_kind| of_kind.len() == OF_A_KIND));
        assert!(first.iter().flatten().all(|crop| (crop.width, crop.height) == (CROP_PX, CROP_PX)));
        assert_eq!(first, found(0));
        assert_ne!(first, found(1000));
    }

    #[test]
    fn a_crop_is_that_of_the_whole_painted_scene() {
        let mut crops = ObjectCrops::new(&names(&["airplane"]), 0);
        while crops.crops()[0].is_empty() {
            crops.work();
        }
        let scene = generate(crops.next_seed - 1, SCENE_PX, SCENE_PX);
        let of_scene = scene.objects.iter().map(|object| cut(&scene.image, object.box_in_image));
        assert!(of_scene.into_iter().any(|crop| crop == crops.crops()[0][0]));
    }

    #[test]
    fn a_kind_that_no_scene_has_comes_to_an_end() {
        let mut crops = ObjectCrops::new(&names(&["water"]), 0);
        while !crops.is_complete() {
            crops.work();
        }
        assert!(crops.crops()[0].is_empty(), "water has no box");
    }

    #[test]
    fn a_box_at_the_corner_is_cut_inside_the_image_however_flat_that_is() {
        let image = RgbImage::filled(100, 20, [9; 3]);
        for corner in [[0.0, 0.0, 10.0, 10.0], [80.0, 5.0, 100.0, 20.0], [0.0, 0.0, 100.0, 20.0]] {
            let crop = cut(&image, corner);
            assert!((crop.width, crop.height) == (CROP_PX, CROP_PX) && crop.pixels.iter().all(|&value| value == 9));
        }
    }

    #[test]
    fn objects_are_those_of_the_painted_scene() {
        for seed in 0..10 {
            assert_eq!(objects(seed, SCENE_PX, SCENE_PX), generate(seed, SCENE_PX, SCENE_PX).objects);
        }
    }
}
