//! Images with labels, from wherever, in one form.

pub mod ahead;
mod availability;
pub mod cache;
pub mod crops;
mod dataset;
pub mod decode;
pub mod detection;
mod file_stamp;
pub mod fixed_scaling;
pub mod folder_statistics;
pub mod formats;
pub mod image_ending;
pub mod image_folder;
pub mod image_index;
pub mod json;
pub mod label_table;
pub mod listed;
mod loaded_images;
pub mod multi_label_csv;
pub mod object_source;
pub mod object_statistics;
pub mod objects;
pub mod raster;
pub mod read_all;
mod sample;
pub mod scenes;
pub mod split;
pub mod statistics;
mod stored_image;
pub mod stratify;
pub mod table;
pub mod text_file;
mod tiled_folder;
pub(crate) mod tiles;
pub mod truth_value;
pub mod walk;
pub mod xml;

use crate::config::{Config, DataConfig};
use anyhow::{Result, bail};
pub use availability::Availability;
use crops::CropSet;
pub use dataset::{Dataset, ImagePixels};
pub use sample::Sample;
use tracing::{info, warn};

/// Loads what the config requests, and logs what it does.
///
/// # Errors
/// Missing files, a table that cannot be read, too many broken images, an empty split.
pub fn load(config: &Config) -> Result<Dataset> {
    let dataset = match &config.data {
        DataConfig::Scenes { count, size, first_seed, split } => {
            scenes::load(*count, *size, *first_seed, split, config.seed)?
        }
        DataConfig::MultiLabelCsv { images, labels, split, max_bad_images, cache } => {
            let cache = cache.as_deref();
            let source = multi_label_csv::Source { images, labels, split, cache, max_bad_images: *max_bad_images };
            multi_label_csv::load(source, config.seed)?
        }
        DataConfig::Images(settings) => image_folder::load_images(settings, config.seed)?,
        DataConfig::ClassFolders(settings) => image_folder::load_class_folders(settings, config.seed)?,
        DataConfig::Crops(settings) => CropSet::load(settings, config.seed)?.dataset(&settings.held_out)?.dataset,
    };
    // Images without labels are for training alone, but those that are held out to measure it.
    let is_unlabelled = !config.data.has_labels();
    for (name, part) in dataset.split.parts() {
        if part.is_empty() && !(is_unlabelled && name != "train") {
            bail!(
                "the {name} split has no image ({} images in all); give it a larger share in {}, or other files",
                dataset.samples.len(),
                if config.data.split().is_some() { "data.split" } else { "data" }
            );
        }
    }
    for (name, labels) in dataset.split.labels_without_positive(&dataset.samples, &dataset.labels) {
        if !labels.is_empty() {
            warn!(
                "data: {} of {} labels have no positive in {name} ({}{}); no average precision there",
                labels.len(),
                dataset.labels.len(),
                labels[..labels.len().min(5)].join(", "),
                if labels.len() > 5 { ", ..." } else { "" },
            );
        }
    }
    if is_unlabelled {
        info!(
            "data: {} images without labels ({} train, {} held out), split {}",
            dataset.samples.len(),
            dataset.split.train.len(),
            dataset.split.validation.len(),
            &dataset.split_hash()[..12],
        );
        return Ok(dataset);
    }
    info!(
        "data: {} images ({} train, {} validation, {} test), {} labels, split {}",
        dataset.samples.len(),
        dataset.split.train.len(),
        dataset.split.validation.len(),
        dataset.split.test.len(),
        dataset.labels.len(),
        &dataset.split_hash()[..12],
    );
    Ok(dataset)
}
