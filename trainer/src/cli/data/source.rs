use crate::config::{ClassFoldersConfig, ImagesConfig};
use crate::data::folder_statistics::{statistics_of_class_folders, statistics_of_images};
use crate::data::object_source::ObjectSource;
use crate::data::statistics::{DatasetPaths, DatasetStatistics, dataset_statistics};
use anyhow::{Result, bail};
use std::path::Path;

/// A data set that is looked at.
#[derive(Debug)]
pub(super) enum DatasetSource {
    /// Images with a table of labels.
    Labels(DatasetPaths),
    /// Images without labels, and the seed of what is drawn.
    Images(ImagesConfig, u64),
    /// Images in folders of their classes, and the seed of the split.
    ClassFolders(ClassFoldersConfig, u64),
    /// Images with boxes.
    Objects(ObjectSource),
}

impl DatasetSource {
    /// Its statistics, and the path that names it. Images with boxes have statistics of their own.
    ///
    /// # Errors
    /// Where it cannot be read at all.
    pub(super) fn statistics(&self) -> Result<(DatasetStatistics, &Path)> {
        Ok(match self {
            Self::Labels(paths) => (dataset_statistics(paths)?, &paths.labels),
            Self::Images(settings, seed) => (statistics_of_images(settings, *seed)?, &settings.images),
            Self::ClassFolders(settings, seed) => (statistics_of_class_folders(settings, *seed)?, &settings.images),
            Self::Objects(_) => bail!("a data set with boxes is looked at by its objects"),
        })
    }
}
