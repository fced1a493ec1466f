//! A step: losses of a batch, whole or in chunks, and their gradient.

use super::loader::{DetectBatch, DetectInput};
use super::maps::{BackboneMaps, StoredMaps};
use crate::config::{DetectSchedule, DetectTrainConfig};
use crate::device::wait;
use crate::train::gradients::NamedGradients;
use anyhow::Result;
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::DetectorShape;
use nadir_core::detection::Size;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::detection::sampler::BalancedSampler;
use nadir_core::detection::targets::Truths;
use nadir_core::image::Planes;
use nadir_core::rng::Rng;
use nadir_nn::model::detector::{FasterRcnn, Losses, TrainingSettings, batch};

/// What every step of a training has in common.
#[derive(Debug)]
pub struct Stepper<'a> {
    /// The detector's architecture.
    pub shape: &'a DetectorShape,
    /// How far batches are padded.
    pub resize: DetectorResize,
    /// Samples of the losses, and images a forward pass.
    pub settings: &'a DetectTrainConfig,
    /// The device that trains, with autodiff.
    pub device: Device,
}

impl Stepper<'_> {
    /// Mean gradient and mean of the four losses over the batch's chunks. `rng` draws the samples.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn gradients(
        &self,
        network: &FasterRcnn,
        images: DetectBatch,
        rng: &mut Rng,
    ) -> Result<(NamedGradients, [f64; 4])> {
        // Kept maps are of one image each, with its own padding.
        let is_of_maps = images.images.iter().any(|(input, _)| matches!(input, DetectInput::Maps(_)));
        let chunk = match self.settings.chunk_size {
            _ if is_of_maps => 1,
            0 => images.images.len(),
            size => size,
        };
        let mut images = images.images;
        let chunks = images.len().div_ceil(chunk.max(1)).max(1);
        let (mut sum, mut losses) = (NamedGradients::default(), [0.0; 4]);
        while !images.is_empty() {
            let rest = images.split_off(chunk.min(images.len()));
            let (gradients, of_chunk) = self.of_chunk(network, std::mem::replace(&mut images, rest), rng)?;
            sum.add(gradients);
            losses.iter_mut().zip(of_chunk).for_each(|(sum, loss)| *sum += loss / chunks as f64);
        }
        Ok((sum.divide(chunks), losses))
    }

    fn of_chunk(
        &self,
        network: &FasterRcnn,
        images: Vec<(DetectInput, Truths)>,
        rng: &mut Rng,
    ) -> Result<(NamedGradients, [f64; 4])> {
        let (inputs, truths): (Vec<DetectInput>, Vec<Truths>) = images.into_iter().unzip();
        let mut pixels = Vec::new();
        let mut stored = None;
        for input in inputs {
            match input {
                DetectInput::Pixels(image) => pixels.push(image),
                DetectInput::Maps(maps) => stored = Some(maps),
            }
        }
        let losses = match stored {
            Some(maps) => self.losses_of_maps(network, &maps, &truths, rng)?,
            None => self.losses_of_pixels(network, &pixels, &truths, rng)?,
        };
        let values = Tensor::cat(losses.parts().to_vec(), 0).into_data().convert::<f64>();
        let values = values.try_to_vec::<f64>().expect("converted to f64");
        let gradients = NamedGradients::take(network, losses.sum().backward());
        Ok((gradients, [values[0], values[1], values[2], values[3]]))
    }

    fn losses_of_pixels(
        &self,
        network: &FasterRcnn,
        images: &[Planes],
        truths: &[Truths],
        rng: &mut Rng,
    ) -> Result<Losses> {
        let sizes: Vec<Size> = images.iter().map(|image| Size::new(image.height, image.width)).collect();
        let padded = self.resize.padded(&sizes).expect("a chunk has an image");
        let input = batch(images, padded, &self.shape.architecture, &self.device);
        Ok(wait(network.losses(self.shape, input, &sizes, truths, &self.sampling(), rng))??)
    }

    fn losses_of_maps(
        &self,
        network: &FasterRcnn,
        maps: &StoredMaps,
        truths: &[Truths],
        rng: &mut Rng,
    ) -> Result<Losses> {
        let BackboneMaps { size, padded, maps } = maps.on_device(&self.device);
        let maps = network.backbone_maps_after(maps, self.settings.frozen_parts);
        Ok(wait(network.losses_of_maps(self.shape, maps, padded, &[size], truths, &self.sampling(), rng))??)
    }

    fn sampling(&self) -> TrainingSettings {
        TrainingSettings {
            proposals: ProposalSettings::TRAINING,
            anchors: BalancedSampler { per_image: self.settings.anchors_per_image, ..BalancedSampler::ANCHORS },
            regions: BalancedSampler { per_image: self.settings.proposals_per_image, ..BalancedSampler::PROPOSALS },
        }
    }
}

/// The learning rate of step `step` (from 0): a linear rise from a thousandth over the warm-up, then falling by `gamma`
/// after each of the named epochs, or along half a cosine to 0 at the end of the last epoch.
pub fn learning_rate(config: &DetectTrainConfig, step: usize, steps_per_epoch: usize) -> f64 {
    let share = match config.schedule {
        DetectSchedule::Steps => {
            let epoch = step / steps_per_epoch;
            let falls = config.rate_falls_after.iter().filter(|&&after| epoch >= after).count();
            config.gamma.powi(i32::try_from(falls).unwrap_or(i32::MAX))
        }
        DetectSchedule::Cosine => {
            let steps = (config.epochs * steps_per_epoch).saturating_sub(config.warmup_steps).max(1);
            let done = step.saturating_sub(config.warmup_steps) as f64 / steps as f64;
            0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos())
        }
    };
    let rate = config.learning_rate * share;
    if step >= config.warmup_steps {
        return rate;
    }
    let share = step as f64 / config.warmup_steps as f64;
    rate * (0.001 * (1.0 - share) + share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_over_the_warm_up_and_falls_in_steps() {
        let config = DetectTrainConfig {
            learning_rate: 1.0,
            warmup_steps: 10,
            rate_falls_after: vec![2, 3],
            gamma: 0.1,
            ..DetectTrainConfig::default()
        };
        let rate = |step| learning_rate(&config, step, 20);
        assert!((rate(0) - 0.001).abs() < 1e-12 && (rate(5) - 0.5005).abs() < 1e-12, "{} {}", rate(0), rate(5));
        assert_eq!([rate(10), rate(39)], [1.0; 2]);
        assert!((rate(40) - 0.1).abs() < 1e-12 && (rate(60) - 0.01).abs() < 1e-12);
    }

    #[test]
    fn the_rate_falls_along_half_a_cosine_to_0_at_the_end() {
        let config = DetectTrainConfig {
            epochs: 4,
            learning_rate: 2.0,
            warmup_steps: 20,
            schedule: DetectSchedule::Cosine,
            ..DetectTrainConfig::default()
        };
        let rate = |step| learning_rate(&config, step, 25);
        for (step, expected) in [(0, 0.002), (10, 1.001), (20, 2.0), (60, 1.0), (100, 0.0)] {
            assert!((rate(step) - expected).abs() < 1e-12, "step {step}: {}", rate(step));
        }
        assert!((20..99).all(|step| rate(step) > rate(step + 1)) && rate(99) > 0.0);
    }
}
