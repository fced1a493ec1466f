//! How images that are larger than what a network sees become many.

use anyhow::{Result, ensure};

/// Square tiles that images are cut into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tiling {
    /// Width and height of a tile, px; an image with a shorter side has tiles that are cut to it.
    pub side: usize,
    /// From a tile to the next, px.
    pub stride: usize,
    /// A tile with a smaller share of valid pixels (neither nodata nor transparent) is no image.
    pub min_valid: f64,
}

impl Tiling {
    /// Where a config does not say.
    pub const MIN_VALID: f64 = 0.5;

    /// Of a config's keys; `None` where images are taken whole.
    pub(super) fn of(tile: Option<usize>, stride: Option<usize>, min_valid: Option<f64>) -> Option<Self> {
        let side = tile.filter(|&side| side > 0)?;
        Some(Self { side, stride: stride.unwrap_or(side), min_valid: min_valid.unwrap_or(Self::MIN_VALID) })
    }

    /// # Errors
    /// Names the key that cannot be, or that means nothing without `data.tile`.
    pub(super) fn check(
        tile: Option<usize>,
        stride: Option<usize>,
        min_valid: Option<f64>,
        has_index: bool,
    ) -> Result<()> {
        let Some(Self { side, stride, min_valid }) = Self::of(tile, stride, min_valid) else {
            let others = [("stride", stride.is_some()), ("min_valid", min_valid.is_some()), ("tile_index", has_index)];
            for (key, is_set) in others {
                ensure!(!is_set, "data.{key} is of tiles: set data.tile, the side of a tile in px, too");
            }
            return Ok(());
        };
        ensure!((8..=4096).contains(&side), "data.tile must be 8 to 4096 px, or 0 for whole images, and is {side}");
        ensure!(
            (1..=side).contains(&stride),
            "data.stride must be 1 px to the side of a tile ({side} px), so that nothing is left out, and is {stride}"
        );
        ensure!((0.0..=1.0).contains(&min_valid), "data.min_valid must be a share from 0 to 1, and is {min_valid}");
        Ok(())
    }
}
