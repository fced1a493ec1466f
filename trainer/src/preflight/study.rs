//! `nadir study ablation --dry-run`: is everything there, does it fit, how long will it take?

use crate::config::{ClassFoldersConfig, Config, DataConfig, Objective, SplitConfig, StudyArm};
use crate::data::crops::{self, Preview};
use crate::data::decode::read_header;
use crate::data::image_folder::{class_files, image_files};
use crate::data::image_index::ImageIndex;
use crate::data::label_table::{self, image_key};
use crate::data::tiles::tile_count;
use crate::device::{Backend, ChosenDevice};
use crate::distributed::Group;
use crate::preflight::findings::Findings;
use crate::progress::duration;
use crate::resources::{bytes_text, space_on_disk};
use crate::train::contrastive_model::{ContrastiveModel, init_encoder};
use crate::train::loader::PairBatch;
use crate::train::memory::StepMemory;
use crate::train::train_state::TrainState;
use anyhow::{Context, Result, ensure};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_nn::loss::Form;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Looks at everything and times a few steps. Nothing is written.
pub fn dry_run(config: &Config, run: &Path, chosen: &ChosenDevice) -> Findings {
    let mut findings = Findings::default();
    let (images, found) = data(config);
    findings.add("data", found);
    findings.add("weights", weights(config, chosen));
    findings.add("disk", disk(config, run));
    findings.add("memory", Ok(memory(config, chosen)));
    findings.add("time", time(config, images, chosen));
    findings
}

/// Images in each part as the labels have them, and whether the images are there.
fn data(config: &Config) -> (Option<[usize; 3]>, Result<String>) {
    let text = |[train, validation, test]: [usize; 3]| {
        format!("{train} training, {validation} validation and {test} test images")
    };
    if let DataConfig::Crops(settings) = &config.data {
        return match crops::preview(settings, config.seed) {
            Ok(preview) => (Some(preview.counts), crops_found(&preview, text(preview.counts), settings.max_bad_images)),
            Err(error) => (None, Err(error)),
        };
    }
    let counts = match part_counts(config) {
        Ok(counts) => counts,
        Err(error) => return (None, Err(error)),
    };
    let text = text(counts);
    if let DataConfig::ClassFolders(ClassFoldersConfig { images, max_bad_images, .. }) = &config.data {
        return (Some(counts), folders_found(images, *max_bad_images, &text));
    }
    let DataConfig::MultiLabelCsv { images, labels, max_bad_images, .. } = &config.data else {
        return (Some(counts), Ok(format!("{text}, generated")));
    };
    let there = || -> Result<String> {
        let table = label_table::read(labels)?;
        let index = ImageIndex::read(images)?;
        table.expect_headers(|name| index.has(name))?;
        let resolved = index.resolve(table.rows.iter().map(|row| row.image.as_str()))?;
        let missing = resolved.iter().filter(|image| image.is_err()).count();
        let files: Vec<&Path> = resolved.iter().flatten().map(PathBuf::as_path).collect();
        let unreadable = unreadable(images, &files);
        let mut found = format!("{text}; {missing} of {} are not in {}", resolved.len(), images.display());
        if let Some(first) = unreadable.first() {
            found += &format!(", {} cannot be read; the first: {first}", unreadable.len());
        }
        let bad = missing + unreadable.len();
        ensure!(bad as f64 <= max_bad_images * resolved.len() as f64, "{found}");
        Ok(found)
    };
    (Some(counts), there().with_context(|| text.clone()))
}

/// Why files below `folder` cannot be read, as far as their headers tell.
fn unreadable(folder: &Path, files: &[&Path]) -> Vec<String> {
    let header = |file: &&Path| read_header(&folder.join(file)).err().map(|error| format!("{error:#}"));
    files.par_iter().filter_map(header).collect()
}

/// Whether the images of class folders can be read.
fn folders_found(folder: &Path, max_bad_images: f64, text: &str) -> Result<String> {
    let found = class_files(folder)?;
    let files: Vec<&Path> = found.files.iter().map(|(file, _)| file.as_path()).collect();
    let bad = unreadable(folder, &files);
    let mut said = format!("{text} of {} classes below {}", found.classes.len(), folder.display());
    if let Some(first) = bad.first() {
        said += &format!(", {} of them cannot be read; the first: {first}", bad.len());
    }
    ensure!(bad.len() as f64 <= max_bad_images * files.len() as f64, "{said}");
    Ok(said)
}

/// Whether the images that objects are cut out of can be read, as far as their headers tell.
fn crops_found(preview: &Preview, text: String, max_bad_images: f64) -> Result<String> {
    let (bad, all) = (preview.faults.len(), preview.images);
    let found = match preview.faults.first() {
        None => format!("{text}, objects cut out of {all} images"),
        Some(first) => {
            format!("{text}, objects cut out of {all} images, {bad} of which cannot be read; the first: {first}")
        }
    };
    ensure!(bad as f64 <= max_bad_images * all as f64, "{found}");
    Ok(found)
}

fn part_counts(config: &Config) -> Result<[usize; 3]> {
    let mut keys = HashSet::new();
    let (all, split) = match &config.data {
        DataConfig::Scenes { count, split, .. } => (*count, split),
        DataConfig::MultiLabelCsv { labels, split, .. } => {
            let rows = label_table::read(labels)?.rows;
            keys.extend(rows.iter().map(|row| image_key(&row.image)));
            (rows.len(), split)
        }
        DataConfig::ClassFolders(settings) => {
            let files = class_files(&settings.images)?.files;
            keys.extend(files.iter().map(|(file, _)| image_key(&file.to_string_lossy())));
            let all = match settings.reading().tiling {
                Some(tiling) => {
                    files.iter().map(|(file, _)| tile_count(&settings.images.join(file), tiling) as usize).sum()
                }
                None => files.len(),
            };
            (all, &settings.split)
        }
        DataConfig::Images(_) => {
            config.data.expect_labels("the ablation")?;
            return Ok([0; 3]);
        }
        DataConfig::Crops(settings) => return Ok(crops::preview(settings, config.seed)?.counts),
    };
    match split {
        SplitConfig::Fractions { train, validation, .. } => {
            let share = |share: f64| (all as f64 * share).round() as usize;
            Ok([share(*train), share(*validation), all - share(*train) - share(*validation)])
        }
        SplitConfig::Files { folder } => {
            let is_image = |name: &str| keys.contains(&image_key(name));
            let count = |part: &str| {
                label_table::read_image_names(&folder.join(format!("{part}.csv")), is_image).map(|names| names.len())
            };
            Ok([count("train")?, count("val")?, count("test")?])
        }
    }
}

fn weights(config: &Config, chosen: &ChosenDevice) -> Result<String> {
    let encoder = init_encoder(config, &chosen.device)?;
    let from = match &config.weights {
        Some(path) => path.display().to_string(),
        None => format!("drawn from seed {}", config.seed),
    };
    Ok(format!("{from}: {:.1} million parameters fit {:?}", encoder.num_params() as f64 / 1e6, config.encoder.encoder))
}

/// Bytes that the run folder grows by: of every training, the newest checkpoints (weights and two optimizer states) and
/// the encoder.
fn disk(config: &Config, run: &Path) -> Result<String> {
    let device = burn::tensor::Device::flex();
    let parameters = ContrastiveModel::init(config, 1, &device).map_or(0, |model| model.num_params()) as u64;
    let trainings = (config.study.seeds * config.study.arms.len()) as u64;
    // One checkpoint more stands there while the newest is written.
    let needed = trainings * 4 * parameters * (3 * (config.pretrain.keep_checkpoints as u64 + 1) + 1);
    space_on_disk(needed, run)
}

/// An estimate, by what it is for.
fn memory(config: &Config, chosen: &ChosenDevice) -> String {
    let parameters = ContrastiveModel::init(config, 1, &Device::flex()).map_or(0, |model| model.num_params()) as u64;
    let need = StepMemory::of(config, parameters, 1, chosen.backend != Backend::Cpu);
    format!(
        "about {} for a step of {} views a pass: {} for activations, {} for weights, gradients and optimizer, {} for \
         pixels and the loss",
        bytes_text(need.total()),
        2 * config.pretrain.images_a_pass(),
        bytes_text(need.activations + need.working),
        bytes_text(need.parameters),
        bytes_text(need.pixels + need.similarities)
    )
}

/// Times two steps and one batch of encoding on this device, and adds up the arms.
fn time(config: &Config, images: Option<[usize; 3]>, chosen: &ChosenDevice) -> Result<String> {
    let settings = &config.pretrain;
    // Weights change no time, and may be what is missing.
    let drawn = Config { weights: None, ..config.clone() };
    let few = settings.batch_size.min(8);
    let (step_of_few, model) = time_step(&drawn, few, chosen)?;
    let scaled = step_of_few.mul_f64(settings.batch_size as f64 / few as f64);
    let (step, timed) = if scaled > LONGEST_STEP {
        (scaled, few)
    } else {
        (time_step(&drawn, settings.batch_size, chosen)?.0, settings.batch_size)
    };
    const ENCODED: usize = 32;
    let encoder = model.encoder.valid();
    let (size, bands) = (config.probe.image_size, config.encoder.bands);
    let pixels = vec![0.1_f32; ENCODED * bands * size * size];
    let mut encode = Duration::ZERO;
    for _ in 0..2 {
        let started = Instant::now();
        let input =
            Tensor::<4>::from_data(TensorData::new(pixels.clone(), [ENCODED, bands, size, size]), &chosen.device);
        let _ = encoder.forward(input).into_data();
        encode = started.elapsed() / ENCODED as u32;
    }
    let measured = format!(
        "{:.2} s a step of {} images{}, {:.1} ms an image encoded, on {}",
        step.as_secs_f64(),
        settings.batch_size,
        if timed < settings.batch_size { format!(" (from a step of {timed})") } else { String::new() },
        1e3 * encode.as_secs_f64(),
        chosen.name
    );
    let Some([train, validation, test]) = images else {
        return Ok(format!("{measured}; how many images there are is not known"));
    };
    let steps = |arm: &StudyArm| -> Result<usize> {
        let images = match &arm.images {
            Some(folder) => image_files(folder)?.len(),
            None => train,
        };
        Ok(arm.epochs.unwrap_or(settings.epochs) * (images / settings.batch_size))
    };
    let trained = config.study.arms.iter().map(steps).sum::<Result<usize>>()?;
    let training = step * (trained * config.study.seeds) as u32;
    let encoders = config.study.seeds * (config.study.arms.len() + 1);
    let mut encoded = encoders * (train + validation + test);
    if config.study.faithful && encoder.has_batch_norm() {
        let study = &config.study;
        let probes = 2 * study.seeds * study.faithful_probe_seeds.unwrap_or(study.probe_seeds);
        encoded += probes * (config.probe.epochs * (train + validation) + test);
    }
    let encoding = encode * encoded as u32;
    Ok(format!(
        "{measured}: {} of training and {} of encoding; probes, neighbours and intervals come on top",
        duration(training),
        duration(encoding)
    ))
}

/// A step that takes longer than this is not timed whole.
const LONGEST_STEP: Duration = Duration::from_secs(20);

/// The second of two steps of `images` images: the first one also compiles kernels and allocates.
fn time_step(config: &Config, images: usize, chosen: &ChosenDevice) -> Result<(Duration, ContrastiveModel)> {
    const LABELS: usize = 10;
    let mut config = config.clone();
    config.pretrain.batch_size = images;
    if config.pretrain.images_a_pass() == images {
        config.pretrain.chunk_size = 0;
    }
    if config.pretrain.objective.needs_ranking() {
        // Which classes are similar changes no step's time.
        config.pretrain.objective = Objective::Ranked { ranks: 1, form: Form::In };
    }
    let classes: Vec<String> = (0..LABELS).map(|label| label.to_string()).collect();
    let mut state = TrainState::init(&config, &classes, &[], &chosen.device)?;
    let (size, bands) = (config.augment.size, config.encoder.bands);
    let values: Vec<f32> = (0..2 * images * bands * size * size).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let labels: Vec<f32> = (0..images * LABELS).map(|at| f32::from(u8::from(at % 3 == 0))).collect();
    let batch = PairBatch::whole(values.into(), labels, images);
    let mut step = Duration::ZERO;
    for _ in 0..2 {
        let started = Instant::now();
        let (gradients, _) = state.gradients(batch.clone(), &Group::alone())?;
        state = state.step(gradients, 1e-6);
        // Reads back, so a GPU has done its work.
        let _ = state.model.export();
        step = started.elapsed();
    }
    Ok((step, state.model))
}
