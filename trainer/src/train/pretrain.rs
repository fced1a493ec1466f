//! SimCLR (Chen et al. 2020): for each image two augmented views, encoded, projected, pulled together against all other
//! images of the step.

use super::checkpoint::Checkpoint;
use super::gradients::NamedGradients;
use super::loader::{PairBatch, PairLoader};
use super::optimizer::Optimizer;
use super::progress::Progress;
use super::run_folder::RunFolder;
use super::schedule::learning_rate;
use super::stop::{self, Interrupted};
use crate::config::Config;
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::weight_file;
use anyhow::{Context, Result, bail, ensure};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_shared::loss::nt_xent;
use nadir_shared::model::{Encoder, Projector, init, weights::Weights};
use std::time::Instant;

/// Encoder and projector, trained together.
#[derive(Module, Debug)]
pub struct SimClr {
    /// What stays.
    pub encoder: Encoder,
    /// What only the loss needs.
    pub projector: Projector,
}

/// How a pretraining ended.
#[derive(Debug, Clone)]
pub struct Pretrained {
    /// The encoder's weights under torchvision's names.
    pub encoder: Weights,
    /// Images (pairs) a second of this call; none where nothing was left to do.
    pub images_per_second: Option<f64>,
}

/// First weights of an encoder: the config's file, or drawn from its seed.
///
/// # Errors
/// Names the weight file and the first tensor that does not fit.
pub fn first_encoder(config: &Config, device: &Device) -> Result<Encoder> {
    let encoder = init::seeded(config.encoder.init(false, device), config.seed);
    match &config.weights {
        None => Ok(encoder),
        Some(path) => {
            let weights = weight_file::read(path)?;
            encoder.import(&weights).with_context(|| {
                format!("the weights {} do not fit encoder.encoder = {:?}", path.display(), config.encoder.encoder)
            })
        }
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

    let mut model = SimClr {
        encoder: first_encoder(config, &device)?,
        projector: init::seeded(config.projector.init(config.encoder.embedding_len(), &device), config.seed),
    };
    let mut optimizer = Optimizer::new(&settings.optimizer);
    let mut first_step = 0;
    if let Some(checkpoint) = Checkpoint::newest(&run.checkpoints())? {
        ensure!(
            resume,
            "{} holds a run of {} steps; continue it with --resume, or choose another folder with --run",
            run.path.display(),
            checkpoint.step
        );
        ensure!(
            checkpoint.fingerprint == fingerprint,
            "the run in {} was made with another config (see its config.toml); use that, or another folder with --run",
            run.path.display()
        );
        first_step = checkpoint.step;
        model = SimClr {
            encoder: model.encoder.import(&checkpoint.tensors.below("encoder"))?,
            projector: model.projector.import(&checkpoint.tensors.below("projector"))?,
        };
        optimizer = Optimizer::restore(
            &settings.optimizer,
            first_step,
            &checkpoint.tensors.below("optimizer"),
            &chosen.device,
        )?;
    }
    run.write_config(config)?;
    let mut metrics = run.metrics(first_step)?;
    if first_step >= steps {
        return Ok(Pretrained { encoder: model.encoder.export(), images_per_second: None });
    }

    let (mean, std) = dataset.mean_and_std(config.normalisation);
    let loader =
        PairLoader { augment: config.augment.clone(), seed: config.seed, batch_size: settings.batch_size, mean, std };
    let total = (steps * settings.batch_size) as u64;
    let progress = Progress::resumed("pretraining", (first_step * settings.batch_size) as u64, total, "images");
    let begun = Instant::now();

    let save = |step: usize, model: &SimClr, optimizer: &Optimizer| -> Result<()> {
        let tensors = model
            .encoder
            .export()
            .with_prefix("encoder")
            .merge(model.projector.export().with_prefix("projector"))
            .merge(optimizer.export().with_prefix("optimizer"));
        Checkpoint { step, fingerprint: fingerprint.clone(), tensors }
            .save(&run.checkpoints(), settings.keep_checkpoints)
            .map(drop)
            .with_context(|| {
                format!("at step {step}; `--resume` continues from the last whole checkpoint in {}", run.path.display())
            })
    };

    let _listening = stop::listen();
    let model = loader.run(dataset, first_step, steps, |batches| -> Result<SimClr> {
        for (step, batch) in (first_step..steps).zip(batches) {
            let rate = learning_rate(settings, step, steps_per_epoch);
            let (gradients, loss) = loss_and_gradients(&model, batch, config, &device);
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
            let done = step + 1;
            let epoch = step / steps_per_epoch;
            metrics
                .write(&serde_json::json!({"step": done, "epoch": epoch + 1, "loss": loss, "learning_rate": rate}))?;
            progress.note(format!("epoch {}/{}, loss {loss:.3}", epoch + 1, settings.epochs));
            progress.advance(settings.batch_size as u64);
            let epoch_ends = done % steps_per_epoch == 0;
            let stopping = stop::asked();
            if epoch_ends || stopping || done % settings.checkpoint_every == 0 {
                save(done, &model, &optimizer)?;
            }
            if stopping && done < steps {
                return Err(Interrupted(format!(
                    "stopped after step {done} of {steps}, saved; continue with --resume --run {}",
                    run.path.display()
                ))
                .into());
            }
        }
        Ok(model)
    })?;
    progress.finish();
    let images = ((steps - first_step) * settings.batch_size) as f64;
    Ok(Pretrained { encoder: model.encoder.export(), images_per_second: Some(images / begun.elapsed().as_secs_f64()) })
}

/// Loss and gradients of one step.
fn loss_and_gradients(model: &SimClr, batch: PairBatch, config: &Config, device: &Device) -> (NamedGradients, f64) {
    let (size, parts, temperature) = (config.augment.size, config.pretrain.accumulate, config.pretrain.temperature);
    let mut gradients = NamedGradients::default();
    let mut sum = 0.0;
    for part in batch.split(parts) {
        let input = Tensor::<4>::from_data(TensorData::new(part.values, [2 * part.images, 3, size, size]), device);
        let loss = nt_xent(model.projector.forward(model.encoder.forward(input)), temperature);
        sum += f64::from(loss.clone().into_scalar::<f32>());
        gradients.add(NamedGradients::take(model, loss.backward()));
    }
    (gradients.divide(parts), sum / parts as f64)
}
