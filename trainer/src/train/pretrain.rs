//! The training loop: for each image two augmented views, encoded, projected, pulled together against other images by
//! the config's objective; by default SimCLR (Chen et al. 2020).

use super::contrastive_model::init_encoder;
use super::device_views::ViewMaker;
use super::loader::{PairLoader, Shard};
use super::monitor::Monitor;
use super::objective::check_labels;
use super::schedule::learning_rate;
use super::stop::{self, Interrupted};
use super::train_state::TrainState;
use crate::artifacts::checkpoint::Checkpoint;
use crate::artifacts::run_folder::RunFolder;
use crate::config::{Config, PretrainConfig};
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::distributed::Group;
use crate::progress::Progress;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::bundle::sha256_hex;
use nadir_core::image::RGB;
use nadir_nn::model::Weights;
use std::time::Instant;
use tracing::{debug, info, warn};

/// How a pretraining ended.
#[derive(Debug, Clone)]
pub struct Pretrained {
    /// The encoder's weights under torchvision's names: the last ones, or the best where the config keeps these.
    pub encoder: Weights,
    /// The classifier's `weight` and `bias`, where the objective trains one.
    pub classifier: Option<Weights>,
    /// Images (pairs) a second of this call; `None` if nothing was left to do.
    pub images_per_second: Option<f64>,
}

impl Pretrained {
    /// What a training ends with: the best encoder in place of the last one, where the config keeps it, and a share of other
    /// weights in it, where the config mixes them. The classifier was trained on embeddings without that share, and is none
    /// of theirs.
    fn of(
        state: &TrainState<'_>,
        monitor: Option<&Monitor<'_>>,
        mix: Option<(f64, Weights)>,
        images_per_second: Option<f64>,
    ) -> Result<Self> {
        let best = monitor.map(Monitor::best_encoder).transpose()?.flatten();
        let encoder = best.unwrap_or_else(|| state.model.encoder.export());
        Ok(match mix {
            Some((share, other)) => {
                Self { encoder: mixed(encoder, &other, share), classifier: None, images_per_second }
            }
            None => Self { encoder, classifier: state.classifier(), images_per_second },
        })
    }
}

/// What is mixed into the trained encoder, and its share; `None` where nothing is.
///
/// # Errors
/// Names the file, and the first tensor that does not fit.
fn mixed_in(config: &Config, chosen: &ChosenDevice) -> Result<Option<(f64, Weights)>> {
    let Some(mix) = &config.pretrain.mix else { return Ok(None) };
    let weights = mix.weights.clone().or_else(|| config.weights.clone());
    let other = init_encoder(&Config { weights, ..config.clone() }, &chosen.device).context("pretrain.mix")?;
    Ok(Some((mix.share, other.export())))
}

/// Each value `share` times that of `other` and the rest that of `trained`; both are of one network.
fn mixed(mut trained: Weights, other: &Weights, share: f64) -> Weights {
    for (name, tensor) in &mut trained.0 {
        for (value, &other) in tensor.values.iter_mut().zip(&other.0[name].values) {
            *value = (share * f64::from(other) + (1.0 - share) * f64::from(*value)) as f32;
        }
    }
    trained
}

/// Pretrains in `run`, from its newest checkpoint where `resume` is set and there is one: as this rank. Rank
/// 0 alone reads and writes the folder. A checkpoint can be continued by another number of ranks: order, draws and loss
/// are those of the global batch.
///
/// # Errors
/// Data too small for a batch, a batch that does not divide by the ranks, a checkpoint of another config, a loss that
/// is not finite, a disk that is full, another rank that is gone; the last checkpoint stays whole. [`Interrupted`]
/// after Ctrl-C.
pub fn pretrain(
    config: &Config,
    dataset: &Dataset,
    run: &RunFolder,
    resume: bool,
    chosen: &ChosenDevice,
    group: &Group,
) -> Result<Pretrained> {
    // Read first: no training ends with a file that is not there.
    let mix = mixed_in(config, chosen)?;
    let settings = &config.pretrain;
    let steps_per_epoch = dataset.split.train.len() / settings.batch_size;
    ensure!(
        steps_per_epoch > 0,
        "{} training images do not fill one batch of {}; set pretrain.batch_size lower",
        dataset.split.train.len(),
        settings.batch_size
    );
    let steps = settings.epochs * steps_per_epoch;
    check_parts(settings, group.size())?;
    check_labels(config, dataset)?;
    let fingerprint = config.checkpoint_fingerprint();
    group.assert_equal(
        "config or data set",
        &sha256_hex(format!("{}\n{}", config.pretrain_fingerprint(), dataset.split_hash()).as_bytes()),
    )?;

    let mut state = TrainState::init(config, &dataset.labels, &dataset.other_labels, &chosen.device)?;
    let mut first_step = 0;
    if let Some(checkpoint) = shared_checkpoint(config, run, resume, steps, group)? {
        first_step = checkpoint.step;
        state = state.restore(first_step, &checkpoint.tensors)?;
    }
    let mut metrics = match group.is_first() {
        true => {
            if config.data.image_folder().is_some() {
                compare_images(run, dataset, first_step)?;
            }
            run.write_config(&config.to_toml())?;
            Some(run.metrics(first_step, settings.tensorboard)?)
        }
        false => None,
    };
    // Rank 0 alone measures: the others have their share of the next step while it does.
    let mut monitor = match group.is_first() {
        true => Monitor::new(config, dataset, run, chosen)?,
        false => None,
    };
    // A run that was killed between a checkpoint and its measurement is measured now.
    if let (Some(monitor), Some(metrics)) = (&mut monitor, &mut metrics) {
        monitor.measure_if_due(&state.model.encoder, first_step, steps_per_epoch, metrics)?;
    }
    if first_step >= steps || is_out_of_patience(settings, monitor.as_ref(), group)? {
        return Pretrained::of(&state, monitor.as_ref(), mix, None);
    }

    if group.is_first() {
        say_what_is_not_jittered(config);
    }
    let (mean, std) = dataset.mean_and_std(config.published_scaling());
    let loader = PairLoader {
        augment: config.augment.clone(),
        seed: config.seed,
        batch_size: settings.batch_size,
        shard: Shard { rank: group.rank(), ranks: group.size(), shuffled: settings.shuffle_batch_norm },
        class_balanced: settings.class_balanced,
        mean,
        std,
        views: ViewMaker::new(config, dataset, &chosen.device)?,
    };
    let total = (steps * settings.batch_size) as u64;
    let done = (first_step * settings.batch_size) as u64;
    let progress = group.is_first().then(|| Progress::resumed("pretraining", done, total, "images"));
    let started = Instant::now();

    let _listening = stop::listen();
    let ended = loader.run(dataset, first_step, steps, |batches| -> Result<(TrainState<'_>, usize)> {
        for (step, batch) in (first_step..steps).zip(batches) {
            let rate = learning_rate(settings, step, steps_per_epoch);
            let batch = batch.with_context(|| format!("the images of step {}. {}", step + 1, kept(run, group)))?;
            let (gradients, loss) = state.gradients(batch, group)?;
            if !loss.is_finite() {
                bail!(
                    "the loss of step {} is {loss}, and nothing of it was kept. A lower pretrain.learning_rate (now {}) \
                     or a longer warm-up helps, in another run folder. {}",
                    step + 1,
                    settings.learning_rate,
                    kept(run, group)
                );
            }
            state = state.step(gradients, rate);
            let done = step + 1;
            let epoch = step / steps_per_epoch;
            if let (Some(metrics), Some(progress)) = (&mut metrics, &progress) {
                metrics.write(
                    &serde_json::json!({"step": done, "epoch": epoch + 1, "loss": loss, "learning_rate": rate}),
                )?;
                debug!(step = done, epoch = epoch + 1, loss, learning_rate = rate, "step {done} of {steps} is done");
                progress.note(note(settings, epoch, loss, monitor.as_ref()));
                progress.advance(settings.batch_size as u64);
            }
            let epoch_ends = done % steps_per_epoch == 0;
            let stopping = group.any(stop::requested())?;
            if epoch_ends || stopping || done % settings.checkpoint_every == 0 {
                state = state.share_statistics(group)?;
                if group.is_first() {
                    let tensors = state.export();
                    let checkpoint = Checkpoint { step: done, fingerprint: fingerprint.clone(), tensors };
                    checkpoint.save_in(run, settings.keep_checkpoints)?;
                }
            }
            if stopping && done < steps {
                return Err(Interrupted::after(done, steps, &run.path).into());
            }
            if let (Some(monitor), Some(metrics), true) = (&mut monitor, &mut metrics, epoch_ends) {
                monitor.measure_if_due(&state.model.encoder, done, steps_per_epoch, metrics)?;
                if let Some(progress) = &progress {
                    progress.note(note(settings, epoch, loss, Some(monitor)));
                }
            }
            if epoch_ends && done < steps && is_out_of_patience(settings, monitor.as_ref(), group)? {
                return Ok((state, done));
            }
        }
        Ok((state, steps))
    });
    let (state, done) = match group.size() {
        1 => ended?,
        ranks => ended.with_context(|| format!("rank {} of {ranks} stopped. {}", group.rank(), kept(run, group)))?,
    };
    if let Some(progress) = progress {
        progress.finish();
    }
    let images = ((done - first_step) * settings.batch_size) as f64;
    Pretrained::of(&state, monitor.as_ref(), mix, Some(images / started.elapsed().as_secs_f64()))
}

/// Of bands that are not red, green and blue there is no saturation, no hue and no grey.
fn say_what_is_not_jittered(config: &Config) {
    let (bands, augment) = (config.encoder.bands, &config.augment);
    let has_jitter = augment.jitter > 0.0 && (augment.saturation > 0.0 || augment.hue > 0.0);
    if bands != RGB && (has_jitter || augment.grayscale > 0.0) {
        info!(
            "augment: views of {bands} bands are jittered in brightness and contrast alone; saturation, hue and grayscale \
             are of red, green and blue, and are skipped"
        );
    }
}

/// What stands behind how far the training is.
fn note(settings: &PretrainConfig, epoch: usize, loss: f64, monitor: Option<&Monitor<'_>>) -> String {
    let measured = monitor.map_or("", Monitor::note);
    let separator = if measured.is_empty() { "" } else { ", " };
    format!("epoch {}/{}, loss {loss:.3}{separator}{measured}", epoch + 1, settings.epochs)
}

/// Whether the training ends early, which rank 0 decides for all.
fn is_out_of_patience(settings: &PretrainConfig, monitor: Option<&Monitor<'_>>, group: &Group) -> Result<bool> {
    if settings.monitor.patience == 0 {
        return Ok(false);
    }
    let is_out = group.any(monitor.is_some_and(Monitor::is_out_of_patience))?;
    if let (true, true, Some(figure)) = (is_out, group.is_first(), settings.monitor.keep_best) {
        let (patience, title) = (settings.monitor.patience, figure.title());
        info!("the training ends early: {title} has not been better for {patience} measurements");
    }
    Ok(is_out)
}

/// Keeps which images a run began with, where a folder alone says so, and says it where they have changed since: files
/// come and go in a folder, and order and draws of a training follow from all of them.
fn compare_images(run: &RunFolder, dataset: &Dataset, first_step: usize) -> Result<()> {
    const IMAGES_FILE: &str = "images.json";
    let now = serde_json::json!({"images": dataset.samples.len(), "split_sha256": dataset.split_hash()});
    let then = std::fs::read(run.path.join(IMAGES_FILE)).ok();
    let then = then.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    match then.filter(|then| first_step > 0 && *then != now) {
        Some(then) => warn!(
            "the folder's images are no longer those that the run began with ({} then, {} now): it goes on with what is \
             there, and not to the weights that it would have come to",
            then["images"], now["images"]
        ),
        None => run.write_json(IMAGES_FILE, &now)?,
    }
    Ok(())
}

/// Refuses a batch that the ranks cannot share evenly.
fn check_parts(settings: &PretrainConfig, ranks: usize) -> Result<()> {
    let (batch, pass) = (settings.batch_size, settings.images_a_pass());
    ensure!(batch.is_multiple_of(ranks), "pretrain.batch_size {batch} does not divide by {ranks} ranks");
    let own = batch / ranks;
    ensure!(own >= 2, "pretrain.batch_size {batch} leaves each of {ranks} ranks one image; BatchNorm needs two");
    ensure!(
        pass >= own || own.is_multiple_of(pass),
        "each of {ranks} ranks has {own} images of a batch, which do not divide into chunks of {pass} \
         (pretrain.chunk_size)"
    );
    Ok(())
}

/// What there is to go on from. Only rank 0 sees the run's folder.
fn kept(run: &RunFolder, group: &Group) -> String {
    match group.is_first() {
        true => Checkpoint::what_is_kept(run),
        false => "`--resume` continues from the last whole checkpoint, if rank 0 has written one".to_owned(),
    }
}

/// The run's newest checkpoint, which rank 0 reads and sends: the others need not see its folder.
fn shared_checkpoint(
    config: &Config,
    run: &RunFolder,
    resume: bool,
    steps: usize,
    group: &Group,
) -> Result<Option<Checkpoint>> {
    let read = || {
        let fingerprint = config.checkpoint_fingerprint();
        Checkpoint::to_resume(run, resume, &fingerprint, steps, |saved| config.differences_from(saved))
    };
    if group.size() == 1 {
        return read();
    }
    let found = match group.is_first() {
        true => read()?,
        false => None,
    };
    let bytes = group.broadcast(found.as_ref().map(Checkpoint::to_bytes))?;
    match group.is_first() || bytes.is_empty() {
        true => Ok(found),
        false => Checkpoint::from_bytes(&bytes).map(Some).context("the checkpoint that rank 0 sent"),
    }
}
