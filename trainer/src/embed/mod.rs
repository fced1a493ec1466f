//! Embeddings of a folder of images, or of their tiles, as a Parquet file, and as GeoParquet where the images have
//! coordinates: [`embed`].
//!
//! Images are decoded in parallel a few batches ahead of the encoder, and written a row group at a time, so memory
//! grows with the batch and the row group; of all images only the paths and the places of their tiles are held.

mod compact_protocol;
mod compact_reader;
mod extent;
pub(crate) mod folder;
mod job;
mod model;
mod parquet;
mod partial;
mod place;
mod table;
mod unit;

pub use folder::Shard;
pub use job::{Job, SceneSettings, TileSettings};
pub use model::EmbeddingModel;
pub use table::{EmbeddedImage, EmbeddingFile};

use crate::device::ChosenDevice;
use crate::progress::Progress;
use anyhow::{Result, bail, ensure};
use nadir_core::bundle::sha256_hex;
use parquet::{Layout, Row, Rows};
use partial::{Partial, Started};
use place::System;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use tracing::{info, warn};
use unit::{Read, Reader, Unit, units};

/// Writes embeddings of `len` values that come from elsewhere, a row group of so many rows at a time, as [`embed`] writes
/// its own.
///
/// # Errors
/// As [`embed`].
pub(crate) fn write(
    out: &Path,
    len: usize,
    rows_a_group: usize,
    rows: impl IntoIterator<Item = (String, Vec<f32>)>,
    metadata: &BTreeMap<String, String>,
) -> Result<u64> {
    let layout = Layout { len, tiles: false, geometry: false };
    let Started::Partial(mut partial) = Partial::begin(out, "", layout, false)? else { return Ok(0) };
    let mut group = Rows::default();
    for (file, embedding) in rows {
        group.append(vec![Row { file, size: [1, 1], at: [0, 0], geometry: None }], embedding);
        if group.rows.len() == rows_a_group {
            partial.add(&std::mem::take(&mut group), rows_a_group, 0, Vec::new())?;
        }
    }
    partial.add(&group, group.rows.len(), 0, Vec::new())?;
    partial.finish(metadata)
}

/// What was written, and which images were skipped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Embedded {
    /// Path of the Parquet file.
    pub out: PathBuf,
    /// Which of the images, as INDEX/COUNT.
    pub shard: String,
    /// Images in the shard, or their tiles.
    pub images: usize,
    /// Rows in the file.
    pub rows: u64,
    /// Length of an embedding.
    pub embedding_len: usize,
    /// Images or tiles that an earlier run had done.
    pub resumed_at: usize,
    /// Images or tiles that could not be read, with the reason.
    pub skipped: Vec<String>,
    /// Tiles that are mostly nodata.
    pub empty: usize,
    /// What the coordinates of the column `geometry` are, `OGC:CRS84` for longitude and latitude; `None` if no image
    /// of the folder has any, so that there is no such column.
    pub coordinates: Option<String>,
    /// Rows with a geometry.
    pub placed: u64,
}

/// Embeds every image of the shard, in the order of their paths, or their tiles; a shard without images gives a file
/// without rows. `None` if `resume` is set and the file is whole already.
///
/// Columns: `file` (path below the folder, with `/`), `width` and `height` (px, as decoded), of tiles `row` and `column`
/// (where they begin, px), `embedding` (list of f32), and `geometry` where an image of the folder has coordinates.
///
/// # Errors
/// A folder without images, a file that stands there already or was started with another model or other images, more
/// broken images than allowed (the first is named), an embedding that is not finite, a disk that is full. What is
/// written stays, for `resume`.
pub fn embed(job: &Job, model: &EmbeddingModel, chosen: &ChosenDevice) -> Result<Option<Embedded>> {
    ensure!(job.batch > 0, "--batch must be at least 1");
    ensure!((1..=65_536).contains(&job.row_group), "--row-group must be 1 to 65536 images, and is {}", job.row_group);
    let all = folder::images(&job.images, Shard::WHOLE)?;
    let system = System::of_folder(&job.images, &all, &job.scenes);
    let files: Vec<String> = all.into_iter().filter(|file| job.shard.has(file)).collect();
    let units = units(&job.images, &files, job.scenes.tiles)?;
    let fingerprint = fingerprint(job, model, &files, &units, system.as_ref());
    let layout = Layout { len: model.len, tiles: job.scenes.tiles.is_some(), geometry: system.is_some() };
    let out = job.file();
    let mut partial = match Partial::begin(&out, &fingerprint, layout, job.resume)? {
        Started::Whole => return Ok(None),
        Started::Partial(partial) => partial,
    };
    let what = if layout.tiles { "tiles" } else { "images" };
    let resumed_at = partial.images_done();
    let progress = Progress::resumed("embedding", resumed_at as u64, units.len() as u64, what);
    let allowed = job.max_bad_images * units.len() as f64;
    std::thread::scope(|scope| -> Result<()> {
        let (sender, receiver) = sync_channel(2);
        let ahead = &units[resumed_at..];
        let reader = Reader::new(job, model, &files, system.as_ref());
        scope.spawn(move || read_batches(reader, ahead, &sender));
        let (mut rows, mut skipped, mut done) = (Rows::default(), Vec::new(), Done::default());
        while let Ok(batch) = receiver.recv() {
            done.images += batch.images;
            done.empty += batch.empty;
            for reason in batch.broken {
                warn!(reason, "skipped: {reason}");
                skipped.push(reason);
                let broken = partial.skipped().len() + skipped.len();
                if broken as f64 > allowed {
                    let first = partial.skipped().first().or(skipped.first()).expect("one at least");
                    bail!(
                        "{broken} of {} {what} are broken, more than --max-bad-images {} allows; the first: {first}",
                        units.len(),
                        job.max_bad_images
                    );
                }
            }
            let embeddings = model.embed(&batch.pixels, batch.rows.len(), chosen)?;
            if let Some(at) = embeddings.iter().position(|value| !value.is_finite()) {
                bail!("the embedding of {} is not finite; are the weights whole?", batch.rows[at / model.len].file);
            }
            rows.append(batch.rows, embeddings);
            if batch.ends_group {
                let Done { images, empty } = std::mem::take(&mut done);
                partial.add(&std::mem::take(&mut rows), images, empty, std::mem::take(&mut skipped))?;
            }
            progress.advance(batch.images as u64);
        }
        Ok(())
    })?;
    progress.finish();
    let (skipped, empty, extent) = (partial.skipped().to_vec(), partial.empty(), partial.extent());
    let mut metadata = metadata(job, model, &fingerprint, units.len(), skipped.len());
    if layout.tiles {
        metadata.insert("nadir.empty".to_owned(), empty.to_string());
    }
    if let Some(system) = &system {
        metadata.insert("geo".to_owned(), extent.geo_metadata(*system == System::Wgs84));
        metadata.insert("nadir.coordinates".to_owned(), system.name());
    }
    let rows = partial.finish(&metadata)?;
    if let (Some(system), 1..) = (&system, rows - extent.count()) {
        let without = rows - extent.count();
        info!("{without} of {rows} rows have no geometry: their images have no coordinates in {}", system.name());
    }
    Ok(Some(Embedded {
        out,
        shard: job.shard.to_string(),
        images: units.len(),
        rows,
        embedding_len: model.len,
        resumed_at,
        skipped,
        empty,
        coordinates: system.as_ref().map(System::name),
        placed: extent.count(),
    }))
}

/// What was done since the last row group.
#[derive(Default)]
struct Done {
    images: usize,
    empty: usize,
}

/// Images or tiles as the encoder takes them.
struct Batch {
    /// How many were read or tried.
    images: usize,
    /// The whole ones, without their embeddings.
    rows: Vec<Row>,
    /// Their pixels, [rows, bands, size, size].
    pixels: Vec<f32>,
    /// Why others are skipped.
    broken: Vec<String>,
    /// How many are mostly nodata.
    empty: usize,
    /// The last one of its row group.
    ends_group: bool,
}

/// Reads and preprocesses batches until there are no more or nobody takes them. Batches do not cross row groups, so a
/// resumed run has the same ones as an unbroken one.
fn read_batches(mut reader: Reader<'_>, units: &[Unit], sender: &SyncSender<Batch>) {
    for group in units.chunks(reader.job.row_group) {
        let last = group.len().div_ceil(reader.job.batch) - 1;
        for (at, units) in group.chunks(reader.job.batch).enumerate() {
            let (rows, pixels, broken) = (Vec::new(), Vec::new(), Vec::new());
            let mut batch = Batch { images: units.len(), rows, pixels, broken, empty: 0, ends_group: at == last };
            for read in reader.read(units) {
                match read {
                    Read::Row(row, pixels) => {
                        batch.rows.push(row);
                        batch.pixels.extend(pixels);
                    }
                    Read::Empty => batch.empty += 1,
                    Read::Broken(reason) => batch.broken.push(reason),
                }
            }
            if sender.send(batch).is_err() {
                return;
            }
        }
    }
}

/// What a broken-off run must have been started with to be continued.
fn fingerprint(job: &Job, model: &EmbeddingModel, files: &[String], units: &[Unit], system: Option<&System>) -> String {
    let preprocess = serde_json::to_string(&model.preprocess).expect("numbers");
    let mut text = format!("2\n{}\n{}\n{preprocess}\n", model.weights_sha256, model.len);
    // Two shards without images differ in this alone.
    if job.shard != Shard::WHOLE {
        text.push_str(&format!("shard {}\n", job.shard));
    }
    text.push_str(&format!("{:?}\n{system:?}\n", job.scenes));
    for file in files {
        text.push_str(file);
        text.push('\n');
    }
    // An image of another size has other tiles.
    text.push_str(&units.len().to_string());
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
