//! A folder of large images as a data set of their tiles.

use super::availability::Availability;
use super::dataset::{Dataset, ImageStore};
use super::loaded_images::{check_memory, check_skipped};
use super::raster::is_tiff_file;
use super::sample::Sample;
use super::split::Split;
use super::tiles::{OpenScenes, SceneTiles, TileStore, cached, look_through_all};
use crate::config::{FolderReading, Tiling};
use anyhow::{Result, ensure};
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_geo::windows::Window;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tracing::{info, warn};

/// So many images or more are held out whole; of fewer, blocks of tiles are.
const WHOLE_IMAGES_FROM: usize = 10;
/// Tiles along the side of a block that is held out.
const BLOCK: usize = 4;

/// An image with its tiles, which are samples of the data set one after the other.
#[derive(Debug)]
pub(super) struct Scene {
    /// Its path and labels, as a sample would have them.
    pub sample: Sample,
    /// Of its first tile, in the data set.
    pub first: usize,
    pub windows: Vec<Window>,
}

/// Loads the tiles of files below a folder; `rows` are the files' names and labels. `split` divides the tiles of those
/// that have any, beside the number of files that have none.
///
/// # Errors
/// More broken files than allowed, no tile at all, images that do not fit into memory, an index or a cache that cannot be
/// written.
pub(super) fn load(
    source: &FolderReading<'_>,
    tiling: Tiling,
    files: &[PathBuf],
    rows: Vec<(String, Vec<bool>)>,
    labels: Vec<String>,
    split: impl FnOnce(&[Scene], usize) -> Result<Split>,
) -> Result<Dataset> {
    let names: Vec<String> = rows.iter().map(|(name, _)| name.clone()).collect();
    let holds_images = source.cache.is_none();
    if holds_images {
        // Images that cannot be read by windows are held in memory. What cannot be read is named when it is looked through.
        let is_held = |path: &Path| !is_tiff_file(path).unwrap_or(true);
        let what = format!("the images of {} that are no TIFF", source.folder.display());
        check_memory(
            source.folder,
            files,
            source.bands.channels(),
            is_held,
            &what,
            " (TIFF images are read by windows)",
        )?;
    }
    let opened = OpenScenes::new(source.folder, files, &source.bands, holds_images);
    let mut found = look_through_all(&opened, &names, tiling, source.tile_index)?;
    let images = match source.cache {
        Some(folder) => {
            let (cache, there) = cached(&opened, &names, &found, folder)?;
            forget_missing(&mut found, there);
            ImageStore::Mapped(Arc::new(cache))
        }
        None => ImageStore::Tiles(Arc::new(TileStore::new(opened, &found))),
    };
    let (mut samples, mut scenes, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let (mut empty, mut without_pixels): (usize, Vec<String>) = (0, Vec::new());
    for ((name, targets), found) in rows.into_iter().zip(found) {
        let scene = match found {
            Ok(scene) => scene,
            Err(reason) => {
                skipped.push(reason);
                continue;
            }
        };
        empty = scene.skipped.saturating_add(empty);
        if scene.tiles.is_empty() {
            without_pixels.push(name);
            continue;
        }
        let windows: Vec<Window> = scene.tiles.iter().map(|tile| tile.window).collect();
        let first = samples.len();
        samples.extend(windows.iter().map(|window| tile_sample(&name, window, &targets)));
        scenes.push(Scene { sample: Sample { name, targets }, first, windows });
    }
    check_skipped(&skipped, files.len(), "images are broken", source.max_bad_images)?;
    say(source.folder, tiling, scenes.len(), samples.len(), empty, &without_pixels)?;
    let split = split(&scenes, skipped.len() + without_pixels.len())?;
    let other_labels = Vec::new();
    Ok(Dataset { labels, other_labels, samples, split, skipped, images, training_mean_and_std: OnceLock::new() })
}

/// Named by the row and column of its upper left pixel, as `nadir predict --tile` names tiles.
fn tile_sample(scene: &str, window: &Window, targets: &[bool]) -> Sample {
    Sample { name: format!("{scene}:{},{}", window.top, window.left), targets: targets.to_vec() }
}

/// What of all this is worth a line.
///
/// # Errors
/// Where there is no tile at all.
fn say(folder: &Path, tiling: Tiling, scenes: usize, tiles: usize, empty: usize, without: &[String]) -> Result<()> {
    let Tiling { side, stride, min_valid } = tiling;
    let valid = 100.0 * min_valid;
    if let Some(first) = without.first() {
        ensure!(
            tiles > 0,
            "no tile of the images below {} has {valid:.0} % valid pixels (data.min_valid): all others are nodata, NaN or \
             transparent; the first image: {first}",
            folder.display()
        );
        warn!("data: {} images have no tile with {valid:.0} % valid pixels; the first: {first}", without.len());
    }
    info!("data: {tiles} tiles of {side} px every {stride} px out of {scenes} images");
    if empty > 0 {
        info!(
            "data: {empty} of {} tiles have less than {valid:.0} % valid pixels and were skipped (data.min_valid)",
            empty.saturating_add(tiles)
        );
    }
    Ok(())
}

/// Takes files out of which a tile could not be decoded.
fn forget_missing(found: &mut [Result<SceneTiles, String>], there: Vec<Availability>) {
    let mut there = there.into_iter();
    for found in found {
        let Ok(scene) = found else { continue };
        let of_scene: Vec<Availability> = there.by_ref().take(scene.tiles.len()).collect();
        let mut kept = of_scene.iter().map(Result::is_ok);
        // The others are in the cache, in this order.
        scene.tiles.retain(|_| kept.next().unwrap_or(false));
        let lost = of_scene.iter().filter(|tile| tile.is_err()).count();
        let Some(reason) = of_scene.into_iter().find_map(Result::err) else { continue };
        warn!(reason, "data: {lost} tiles of an image cannot be read any more and are skipped: {reason}");
        if scene.tiles.is_empty() {
            *found = Err(reason);
        }
    }
}

/// All tiles of the images of each part.
pub(super) fn split_by_image(scenes: &[Scene], of_images: Split) -> Split {
    let tiles = |images: Vec<usize>| -> Vec<usize> {
        let of_image = |image: usize| scenes[image].first..scenes[image].first + scenes[image].windows.len();
        images.into_iter().flat_map(of_image).collect()
    };
    let Split { train, validation, test } = of_images;
    Split { train: tiles(train), validation: tiles(validation), test: tiles(test) }
}

/// A share of the tiles for validation, the others for training; tiles that share pixels with a held-out one are for
/// neither. Whole images are held out where there are ten or more, else blocks of 4 x 4 tiles: neighbours show the same
/// ground. Which ones, `seed` and their names decide.
pub(super) fn held_out(scenes: &[Scene], tiling: Tiling, share: f64, seed: u64) -> Split {
    let tiles: usize = scenes.iter().map(|scene| scene.windows.len()).sum();
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    let mut all = Vec::with_capacity(tiles);
    for scene in scenes {
        for (at, window) in scene.windows.iter().enumerate() {
            let block = BLOCK * tiling.stride;
            let group = match scenes.len() >= WHOLE_IMAGES_FROM {
                true => scene.sample.name.clone(),
                false => format!("{}:{},{}", scene.sample.name, window.top / block, window.left / block),
            };
            groups.entry(group).or_default().push(scene.first + at);
            all.push((scene.sample.name.as_str(), *window));
        }
    }
    let number = |name: &str| Rng::from_parts(&[seed, fnv1a_64(b"held out"), fnv1a_64(name.as_bytes())]).next_u64();
    let mut order: Vec<(u64, String)> = groups.keys().map(|name| (number(name), name.clone())).collect();
    order.sort_unstable();
    let wanted = if share > 0.0 { (tiles as f64 * share).round().max(1.0) as usize } else { 0 };
    let mut validation: Vec<usize> = Vec::new();
    for (_, name) in &order {
        let group = &groups[name];
        // One that trains is left.
        if validation.len() >= wanted || validation.len() + group.len() >= tiles {
            continue;
        }
        validation.extend(group);
    }
    validation.sort_unstable();
    // Held-out tiles by cells as large as a tile: what shares pixels with one is in a cell beside it at the farthest.
    let cell = |window: &Window| [window.left / tiling.side, window.top / tiling.side];
    let mut held: HashMap<(&str, [usize; 2]), Vec<Window>> = HashMap::new();
    for &tile in &validation {
        let (scene, window) = all[tile];
        held.entry((scene, cell(&window))).or_default().push(window);
    }
    let shares_pixels = |tile: &usize| {
        let (scene, window) = all[*tile];
        let [column, row] = cell(&window);
        let beside = |at: usize| at.saturating_sub(1)..=at + 1;
        beside(column)
            .flat_map(|column| beside(row).map(move |row| [column, row]))
            .any(|cell| held.get(&(scene, cell)).is_some_and(|held| held.iter().any(|other| overlap(&window, other))))
    };
    let train: Vec<usize> = (0..tiles).into_par_iter().filter(|tile| !shares_pixels(tile)).collect();
    let border = tiles - train.len() - validation.len();
    if border > 0 {
        info!("data: {border} tiles share pixels with held-out ones and are not trained on");
    }
    Split { train, validation, test: Vec::new() }
}

fn overlap(a: &Window, b: &Window) -> bool {
    let apart = |a: usize, a_len: usize, b: usize, b_len: usize| a + a_len <= b || b + b_len <= a;
    !apart(a.left, a.width, b.left, b.width) && !apart(a.top, a.height, b.top, b.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(name: &str, first: usize, size_px: [usize; 2], tiling: Tiling) -> Scene {
        let windows = nadir_geo::windows::windows(size_px[0], size_px[1], tiling.side, tiling.stride).expect("valid");
        Scene { sample: Sample { name: name.to_owned(), targets: Vec::new() }, first, windows }
    }

    fn scenes(count: usize, size_px: [usize; 2], tiling: Tiling) -> Vec<Scene> {
        let mut all: Vec<Scene> = Vec::new();
        for at in 0..count {
            let first = all.iter().map(|scene| scene.windows.len()).sum();
            all.push(scene(&format!("{at}.tif"), first, size_px, tiling));
        }
        all
    }

    #[test]
    fn blocks_of_one_image_are_held_out_and_what_shares_their_pixels_is_not_trained_on() {
        let tiling = Tiling { side: 8, stride: 6, min_valid: 0.5 };
        let all = scenes(1, [200, 150], tiling);
        let windows = &all[0].windows;
        let split = held_out(&all, tiling, 0.2, 1);
        let share = split.validation.len() as f64 / windows.len() as f64;
        assert!((0.2..0.25).contains(&share), "{share}");
        assert!(split.train.len() + split.validation.len() < windows.len(), "some are on a border");
        for &train in &split.train {
            assert!(!split.validation.iter().any(|&held| overlap(&windows[train], &windows[held])), "tile {train}");
        }
        // By hand: all others share pixels with one that is held out.
        let left_out =
            (0..windows.len()).filter(|tile| !split.train.contains(tile) && !split.validation.contains(tile));
        for tile in left_out {
            assert!(split.validation.iter().any(|&held| overlap(&windows[tile], &windows[held])), "tile {tile}");
        }
        assert_eq!(split, held_out(&all, tiling, 0.2, 1));
        assert_ne!(split.validation, held_out(&all, tiling, 0.2, 2).validation);
        assert!(held_out(&all, tiling, 0.0, 1).validation.is_empty());
    }

    #[test]
    fn of_ten_images_whole_ones_are_held_out() {
        let tiling = Tiling { side: 8, stride: 8, min_valid: 0.5 };
        let all = scenes(12, [24, 16], tiling);
        let split = held_out(&all, tiling, 0.25, 3);
        assert_eq!((split.validation.len(), split.train.len()), (18, 54));
        for scene in &all {
            let held = split.validation.iter().filter(|&&tile| (scene.first..scene.first + 6).contains(&tile)).count();
            assert!([0, 6].contains(&held), "{held} of 6 tiles of {}", scene.sample.name);
        }
        // One tile to train on is left, whatever is requested.
        assert!(!held_out(&scenes(2, [8, 8], tiling), tiling, 0.9, 1).train.is_empty());
        let images = Split { train: vec![2], validation: vec![0], test: vec![1] };
        let tiles = split_by_image(&all, images);
        assert_eq!((tiles.train, tiles.validation), ((12..18).collect(), (0..6).collect::<Vec<_>>()));
    }
}
