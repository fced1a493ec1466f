//! Pretrains an encoder by SimCLR on a folder of images and embeds them, with Nadir as a library: what
//! `nadir pretrain FOLDER` and `nadir embed` do.
//!
//! `cargo run --release -p nadir --example pretrain_folder -- FOLDER RUN [KEY=VALUE ...]`
//!
//! FOLDER holds images at any depth; `nadir scenes --out DATA` makes some to try, in DATA/images. RUN gets `config.toml`,
//! `encoder.safetensors` under torchvision's names and `embeddings.parquet`. Settings are those of `nadir pretrain --set`,
//! for example `pretrain.epochs=5`; what is not set follows from the images and the machine.

use anyhow::{Context, Result, bail};
use nadir::artifacts::run_folder::RunFolder;
use nadir::config::Config;
use nadir::data;
use nadir::device::{Backend, DeviceChoice, choose};
use nadir::distributed::Group;
use nadir::embed::{Embedded, EmbeddingModel, Job, SceneSettings, Shard, embed};
use nadir::preflight::folder::{FolderFacts, config_of_folder};
use nadir::preflight::folder_settings::{Machine, settings_for_folder};
use nadir::resources::free_memory;
use nadir::train::pretrain::pretrain;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Encoder;
use std::io::Write;
use std::path::Path;

/// Images that may be missing or broken before the program gives up.
const MAX_BAD_IMAGES: f64 = 0.1;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, run, settings @ ..] = arguments.as_slice() else {
        bail!("usage: pretrain_folder FOLDER RUN [KEY=VALUE ...]")
    };
    let embedded = pretrain_and_embed(Path::new(folder), Path::new(run), settings, DeviceChoice::Auto)?;
    let (rows, len, file) = (embedded.rows, embedded.embedding_len, embedded.out.display());
    writeln!(std::io::stdout(), "{rows} embeddings of length {len} in {file}")?;
    Ok(())
}

/// Trains on the folder's images, but for those that are held out to measure it, then embeds all of them.
///
/// # Errors
/// Those of the parts: each names the file or setting and what was expected.
pub fn pretrain_and_embed(folder: &Path, run: &Path, settings: &[String], device: DeviceChoice) -> Result<Embedded> {
    let chosen = choose(device)?;
    let config = config_of(folder, run, settings, chosen.backend != Backend::Cpu)?;
    let (dataset, run) = (data::load(&config)?, RunFolder::create(run)?);

    // From the first step, on one device: `true` would go on from the newest checkpoint, and a group has several ranks.
    let pretrained = pretrain(&config, &dataset, &run, false, &chosen, &Group::alone())?;
    run.write_encoder(&pretrained.encoder)?;

    let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(&pretrained.encoder)?;
    let (mean, std) = dataset.mean_and_std(config.published_scaling());
    let preprocess = Preprocess { size: config.probe.image_size, mean, std };
    let model = EmbeddingModel::new(config.encoder, &encoder, preprocess, format!("run {}", run.path.display()));
    let (images, out, shard) = (folder.to_owned(), run.path.join("embeddings.parquet"), Shard::WHOLE);
    let (max_bad_images, scenes) = (MAX_BAD_IMAGES, SceneSettings::default());
    let job = Job { images, out, shard, resume: false, batch: 64, row_group: 1024, max_bad_images, scenes };
    embed(&job, &model, &chosen)?.context("a new file is never whole already")
}

/// The settings given, and for all others what suits the folder's images and this machine.
fn config_of(folder: &Path, run: &Path, settings: &[String], is_gpu: bool) -> Result<Config> {
    let config = config_of_folder(folder, None, settings)?;
    let facts = FolderFacts::read(&config.data)?;
    let machine = Machine { is_gpu, free_memory: free_memory(), ranks: 1, run };
    Ok(settings_for_folder(config, settings, &facts, machine)?.config)
}
