//! Images in files: decoding beside torchvision's libjpeg-turbo, a folder's embeddings beside PyTorch with its loader, and an
//! audit beside imagededup's hashes.

use super::figure::{Figure, Repeats, rate};
use super::python::python_says;
use crate::audit::{AuditedSet, Job as Audit, audit};
use crate::device::ChosenDevice;
use crate::embed::{self, EmbeddingModel, Job, SceneSettings, Shard};
use anyhow::{Context, Result, ensure};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::image::decode::decode;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::{Encoder, init};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Width and height of the files that are decoded and embedded, px.
const SIDE: usize = 256;
/// Files that are decoded in turn.
const DECODED: usize = 32;
/// Images of the folder that is embedded.
const EMBEDDED: usize = 512;
/// Images of the folder that is audited.
const AUDITED: usize = 10_000;
/// Their width and height, px: drawing them would take longer than auditing them.
const AUDITED_SIDE: usize = 128;
/// Every so many images one is a copy of the one before, encoded anew: 1 % of a folder.
const COPY_EVERY: usize = 100;

/// A generated scene as a JPEG file.
pub(super) fn jpeg(seed: u64, side: usize, quality: u8) -> Result<Vec<u8>> {
    let image = nadir_scene::generate(seed, side, side).image;
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode(
        &image.pixels,
        side as u32,
        side as u32,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// Images a second on one core.
///
/// # Errors
/// Where the disk has no room, or Python's part fails.
pub(super) fn decoding(seconds: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    let folder = folder_of(DECODED, SIDE)?;
    let files = (0..DECODED).map(|at| std::fs::read(file(&folder, at))).collect::<Result<Vec<_>, _>>()?;
    let own = rate(seconds, |call| {
        std::hint::black_box(decode(&files[call as usize % DECODED]).is_ok());
    });
    let arguments = ["decode".to_owned(), folder.path().display().to_string(), seconds.to_string()];
    let theirs: Option<Option<Vec<f64>>> = python_says(python, include_str!("files.py"), &arguments)?;
    let what = "JPEG decoding, 256 px, quality 90, one core";
    Ok(vec![Figure::new(what, own, "images/s").beside("torchvision", theirs.flatten().map(Repeats::of))])
}

/// Images a second, from a folder of JPEG files of 256 px to a Parquet file of embeddings by a whole ResNet-18 at 224 px;
/// PyTorch has two workers that decode and resize, and writes the bare values.
///
/// # Errors
/// As [`decoding`].
pub(super) fn embedding(_: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    let (images, out) = (folder_of(EMBEDDED, SIDE)?, tempfile::tempdir().context("cannot create a temporary folder")?);
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let chosen = ChosenDevice::cpu();
    let encoder = init::seeded(Encoder::new(&architecture, true, &chosen.device), 1);
    let preprocess = Preprocess { size: 224, mean: vec![0.5; 3], std: vec![0.25; 3] };
    let model = EmbeddingModel::new(architecture, &encoder, preprocess, "random weights".to_owned());
    // A pass takes seconds, and the first of them packs the weights.
    const PASSES: usize = 4;
    let mut rates = Vec::new();
    for pass in 0..PASSES {
        let job = Job {
            images: images.path().to_owned(),
            out: out.path().join(format!("{pass}.parquet")),
            shard: Shard::WHOLE,
            resume: false,
            batch: 16,
            row_group: 1024,
            max_bad_images: 0.0,
            scenes: SceneSettings::default(),
        };
        let started = Instant::now();
        embed::embed(&job, &model, &chosen)?;
        rates.push(EMBEDDED as f64 / started.elapsed().as_secs_f64());
    }
    let arguments =
        ["embed".to_owned(), images.path().display().to_string(), out.path().join("values.npy").display().to_string()];
    let theirs: Option<Option<Vec<f64>>> = python_says(python, include_str!("files.py"), &arguments)?;
    let what = "embedding a folder, ResNet-18, 256 px JPEG files to Parquet, all cores";
    let own = Repeats::of(rates.split_off(1));
    Ok(vec![Figure::new(what, own, "images/s").beside("PyTorch, 2 workers", theirs.flatten().map(Repeats::of))])
}

/// Seconds to find the pictures that a folder holds twice.
///
/// # Errors
/// As [`decoding`], and where one of the two misses a copy.
pub(super) fn audits(_: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    let images = folder_of(AUDITED, AUDITED_SIDE)?;
    let set = AuditedSet::of_folder(images.path())?;
    let started = Instant::now();
    let chosen = ChosenDevice::cpu();
    let audited = audit(&Audit { set: &set, model: None, detections: None, seed: 1, chosen: &chosen })?;
    let own = started.elapsed().as_secs_f64();
    let copies = AUDITED / COPY_EVERY;
    let is_copy = |first: usize, second: usize| first + 1 == second && second % COPY_EVERY == COPY_EVERY - 1;
    let found = audited.overlaps.iter().filter(|overlap| is_copy(overlap.first, overlap.second)).count();
    ensure!(found == copies, "of {copies} copies the audit found {found}");
    let arguments = ["audit".to_owned(), images.path().display().to_string()];
    let theirs: Option<Option<f64>> = python_says(python, include_str!("files.py"), &arguments)?;
    let what = format!("audit of {AUDITED} JPEG files of {AUDITED_SIDE} px, all cores");
    Ok(vec![Figure::new(&what, own, "s").beside("imagededup, perceptual hash", theirs.flatten().map(Repeats::from))])
}

fn file(folder: &tempfile::TempDir, at: usize) -> PathBuf {
    folder.path().join(format!("{at:05}.jpg"))
}

/// So many JPEG files of this side, px, in a temporary folder.
fn folder_of(images: usize, side: usize) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    (0..images).into_par_iter().try_for_each(|at| -> Result<()> {
        let is_copy = at % COPY_EVERY == COPY_EVERY - 1;
        let (seed, quality) = if is_copy { (at - 1, 80) } else { (at, 90) };
        Ok(std::fs::write(file(&folder, at), jpeg(seed as u64, side, quality)?)?)
    })?;
    Ok(folder)
}
