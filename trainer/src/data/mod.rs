//! Images with labels, from wherever, in one form.

pub mod ahead;
mod availability;
pub mod cache;
pub mod crops;
mod dataset;
pub mod decode;
pub mod detection;
pub mod formats;
pub mod image_ending;
pub mod image_index;
pub mod json;
pub mod label_table;
pub mod listed;
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
pub mod truth_value;
mod walk;
pub mod xml;

use crate::config::{Config, DataConfig};
use anyhow::{Result, bail};
pub use availability::Availability;
use crops::CropSet;
pub use dataset::Dataset;
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
        DataConfig::Crops(settings) => CropSet::load(settings, config.seed)?.dataset(&settings.held_out)?.dataset,
    };
    for (name, part) in dataset.split.parts() {
        if part.is_empty() {
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
