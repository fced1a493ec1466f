//! Where the pixels of tiles come from: their image's file, when they are needed, or a cache that has them decoded.

use super::open_scenes::OpenScenes;
use super::scene_tiles::{SceneTiles, Tile};
use crate::data::availability::Availability;
use crate::data::cache::{ImageCache, Item};
use crate::data::file_stamp::FileStamp;
use anyhow::{Context, Result, ensure};
use nadir_core::image::RgbImage;
use nadir_core::image::preprocess::ChannelStatistics;
use nadir_geo::windows::Window;
use std::path::Path;

/// Tiles that are read from their images' files. Shared between threads.
#[derive(Debug)]
pub struct TileStore {
    scenes: OpenScenes,
    /// Each file, as it was when it was looked through: with its width and height, px.
    looked: Vec<Option<(FileStamp, [usize; 2])>>,
    /// Each tile's file.
    tiles: Vec<(usize, Tile)>,
}

impl TileStore {
    /// The tiles of all files that could be read, file by file.
    pub fn new(scenes: OpenScenes, found: &[Result<SceneTiles, String>]) -> Self {
        let looked = found.iter().map(|found| found.as_ref().ok().map(|scene| (scene.stamp, scene.size_px))).collect();
        let of_file = |(file, found): (usize, &Result<SceneTiles, String>)| {
            let tiles = found.as_ref().map_or(&[][..], |scene| &scene.tiles);
            tiles.iter().map(move |tile| (file, tile.clone())).collect::<Vec<_>>()
        };
        let tiles = found.iter().enumerate().flat_map(of_file).collect();
        Self { scenes, looked, tiles }
    }

    /// The pixels of a tile.
    ///
    /// # Errors
    /// Names the file that has gone, has changed, or cannot be read.
    pub fn image(&self, index: usize) -> Result<RgbImage> {
        let (file, tile) = &self.tiles[index];
        let looked = self.looked[*file].context("the tile's file was read")?;
        read(&self.scenes, *file, looked, tile.window)
    }

    /// Channels of the tiles.
    pub fn channels(&self) -> usize {
        self.scenes.bands().channels()
    }

    /// The sums over a tile's pixels.
    pub fn statistics(&self, index: usize) -> &ChannelStatistics {
        &self.tiles[index].1.statistics
    }
}

/// The same tiles, decoded once into the cache in `folder`; beside it for each tile whether it is there. `names` are the
/// files'.
///
/// # Errors
/// As [`ImageCache::open`].
pub fn cached(
    scenes: &OpenScenes,
    names: &[String],
    found: &[Result<SceneTiles, String>],
    folder: &Path,
) -> Result<(ImageCache, Vec<Availability>)> {
    let (bands, channels) = (scenes.bands().suffix(), scenes.bands().channels());
    let mut items = Vec::new();
    for (file, found) in found.iter().enumerate() {
        let Ok(scene) = found else { continue };
        for tile in &scene.tiles {
            let Window { left, top, width, height } = tile.window;
            items.push(Item {
                name: format!("{}:{top},{left},{height},{width}{bands}", names[file]),
                file: scenes.path(file).to_owned(),
                read: Box::new(move || read(scenes, file, (scene.stamp, scene.size_px), tile.window)),
                bytes: Box::new(move || (channels * width * height) as u64),
            });
        }
    }
    ImageCache::open_items(folder, &items)
}

fn read(
    scenes: &OpenScenes,
    file: usize,
    (stamp, size_px): (FileStamp, [usize; 2]),
    window: Window,
) -> Result<RgbImage> {
    let scene = scenes.get(file, stamp)?;
    let (width, height) = scene.size();
    ensure!(
        [width, height] == size_px,
        "{} has {width} x {height} px, and the index of its tiles is of one of {} x {} px: delete data.tile_index",
        scenes.path(file).display(),
        size_px[0],
        size_px[1]
    );
    let read = scene.read(window).with_context(|| {
        let (row, column) = (window.top, window.left);
        format!("the tile at row {row} and column {column} of {}", scenes.path(file).display())
    })?;
    Ok(read.image)
}
