//! Views made on the device from the training images in its memory.

use crate::config::{AugmentOn, Config};
use crate::data::{Dataset, ImagePixels};
use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor};
use nadir_core::image::RGB;
use nadir_core::image::augment::{AugmentConfig, AugmentDraw};
use nadir_nn::augment::{BatchAugment, DeviceImages};
use std::collections::HashMap;
use std::sync::Arc;
use tracing::info;

/// Where a loader's views are made.
#[derive(Debug, Clone)]
pub enum ViewMaker {
    /// By the host's cores.
    Host,
    /// By the device that trains.
    Device(Arc<DeviceViews>),
}

/// What decides a sample's views, beside its epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct ViewFamily<'a> {
    /// From which views are drawn.
    pub augment: &'a AugmentConfig,
    /// Seed that every view is drawn by.
    pub seed: u64,
    /// Channel means in [0, 1].
    pub mean: &'a [f32],
    /// Channel standard deviations in [0, 1].
    pub std: &'a [f32],
}

/// The training images on a device, and what makes views of them.
#[derive(Debug)]
pub struct DeviceViews {
    images: DeviceImages,
    /// Index in `images`, by index in the data set.
    rows: HashMap<usize, usize>,
    augment: BatchAugment,
}

impl ViewMaker {
    /// As the config requests; for a device, the training images are copied to it.
    ///
    /// # Errors
    /// As [`DeviceViews::new`].
    pub fn new(config: &Config, dataset: &Dataset, device: &Device) -> Result<Self> {
        match config.pretrain.augment_on {
            AugmentOn::Host => Ok(Self::Host),
            AugmentOn::Device => Ok(Self::Device(Arc::new(DeviceViews::new(config, dataset, device)?))),
        }
    }
}

impl DeviceViews {
    /// Copies the training images to the device.
    ///
    /// # Errors
    /// Where they are not of one size, take more than `pretrain.device_images_gib`, or cannot be on this device.
    pub fn new(config: &Config, dataset: &Dataset, device: &Device) -> Result<Self> {
        let otherwise = "pretrain.augment_on = \"host\" takes images of any size and number";
        let train = &dataset.split.train;
        let limit_bytes = (config.pretrain.device_images_gib * (1_u64 << 30) as f64) as u64;
        let pixels = train.iter().map(|&image| dataset.image(image)).collect::<Result<Vec<_>>>()?;
        let images = DeviceImages::upload(pixels.iter().map(ImagePixels::view), limit_bytes, device);
        let images = images.context(otherwise)?;
        info!("the device holds {} training images in {} MB", images.len(), images.bytes().div_ceil(1_000_000));
        let rows = train.iter().enumerate().map(|(row, &image)| (image, row)).collect();
        let augment = BatchAugment::new(&config.augment, device);
        // What cannot be made is reported here, before the training.
        let draw = config.augment.draw_view(images.size_px(), config.seed, 0, 0, 0);
        augment.views(images.select(&[0]), &[draw]).context(otherwise)?;
        Ok(Self { images, rows, augment })
    }

    /// These views of samples, [views, 3, size, size]: the same draws as on the host.
    pub(super) fn make(&self, family: &ViewFamily<'_>, epoch: usize, requested: &[(u64, usize)]) -> Tensor<4> {
        let size_px = self.images.size_px();
        let (rows, draws): (Vec<usize>, Vec<AugmentDraw>) = requested
            .iter()
            .map(|&(view, sample)| {
                (self.rows[&sample], family.augment.draw_view(size_px, family.seed, epoch as u64, sample as u64, view))
            })
            .unzip();
        let of_rgb = |values: &[f32]| <[f32; RGB]>::try_from(values).expect("the config's check asks for three bands");
        let (mean, std) = (of_rgb(family.mean), of_rgb(family.std));
        let views = self.augment.normalised_views(&self.images, &rows, &draws, mean, std);
        views.expect("draws of one family, of which one was made")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::run_folder::RunFolder;
    use crate::config::{OptimizerConfig, QueueConfig, SplitConfig};
    use crate::data::scenes;
    use crate::device::ChosenDevice;
    use crate::distributed::Group;
    use crate::train::loader::{PairLoader, Shard};
    use crate::train::pretrain::pretrain;
    use nadir_core::bundle::EncoderKind;

    fn config() -> Config {
        let mut config = Config::default();
        config.encoder.encoder = EncoderKind::Squeezenet11;
        config.projector.hidden = 16;
        config.projector.output = 8;
        config.augment.size = 32;
        config.augment.blur = 0.5;
        (config.augment.vertical_flip, config.augment.quarter_turns) = (0.5, true);
        config.augment.blur_kernel = 7;
        config.pretrain.batch_size = 4;
        config.pretrain.epochs = 2;
        config.pretrain.learning_rate = 0.01;
        config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 0.0 };
        config
    }

    fn dataset(size: usize) -> Dataset {
        scenes::load(20, size, 0, &SplitConfig::default(), 1).expect("scenes")
    }

    fn loader(config: &Config, dataset: &Dataset, views: ViewMaker) -> PairLoader {
        let (mean, std) = dataset.mean_and_std(config.published_scaling());
        let (augment, batch_size) = (config.augment.clone(), config.pretrain.batch_size);
        let shard = Shard::WHOLE;
        PairLoader { augment, seed: config.seed, batch_size, shard, class_balanced: false, mean, std, views }
    }

    #[test]
    fn batches_and_their_chunks_are_the_hosts() {
        let mut config = config();
        config.pretrain.augment_on = AugmentOn::Device;
        let (dataset, device) = (dataset(40), Device::flex().autodiff());
        let on_device = ViewMaker::new(&config, &dataset, &Device::flex()).expect("fits");
        let [host, made] = [ViewMaker::Host, on_device].map(|views| {
            let loader = loader(&config, &dataset, views);
            let samples = &loader.order(&dataset, 3)[..4];
            let batch = loader.batch(&dataset, 3, samples).expect("in memory");
            let parts = batch.clone().split(2);
            let first = batch.clone().first_views();
            let tensors = [
                batch.pixels(32, &device),
                batch.second_pixels(32, &device),
                parts[1].pixels(32, &device),
                parts[0].second_pixels(32, &device),
                first.pixels(32, &device),
                first.split(2)[1].pixels(32, &device),
            ];
            tensors.map(|tensor| tensor.into_data())
        });
        for (at, (host, made)) in host.into_iter().zip(made).enumerate() {
            assert_eq!(host.shape(), made.shape());
            let [host, made] = [host, made].map(|data| data.try_to_vec::<f32>().expect("f32"));
            // Divided by a standard deviation of at least 0.05: 20 times what it is in [0, 1].
            let error = host.iter().zip(&made).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error <= 20.0 * 2e-5, "{at}: error {error:e}");
        }
    }

    #[test]
    fn a_training_has_the_same_losses_wherever_its_views_are_made() {
        let chosen = ChosenDevice::cpu();
        let dataset = dataset(48);
        for (chunk_size, queue) in [(0, None), (2, Some(QueueConfig { length: 8, momentum: 0.9 }))] {
            let [host, device] = [AugmentOn::Host, AugmentOn::Device].map(|augment_on| {
                let mut config = config();
                config.pretrain.augment_on = augment_on;
                config.pretrain.chunk_size = chunk_size;
                config.pretrain.queue = queue;
                let folder = tempfile::tempdir().expect("a folder");
                let run = RunFolder::create(folder.path()).expect("created");
                pretrain(&config, &dataset, &run, false, &chosen, &Group::alone()).expect("trains");
                let lines = std::fs::read_to_string(run.path.join("metrics.jsonl")).expect("written");
                let loss = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["loss"].as_f64();
                lines.lines().map(|line| loss(line).expect("a loss")).collect::<Vec<f64>>()
            });
            assert!(host.len() >= 4 && host.len() == device.len(), "{host:?}");
            let error = host.iter().zip(&device).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            println!("chunks of {chunk_size}, queue {queue:?}: {} losses, error {error:.1e}", host.len());
            assert!(error < 1e-4, "{host:?}, {device:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_the_way_out() {
        let mut config = config();
        config.pretrain.device_images_gib = 1e-6;
        let error = format!("{:#}", DeviceViews::new(&config, &dataset(40), &Device::flex()).expect_err("too large"));
        for words in ["augment_on = \"host\"", "bytes of the device's memory", "1073 are allowed"] {
            assert!(error.contains(words), "{error}");
        }
    }
}
