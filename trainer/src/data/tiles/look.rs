//! Which tiles images have: every one is looked at once.

use super::index::TileIndex;
use super::open_scenes::OpenScenes;
use super::scene_tiles::{Grid, SceneTiles, Tile};
use crate::config::Tiling;
use crate::data::decode::read_dimensions;
use crate::data::file_stamp::FileStamp;
use crate::progress::Progress;
use anyhow::{Result, ensure};
use nadir_core::image::preprocess::ChannelStatistics;
use nadir_geo::windows::Window;
use rayon::prelude::*;
use std::path::Path;

/// The tiles of every file, or why it cannot be read; those that `index` knows are taken from there, and the others
/// written into it.
///
/// # Errors
/// An index that cannot be read or written, or is another file.
pub fn look_through_all(
    scenes: &OpenScenes,
    names: &[String],
    tiling: Tiling,
    index: Option<&Path>,
) -> Result<Vec<Result<SceneTiles, String>>> {
    let index = index.map(|file| TileIndex::open(file, tiling, scenes.bands())).transpose()?;
    let known = |file: usize| -> Option<SceneTiles> {
        let now = FileStamp::of(scenes.path(file)).ok()?;
        index.as_ref()?.get(&names[file]).filter(|tiles| tiles.stamp == now)
    };
    let mut found: Vec<Option<Result<SceneTiles, String>>> =
        (0..scenes.len()).into_par_iter().map(|file| known(file).map(Ok)).collect();
    let pending: Vec<usize> = (0..scenes.len()).filter(|&file| found[file].is_none()).collect();
    if !pending.is_empty() {
        let expected: u64 = pending.par_iter().map(|&file| tile_count(scenes.path(file), tiling)).sum();
        let progress = Progress::new("looking through the images for tiles", expected, "tiles");
        let looked: Vec<Result<Result<SceneTiles, String>>> = pending
            .par_iter()
            .map(|&file| {
                let tiles = look_through(scenes, file, tiling, &progress);
                if let (Ok(tiles), Some(index)) = (&tiles, &index) {
                    index.add(&names[file], tiles)?;
                }
                Ok(tiles.map_err(|error| format!("{error:#}")))
            })
            .collect();
        progress.finish();
        for (&file, looked) in pending.iter().zip(looked) {
            found[file] = Some(looked?);
        }
    }
    Ok(found.into_iter().map(|tiles| tiles.expect("known or looked through")).collect())
}

/// Tiles of an image as its header tells, those that are mostly nodata among them; 0 where it cannot be read.
pub fn tile_count(path: &Path, tiling: Tiling) -> u64 {
    let count = |(width, height)| Grid::new([width, height], tiling).count();
    read_dimensions(path).ok().and_then(count).unwrap_or(0) as u64
}

fn look_through(scenes: &OpenScenes, file: usize, tiling: Tiling, progress: &Progress) -> Result<SceneTiles> {
    let stamp = FileStamp::of(scenes.path(file)).map_err(anyhow::Error::msg)?;
    let scene = scenes.get(file, stamp)?;
    let (width, height) = scene.size();
    let places = Grid::new([width, height], tiling).windows()?;
    let count = places.len();
    let look = |window: Window| -> Result<Option<Tile>> {
        let read = scene.read(window)?;
        progress.advance(1);
        if !read.has_valid(tiling.min_valid) || read.valid == 0 {
            return Ok(None);
        }
        let mut statistics = ChannelStatistics::default();
        statistics.add(read.image.view());
        Ok(Some(Tile { window, statistics }))
    };
    let looked: Vec<Result<Option<Tile>>> = places.into_par_iter().map(look).collect();
    // The first in the image's order, so that the same file is refused in the same words each time.
    let tiles: Vec<Option<Tile>> = looked.into_iter().collect::<Result<_>>()?;
    let tiles: Vec<Tile> = tiles.into_iter().flatten().collect();
    let now = FileStamp::of(scenes.path(file)).map_err(anyhow::Error::msg)?;
    ensure!(now == stamp, "{} changed while it was read", scenes.path(file).display());
    let skipped = count - tiles.len();
    Ok(SceneTiles { stamp, size_px: [width, height], tiles, skipped })
}
