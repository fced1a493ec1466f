//! `nadir detect train --dry-run`: is everything there, does it fit, how long will it take?

use crate::config::DetectConfig;
use crate::data::detection::{DetectData, load_parts};
use crate::data::objects::{ImageFile, ObjectImage};
use crate::device::ChosenDevice;
use crate::preflight::findings::Findings;
use crate::progress::duration;
use crate::resources::{bytes_text, space_on_disk};
use crate::train::detect::step::Stepper;
use crate::train::detect::{BackboneMaps, DetectBatch, DetectInput, StoredMaps, cached_variants, init_network};
use anyhow::{Context, Result, bail, ensure};
use burn::module::Module;
use nadir_core::detection::Size;
use nadir_core::detection::targets::Truths;
use nadir_core::image::Planes;
use nadir_core::rng::Rng;
use nadir_nn::model::detector::{FasterRcnn, batch};
use rayon::prelude::*;
use std::path::Path;
use std::time::{Duration, Instant};

/// Looks at everything and times a pass. Nothing is written.
pub fn dry_run(config: &DetectConfig, run: &Path, chosen: &ChosenDevice) -> Findings {
    let mut findings = Findings::default();
    let data = load_parts(config);
    let (images, classes) = match &data {
        Ok(data) => (Some([data.train.len(), data.validation.len()]), data.classes.len()),
        // Only the last layer's size depends on it.
        Err(_) => (None, 20),
    };
    findings.add("data", data.and_then(|data| there(&data, config.data.max_bad_images)));
    findings.add("weights", weights(config, classes, chosen));
    findings.add("disk", disk(config, classes, run));
    if let Some(folder) = &config.train.cache_maps {
        findings.add("maps", maps(config, classes, images, folder, chosen));
    }
    findings.add("memory", Ok(memory(config)));
    findings.add("time", time(config, classes, images, chosen));
    findings
}

/// Whether the images' files are there and can be read as far as their headers tell; they are not decoded.
fn there(data: &DetectData, max_bad_images: f64) -> Result<String> {
    let images: Vec<&ObjectImage> = data.parts().iter().flat_map(|(_, images)| *images).collect();
    let is_missing = |image: &ObjectImage| matches!(&image.file, ImageFile::Path(path) if !path.is_file());
    let faults: Vec<(bool, String)> =
        images.par_iter().filter_map(|image| Some((is_missing(image), image.check().err()?))).collect();
    let missing = faults.iter().filter(|(is_missing, _)| *is_missing).count();
    let counts = data.parts().map(|(name, images)| format!("{} {name}", images.len())).join(", ");
    let text = format!(
        "{counts} images of {} classes; {missing} have no file, {} cannot be read",
        data.classes.len(),
        faults.len() - missing,
    );
    let Some((_, first)) = faults.first() else { return Ok(text) };
    ensure!(faults.len() as f64 <= max_bad_images * images.len() as f64, "{text}; the first: {first}");
    Ok(format!("{text}; the first: {first}"))
}

fn weights(config: &DetectConfig, classes: usize, chosen: &ChosenDevice) -> Result<String> {
    let network = init_network(config, classes, &chosen.device)?;
    let from = match &config.weights {
        Some(path) => path.display().to_string(),
        None => format!("drawn from seed {}", config.seed),
    };
    Ok(format!("{from}: {:.1} million parameters in all", network.num_params() as f64 / 1e6))
}

/// Bytes that the run folder grows by: checkpoints with weights and velocity, one more while the newest is written, and
/// the best weights.
fn disk(config: &DetectConfig, classes: usize, run: &Path) -> Result<String> {
    let drawn = drawn(config);
    let parameters = init_network(&drawn, classes, &burn::tensor::Device::flex())?.num_params() as u64;
    let needed = 4 * parameters * (2 * (config.train.keep_checkpoints as u64 + 1) + 1);
    space_on_disk(needed, run)
}

/// What the kept maps of a frozen backbone take on the disk, and how long they take to compute: timed on one image.
fn maps(
    config: &DetectConfig,
    classes: usize,
    images: Option<[usize; 2]>,
    folder: &Path,
    chosen: &ChosenDevice,
) -> Result<String> {
    let network = init_network(&drawn(config), classes, &chosen.device)?;
    stored_maps(config, &network, &pixels(largest(config)), chosen)?;
    let started = Instant::now();
    let bytes = stored_maps(config, &network, &pixels(largest(config)), chosen)?.bytes_len();
    let elapsed = started.elapsed();
    let ways = cached_variants(config);
    let Some([train, validation]) = images else {
        return Ok(format!("{} an image and variant, {ways} of each image", bytes_text(bytes)));
    };
    let all = train * ways + validation;
    let space = space_on_disk(bytes * all as u64, folder)?;
    Ok(format!("{ways} variants of {train} images: {space}; computed once in {}", duration(elapsed * all as u32)))
}

/// The maps of the backbone's frozen parts, of an image at the size that the network sees.
fn stored_maps(
    config: &DetectConfig,
    network: &FasterRcnn,
    image: &Planes,
    chosen: &ChosenDevice,
) -> Result<StoredMaps> {
    let size = Size::new(image.height, image.width);
    let padded = config.resize.padded(&[size]).context("one image")?;
    let input = batch(std::slice::from_ref(image), padded, &config.detector.architecture, &chosen.device);
    StoredMaps::new(BackboneMaps { size, padded, maps: network.frozen_maps(input, config.train.frozen_parts) })
        .context("the maps of a random backbone do not fit half precision")
}

/// An image of something.
fn pixels(size: Size) -> Planes {
    let values = (0..3 * size.height * size.width).map(|at| (at % 97) as f32 / 97.0).collect();
    Planes { width: size.width, height: size.height, values }
}

/// An estimate: what the backbone and the pyramid keep for the backward pass of one chunk.
fn memory(config: &DetectConfig) -> String {
    let size = largest(config);
    let images = chunk(config);
    // A square of as many pixels.
    let side = ((size.height * size.width) as f64).sqrt() as usize;
    let backbone = config.detector.architecture.kept_values(side).total();
    // Pyramid and first stage: three maps of a quarter of the side, and a third as much again for the coarser levels.
    let pyramid = 3 * config.detector.channels * (side / 4) * (side / 4) * 4 / 3;
    let bytes = 4 * images as u64 * (backbone + pyramid as u64);
    format!(
        "about {} for a pass of {images} images of {} x {} px, besides the regions",
        bytes_text(bytes),
        size.width,
        size.height
    )
}

/// A pass that would take longer than this is not timed whole.
const LONGEST_PASS: Duration = Duration::from_secs(20);

/// Times a pass of one chunk, or of one image of a quarter of the pixels where the chunk would take too long, and adds
/// up the run; an image of validation takes no longer than one of training.
fn time(config: &DetectConfig, classes: usize, images: Option<[usize; 2]>, chosen: &ChosenDevice) -> Result<String> {
    let (size, count) = (largest(config), chunk(config));
    let half = Size::new(size.height / 2, size.width / 2);
    let from_a_quarter = time_pass(config, classes, half, 1, chosen)? * 4;
    let (an_image, how) = if from_a_quarter * count as u32 > LONGEST_PASS {
        (from_a_quarter, " (from one of a quarter of the pixels)")
    } else {
        (time_pass(config, classes, size, count, chosen)? / count as u32, "")
    };
    let Size { height, width } = size;
    let measured =
        format!("{:.2} s an image of {width} x {height} px{how}, on {}", an_image.as_secs_f64(), chosen.name);
    let Some([train, validation]) = images else {
        return Ok(format!("{measured}; how many images there are is not known"));
    };
    let measurements = config.train.epochs.checked_div(config.train.validate_every).unwrap_or(1).max(1);
    Ok(format!(
        "{measured}: {} of training, at most {} of validation",
        duration(an_image * (config.train.epochs * train) as u32),
        duration(an_image * (measurements * validation) as u32)
    ))
}

/// The second of two passes of `count` images of `size`: the first one also compiles kernels and allocates.
fn time_pass(
    config: &DetectConfig,
    classes: usize,
    size: Size,
    count: usize,
    chosen: &ChosenDevice,
) -> Result<Duration> {
    let device = chosen.device.clone().autodiff();
    let network = init_network(&drawn(config), classes, &device)?;
    let stepper = Stepper { shape: &config.detector, resize: config.resize, settings: &config.train, device };
    let (height, width) = (size.height as f32, size.width as f32);
    let truths = Truths {
        boxes: vec![[0.1 * width, 0.1 * height, 0.4 * width, 0.5 * height]],
        classes: vec![1],
        ..Truths::default()
    };
    let input = match &config.train.cache_maps {
        Some(_) => {
            let plain = init_network(&drawn(config), classes, &chosen.device)?;
            DetectInput::Maps(stored_maps(config, &plain, &pixels(size), chosen)?)
        }
        None => DetectInput::Pixels(pixels(size)),
    };
    let mut pass = Duration::ZERO;
    for _ in 0..2 {
        let batch = DetectBatch { images: vec![(input.clone(), truths.clone()); count], skipped: Vec::new() };
        let started = Instant::now();
        let (gradients, _) = stepper.gradients(&network, batch, &mut Rng::new(1))?;
        // Read back, so that a GPU has done its work.
        if gradients.0.into_values().next().map(|gradient| gradient.into_data()).is_none() {
            bail!("nothing is trained: every part is frozen");
        }
        pass = started.elapsed();
    }
    Ok(pass)
}

/// Weights change no time, and may be what is missing.
fn drawn(config: &DetectConfig) -> DetectConfig {
    DetectConfig { weights: None, ..config.clone() }
}

fn chunk(config: &DetectConfig) -> usize {
    match config.train.chunk_size {
        0 => config.train.batch_size,
        size => size,
    }
}

/// A common photograph's shape (3 : 2) at the size of evaluation.
fn largest(config: &DetectConfig) -> Size {
    config.resize.resized(Size::new(2000, 3000))
}
