//! Images with labels, split, and where their pixels are.

use super::cache::ImageCache;
use super::sample::Sample;
use super::split::Split;
use super::tiles::TileStore;
use anyhow::Result;
use nadir_core::image::preprocess::ChannelStatistics;
use nadir_core::image::{RGB, RgbImage, RgbView};
use std::sync::{Arc, OnceLock};

/// Decoded images with their labels and split.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Class names, in the order of `Sample::targets`.
    pub labels: Vec<String>,
    /// Classes that the data knows besides: held out ones, and those without an image.
    pub other_labels: Vec<String>,
    /// Images in a fixed order.
    pub samples: Vec<Sample>,
    /// Which samples are for training, validation and test.
    pub split: Split,
    /// Images skipped: missing or broken, with the reason.
    pub skipped: Vec<String>,
    pub(super) images: ImageStore,
    /// Of the training images; reading all their pixels takes minutes on a large set.
    pub(super) training_mean_and_std: OnceLock<(Vec<f32>, Vec<f32>)>,
}

/// Where a dataset's pixels lie, in the order of its samples.
#[derive(Debug, Clone)]
pub(super) enum ImageStore {
    /// Decoded, in memory; crops share theirs between data sets that know different classes.
    Memory(Arc<Vec<RgbImage>>),
    /// Decoded, in a file that is mapped into memory.
    Mapped(Arc<ImageCache>),
    /// Cut out of larger images when they are needed.
    Tiles(Arc<TileStore>),
}

/// Pixels that a data set holds, or has just read.
#[derive(Debug)]
pub enum ImagePixels<'a> {
    /// Held in memory, or mapped into it.
    Held(RgbView<'a>),
    /// Read from a file for whoever asked.
    Read(RgbImage),
}

impl ImagePixels<'_> {
    /// The pixels.
    pub fn view(&self) -> RgbView<'_> {
        match self {
            Self::Held(view) => *view,
            Self::Read(image) => image.view(),
        }
    }
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
        skipped: Vec<String>,
    ) -> Self {
        let images = images.into();
        assert_eq!(samples.len(), images.len(), "each sample has its image");
        Self {
            labels,
            other_labels: Vec::new(),
            samples,
            split,
            skipped,
            images: ImageStore::Memory(images),
            training_mean_and_std: OnceLock::new(),
        }
    }

    /// Images of which something else is known than their pixels, such as embeddings; nobody may ask for the pixels.
    pub fn without_pixels(labels: Vec<String>, samples: Vec<Sample>, split: Split) -> Self {
        let nothing = vec![RgbImage::filled(1, 1, [0; 3]); samples.len()];
        Self::in_memory(labels, samples, nothing, split, Vec::new())
    }

    /// The pixels of `samples[index]`: decoded, 8 bits, upright, as large as the file has them.
    ///
    /// # Errors
    /// Of a tile that is read from its file now: names the file that has gone or changed since it was looked through.
    pub fn image(&self, index: usize) -> Result<ImagePixels<'_>> {
        Ok(match &self.images {
            ImageStore::Memory(images) => ImagePixels::Held(images[index].view()),
            ImageStore::Mapped(cache) => ImagePixels::Held(cache.image(index)),
            ImageStore::Tiles(tiles) => ImagePixels::Read(tiles.image(index)?),
        })
    }

    /// Channels of its images: 3 of RGB ones.
    pub fn channels(&self) -> usize {
        match &self.images {
            ImageStore::Memory(images) => images.first().map_or(RGB, RgbImage::channels),
            ImageStore::Mapped(cache) if cache.is_empty() => RGB,
            ImageStore::Mapped(cache) => cache.image(0).channels(),
            ImageStore::Tiles(tiles) => tiles.channels(),
        }
    }

    /// Mean and standard deviation that images are normalised by, channel by channel, in [0, 1]: those `published`
    /// ([`Config::published_scaling`](crate::config::Config::published_scaling)), or else the training images'.
    pub fn mean_and_std(&self, published: Option<(Vec<f32>, Vec<f32>)>) -> (Vec<f32>, Vec<f32>) {
        if let Some(published) = published {
            return published;
        }
        let of_training = self.training_mean_and_std.get_or_init(|| {
            let mut statistics = ChannelStatistics::default();
            for &index in &self.split.train {
                match &self.images {
                    ImageStore::Memory(images) => statistics.add(images[index].view()),
                    ImageStore::Mapped(cache) => statistics.add(cache.image(index)),
                    ImageStore::Tiles(tiles) => statistics.merge(tiles.statistics(index)),
                }
            }
            let nothing = || (vec![0.5; self.channels()], vec![0.25; self.channels()]);
            let (mean, std) = statistics.mean_and_std().unwrap_or_else(nothing);
            // An image set of one colour has no standard deviation; 1/255 keeps it finite.
            let std = std.iter().map(|value| value.max(1.0 / 255.0) as f32).collect();
            (mean.iter().map(|&value| value as f32).collect(), std)
        });
        of_training.clone()
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
