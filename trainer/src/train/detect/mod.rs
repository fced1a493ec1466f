//! Training a detector (Ren et al. 2015, "Faster R-CNN"; Lin et al. 2017): both stages at once, by SGD with a warm-up,
//! then steps, as torchvision's reference training, or a cosine.

mod init;
mod loader;
mod maps;
pub mod step;
mod validator;

pub use init::init_network;
pub use loader::{DetectBatch, DetectInput, DetectLoader};
pub use maps::{BackboneMaps, StoredMaps, cached_variants};

use super::optimizer::Optimizer;
use super::stop::{self, Interrupted};
use crate::artifacts::checkpoint::Checkpoint;
use crate::artifacts::detector_file;
use crate::artifacts::detector_file::DetectorDescription;
use crate::artifacts::run_folder::RunFolder;
use crate::config::{DetectConfig, OptimizerConfig};
use crate::data::detection::DetectData;
use crate::detect::images::check_skipped;
use crate::device::ChosenDevice;
use crate::progress::Progress;
use anyhow::{Result, bail, ensure};
use maps::{Backbone, MapCache, scaled, variants};
use nadir_core::detection::augment::Orientation;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::detector::{FasterRcnn, Losses};
use std::time::Instant;
use step::{Stepper, learning_rate};
use tracing::{debug, warn};
use validator::Validator;

/// Trains in `run`, from its newest checkpoint where `resume` is set and there is one. The weights of the epoch that is
/// best on validation are in the run folder (see [`detector_file`]), whatever happens later.
///
/// # Errors
/// Fewer images than a batch, a checkpoint of another config, a loss that is not finite, a disk that is full; the last
/// checkpoint stays whole. [`Interrupted`] after Ctrl-C.
pub fn train(
    config: &DetectConfig,
    data: &DetectData,
    run: &RunFolder,
    resume: bool,
    chosen: &ChosenDevice,
) -> Result<Trained> {
    let settings = &config.train;
    let steps_per_epoch = data.train.len() / settings.batch_size;
    ensure!(
        steps_per_epoch > 0 && settings.epochs > 0,
        "{} training images do not fill one batch of {} in {} epochs; set train.batch_size lower",
        data.train.len(),
        settings.batch_size,
        settings.epochs
    );
    let steps = settings.epochs * steps_per_epoch;
    let fingerprint = config.checkpoint_fingerprint();
    let device = chosen.device.clone().autodiff();
    let mut network = init_network(config, data.classes.len(), &device)?;
    let sgd = OptimizerConfig::Sgd { momentum: settings.momentum, weight_decay: settings.weight_decay };
    let mut optimizer = Optimizer::new(&sgd);
    let mut first_step = 0;
    let checkpoint = Checkpoint::to_resume(run, resume, &fingerprint, steps, |saved| config.differences_from(saved))?;
    if let Some(checkpoint) = checkpoint {
        first_step = checkpoint.step;
        network = network.import(&checkpoint.tensors.below("detector"))?;
        optimizer = Optimizer::restore(&sgd, first_step, &checkpoint.tensors.below("optimizer"), &chosen.device)?;
    }
    run.write_config(&config.to_toml())?;
    let _listening = stop::listen();
    let maps = kept_maps(config, data, chosen)?;
    let (train_maps, validation_maps) =
        maps.map_or((None, None), |[train, validation]| (Some(train), Some(validation)));
    let loader = DetectLoader::new(config, &data.train, train_maps.as_ref());
    let mut validator = Validator::new(config, data, validation_maps, run, chosen, first_step)?;

    let stepper = Stepper { shape: &config.detector, resize: config.resize, settings, device };
    let save = |step: usize, network: &FasterRcnn, optimizer: &Optimizer| -> Result<()> {
        let tensors = network.export().with_prefix("detector").merge(optimizer.export().with_prefix("optimizer"));
        Checkpoint { step, fingerprint: fingerprint.clone(), tensors }.save_in(run, settings.keep_checkpoints)
    };
    if first_step > 0 {
        // Stopped between a checkpoint and the measurement that belongs to it.
        validator.measure_if_due(&network, first_step, steps_per_epoch)?;
    }
    let started = Instant::now();
    let images = |step: usize| (step * settings.batch_size) as u64;
    let progress = Progress::resumed("training the detector", images(first_step), images(steps), "images");
    let mut skipped = Vec::new();
    loader.run(first_step, steps, |batches| -> Result<()> {
        for (step, batch) in (first_step..steps).zip(batches) {
            let batch = batch?;
            for reason in &batch.skipped {
                warn!(reason, "skipped: {reason}");
            }
            skipped.extend(batch.skipped.iter().cloned());
            let seen = (step + 1 - first_step) * settings.batch_size;
            // In the first steps one broken image is a large share.
            check_skipped(&skipped, seen.max(data.train.len()), config.data.max_bad_images)?;
            let rate = learning_rate(settings, step, steps_per_epoch);
            let mut rng = Rng::from_parts(&[config.seed, fnv1a_64(b"detector samples"), step as u64]);
            let (gradients, losses) = stepper.gradients(&network, batch, &mut rng)?;
            let loss: f64 = losses.iter().sum();
            if !loss.is_finite() {
                bail!(
                    "the loss of step {} is {loss} ({}), and nothing of it was kept. A lower train.learning_rate (now \
                     {}), a longer warm-up or train.clip_gradient helps, in another run folder. {}",
                    step + 1,
                    Losses::NAMES
                        .iter()
                        .zip(losses)
                        .map(|(name, loss)| format!("{name} {loss}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                    settings.learning_rate,
                    Checkpoint::what_is_kept(run)
                );
            }
            network = optimizer.step(network.clone(), gradients.clip(settings.clip_gradient), rate);
            let (done, epoch) = (step + 1, step / steps_per_epoch);
            let mut line = serde_json::json!({"step": done, "epoch": epoch + 1, "loss": loss, "learning_rate": rate});
            for (name, loss) in Losses::NAMES.iter().zip(losses) {
                line[*name] = loss.into();
            }
            validator.metrics.write(&line)?;
            debug!(step = done, epoch = epoch + 1, loss, learning_rate = rate, "step {done} of {steps} is done");
            progress.note(format!("epoch {}/{}, loss {loss:.3}", epoch + 1, settings.epochs));
            progress.advance(settings.batch_size as u64);
            let stopping = stop::requested();
            if done % steps_per_epoch == 0 || stopping || done % settings.checkpoint_every == 0 {
                save(done, &network, &optimizer)?;
            }
            if stopping && done < steps {
                return Err(Interrupted::after(done, steps, &run.path).into());
            }
            validator.measure_if_due(&network, done, steps_per_epoch)?;
        }
        Ok(())
    })?;
    progress.finish();
    let images_per_second =
        (first_step < steps).then(|| (images(steps) - images(first_step)) as f64 / started.elapsed().as_secs_f64());
    let (description, _) = detector_file::read(&run.path)?;
    Ok(Trained { description, images_per_second })
}

/// How a training ended.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The best detector, whose files are in the run folder.
    pub description: DetectorDescription,
    /// Images a second of this call, validation included; `None` if nothing was left to do.
    pub images_per_second: Option<f64>,
}

/// The frozen backbone's maps of training and validation images, where they are to be kept.
fn kept_maps(config: &DetectConfig, data: &DetectData, chosen: &ChosenDevice) -> Result<Option<[MapCache; 2]>> {
    let Some(folder) = &config.train.cache_maps else { return Ok(None) };
    let network = init_network(config, data.classes.len(), &chosen.device)?;
    let backbone = Backbone::new(&network, config, &chosen.device)?;
    let train = MapCache::open(folder, &backbone, &data.train, |at| {
        variants(config, at).into_iter().map(|variant| (scaled(config, variant.scale), variant.orientation)).collect()
    })?;
    let as_they_lie = |_| vec![(config.resize, Orientation::default())];
    Ok(Some([train, MapCache::open(folder, &backbone, &data.validation, as_they_lie)?]))
}
