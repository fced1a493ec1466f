//! Anchors: the boxes about every cell of a feature map that the region proposal network judges and corrects.

use super::Size;
use super::boxes::PixelBox;

/// The anchors about one cell of each level of a feature pyramid (Ren et al. 2015, section 3.1.1; one size a level as
/// Lin et al. 2017, section 4.1). As torchvision's `AnchorGenerator`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnchorGenerator {
    /// Of each level, the boxes about the origin, whole px.
    cells: Vec<Vec<PixelBox>>,
}

/// Why anchors cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnchorError {
    /// Sizes and aspect ratios are of different numbers of levels.
    #[error("anchor sizes of {sizes} levels and aspect ratios of {aspect_ratios}: expected the same number of levels")]
    Levels {
        /// Number of levels that have sizes.
        sizes: usize,
        /// Levels with aspect ratios.
        aspect_ratios: usize,
    },
    /// A size or aspect ratio that no box can have.
    #[error("{0} cannot be an anchor's size or aspect ratio: expected a finite number above 0")]
    NotPositive(f32),
    /// Not one feature map a level.
    #[error("{maps} feature maps for anchors of {levels} levels")]
    Maps {
        /// How many feature maps there are.
        maps: usize,
        /// How many levels have anchors.
        levels: usize,
    },
    /// A feature map without a cell.
    #[error("the feature map of level {0} has no cell")]
    EmptyMap(usize),
}

impl AnchorGenerator {
    /// Of each level the sizes (square roots of the areas, px) and aspect ratios (height by width). A cell's anchors
    /// are in the order of the ratios, and for each ratio of the sizes. Corners are rounded to whole px, halves to
    /// even.
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn new(sizes: &[Vec<f32>], aspect_ratios: &[Vec<f32>]) -> Result<Self, AnchorError> {
        if sizes.len() != aspect_ratios.len() {
            return Err(AnchorError::Levels { sizes: sizes.len(), aspect_ratios: aspect_ratios.len() });
        }
        let mut all = sizes.iter().chain(aspect_ratios).flatten();
        if let Some(&wrong) = all.find(|value| !(value.is_finite() && **value > 0.0)) {
            return Err(AnchorError::NotPositive(wrong));
        }
        let cell = |(sizes, ratios): (&Vec<f32>, &Vec<f32>)| {
            let pairs = ratios.iter().flat_map(|&ratio| sizes.iter().map(move |&size| (ratio, size)));
            pairs.map(|(ratio, size)| about_origin(ratio, size)).collect()
        };
        Ok(Self { cells: sizes.iter().zip(aspect_ratios).map(cell).collect() })
    }

    /// One size a level, and the same aspect ratios on each. torchvision's `fasterrcnn_resnet50_fpn` has the sizes 32,
    /// 64, 128, 256, 512 and the ratios 0.5, 1, 2.
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn of_pyramid(sizes: &[f32], aspect_ratios: &[f32]) -> Result<Self, AnchorError> {
        let sizes: Vec<Vec<f32>> = sizes.iter().map(|&size| vec![size]).collect();
        Self::new(&sizes, &vec![aspect_ratios.to_vec(); sizes.len()])
    }

    /// How many levels have anchors.
    pub fn levels(&self) -> usize {
        self.cells.len()
    }

    /// The anchors about (0, 0) of each level, px.
    pub fn cells(&self) -> &[Vec<PixelBox>] {
        &self.cells
    }

    /// How many anchors a cell has, of each level.
    pub fn per_cell(&self) -> Vec<usize> {
        self.cells.iter().map(Vec::len).collect()
    }

    /// Every anchor of each level, by row, then column, then in the order of the cell's anchors. `padded` is the size
    /// of the batch's images, `maps` those of the feature maps; cells lie padded / map px apart, rounded down.
    ///
    /// # Errors
    /// If there is not one map a level, or a map has no cell.
    pub fn grid(&self, padded: Size, maps: &[Size]) -> Result<Vec<Vec<PixelBox>>, AnchorError> {
        if maps.len() != self.levels() {
            return Err(AnchorError::Maps { maps: maps.len(), levels: self.levels() });
        }
        if let Some(level) = maps.iter().position(|map| map.height == 0 || map.width == 0) {
            return Err(AnchorError::EmptyMap(level));
        }
        let of_level = |(map, cell): (&Size, &Vec<PixelBox>)| {
            let stride = Size::new(padded.height / map.height, padded.width / map.width);
            let mut anchors = Vec::with_capacity(map.height * map.width * cell.len());
            for y in (0..map.height).map(|row| (row * stride.height) as f32) {
                for x in (0..map.width).map(|column| (column * stride.width) as f32) {
                    anchors.extend(cell.iter().map(|&[x0, y0, x1, y1]| [x + x0, y + y0, x + x1, y + y1]));
                }
            }
            anchors
        };
        Ok(maps.iter().zip(&self.cells).map(of_level).collect())
    }
}

/// The anchor about (0, 0), in torchvision's own steps: the roundings of f32 decide which way a half goes.
fn about_origin(ratio: f32, size: f32) -> PixelBox {
    let by_height = ratio.sqrt();
    let (width, height) = (1.0 / by_height * size, by_height * size);
    [-width, -height, width, height].map(|corner| (corner / 2.0).round_ties_even())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_to_even_as_by_torch() {
        // Sizes 1 and 3, half of them 0.5 and 1.5: away from zero would give 1 and 2.
        let anchors = AnchorGenerator::new(&[vec![1.0, 3.0]], &[vec![1.0]]).expect("sizes above 0");
        let grid = anchors.grid(Size::new(8, 8), &[Size::new(1, 1)]).expect("a cell");
        assert_eq!(grid, [[[0.0; 4], [-2.0, -2.0, 2.0, 2.0]]]);
    }

    #[test]
    fn ratios_are_the_outer_order_and_strides_are_rounded_down() {
        let anchors = AnchorGenerator::new(&[vec![8.0, 16.0]], &[vec![0.25, 1.0]]).expect("sizes above 0");
        assert_eq!((anchors.levels(), anchors.per_cell()), (1, vec![4]));
        let grid = &anchors.grid(Size::new(11, 9), &[Size::new(2, 2)]).expect("cells")[0];
        assert_eq!(grid[..3], [[-8.0, -2.0, 8.0, 2.0], [-16.0, -4.0, 16.0, 4.0], [-4.0, -4.0, 4.0, 4.0]]);
        assert_eq!(grid[4..8][2], [0.0, -4.0, 8.0, 4.0], "one column on: 9 / 2 = 4 px");
        assert_eq!(grid[8..12][2], [-4.0, 1.0, 4.0, 9.0], "one row on: 11 / 2 = 5 px");
    }

    #[test]
    fn what_makes_no_anchors_is_named() {
        let levels = AnchorGenerator::new(&[vec![8.0]], &[]).expect_err("no ratios");
        assert_eq!(levels, AnchorError::Levels { sizes: 1, aspect_ratios: 0 });
        assert_eq!(AnchorGenerator::of_pyramid(&[8.0], &[0.0]), Err(AnchorError::NotPositive(0.0)));
        let anchors = AnchorGenerator::of_pyramid(&[8.0, 16.0], &[1.0]).expect("sizes above 0");
        let image = Size::new(8, 8);
        assert_eq!(anchors.grid(image, &[image]), Err(AnchorError::Maps { maps: 1, levels: 2 }));
        assert_eq!(anchors.grid(image, &[image, Size::new(0, 1)]), Err(AnchorError::EmptyMap(1)));
    }
}
