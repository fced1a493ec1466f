//! Which kind of data set a folder is.

use super::source::DatasetSource;
use crate::config::SplitConfig;
use crate::data::object_source::ObjectSource;
use crate::data::statistics::DatasetPaths;
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// A label table with its images, VOC's layout, or COCO's JSON files with their images.
///
/// # Errors
/// Where it is none of them, or more than one reading is possible: says how to name what is meant.
pub(super) fn recognise(folder: &Path) -> Result<DatasetSource> {
    recognised(folder)?.with_context(|| {
        format!(
            "{} has neither labels/ nor multilabels.csv, .tsv or .txt, nor VOC's Annotations/, nor a JSON file with \
             COCO's images, annotations and categories; name them by --labels, --voc, or --coco with --images, and any \
             other format by --set 'data.objects={{kind=...}}'; images without labels by --set data.kind=images --set \
             data.images=FOLDER, those in folders of their classes by --set data.kind=class_folders",
            folder.display()
        )
    })
}

/// As [`recognise`]; `None` where it is none of them.
///
/// # Errors
/// Where more than one reading is possible, or the folder is not there.
pub(super) fn recognised(folder: &Path) -> Result<Option<DatasetSource>> {
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let there = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
    let labels = ["labels", "multilabels.csv", "multilabels.tsv", "multilabels.txt"].into_iter().find_map(there);
    if let Some(labels) = labels {
        return Ok(Some(DatasetSource::Labels(DatasetPaths {
            labels,
            images: there("images"),
            split: there("splits").map(|folder| SplitConfig::Files { folder }),
            cache: there("cache"),
            seed: 1,
        })));
    }
    Ok(ObjectSource::in_folder(folder)?.map(DatasetSource::Objects))
}
