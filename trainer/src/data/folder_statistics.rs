//! What a folder of images holds that is a data set by itself, and what is wrong with it.

use super::image_folder::{class_files, image_files};
use super::label_table::{LabelRow, LabelTable};
use super::listed::Listed;
use super::raster::BandSettings;
use super::statistics::{DatasetStatistics, ImageStatistics, SizeCount, statistics_of, statistics_of_files};
use super::tiles::{OpenScenes, look_through_all};
use super::walk::slashed;
use crate::config::{ClassFoldersConfig, ImagesConfig, SplitConfig, Tiling};
use anyhow::Result;
use nadir_core::image::preprocess::ChannelStatistics;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Decodes every image, and verifies the cache's checksums where there is a cache. There are no labels.
///
/// # Errors
/// As [`image_files`]. Faults of single images are part of the statistics.
pub fn statistics_of_images(settings: &ImagesConfig, seed: u64) -> Result<DatasetStatistics> {
    let files = image_files(&settings.images)?;
    if let Some(tiling) = settings.tiling() {
        let rows = files.iter().map(|file| (slashed(file), Vec::new())).collect();
        let tiled = Tiled { folder: &settings.images, tiling, index: settings.tile_index.as_deref() };
        return tiled.statistics(&files, rows, Vec::new(), settings.cache.as_deref(), None, seed);
    }
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let images = statistics_of_files(&settings.images, &paths);
    let rows = files.iter().map(|file| row(file, Vec::new())).collect();
    statistics_of(LabelTable::of_rows(Vec::new(), rows), Some(images), settings.cache.as_deref(), None, seed)
}

/// As [`statistics_of_images`], with the classes as labels and their split.
///
/// # Errors
/// As [`class_files`].
pub fn statistics_of_class_folders(settings: &ClassFoldersConfig, seed: u64) -> Result<DatasetStatistics> {
    let found = class_files(&settings.images)?;
    if let Some(tiling) = settings.tiling() {
        let one_hot = |class: usize| (0..found.classes.len()).map(|at| at == class).collect();
        let rows = found.files.iter().map(|(file, class)| (slashed(file), one_hot(*class))).collect();
        let files: Vec<PathBuf> = found.files.iter().map(|(file, _)| file.clone()).collect();
        let tiled = Tiled { folder: &settings.images, tiling, index: settings.tile_index.as_deref() };
        let mut statistics =
            tiled.statistics(&files, rows, found.classes, settings.cache.as_deref(), Some(&settings.split), seed)?;
        if let Some(images) = &mut statistics.images {
            images.files += found.without_class.len();
            images.without_labels = found.without_class.iter().map(|file| file.display().to_string()).collect();
        }
        return Ok(statistics);
    }
    let paths: Vec<&Path> = found.files.iter().map(|(file, _)| file.as_path()).collect();
    let mut images = statistics_of_files(&settings.images, &paths);
    images.files += found.without_class.len();
    images.without_labels = found.without_class.iter().map(|file| file.display().to_string()).collect();
    let one_hot = |class: usize| (0..found.classes.len()).map(|at| at == class).collect();
    let rows = found.files.iter().map(|(file, class)| row(file, one_hot(*class))).collect();
    let table = LabelTable::of_rows(found.classes.clone(), rows);
    statistics_of(table, Some(images), settings.cache.as_deref(), Some(&settings.split), seed)
}

/// A folder of images that are cut into tiles.
struct Tiled<'a> {
    folder: &'a Path,
    tiling: Tiling,
    index: Option<&'a Path>,
}

impl Tiled<'_> {
    /// Rows are images; sizes, mean and standard deviation are those of their tiles.
    fn statistics(
        &self,
        files: &[PathBuf],
        rows: Vec<(String, Vec<bool>)>,
        labels: Vec<String>,
        cache: Option<&Path>,
        split: Option<&SplitConfig>,
        seed: u64,
    ) -> Result<DatasetStatistics> {
        let names: Vec<String> = rows.iter().map(|(name, _)| name.clone()).collect();
        let scenes = OpenScenes::new(self.folder, files, &BandSettings::default(), false);
        let found = look_through_all(&scenes, &names, self.tiling, self.index)?;
        let mut channels = ChannelStatistics::default();
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let (mut tiles, mut skipped) = (0, 0_usize);
        for scene in found.iter().flatten() {
            (tiles, skipped) = (tiles + scene.tiles.len(), skipped.saturating_add(scene.skipped));
            for tile in &scene.tiles {
                channels.merge(&tile.statistics);
                *counts.entry((tile.window.width, tile.window.height)).or_default() += 1;
            }
        }
        let mut sizes: Vec<SizeCount> =
            counts.into_iter().map(|((width, height), images)| SizeCount { width, height, images }).collect();
        sizes.sort_by_key(|size| std::cmp::Reverse(size.images));
        let channels = channels.mean_and_std();
        let images = ImageStatistics {
            files: files.len(),
            missing: Listed::default(),
            without_labels: Listed::default(),
            broken: found.into_iter().filter_map(Result::err).collect(),
            sizes,
            channel_mean: channels.map(|(mean, _)| mean),
            channel_std: channels.map(|(_, std)| std),
            narrow_sixteen_bit: Listed::default(),
        };
        let rows = rows.into_iter().map(|(image, targets)| LabelRow { image, targets }).collect();
        let mut statistics = statistics_of(LabelTable::of_rows(labels, rows), Some(images), cache, split, seed)?;
        let Tiling { side, stride, min_valid } = self.tiling;
        statistics.notes.push(format!(
            "{tiles} tiles of {side} px every {stride} px; {skipped} others have less than {:.0} % valid pixels and are \
             skipped (data.min_valid)",
            100.0 * min_valid
        ));
        Ok(statistics)
    }
}

fn row(file: &Path, targets: Vec<bool>) -> LabelRow {
    LabelRow { image: file.display().to_string(), targets }
}
