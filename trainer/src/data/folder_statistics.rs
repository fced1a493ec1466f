//! What a folder of images holds that is a data set by itself, and what is wrong with it.

use super::image_folder::{class_files, image_files};
use super::label_table::{LabelRow, LabelTable};
use super::statistics::{DatasetStatistics, ImageStatistics, statistics_of, statistics_of_files};
use super::tiles::{OpenScenes, look_through_all};
use super::walk::slashed;
use crate::config::{ClassFoldersConfig, FolderReading, ImagesConfig, SplitConfig, Tiling};
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
    let found = Looked::at(&settings.reading(), &files)?;
    let rows = files.iter().map(|file| row(file, Vec::new())).collect();
    found.statistics(LabelTable::of_rows(Vec::new(), rows), settings.cache.as_deref(), None, seed)
}

/// Likewise; each image has the label of the folder that it is in.
///
/// # Errors
/// As [`class_files`].
pub fn statistics_of_class_folders(settings: &ClassFoldersConfig, seed: u64) -> Result<DatasetStatistics> {
    let of_classes = class_files(&settings.images)?;
    let files: Vec<PathBuf> = of_classes.files.iter().map(|(file, _)| file.clone()).collect();
    let mut found = Looked::at(&settings.reading(), &files)?;
    found.images.files += of_classes.without_class.len();
    found.images.without_labels = of_classes.without_class.iter().map(|file| file.display().to_string()).collect();
    let one_hot = |class: usize| (0..of_classes.classes.len()).map(|at| at == class).collect();
    let rows = of_classes.files.iter().map(|(file, class)| row(file, one_hot(*class))).collect();
    let table = LabelTable::of_rows(of_classes.classes, rows);
    found.statistics(table, settings.cache.as_deref(), Some(&settings.split), seed)
}

/// What was found in the images of a folder.
struct Looked {
    images: ImageStatistics,
    /// What there is to say of tiles, where images are cut into some.
    note: Option<String>,
}

impl Looked {
    /// Sizes, mean and standard deviation are those of the images, or of their tiles.
    fn at(reading: &FolderReading<'_>, files: &[PathBuf]) -> Result<Self> {
        match reading.tiling {
            Some(tiling) => Self::at_tiles(reading, tiling, files),
            None => {
                let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
                Ok(Self { images: statistics_of_files(reading.folder, &paths, &reading.bands), note: None })
            }
        }
    }

    fn at_tiles(reading: &FolderReading<'_>, tiling: Tiling, files: &[PathBuf]) -> Result<Self> {
        let names: Vec<String> = files.iter().map(|file| slashed(file)).collect();
        let scenes = OpenScenes::new(reading.folder, files, &reading.bands, false);
        let found = look_through_all(&scenes, &names, tiling, reading.tile_index)?;
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
        let broken = found.into_iter().filter_map(Result::err).collect();
        let Tiling { side, stride, min_valid } = tiling;
        let note = format!(
            "{tiles} tiles of {side} px every {stride} px; {skipped} others have less than {:.0} % valid pixels and are \
             skipped (data.min_valid)",
            100.0 * min_valid
        );
        Ok(Self { images: ImageStatistics::of(files.len(), broken, counts, channels), note: Some(note) })
    }

    fn statistics(
        self,
        table: LabelTable,
        cache: Option<&Path>,
        split: Option<&SplitConfig>,
        seed: u64,
    ) -> Result<DatasetStatistics> {
        let mut statistics = statistics_of(table, Some(self.images), cache, split, seed)?;
        statistics.notes.extend(self.note);
        Ok(statistics)
    }
}

fn row(file: &Path, targets: Vec<bool>) -> LabelRow {
    LabelRow { image: file.display().to_string(), targets }
}
