//! Embeddings of a folder of images as a Parquet file: [`embed`].
//!
//! Images are decoded in parallel a few batches ahead of the encoder, and written a row group at a time, so memory
//! grows with the batch and the row group; of all images only the paths are held.

mod compact_protocol;
pub(crate) mod folder;
mod model;
mod parquet;
mod partial;

pub use folder::Shard;
pub use model::EmbeddingModel;

use crate::data::decode::read_image;
use crate::device::ChosenDevice;
use crate::progress::Progress;
use anyhow::{Result, bail, ensure};
use nadir_core::bundle::sha256_hex;
use parquet::Rows;
use partial::{Partial, Started};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use tracing::warn;

/// What to embed, and where to.
#[derive(Debug, Clone)]
pub struct Job {
    /// Folder with the images, at any depth.
    pub images: PathBuf,
    /// The Parquet file, whose name ends in `.parquet`, or else the folder of the shards' files, see [`Job::file`].
    pub out: PathBuf,
    /// Which of the images.
    pub shard: Shard,
    /// Go on where an earlier run was broken off.
    pub resume: bool,
    /// Images that the encoder takes at once.
    pub batch: usize,
    /// Images a row group, which is also what a killed run loses at most.
    pub row_group: usize,
    /// Share of the images that may be broken, 0 to 1.
    pub max_bad_images: f64,
}

impl Job {
    /// The Parquet file: `out`, or where that is a folder (it is there as one, or is not named `*.parquet`) the shard's
    /// file in it, [`Shard::file_name`]. Until it is whole, `FILE.partial` and `FILE.partial.json` stand in its place.
    pub fn file(&self) -> PathBuf {
        let named = self.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        if named && !self.out.is_dir() { self.out.clone() } else { self.out.join(self.shard.file_name()) }
    }
}

/// What was written, and which images were skipped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Embedded {
    /// Path of the Parquet file.
    pub out: PathBuf,
    /// Which of the images, as INDEX/COUNT.
    pub shard: String,
    /// Images in the shard.
    pub images: usize,
    /// Rows in the file.
    pub rows: u64,
    /// Length of an embedding.
    pub embedding_len: usize,
    /// Images that an earlier run had done.
    pub resumed_at: usize,
    /// Images that could not be read, with the reason.
    pub skipped: Vec<String>,
}

/// Embeds every image of the shard, in the order of their paths; a shard without images gives a file
/// without rows. `None` if `resume` is set and the file is whole already.
///
/// Columns: `file` (path below the folder, with `/`), `width` and `height` (px, as decoded), `embedding` (list of f32).
///
/// # Errors
/// A folder without images, a file that stands there already or was started with another model or other images, more
/// broken images than allowed (the first is named), an embedding that is not finite, a disk that is full. What is
/// written stays, for `resume`.
pub fn embed(job: &Job, model: &EmbeddingModel, chosen: &ChosenDevice) -> Result<Option<Embedded>> {
    ensure!(job.batch > 0, "--batch must be at least 1");
    ensure!((1..=65_536).contains(&job.row_group), "--row-group must be 1 to 65536 images, and is {}", job.row_group);
    let files = folder::images(&job.images, job.shard)?;
    let fingerprint = fingerprint(model, job.shard, &files);
    let out = job.file();
    let mut partial = match Partial::begin(&out, &fingerprint, model.len, job.resume)? {
        Started::Whole => return Ok(None),
        Started::Partial(partial) => partial,
    };
    let resumed_at = partial.images_done();
    let progress = Progress::resumed("embedding", resumed_at as u64, files.len() as u64, "images");
    let allowed = job.max_bad_images * files.len() as f64;
    std::thread::scope(|scope| -> Result<()> {
        let (sender, receiver) = sync_channel(2);
        let ahead = &files[resumed_at..];
        scope.spawn(move || read_batches(job, model, ahead, &sender));
        let (mut rows, mut skipped, mut images) = (Rows::default(), Vec::new(), 0);
        while let Ok(batch) = receiver.recv() {
            images += batch.images;
            for reason in batch.broken {
                warn!(reason, "skipped: {reason}");
                skipped.push(reason);
                let broken = partial.skipped().len() + skipped.len();
                if broken as f64 > allowed {
                    let first = partial.skipped().first().or(skipped.first()).expect("one at least");
                    bail!(
                        "{broken} of {} images are broken, more than --max-bad-images {} allows; the first: {first}",
                        files.len(),
                        job.max_bad_images
                    );
                }
            }
            let embeddings = model.embed(&batch.pixels, batch.rows.files.len(), chosen)?;
            if let Some(at) = embeddings.iter().position(|value| !value.is_finite()) {
                bail!("the embedding of {} is not finite; are the weights whole?", batch.rows.files[at / model.len]);
            }
            rows.append(batch.rows, embeddings);
            if batch.ends_group {
                partial.add(std::mem::take(&mut rows), images, std::mem::take(&mut skipped))?;
                images = 0;
            }
            progress.advance(batch.images as u64);
        }
        Ok(())
    })?;
    progress.finish();
    let skipped = partial.skipped().to_vec();
    let metadata = metadata(job, model, &fingerprint, files.len(), skipped.len());
    let rows = partial.finish(&metadata)?;
    let (shard, embedding_len) = (job.shard.to_string(), model.len);
    Ok(Some(Embedded { out, shard, images: files.len(), rows, embedding_len, resumed_at, skipped }))
}

/// Images as the encoder takes them.
struct Batch {
    /// How many were read or tried.
    images: usize,
    /// The whole ones, without their embeddings.
    rows: Rows,
    /// Their pixels, [rows, 3, size, size].
    pixels: Vec<f32>,
    /// Why others are skipped.
    broken: Vec<String>,
    /// The last one of its row group.
    ends_group: bool,
}

/// Reads and preprocesses batches until there are no more or nobody takes them. Batches do not cross row groups, so a
/// resumed run has the same ones as an unbroken one.
fn read_batches(job: &Job, model: &EmbeddingModel, files: &[String], sender: &SyncSender<Batch>) {
    for group in files.chunks(job.row_group) {
        let last = group.len().div_ceil(job.batch) - 1;
        for (at, files) in group.chunks(job.batch).enumerate() {
            let read: Vec<Result<(usize, usize, Vec<f32>)>> =
                files.par_iter().map(|file| read(&job.images.join(file), model)).collect();
            let (rows, pixels) = (Rows::default(), Vec::new());
            let mut batch = Batch { images: files.len(), rows, pixels, broken: Vec::new(), ends_group: at == last };
            for (file, read) in files.iter().zip(read) {
                match read {
                    Ok((width, height, pixels)) => {
                        batch.rows.push(file.clone(), width, height);
                        batch.pixels.extend(pixels);
                    }
                    Err(error) => batch.broken.push(format!("{error:#}")),
                }
            }
            if sender.send(batch).is_err() {
                return;
            }
        }
    }
}

/// An image's width, height and preprocessed pixels.
fn read(path: &Path, model: &EmbeddingModel) -> Result<(usize, usize, Vec<f32>)> {
    let image = read_image(path)?;
    let (pixels, _) = model.preprocess.apply(image.view());
    Ok((image.width, image.height, pixels))
}

/// What a broken-off run must have been started with to be continued.
fn fingerprint(model: &EmbeddingModel, shard: Shard, files: &[String]) -> String {
    let preprocess = serde_json::to_string(&model.preprocess).expect("numbers");
    let mut text = format!("1\n{}\n{}\n{preprocess}\n", model.weights_sha256, model.len);
    // Two shards without images differ in this alone.
    if shard != Shard::WHOLE {
        text.push_str(&format!("shard {shard}\n"));
    }
    for file in files {
        text.push_str(file);
        text.push('\n');
    }
    sha256_hex(text.as_bytes())
}

/// The file's own description, read for example by `pyarrow.parquet.read_metadata(FILE).metadata`.
fn metadata(
    job: &Job,
    model: &EmbeddingModel,
    fingerprint: &str,
    images: usize,
    skipped: usize,
) -> BTreeMap<String, String> {
    let json = |value: serde_json::Result<String>| value.expect("names and numbers");
    let entries = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("model", model.source.clone()),
        ("architecture", json(serde_json::to_string(&model.architecture))),
        ("weights_sha256", model.weights_sha256.clone()),
        ("preprocess", json(serde_json::to_string(&model.preprocess))),
        ("embedding_len", model.len.to_string()),
        ("shard", job.shard.to_string()),
        ("images", images.to_string()),
        ("skipped", skipped.to_string()),
        ("fingerprint", fingerprint.to_owned()),
    ];
    entries.into_iter().map(|(key, value)| (format!("nadir.{key}"), value)).collect()
}
