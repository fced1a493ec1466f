//! What embeds: the encoder of a bundle, of a run folder, or of a config.

use super::args::ConfigArgs;
use crate::artifacts::probe_file;
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::artifacts::weight_file;
use crate::config::Config;
use crate::data;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use crate::export::encoder_of;
use crate::train::contrastive_model::init_encoder;
use anyhow::{Context, Result};
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Encoder;
use std::path::Path;
use tracing::info;

/// The model of a bundle or a run, whichever is given, else that of the config.
///
/// # Errors
/// Names the file that is missing or does not fit.
pub(super) fn model_of(
    run: Option<&Path>,
    bundle: Option<&Path>,
    config: &ConfigArgs,
    chosen: &ChosenDevice,
) -> Result<EmbeddingModel> {
    if let Some(folder) = bundle {
        return EmbeddingModel::from_bundle(folder, chosen);
    }
    let Some(run) = run else {
        let config = config.load()?;
        let encoder = init_encoder(&config, &chosen.device)?;
        let source = match &config.weights {
            Some(path) => format!("weights {}", path.display()),
            None => format!("random weights of seed {}", config.seed),
        };
        let preprocess = preprocess(&config)?;
        let bands = config.data.band_settings();
        return Ok(EmbeddingModel::new(config.encoder, &encoder, preprocess, source).with_bands(bands));
    };
    let config = RunFolder::read_config(run)?;
    let path = run.join(ENCODER_FILE);
    let weights = match probe_file::exists(run) && !path.exists() {
        // A run that only probed what it started from.
        true => encoder_of(run, &config, Some(&probe_file::read_description(run)?))?,
        false => weight_file::read(&path)?,
    };
    let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(&weights);
    let encoder = encoder.with_context(|| format!("with {}", path.display()))?;
    let preprocess = preprocess_of_run(run, &config)?;
    let bands = config.data.band_settings();
    let source = format!("run {}", run.display());
    Ok(EmbeddingModel::new(config.encoder, &encoder, preprocess, source).with_bands(bands))
}

/// What an image goes through before the encoder of a run.
///
/// # Errors
/// Names the file that is missing or does not fit.
pub(super) fn preprocess_of_run(run: &Path, config: &Config) -> Result<Preprocess> {
    match probed(run)? {
        Some(preprocess) => Ok(preprocess),
        None => preprocess(config),
    }
}

/// What the images of a run's probe went through, where it was probed.
fn probed(run: &Path) -> Result<Option<Preprocess>> {
    if !probe_file::exists(run) {
        return Ok(None);
    }
    Ok(Some(probe_file::read_description(run)?.preprocess))
}

/// What an experiment's images go through; where they are normalised by the training images, these are read.
fn preprocess(config: &Config) -> Result<Preprocess> {
    let (mean, std) = match config.published_scaling() {
        Some(published) => published,
        None => {
            info!("the config's training images are read for their mean and standard deviation");
            data::load(config)?.mean_and_std(None)
        }
    };
    Ok(Preprocess { size: config.probe.image_size, mean, std })
}
