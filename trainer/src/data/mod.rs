//! Images with labels, from wherever, in one form.

pub mod decode;
pub mod multi_label_csv;
pub mod scenes;
pub mod split;

use crate::config::{Config, DataConfig, Normalisation};
use anyhow::{Result, bail};
use nadir_shared::image::RgbImage;
use nadir_shared::image::preprocess::{ChannelStatistics, IMAGENET};
use split::Split;

/// Decoded images with their labels and split.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Class names.
    pub labels: Vec<String>,
    /// Images in a fixed order.
    pub samples: Vec<Sample>,
    /// Indices into `samples`.
    pub split: Split,
    /// Images left out: missing or broken, with the reason.
    pub left_out: Vec<String>,
}

/// One image.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name without folder, or `scene-SEED`.
    pub name: String,
    /// For each class, whether the image has it.
    pub targets: Vec<bool>,
    /// Decoded, 8 bits.
    pub image: RgbImage,
}

/// Loads what the config asks for, saying on standard error what it does.
///
/// # Errors
/// Missing files, a table that cannot be read, too many broken images, an empty split.
pub fn load(config: &Config) -> Result<Dataset> {
    let dataset = match &config.data {
        DataConfig::Scenes { count, size, first_seed } => scenes::load(*count, *size, *first_seed, config.seed)?,
        DataConfig::MultiLabelCsv { images, labels, splits, max_bad_images } => {
            multi_label_csv::load(images, labels, splits.as_deref(), *max_bad_images, config.seed)?
        }
    };
    for (name, part) in dataset.split.parts() {
        if part.is_empty() {
            bail!("the {name} split has no image ({} images in all)", dataset.samples.len());
        }
    }
    eprintln!(
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
    /// Mean and standard deviation that images are normalised by, channel by channel, in [0, 1].
    pub fn mean_and_std(&self, normalisation: Normalisation) -> ([f32; 3], [f32; 3]) {
        if normalisation == Normalisation::Imagenet {
            return IMAGENET;
        }
        let mut statistics = ChannelStatistics::default();
        for &index in &self.split.train {
            statistics.add(&self.samples[index].image);
        }
        let (mean, std) = statistics.mean_and_std().unwrap_or(([0.5; 3], [0.25; 3]));
        // An image set of one colour has no deviation; 1/255 keeps it finite.
        (mean.map(|value| value as f32), std.map(|value| value.max(1.0 / 255.0) as f32))
    }

    /// SHA-256 over which image stands in which part.
    pub fn split_hash(&self) -> String {
        let mut text = String::new();
        for (name, part) in self.split.parts() {
            for &index in part {
                text.push_str(&format!("{name}\t{}\n", self.samples[index].name));
            }
        }
        nadir_shared::bundle::sha256_hex(text.as_bytes())
    }
}
