//! Images with labels, from wherever, in one form.

pub mod ahead;
pub mod cache;
pub mod crops;
pub mod decode;
pub mod detection;
pub mod image_index;
pub mod label_table;
pub mod multi_label_csv;
pub mod objects;
pub mod scenes;
pub mod split;
pub mod statistics;
pub mod stratify;

use crate::config::{Config, DataConfig, Normalisation};
use anyhow::{Result, bail};
use cache::ImageCache;
use crops::CropSet;
use nadir_core::image::preprocess::{ChannelStatistics, IMAGENET};
use nadir_core::image::{RgbImage, RgbView};
use split::Split;
use std::sync::{Arc, OnceLock};
use tracing::{info, warn};

/// Decoded images with their labels and split.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Class names.
    pub labels: Vec<String>,
    /// Classes that the data knows besides: withheld ones, and those without an image.
    pub other_labels: Vec<String>,
    /// Images in a fixed order.
    pub samples: Vec<Sample>,
    /// Indices into `samples`.
    pub split: Split,
    /// Images left out: missing or broken, with the reason.
    pub left_out: Vec<String>,
    images: ImageStore,
    /// Of the training images; reading all their pixels takes minutes on a large set.
    training_mean_and_std: OnceLock<([f32; 3], [f32; 3])>,
}

/// Whether an image can be had, or why not, with its name.
pub type Availability = Result<(), String>;

/// Where a dataset's pixels lie, in the order of its samples.
#[derive(Debug, Clone)]
enum ImageStore {
    /// Decoded, in memory; crops share theirs between data sets that know different classes.
    Memory(Arc<Vec<RgbImage>>),
    /// Decoded, in a file that is mapped into memory.
    Mapped(Arc<ImageCache>),
}

/// One image.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name without folder, or `scene-SEED`; with `#` and a number, an object of that image.
    pub name: String,
    /// For each class, whether the image has it.
    pub targets: Vec<bool>,
}

/// Loads what the config asks for, saying on standard error what it does.
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
        DataConfig::Crops(settings) => CropSet::load(settings, config.seed)?.dataset(&settings.withheld)?.dataset,
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

impl Dataset {
    /// Images that are held in memory, `images[i]` being that of `samples[i]`.
    ///
    /// # Panics
    /// If there are not as many images as samples.
    pub fn in_memory(
        labels: Vec<String>,
        samples: Vec<Sample>,
        images: impl Into<Arc<Vec<RgbImage>>>,
        split: Split,
        left_out: Vec<String>,
    ) -> Self {
        let images = images.into();
        assert_eq!(samples.len(), images.len(), "each sample has its image");
        Self {
            labels,
            other_labels: Vec::new(),
            samples,
            split,
            left_out,
            images: ImageStore::Memory(images),
            training_mean_and_std: OnceLock::new(),
        }
    }

    /// The pixels of `samples[index]`: decoded, 8 bits, upright, as large as the file has them.
    pub fn image(&self, index: usize) -> RgbView<'_> {
        match &self.images {
            ImageStore::Memory(images) => images[index].view(),
            ImageStore::Mapped(cache) => cache.image(index),
        }
    }

    /// Mean and standard deviation that images are normalised by, channel by channel, in [0, 1].
    pub fn mean_and_std(&self, normalisation: Normalisation) -> ([f32; 3], [f32; 3]) {
        if normalisation == Normalisation::Imagenet {
            return IMAGENET;
        }
        *self.training_mean_and_std.get_or_init(|| {
            let mut statistics = ChannelStatistics::default();
            for &index in &self.split.train {
                statistics.add(self.image(index));
            }
            let (mean, std) = statistics.mean_and_std().unwrap_or(([0.5; 3], [0.25; 3]));
            // An image set of one colour has no deviation; 1/255 keeps it finite.
            (mean.map(|value| value as f32), std.map(|value| value.max(1.0 / 255.0) as f32))
        })
    }

    /// Labels as 0 and 1, [images, labels].
    pub fn target_values(&self, indices: &[usize]) -> Vec<f32> {
        let values = indices.iter().flat_map(|&at| self.samples[at].targets.iter());
        values.map(|&present| f32::from(u8::from(present))).collect()
    }

    /// SHA-256 over which image stands in which part.
    pub fn split_hash(&self) -> String {
        let mut text = String::new();
        for (name, part) in self.split.parts() {
            for &index in part {
                text.push_str(&format!("{name}\t{}\n", self.samples[index].name));
            }
        }
        nadir_core::bundle::sha256_hex(text.as_bytes())
    }
}
