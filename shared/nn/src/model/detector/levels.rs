//! Which of the pyramid's maps a box is read from, and how.

use nadir_core::detection::Size;
use nadir_core::detection::roi_align::RoiAlign;
use nadir_core::detection::roi_levels::{LevelMapper, spatial_scale};

/// Bins a side of a box's crop of the maps.
pub const BINS: usize = 7;
/// Samples a side of a bin.
pub const SAMPLES: usize = 2;

/// How a box is read from a map of cells of a px.
pub(super) const ALIGN: RoiAlign =
    RoiAlign { output: Size::new(BINS, BINS), sampling_ratio: SAMPLES, spatial_scale: 1.0, aligned: false };

/// The levels that the box head reads: all but the pooled one.
pub(super) struct Levels {
    /// Cells by px of each.
    pub scales: Vec<f32>,
    /// Which box is read from which.
    pub mapper: LevelMapper,
}

impl Levels {
    /// Of the sizes of all maps, finest first; `image` has the largest height and width of the images without padding.
    pub fn new(maps: &[Size], image: Size) -> Self {
        let scales: Vec<f32> = maps[..maps.len() - 1].iter().map(|&map| spatial_scale(map, image)).collect();
        let level = |scale: f32| -scale.log2() as i32;
        let mapper = LevelMapper::new(level(scales[0]), level(scales[scales.len() - 1])).expect("finest first");
        Self { scales, mapper }
    }
}
