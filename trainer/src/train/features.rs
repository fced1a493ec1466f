//! Embeddings of a dataset's images: computed once by the frozen encoder, or batch by batch as a network in training
//! would see them.

use super::normalise::normalise_into;
use crate::config::{Config, ProbeConfig};
use crate::data::Dataset;
use crate::data::decode::read_image;
use crate::data::read_all::read_all;
use crate::device::ChosenDevice;
use crate::progress::Progress;
use crate::tensor::{to_unit_length, values_of};
use anyhow::{Result, ensure};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use nadir_core::image::augment::AugmentConfig;
use nadir_core::image::orientation::Orientation;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::image::{RgbImage, RgbView};
use nadir_nn::model::Encoder;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;

const ENCODE_BATCH: usize = 64;

/// Embeddings of all images, computed once.
#[derive(Debug, Clone)]
pub struct Features {
    /// Embeddings of all images, [images, len], row-major.
    pub values: Vec<f32>,
    /// Length of one embedding.
    pub len: usize,
    /// What further rows are of, behind one row for each image: training images at a coarser resolution, or turned.
    pub further: Vec<usize>,
}

/// Embeddings on a device, perhaps scaled.
#[derive(Debug, Clone)]
pub struct FeatureTable {
    values: Tensor<2>,
    /// As [`Features::further`].
    further: Vec<usize>,
    /// What the values were scaled by, where they were.
    pub scaling: Option<Scaling>,
}

/// Mean and standard deviation of each feature over the training images.
#[derive(Debug, Clone)]
pub struct Scaling {
    /// Means, which are subtracted.
    pub mean: Vec<f32>,
    /// Divided by; 1 for a feature that never changes.
    pub std: Vec<f32>,
}

/// Encodes every image once, in evaluation mode.
///
/// # Errors
/// Where the device cannot give its values back, or an embedding is not finite.
pub fn encode(
    encoder: &Encoder,
    dataset: &Dataset,
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<Features> {
    let all: Vec<usize> = (0..dataset.samples.len()).collect();
    let pixels = |row| Ok(preprocess.apply(dataset.image(row)?.view()).0);
    let values = encode_rows_shown(encoder, &all, preprocess.size, chosen, pixels)?;
    Ok(Features { len: values.len() / dataset.samples.len(), values, further: Vec::new() })
}

/// As [`encode`], and the training images once more for each way that a probe is to see them: at coarser resolutions,
/// turned, and both.
///
/// # Errors
/// As [`encode`].
pub fn encode_for_probe(
    encoder: &Encoder,
    dataset: &Dataset,
    preprocess: &Preprocess,
    probe: &ProbeConfig,
    chosen: &ChosenDevice,
) -> Result<Features> {
    let mut features = encode(encoder, dataset, preprocess, chosen)?;
    for shown in Shown::in_training(probe) {
        let rows = &dataset.split.train;
        features.values.extend(encode_shown(encoder, dataset, rows, preprocess, shown, chosen)?);
        features.further.extend(rows);
    }
    Ok(features)
}

/// Encodes some images as a further view shows them, in evaluation mode. [rows, len], row-major.
///
/// # Errors
/// As [`encode`].
pub fn encode_shown(
    encoder: &Encoder,
    dataset: &Dataset,
    rows: &[usize],
    preprocess: &Preprocess,
    shown: Shown,
    chosen: &ChosenDevice,
) -> Result<Vec<f32>> {
    encode_rows_shown(encoder, rows, preprocess.size, chosen, |row| {
        Ok(preprocess.apply(shown.image(dataset.image(row)?.view()).view()).0)
    })
}

/// Another view of a whole image, on which the labels are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Share of the ground resolution: made smaller by it, antialiased, as a camera farther away would have taken it.
    pub resolution: Option<f64>,
    /// How it lies.
    pub orientation: Orientation,
}

impl Shown {
    /// At a share of the resolution.
    fn coarser(share: f64) -> Self {
        Self { resolution: Some(share), orientation: Orientation::UPRIGHT }
    }

    /// What is measured of a probe besides the images as they are: the words for it, and the views whose mean it is.
    pub fn measured(probe: &ProbeConfig) -> Vec<(String, Vec<Self>)> {
        let coarser = |&share: &f64| (format!("at {share} of the resolution"), vec![Self::coarser(share)]);
        let mut measured: Vec<_> = probe.measured_resolutions.iter().map(coarser).collect();
        if probe.measured_turns {
            let turned = |orientation| Self { resolution: None, orientation };
            measured.push(("turned and mirrored".into(), Orientation::ALL[1..].iter().copied().map(turned).collect()));
        }
        measured
    }

    /// All that a probe sees of its training images besides the images as they are.
    fn in_training(probe: &ProbeConfig) -> impl Iterator<Item = Self> {
        let orientations = if probe.turns { &Orientation::ALL[..] } else { &Orientation::ALL[..1] };
        let resolutions = std::iter::once(None).chain(probe.resolutions.iter().copied().map(Some));
        resolutions
            .flat_map(move |resolution| orientations.iter().map(move |&orientation| Self { resolution, orientation }))
            .skip(1)
    }

    /// The view.
    pub fn image(self, image: RgbView<'_>) -> RgbImage {
        let Some(share) = self.resolution else { return self.orientation.turned(image) };
        let (width, height) = (image.width, image.height);
        let smaller = |length: usize| ((length as f64 * share).round() as usize).max(1);
        let whole = CropBox::whole(width, height);
        let coarser = resized_crop(image, whole, smaller(width), smaller(height), Interpolation::Bilinear).to_rgb();
        self.orientation.turned(coarser.view())
    }
}

/// Whole images' way into the encoder for a dataset.
pub fn preprocess(config: &Config, dataset: &Dataset) -> Preprocess {
    let (mean, std) = dataset.mean_and_std(config.published_scaling());
    Preprocess { size: config.probe.image_size, mean, std }
}

/// Encodes some images in evaluation mode, without a display of how far it is. [rows, len], row-major.
///
/// # Errors
/// As [`encode`].
pub fn encode_some(
    encoder: &Encoder,
    dataset: &Dataset,
    rows: &[usize],
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<Vec<f32>> {
    let pixels = |row| Ok(preprocess.apply(dataset.image(row)?.view()).0);
    encode_rows(encoder, rows, preprocess.size, chosen, pixels, |_| ())
}

/// Encodes images of three bands from their files below a folder, in evaluation mode. [files, len], row-major.
///
/// # Errors
/// As [`encode`], and names the file that cannot be read.
pub fn encode_files(
    encoder: &Encoder,
    folder: &Path,
    files: &[String],
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<Vec<f32>> {
    let rows: Vec<usize> = (0..files.len()).collect();
    let pixels = |row: usize| Ok(preprocess.apply(read_image(&folder.join(&files[row]))?.view()).0);
    encode_rows_shown(encoder, &rows, preprocess.size, chosen, pixels)
}

/// [`encode_rows`] with a display of how far it is.
fn encode_rows_shown(
    encoder: &Encoder,
    rows: &[usize],
    size: usize,
    chosen: &ChosenDevice,
    pixels: impl Fn(usize) -> Result<Vec<f32>> + Sync,
) -> Result<Vec<f32>> {
    let progress = Progress::new("encoding", rows.len() as u64, "images");
    let values = encode_rows(encoder, rows, size, chosen, pixels, |images| progress.advance(images))?;
    progress.finish();
    Ok(values)
}

/// Encodes what `pixels` gives for each of `rows`: channels x `size` x `size` values. `advance` hears of every batch.
fn encode_rows(
    encoder: &Encoder,
    rows: &[usize],
    size: usize,
    chosen: &ChosenDevice,
    pixels: impl Fn(usize) -> Result<Vec<f32>> + Sync,
    advance: impl Fn(u64),
) -> Result<Vec<f32>> {
    let encoder = encoder.valid();
    let mut values = Vec::new();
    for batch in rows.chunks(ENCODE_BATCH) {
        let input: Vec<Vec<f32>> = read_all(batch, |&row| pixels(row))?;
        let channels = input[0].len() / (size * size);
        let input = TensorData::new(input.concat(), [batch.len(), channels, size, size]);
        values.extend(values_of(encoder.forward(Tensor::from_data(input, &chosen.device)))?);
        advance(batch.len() as u64);
    }
    ensure!(
        values.iter().all(|value| value.is_finite()),
        "the encoder's embeddings are not finite; are its weights whole?"
    );
    Ok(values)
}

/// Encodes some images as they are in training: `encoder` lives on a training (autodiff) device, and BatchNorm takes
/// the batch's own statistics. The published study's code probes so by oversight. [rows, len], without a graph.
///
/// # Errors
/// As [`Dataset::image`].
pub fn encode_in_training_mode(
    encoder: &Encoder,
    dataset: &Dataset,
    rows: &[usize],
    preprocess: &Preprocess,
    training_device: &Device,
) -> Result<Tensor<2>> {
    Ok(encoder.forward(images(dataset, rows, preprocess, training_device)?).inner())
}

/// Embeddings of two augmented views of some images, [rows, len] each, for the distance between positives.
///
/// # Errors
/// As [`encode`].
pub fn encode_views(
    encoder: &Encoder,
    dataset: &Dataset,
    rows: &[usize],
    augment: &AugmentConfig,
    preprocess: &Preprocess,
    chosen: &ChosenDevice,
) -> Result<[Vec<f32>; 2]> {
    let encoder = encoder.valid();
    let mut views = [Vec::new(), Vec::new()];
    for (view, values) in views.iter_mut().enumerate() {
        for batch in rows.chunks(ENCODE_BATCH) {
            let (size, channels) = (augment.size, preprocess.channels());
            let mut pixels = vec![0.0; batch.len() * channels * size * size];
            pixels.par_chunks_exact_mut(channels * size * size).zip(batch).try_for_each(
                |(out, &row)| -> Result<()> {
                    let planes = augment.view(dataset.image(row)?.view(), 0, 0, row as u64, view as u64);
                    normalise_into(&planes, &preprocess.mean, &preprocess.std, out);
                    Ok(())
                },
            )?;
            let shape = [batch.len(), channels, size, size];
            values
                .extend(values_of(encoder.forward(Tensor::from_data(TensorData::new(pixels, shape), &chosen.device)))?);
        }
    }
    Ok(views)
}

/// Preprocessed images as [rows, channels, size, size].
fn images(dataset: &Dataset, rows: &[usize], preprocess: &Preprocess, device: &Device) -> Result<Tensor<4>> {
    let pixels: Vec<Vec<f32>> = read_all(rows, |&row| Ok(preprocess.apply(dataset.image(row)?.view()).0))?;
    let shape = [rows.len(), preprocess.channels(), preprocess.size, preprocess.size];
    Ok(Tensor::from_data(TensorData::new(pixels.concat(), shape), device))
}

impl Features {
    /// One image's embedding, `len` values.
    pub fn row(&self, image: usize) -> &[f32] {
        &self.values[image * self.len..(image + 1) * self.len]
    }

    /// Some images' embeddings at length 1, [rows, len].
    pub fn unit_rows(&self, images: &[usize]) -> Vec<f32> {
        let mut rows: Vec<f32> = images.iter().flat_map(|&image| self.row(image)).copied().collect();
        to_unit_length(&mut rows, self.len);
        rows
    }

    /// Onto a device; where `over` is given, scaled to mean 0 and standard deviation 1 over those rows. A feature that
    /// never changes there stays 0.
    pub fn on(&self, device: &Device, over: Option<&[usize]>) -> FeatureTable {
        let shape = [self.values.len() / self.len, self.len];
        let Some(over) = over else {
            return FeatureTable {
                values: Tensor::from_data(TensorData::new(self.values.clone(), shape), device),
                further: self.further.clone(),
                scaling: None,
            };
        };
        let rows = with_further(&self.further, shape[0] - self.further.len(), over);
        let scaling = Scaling::over(rows.iter().map(|&row| self.row(row)), self.len);
        let mut values = self.values.clone();
        values.par_chunks_exact_mut(self.len).for_each(|row| {
            for (value, (mean, std)) in row.iter_mut().zip(scaling.mean.iter().zip(&scaling.std)) {
                *value = (*value - mean) / std;
            }
        });
        let values = Tensor::from_data(TensorData::new(values, shape), device);
        FeatureTable { values, further: self.further.clone(), scaling: Some(scaling) }
    }
}

/// These images' rows: their own, then those of their further views, which follow the rows of all `images`.
fn with_further(further: &[usize], images: usize, requested: &[usize]) -> Vec<usize> {
    let wanted: HashSet<usize> = requested.iter().copied().collect();
    let rows = further.iter().enumerate().filter(|(_, image)| wanted.contains(image)).map(|(at, _)| images + at);
    requested.iter().copied().chain(rows).collect()
}

impl Scaling {
    fn over<'a>(rows: impl ExactSizeIterator<Item = &'a [f32]>, len: usize) -> Self {
        let count = rows.len().max(1) as f64;
        let mut sums = vec![(0.0_f64, 0.0_f64); len];
        for row in rows {
            for (sum, &value) in sums.iter_mut().zip(row) {
                sum.0 += f64::from(value);
                sum.1 += f64::from(value) * f64::from(value);
            }
        }
        let std = |sum: &(f64, f64)| {
            let variance = (sum.1 / count - (sum.0 / count).powi(2)).max(0.0);
            if variance > 1e-12 { variance.sqrt() as f32 } else { 1.0 }
        };
        Self { mean: sums.iter().map(|sum| (sum.0 / count) as f32).collect(), std: sums.iter().map(std).collect() }
    }
}

impl FeatureTable {
    /// Length of one embedding.
    pub fn len(&self) -> usize {
        self.values.dims()[1]
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.values.dims()[0] == 0
    }

    /// The rows of these images: their own, then those of their further views.
    pub fn rows_of(&self, images: &[usize]) -> Vec<usize> {
        with_further(&self.further, self.images(), images)
    }

    /// The image that a row is of.
    pub fn image_of(&self, row: usize) -> usize {
        row.checked_sub(self.images()).map_or(row, |at| self.further[at])
    }

    fn images(&self) -> usize {
        self.values.dims()[0] - self.further.len()
    }

    /// Some rows' embeddings, [rows, len].
    pub fn rows(&self, rows: &[usize]) -> Tensor<2> {
        let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        let count = rows.len();
        let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &self.values.device());
        self.values.clone().select(0, rows)
    }
}
