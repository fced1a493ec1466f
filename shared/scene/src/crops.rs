//! Objects of a few kinds, cut out of generated scenes: what lesson 6 asks about.

use crate::{LABELS, generate, objects};
use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};

/// The kinds, names of [`LABELS`]; a crop's class is its index here.
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
/// Scenes that one call looks at, at the most.
const LOOKED_AT: usize = 4;
/// One scene gives so many crops of a kind at the most, so that they are not all of one place.
const OF_A_SCENE: usize = 1;

/// Finds [`OF_A_KIND`] crops of each of [`KINDS`], a scene at a time.
#[derive(Debug, Clone)]
pub struct ObjectCrops {
    next_seed: u64,
    /// By kind.
    crops: Vec<Vec<RgbImage>>,
}

impl ObjectCrops {
    /// From the scene of this seed on.
    pub fn new(first_seed: u64) -> Self {
        Self { next_seed: first_seed, crops: vec![Vec::new(); KINDS.len()] }
    }

    /// The crops so far, by kind.
    pub fn crops(&self) -> &[Vec<RgbImage>] {
        &self.crops
    }

    /// Whether there is nothing left to find.
    pub fn is_complete(&self) -> bool {
        self.crops.iter().all(|of_kind| of_kind.len() >= OF_A_KIND)
    }

    /// Looks at a few scenes, without painting those that have nothing that is needed, and cuts the first that has: no
    /// more than a page can do between two frames.
    pub fn cut_next(&mut self) {
        for _ in 0..LOOKED_AT {
            if self.is_complete() {
                return;
            }
            let seed = self.next_seed;
            self.next_seed += 1;
            let mut needed: Vec<(usize, [f32; 4])> = Vec::new();
            for object in objects(seed, SCENE_PX, SCENE_PX) {
                let Some(kind) = KINDS.iter().position(|&kind| kind == LABELS[object.label]) else { continue };
                let [x0, y0, x1, y1] = object.box_in_image;
                let here = needed.iter().filter(|(other, _)| *other == kind).count();
                let is_large = (x1 - x0).min(y1 - y0) >= LEAST_SIDE_PX;
                // A box that ends at the border is perhaps cut off there.
                let last = SCENE_PX as f32 - 1.0;
                let is_whole = x0 > 1.0 && y0 > 1.0 && x1 < last && y1 < last;
                if is_large && is_whole && here < OF_A_SCENE && self.crops[kind].len() + here < OF_A_KIND {
                    needed.push((kind, object.box_in_image));
                }
            }
            if !needed.is_empty() {
                let image = generate(seed, SCENE_PX, SCENE_PX).image;
                for (kind, box_in_image) in needed {
                    self.crops[kind].push(cut(&image, box_in_image));
                }
                return;
            }
        }
    }
}

/// A square about the object, with some ground around it.
fn cut(image: &RgbImage, [x0, y0, x1, y1]: [f32; 4]) -> RgbImage {
    let side = ((x1 - x0).max(y1 - y0) * (1.0 + 2.0 * MARGIN)).min(SCENE_PX as f32);
    let begin = |low: f32, high: f32| ((low + high - side) / 2.0).clamp(0.0, SCENE_PX as f32 - side);
    let (left, top) = (begin(x0, x1), begin(y0, y1));
    let square = CropBox::around([left, top, left + side, top + side], image.width, image.height);
    resized_crop(image.view(), square, CROP_PX, CROP_PX, Interpolation::Bilinear).to_rgb()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_within_few_scenes_and_the_seed_decides() {
        let found = |seed| {
            let mut crops = ObjectCrops::new(seed);
            while !crops.is_complete() {
                crops.cut_next();
                assert!(crops.next_seed - seed < 1000, "{} scenes were looked at", crops.next_seed - seed);
            }
            crops.crops
        };
        let first = found(0);
        assert!(first.iter().flatten().all(|crop| (crop.width, crop.height) == (CROP_PX, CROP_PX)));
        assert_eq!(first, found(0));
        assert_ne!(first, found(1000));
    }

    #[test]
    fn objects_are_those_of_the_painted_scene() {
        for seed in 0..10 {
            assert_eq!(objects(seed, SCENE_PX, SCENE_PX), generate(seed, SCENE_PX, SCENE_PX).objects);
        }
    }
}
