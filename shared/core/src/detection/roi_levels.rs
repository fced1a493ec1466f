//! Which level of the feature pyramid a box is read from.

use super::Size;
use super::boxes::{PixelBox, area};

/// Large boxes are read from coarse levels and small ones from fine levels (Lin et al. 2017, equation 1). As
/// torchvision's `LevelMapper` in `MultiScaleRoIAlign`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelMapper {
    /// The finest level, as a power of 2: its cells are 2^finest px.
    finest: i32,
    /// The coarsest level, likewise.
    coarsest: i32,
}

/// There are no levels to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("levels from {finest} to {coarsest}: expected the finest first")]
pub struct LevelError {
    /// What should be the finest level.
    pub finest: i32,
    /// What should be the coarsest level.
    pub coarsest: i32,
}

impl LevelMapper {
    /// The side of a square box that is read from [`Self::CANONICAL_LEVEL`], px.
    pub const CANONICAL_SCALE: f32 = 224.0;
    /// The level with cells of 2⁴ px, the only one of a ResNet without a pyramid.
    pub const CANONICAL_LEVEL: f32 = 4.0;
    /// So that a box of exactly 224 px is not a level finer for a rounding.
    pub const EPSILON: f32 = 1e-6;

    /// For the levels `finest` to `coarsest`, powers of 2: 2 to 5 for torchvision's `fasterrcnn_resnet50_fpn`, whose
    /// cells are 4 to 32 px; its pooled level is not read.
    ///
    /// # Errors
    /// If the finest level is above the coarsest.
    pub fn new(finest: i32, coarsest: i32) -> Result<Self, LevelError> {
        if finest <= coarsest { Ok(Self { finest, coarsest }) } else { Err(LevelError { finest, coarsest }) }
    }

    /// The index of the box's level, 0 for the finest. A box without an area is read from the finest.
    pub fn level(&self, box_in_image: PixelBox) -> usize {
        let octaves = f64::from(area(box_in_image).sqrt() / Self::CANONICAL_SCALE).log2() as f32;
        let level = (Self::CANONICAL_LEVEL + octaves + Self::EPSILON).floor();
        // The bounds are small whole numbers; a NaN becomes level 0 and so the finest.
        ((level as i32).clamp(self.finest, self.coarsest) - self.finest) as usize
    }

    /// Of each level, where in `boxes` those are that are read from it, ascending.
    pub fn by_level(&self, boxes: &[PixelBox]) -> Vec<Vec<usize>> {
        let mut indices = vec![Vec::new(); (self.coarsest - self.finest + 1) as usize];
        boxes.iter().enumerate().for_each(|(at, &of)| indices[self.level(of)].push(at));
        indices
    }
}

/// By how much a feature map is smaller than the images, as a power of 2 (1 / 4 for cells of 4 px). `largest_image` has
/// the largest height and width of a batch's resized images, without padding; as in torchvision only heights are
/// compared.
///
/// # Panics
/// If a height is 0.
pub fn spatial_scale(map: Size, largest_image: Size) -> f32 {
    assert!(map.height > 0 && largest_image.height > 0, "a height above 0");
    let scale = (map.height as f64 / largest_image.height as f64) as f32;
    f64::from(scale).log2().round_ties_even().exp2() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(side: f32) -> PixelBox {
        [10.0, 20.0, 10.0 + side, 20.0 + side]
    }

    #[test]
    fn levels_by_hand() {
        let mapper = LevelMapper::new(2, 5).expect("in order");
        let sides = [0.0, 20.0, 55.9, 56.0, 111.0, 112.0, 223.9, 224.0, 447.0, 448.0, 5000.0];
        let levels = sides.map(|side| mapper.level(square(side)));
        assert_eq!(levels, [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3]);
        // 448 by 112 has the area of 224 by 224.
        assert_eq!(mapper.level([0.0, 0.0, 448.0, 112.0]), 2);
        assert_eq!(mapper.level([f32::NAN; 4]), 0);
        assert_eq!(LevelMapper::new(3, 2), Err(LevelError { finest: 3, coarsest: 2 }));
    }

    #[test]
    fn each_box_is_on_one_level() {
        let mapper = LevelMapper::new(3, 4).expect("in order");
        let boxes = [300.0, 10.0, 224.0, 112.0].map(square);
        assert_eq!(mapper.by_level(&boxes), [vec![1, 3], vec![0, 2]]);
    }

    #[test]
    fn scales_are_powers_of_two_in_spite_of_padding() {
        // 800 by 1066 px, padded to 800 by 1088: the map of level 3 is 100 by 136.
        let image = Size::new(800, 1066);
        assert_eq!(spatial_scale(Size::new(200, 272), image), 0.25);
        assert_eq!(spatial_scale(Size::new(100, 136), image), 0.125);
        assert_eq!(spatial_scale(Size::new(25, 34), Size::new(770, 1066)), 1.0 / 32.0);
    }
}
