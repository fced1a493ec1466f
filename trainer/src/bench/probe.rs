//! The linear probe at the size of MLRSNet: 76,000 training images, ResNet-50's embeddings, 60 labels.

use crate::config::ProbeConfig;
use crate::data::split::Split;
use crate::data::{Dataset, Sample};
use crate::train::features::Features;
use crate::train::probe::{EpochChoice, Settings, Source, train};
use anyhow::{Result, ensure};
use burn::tensor::Device;
use nadir_core::rng::Rng;
use std::time::Instant;

const TRAINING: usize = 76_000;
const MEASURED: usize = 1_000;
const LABELS: usize = 60;
const LEN: usize = 2_048;

/// Seconds of 10 epochs of Adam on cached features, with the validation after each.
///
/// # Errors
/// Where the probe does not find the labels again that the features were made of.
pub(super) fn probe_seconds() -> Result<f64> {
    let count = TRAINING + 2 * MEASURED;
    let mut rng = Rng::new(1);
    let (mut samples, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count * LEN));
    for image in 0..count {
        let targets: Vec<bool> = (0..LABELS).map(|_| rng.chance(0.1)).collect();
        // Each label lifts features of its own, under noise.
        values.extend((0..LEN).map(|feature| {
            let signal = f32::from(u8::from(feature < 8 * LABELS && targets[feature % LABELS]));
            signal + (rng.uniform() as f32 - 0.5) * 2.0
        }));
        samples.push(Sample { name: image.to_string(), targets });
    }
    let part = |from: usize, to: usize| (from..to).collect::<Vec<_>>();
    let split = Split {
        train: part(0, TRAINING),
        validation: part(TRAINING, TRAINING + MEASURED),
        test: part(TRAINING + MEASURED, count),
    };
    let labels = (0..LABELS).map(|label| label.to_string()).collect();
    let dataset = Dataset::without_pixels(labels, samples, split);
    let config = ProbeConfig { epochs: 10, batch_size: 128, learning_rate: 1e-3, ..ProbeConfig::default() };
    let device = Device::flex();
    let table = Features { values, len: LEN, further: Vec::new() }.on(&device, None);
    let started = Instant::now();
    let settings = Settings { config: &config, choice: EpochChoice::BestValidation, seed: 1 };
    let probe = train(settings, Source::Table(&table), &dataset, &dataset.split.train, &device)?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(probe.test.mean > 0.95, "the probe's test mAP is {:.3}: it did not learn", probe.test.mean);
    Ok(seconds)
}
