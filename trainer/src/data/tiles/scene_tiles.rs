//! The tiles of an image.

use crate::config::Tiling;
use crate::data::file_stamp::FileStamp;
use anyhow::{Context, Result};
use nadir_core::image::preprocess::ChannelStatistics;
use nadir_geo::windows::{Window, windows};

/// A tile that is an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Where it is, px of its image as the file has it.
    pub window: Window,
    /// Of its pixels.
    pub statistics: ChannelStatistics,
}

/// The tiles of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneTiles {
    /// Its file, as it was when it was looked through.
    pub stamp: FileStamp,
    /// Width and height, px.
    pub size_px: [usize; 2],
    /// Row by row.
    pub tiles: Vec<Tile>,
    /// Tiles that are mostly nodata or transparent.
    pub skipped: usize,
}

/// Where tiles can be in an image, row by row: [`windows`] without a list of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    size_px: [usize; 2],
    tiling: Tiling,
}

impl Grid {
    pub(super) fn new(size_px: [usize; 2], tiling: Tiling) -> Self {
        Self { size_px, tiling }
    }

    /// All of them.
    ///
    /// # Errors
    /// A tiling that cannot be.
    pub(super) fn windows(self) -> Result<Vec<Window>> {
        let Tiling { side, stride, .. } = self.tiling;
        windows(self.size_px[0], self.size_px[1], side, stride).context("data.tile and data.stride")
    }

    /// The last tile begins here.
    fn last(self, axis: usize) -> usize {
        self.size_px[axis].saturating_sub(self.tiling.side)
    }

    fn along(self, axis: usize) -> usize {
        self.last(axis).div_ceil(self.tiling.stride) + 1
    }

    /// How many there are; `None` where they cannot be counted.
    pub(super) fn count(self) -> Option<usize> {
        self.along(0).checked_mul(self.along(1))
    }

    /// The window of this number.
    pub(super) fn window(self, number: usize) -> Option<Window> {
        if number >= self.count()? {
            return None;
        }
        let start = |axis: usize, at: usize| (at * self.tiling.stride).min(self.last(axis));
        let side = |axis: usize| self.tiling.side.min(self.size_px[axis]);
        let (column, row) = (number % self.along(0), number / self.along(0));
        Some(Window { left: start(0, column), top: start(1, row), width: side(0), height: side(1) })
    }

    /// The number of one of the windows.
    pub(super) fn number(self, window: Window) -> usize {
        let at = |axis: usize, start: usize| start.div_ceil(self.tiling.stride).min(self.along(axis) - 1);
        at(1, window.top) * self.along(0) + at(0, window.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places_in_the_list_of_windows() {
        for (size_px, side, stride) in
            [([50, 40], 16, 12), ([16, 16], 16, 16), ([9, 30], 16, 12), ([33, 200], 8, 1), ([64, 17], 16, 16)]
        {
            let grid = Grid::new(size_px, Tiling { side, stride, min_valid: 0.5 });
            let windows = grid.windows().expect("valid");
            assert_eq!(grid.count(), Some(windows.len()), "{size_px:?}");
            for (number, window) in windows.iter().enumerate() {
                assert_eq!((grid.window(number), grid.number(*window)), (Some(*window), number), "{size_px:?}");
            }
            assert_eq!(grid.window(windows.len()), None);
        }
    }
}
