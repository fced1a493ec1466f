//! The training loop: for each image two augmented views, encoded, projected, pulled together against other images by the
//! config's objective; by default SimCLR (Chen et al. 2020).

use super::checkpoint::Checkpoint;
use super::device_views::ViewMaker;
use super::gradient_cache::loss_and_gradients;
use super::learner::{Head, Learner};
use super::loader::PairLoader;
use super::momentum::Momentum;
use super::objective::{Criterion, check_labels};
use super::optimizer::Optimizer;
use super::progress::Progress;
use super::run_folder::RunFolder;
use super::schedule::learning_rate;
use super::stop::{self, Interrupted};
use crate::config::Config;
use crate::data::Dataset;
use crate::device::ChosenDevice;
use anyhow::{Result, bail, ensure};
use nadir_shared::model::Weights;
use std::time::Instant;

/// How a pretraining ended.
#[derive(Debug, Clone)]
pub struct Pretrained {
    /// The encoder's weights under torchvision's names.
    pub encoder: Weights,
    /// The classifier's `weight` and `bias`, where the objective trains one.
    pub classifier: Option<Weights>,
    /// Images (pairs) a second of this call; none where nothing was left to do.
    pub images_per_second: Option<f64>,
}

impl Pretrained {
    fn of(model: &Learner, images_per_second: Option<f64>) -> Self {
        let classifier = match &model.head {
            Head::Classifier(head) => Some(head.export()),
            Head::Projector(_) => None,
        };
        Self { encoder: model.encoder.export(), classifier, images_per_second }
    }
}

/// Pretrains in `run`, from its newest checkpoint where `resume` is set and there is one.
///
/// # Errors
/// Data too small for a batch, a checkpoint of another config, a loss that is not finite, a disk that is full; the last
/// checkpoint stays whole. [`Interrupted`] after Ctrl-C.
pub fn pretrain(
    config: &Config,
    dataset: &Dataset,
    run: &RunFolder,
    resume: bool,
    chosen: &ChosenDevice,
) -> Result<Pretrained> {
    let settings = &config.pretrain;
    let steps_per_epoch = dataset.split.train.len() / settings.batch_size;
    ensure!(
        steps_per_epoch > 0,
        "{} training images do not fill one batch of {}; set pretrain.batch_size lower",
        dataset.split.train.len(),
        settings.batch_size
    );
    let steps = settings.epochs * steps_per_epoch;
    let fingerprint = config.pretrain_fingerprint();
    let device = chosen.device.clone().autodiff();

    check_labels(config, dataset)?;
    let criterion = Criterion::new(config, &dataset.labels, &dataset.other_labels, &device)?;
    let labels = dataset.labels.len();
    let mut model = Learner::first(config, labels, &device)?;
    let mut momentum = settings.queue.map(|queue| Momentum::new(queue, config, labels, &device)).transpose()?;
    let mut optimizer = Optimizer::new(&settings.optimizer);
    let mut first_step = 0;
    if let Some(checkpoint) = Checkpoint::to_resume(run, resume, &fingerprint)? {
        first_step = checkpoint.step;
        model = model.import(&checkpoint.tensors)?;
        momentum = momentum.map(|momentum| momentum.import(&checkpoint.tensors.below("momentum"))).transpose()?;
        optimizer = Optimizer::restore(
            &settings.optimizer,
            first_step,
            &checkpoint.tensors.below("optimizer"),
            &chosen.device,
        )?;
    }
    run.write_config(&config.to_toml())?;
    let mut metrics = run.metrics(first_step)?;
    if first_step >= steps {
        return Ok(Pretrained::of(&model, None));
    }

    let (mean, std) = dataset.mean_and_std(config.normalisation);
    let loader = PairLoader {
        augment: config.augment.clone(),
        seed: config.seed,
        batch_size: settings.batch_size,
        class_balanced: settings.class_balanced,
        mean,
        std,
        views: ViewMaker::new(config, dataset, &chosen.device)?,
    };
    let total = (steps * settings.batch_size) as u64;
    let progress = Progress::resumed("pretraining", (first_step * settings.batch_size) as u64, total, "images");
    let begun = Instant::now();

    let save = |step: usize, model: &Learner, optimizer: &Optimizer, momentum: Option<&Momentum>| -> Result<()> {
        let mut tensors = model.export().merge(optimizer.export().with_prefix("optimizer"));
        if let Some(momentum) = momentum {
            tensors = tensors.merge(momentum.export().with_prefix("momentum"));
        }
        Checkpoint { step, fingerprint: fingerprint.clone(), tensors }.save_in(run, settings.keep_checkpoints)
    };

    let _listening = stop::listen();
    let model = loader.run(dataset, first_step, steps, |batches| -> Result<Learner> {
        for (step, batch) in (first_step..steps).zip(batches) {
            let rate = learning_rate(settings, step, steps_per_epoch);
            let keys = momentum.as_mut().map(|momentum| momentum.keys(&batch, config.augment.size, &device));
            let (gradients, loss) = loss_and_gradients(&model, batch, config, &criterion, keys, &device);
            if !loss.is_finite() {
                bail!(
                    "the loss of step {} is {loss}; nothing of it was kept, and the last checkpoint in {} is good. \
                     A lower pretrain.learning_rate (now {}) or a longer warm-up helps",
                    step + 1,
                    run.checkpoints().display(),
                    settings.learning_rate
                );
            }
            model = optimizer.step(model, gradients, rate);
            if let Some(momentum) = &mut momentum {
                momentum.follow(&model);
            }
            let done = step + 1;
            let epoch = step / steps_per_epoch;
            metrics
                .write(&serde_json::json!({"step": done, "epoch": epoch + 1, "loss": loss, "learning_rate": rate}))?;
            progress.note(format!("epoch {}/{}, loss {loss:.3}", epoch + 1, settings.epochs));
            progress.advance(settings.batch_size as u64);
            let epoch_ends = done % steps_per_epoch == 0;
            let stopping = stop::asked();
            if epoch_ends || stopping || done % settings.checkpoint_every == 0 {
                save(done, &model, &optimizer, momentum.as_ref())?;
            }
            if stopping && done < steps {
                return Err(Interrupted::after(done, steps, &run.path).into());
            }
        }
        Ok(model)
    })?;
    progress.finish();
    let images = ((steps - first_step) * settings.batch_size) as f64;
    Ok(Pretrained::of(&model, Some(images / begun.elapsed().as_secs_f64())))
}
