//! Pretrains an encoder by SimCLR on a folder of images and embeds them, with Nadir as a library:
//!
//! `cargo run --release -p nadir --example pretrain_folder -- FOLDER RUN [KEY=VALUE ...]`
//!
//! FOLDER holds `images/` (JPEG or PNG, at any depth) and `multilabels.csv` (an image column, then one 0/1 column a label, at
//! which SimCLR does not look); `nadir scenes --out FOLDER` makes one to try. RUN gets `encoder.safetensors` under torchvision's
//! names and `embeddings.parquet`. Settings are those of `nadir pretrain --set`, for example `pretrain.epochs=5`.

use anyhow::{Context, Result, bail};
use nadir::artifacts::run_folder::RunFolder;
use nadir::config::{Config, DataConfig, SplitConfig};
use nadir::data;
use nadir::device::{DeviceChoice, choose};
use nadir::distributed::Group;
use nadir::embed::{Embedded, EmbeddingModel, Job, Shard, embed};
use nadir::train::pretrain::pretrain;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Encoder;
use std::io::Write;
use std::path::Path;

/// Images that may be missing or broken before the program gives up.
const MAX_BAD_IMAGES: f64 = 0.01;

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

/// Trains on the folder's training images, then embeds all of them.
///
/// # Errors
/// Those of the parts: each names the file or setting and what was expected.
pub fn pretrain_and_embed(folder: &Path, run: &Path, settings: &[String], device: DeviceChoice) -> Result<Embedded> {
    let (images, labels) = (folder.join("images"), folder.join("multilabels.csv"));
    let (split, max_bad_images) = (SplitConfig::default(), MAX_BAD_IMAGES);
    let data = DataConfig::MultiLabelCsv { images: images.clone(), labels, split, max_bad_images, cache: None };
    let config = Config { data, ..Config::load(None, settings)? };
    let (chosen, dataset, run) = (choose(device)?, data::load(&config)?, RunFolder::create(run)?);

    // From the first step, on one device: `true` would go on from the newest checkpoint, and a group has several ranks.
    let pretrained = pretrain(&config, &dataset, &run, false, &chosen, &Group::alone())?;
    run.write_encoder(&pretrained.encoder)?;

    let encoder = Encoder::new(&config.encoder, false, &chosen.device).import(&pretrained.encoder)?;
    let (mean, std) = dataset.mean_and_std(config.normalisation);
    let preprocess = Preprocess { size: config.probe.image_size, mean, std };
    let model = EmbeddingModel::new(config.encoder, &encoder, preprocess, format!("run {}", run.path.display()));
    let (out, shard) = (run.path.join("embeddings.parquet"), Shard::WHOLE);
    let job = Job { images, out, shard, resume: false, batch: 64, row_group: 1024, max_bad_images };
    embed(&job, &model, &chosen)?.context("a new file is never whole already")
}
