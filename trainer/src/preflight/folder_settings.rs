//! Settings of a pretraining on a folder that nobody has set: what follows from its images and from the machine.

use super::folder::FolderFacts;
use super::folder_tiles::with_tiles;
use crate::config::{ClassFoldersConfig, Config, DataConfig, ImagesConfig, normalisation_of_weights};
use crate::resources::bytes_text;
use crate::train::contrastive_model::ContrastiveModel;
use crate::train::memory::StepMemory;
use anyhow::Result;
use burn::module::Module;
use burn::tensor::Device;
use nadir_core::bundle::EncoderKind;
use nadir_core::image::RGB;
use std::path::Path;

/// Views and images of the probe are multiples of this, the stride of the usual encoders, px.
const STRIDE: usize = 32;
/// The widest view: on a CPU a wider one takes hours, on a GPU it is what published encoders have seen, px.
const WIDEST_VIEW: [usize; 2] = [96, 224];
/// The largest batch on a CPU and on a GPU.
const LARGEST_BATCH: [usize; 2] = [128, 256];
/// Taken for free where the system does not say.
const UNKNOWN_MEMORY: u64 = 8 << 30;
/// A training has about so many steps, unless that is fewer epochs than 10 or more than 200.
const STEPS: usize = 4000;
/// More images than this measure no better.
const MOST_HELD_OUT: f64 = 2000.0;

/// What computes, and where the run lies.
#[derive(Debug, Clone, Copy)]
pub struct Machine<'a> {
    /// Whether a GPU trains.
    pub is_gpu: bool,
    /// Bytes of memory that are free, where the system says.
    pub free_memory: Option<u64>,
    /// Devices that train together.
    pub ranks: usize,
    /// The run's folder, in which a cache of decoded images may lie.
    pub run: &'a Path,
}

/// A config, and a line for a person on each thing that was chosen.
#[derive(Debug, Clone)]
pub struct ChosenSettings {
    /// The config with all that was chosen.
    pub config: Config,
    /// What was chosen and why, a line each.
    pub lines: Vec<String>,
}

/// Completes a config whose `data` is a folder. What a pair of `sets`, `key=value`, has set stays as it is.
///
/// # Errors
/// Names the setting that cannot be.
pub fn settings_for_folder(
    config: Config,
    sets: &[String],
    facts: &FolderFacts,
    machine: Machine<'_>,
) -> Result<ChosenSettings> {
    let keys: Vec<&str> = sets.iter().filter_map(|set| Some(set.split_once('=')?.0.trim())).collect();
    // A group that is set, as in `data.split={...}`, sets all keys below.
    let is_below = |key: &str, set: &str| key.strip_prefix(set).is_some_and(|rest| rest.starts_with('.'));
    let is_set = |key: &str| keys.iter().any(|set| *set == key || is_below(key, set));
    let mut chosen = ChosenSettings { config, lines: vec![facts.text()] };
    let widest = WIDEST_VIEW[usize::from(machine.is_gpu)];
    let (facts, tile_lines) = with_tiles(&mut chosen.config, &is_set, facts, widest, machine.run)?;
    let facts = &facts;
    chosen.lines.extend(tile_lines);
    chosen.data(&is_set, facts, machine);
    chosen.encoder(&is_set, machine);
    chosen.views(&is_set, facts, machine);
    let train = chosen.training_images(facts);
    chosen.batch(&is_set, train, facts, machine);
    chosen.schedule(&is_set, train);
    chosen.config = chosen.config.checked()?;
    Ok(chosen)
}

impl ChosenSettings {
    fn data(&mut self, is_set: &impl Fn(&str) -> bool, facts: &FolderFacts, machine: Machine<'_>) {
        let images = facts.sizes.len();
        if let DataConfig::Images(ImagesConfig { held_out, .. }) = &mut self.config.data
            && !is_set("data.held_out")
        {
            // Two at the least, since figures compare images; none where that is more than a quarter of them.
            let all = images as f64;
            *held_out = if images < 8 { 0.0 } else { (2.0 / all).max(0.1).min((MOST_HELD_OUT / all).max(2.0 / all)) };
        }
        let (DataConfig::Images(ImagesConfig { cache, max_bad_images, .. })
        | DataConfig::ClassFolders(ClassFoldersConfig { cache, max_bad_images, .. })) = &mut self.config.data
        else {
            return;
        };
        if !is_set("data.max_bad_images") {
            // No table promises these images, so one that is broken takes nothing away.
            *max_bad_images = 0.1;
        }
        let bad = *max_bad_images;
        let (decoded, free) = (facts.decoded_bytes(), machine.free_memory.unwrap_or(UNKNOWN_MEMORY));
        if !is_set("data.cache") && facts.held_bytes > free / 3 {
            *cache = Some(machine.run.join("cache"));
        }
        let held = match cache {
            Some(folder) => format!("in {} on the disk (data.cache)", folder.display()),
            None if facts.held_bytes == decoded => "in memory".to_owned(),
            None => format!(
                "of which {} are held in memory and the others read when they are needed (data.cache = a folder decodes \
                 them once)",
                bytes_text(facts.held_bytes)
            ),
        };
        self.lines.push(format!(
            "decoded they take {}, {held}; up to {:.0} % may be broken (data.max_bad_images)",
            bytes_text(decoded),
            100.0 * bad
        ));
    }

    fn encoder(&mut self, is_set: &impl Fn(&str) -> bool, machine: Machine<'_>) {
        let is_published = is_set("encoder.encoder") || is_set("weights");
        let encoder = &mut self.config.encoder;
        if !is_set("encoder.width") {
            encoder.width = match encoder.encoder {
                EncoderKind::EfficientnetLite0 => 1,
                // Published weights are of this width, and a GPU has the time for it.
                _ if is_published || machine.is_gpu => 64,
                _ => encoder.width,
            };
        }
        let weights = match &self.config.weights {
            Some(file) => format!("the weights of {}", file.display()),
            None => format!("weights drawn by seed {}", self.config.seed),
        };
        if let Some(path) = self.config.weights.as_deref().filter(|_| !is_set("normalisation")) {
            self.config.normalisation = normalisation_of_weights(path, encoder.encoder);
        }
        let bands = match encoder.bands {
            RGB => String::new(),
            bands => format!(" for {bands} bands (data.bands)"),
        };
        let text = format!("encoder {:?} of width {}{bands} with {weights}", encoder.encoder, encoder.width);
        self.lines.push(text);
    }

    fn views(&mut self, is_set: &impl Fn(&str) -> bool, facts: &FolderFacts, machine: Machine<'_>) {
        let median = facts.median_side();
        let multiple = |side: usize| (side / STRIDE * STRIDE).max(STRIDE);
        let augment = &mut self.config.augment;
        if !is_set("augment.size") {
            augment.size = multiple(median).min(WIDEST_VIEW[usize::from(machine.is_gpu)]);
        }
        if !is_set("augment.vertical_flip") {
            augment.vertical_flip = 0.5;
        }
        if !is_set("augment.quarter_turns") {
            augment.quarter_turns = true;
        }
        let size = augment.size;
        if !is_set("probe.image_size") {
            // A view shows a part of the image, so objects are about as large in a whole image that is twice as wide.
            self.config.probe.image_size = multiple(median).min(2 * size).max(STRIDE);
        }
        let smaller = match facts.smaller_than(size) {
            0 => String::new(),
            count => format!("; {count} images are smaller and are enlarged"),
        };
        let augment = &self.config.augment;
        let turned = match augment.vertical_flip > 0.0 || augment.quarter_turns {
            true => ", mirrored and turned as images from above can be (augment.vertical_flip, augment.quarter_turns)",
            false => "",
        };
        self.lines.push(format!(
            "views of {size} px (augment.size){turned}{smaller}; embeddings of whole images at {} px (probe.image_size)",
            self.config.probe.image_size
        ));
    }

    /// Images that train, as the split will have them.
    fn training_images(&mut self, facts: &FolderFacts) -> usize {
        let images = facts.sizes.len();
        let held_out = match &self.config.data {
            DataConfig::Images(ImagesConfig { held_out, .. }) if *held_out > 0.0 => {
                ((images as f64 * held_out).round() as usize).clamp(1, images.saturating_sub(1).max(1))
            }
            DataConfig::ClassFolders(_) => (images as f64 * 0.3).round() as usize,
            _ => 0,
        };
        let train = images.saturating_sub(held_out);
        self.lines.push(match held_out {
            0 => format!("all {train} train, so nothing measures whether it learns: that needs two of eight images"),
            _ => format!(
                "{train} train, {held_out} are held out to measure it (data.{})",
                match self.config.data {
                    DataConfig::Images(_) => "held_out",
                    _ => "split",
                }
            ),
        });
        train
    }

    fn batch(&mut self, is_set: &impl Fn(&str) -> bool, train: usize, facts: &FolderFacts, machine: Machine<'_>) {
        // Images that are held in memory take theirs first; half of the rest is left to all others.
        let decoded = if self.config.data.cache().is_some() { 0 } else { facts.held_bytes };
        let free = match machine.is_gpu {
            // What a GPU has free is not known here.
            true => UNKNOWN_MEMORY,
            false => machine.free_memory.unwrap_or(UNKNOWN_MEMORY).saturating_sub(decoded),
        };
        let drawn = Config { weights: None, ..self.config.clone() };
        let parameters =
            ContrastiveModel::init(&drawn, 1, &Device::flex()).map_or(0, |model| model.num_params()) as u64;
        let needed = |config: &mut Config, batch: usize| {
            config.pretrain.batch_size = batch;
            StepMemory::of(config, parameters, machine.ranks, machine.is_gpu).total()
        };
        if !is_set("pretrain.batch_size") {
            // Four steps an epoch, where there are images for that.
            let most = LARGEST_BATCH[usize::from(machine.is_gpu)].max(2 * machine.ranks).min((train / 4).max(2));
            let mut batch = 2 * machine.ranks;
            while 2 * batch <= most && needed(&mut self.config, 2 * batch) <= free / 2 {
                batch *= 2;
            }
            self.config.pretrain.batch_size = batch;
        }
        let batch = self.config.pretrain.batch_size;
        let bytes = needed(&mut self.config, batch);
        self.lines.push(format!(
            "batch of {batch} images (pretrain.batch_size): about {} of {} that {}",
            bytes_text(bytes),
            bytes_text(free),
            if machine.is_gpu || machine.free_memory.is_none() { "are taken to be free" } else { "are free" }
        ));
    }

    fn schedule(&mut self, is_set: &impl Fn(&str) -> bool, train: usize) {
        let settings = &mut self.config.pretrain;
        let steps = (train / settings.batch_size.max(1)).max(1);
        if !is_set("pretrain.epochs") {
            settings.epochs = (STEPS / steps).clamp(10, 200);
        }
        if !is_set("pretrain.learning_rate") {
            // That of a batch of 128, for weights that are drawn and for such that know something; by the square root of
            // the batch, as Adam's steps go.
            let base: f64 = if self.config.weights.is_some() { 3e-4 } else { 2e-3 };
            settings.learning_rate = two_digits(base * (settings.batch_size as f64 / 128.0).sqrt());
        }
        if !is_set("pretrain.warmup_epochs") {
            settings.warmup_epochs = two_digits((settings.epochs as f64 / 10.0).min(10.0));
        }
        let is_measured = match &self.config.data {
            DataConfig::Images(images) => images.held_out > 0.0,
            _ => train >= 8,
        };
        if !is_set("pretrain.monitor.every") && is_measured {
            settings.monitor.every = settings.epochs.div_ceil(20).max(1);
        }
        self.lines.push(format!(
            "{} epochs of {steps} steps (pretrain.epochs), learning rate {} by the batch (pretrain.learning_rate), warm-up \
             of {} epochs (pretrain.warmup_epochs)",
            settings.epochs, settings.learning_rate, settings.warmup_epochs
        ));
        if settings.monitor.every > 0 {
            let every = settings.monitor.every;
            self.lines.push(format!(
                "measured on held-out images every {} (pretrain.monitor.every)",
                if every == 1 { "epoch".to_owned() } else { format!("{every} epochs") }
            ));
        }
    }
}

/// Rounded to two digits that count.
fn two_digits(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Schedule;

    fn facts(count: usize, side: usize) -> FolderFacts {
        let held_bytes = (3 * count * side * (side + 10)) as u64;
        let sizes = vec![[side, side + 10]; count];
        FolderFacts { sizes, channels: 3, held_bytes, not_tiff_bytes: 0, unreadable: Vec::new() }
    }

    fn images() -> Config {
        let sets = ["data.kind=images".to_owned(), "data.images=x".to_owned()];
        Config::load(None, &sets).expect("valid")
    }

    fn chosen(facts: &FolderFacts, free: u64, is_gpu: bool, set: &[&str], config: Config) -> ChosenSettings {
        let machine = Machine { is_gpu, free_memory: Some(free), ranks: 1, run: Path::new("run") };
        let sets: Vec<String> = set.iter().map(|key| format!("{key}=...")).collect();
        settings_for_folder(config, &sets, facts, machine).expect("can be")
    }

    const GIB: u64 = 1 << 30;

    #[test]
    fn settings_follow_from_images_and_machine_by_hand() {
        let config = chosen(&facts(2000, 256), 16 * GIB, false, &[], images()).config;
        let DataConfig::Images(data) = &config.data else { panic!("images") };
        // A tenth of 2,000; 1,800 / 128 = 14 steps, of which 4,000 are 285 epochs: 200 at the most.
        assert_eq!((data.held_out, data.cache.is_none(), data.max_bad_images), (0.1, true, 0.1));
        let pretrain = &config.pretrain;
        assert_eq!((config.augment.size, config.probe.image_size), (96, 192));
        assert_eq!((pretrain.batch_size, pretrain.epochs, pretrain.monitor.every), (128, 200, 10));
        assert_eq!((pretrain.learning_rate, pretrain.warmup_epochs), (2e-3, 10.0));
        assert!(config.augment.quarter_turns && config.augment.vertical_flip == 0.5);
        assert_eq!((config.encoder.width, pretrain.schedule), (24, Schedule::Cosine));

        let gpu = chosen(&facts(100_000, 256), 64 * GIB, true, &[], images()).config;
        assert_eq!((gpu.augment.size, gpu.encoder.width), (224, 64));
        // 98,000 train: 382 steps of 256, or more of fewer.
        assert!((10..=40).contains(&gpu.pretrain.epochs), "{}", gpu.pretrain.epochs);
        let DataConfig::Images(data) = &gpu.data else { panic!("images") };
        assert_eq!(data.held_out, 0.02);
    }

    #[test]
    fn little_memory_gives_a_small_batch_and_a_cache_and_a_small_folder_no_measurement() {
        let little = chosen(&facts(2000, 256), GIB / 2, false, &[], images());
        assert!(little.config.pretrain.batch_size < 128, "{}", little.config.pretrain.batch_size);
        assert_eq!(little.config.data.cache(), Some(Path::new("run/cache")));
        // By the square root of the batch: half the rate at a quarter of it.
        let (batch, rate) = (little.config.pretrain.batch_size as f64, little.config.pretrain.learning_rate);
        assert!((rate / (2e-3 * (batch / 128.0).sqrt()) - 1.0).abs() < 0.05, "{rate} at {batch}");

        let few = chosen(&facts(5, 40), 4 * GIB, false, &[], images());
        assert_eq!((few.config.pretrain.batch_size, few.config.pretrain.monitor.every), (2, 0));
        assert!(few.lines.iter().any(|line| line.contains("nothing measures")), "{:?}", few.lines);
        let eight = chosen(&facts(8, 40), 4 * GIB, false, &[], images());
        assert_eq!(eight.config.augment.size, 32);
        assert!(eight.lines.iter().any(|line| line.contains("6 train, 2 are held out")), "{:?}", eight.lines);
    }

    #[test]
    fn images_much_larger_than_a_view_are_cut_into_tiles() {
        let large = chosen(&facts(3, 1000), 16 * GIB, false, &[], images());
        let DataConfig::Images(data) = &large.config.data else { panic!("images") };
        assert_eq!((data.tile, data.stride, &data.cache), (Some(256), None, &None));
        assert_eq!(data.tile_index.as_deref(), Some(Path::new("run/tiles.jsonl")));
        // 4 x 4 tiles each; a view of 96 px, and whole tiles for the probe.
        let line = |words: &str| large.lines.iter().any(|line| line.contains(words));
        assert!(
            line("48 tiles of 256 px every 256 px") && line("data.tile=0") && line("0 kB are held"),
            "{:?}",
            large.lines
        );
        assert_eq!((large.config.augment.size, large.config.probe.image_size), (96, 192));
        // On a GPU the views are wider, and 1,000 px are not much larger than these.
        assert_eq!(chosen(&facts(3, 1000), 16 * GIB, true, &[], images()).config.data.tiling(), None);
        let mut whole = images();
        if let DataConfig::Images(data) = &mut whole.data {
            data.tile = Some(0);
        }
        let whole = chosen(&facts(3, 1000), 16 * GIB, false, &["data.tile"], whole);
        assert_eq!(whole.config.data.tiling(), None);
    }

    #[test]
    fn what_is_set_stays_and_the_others_follow_it() {
        let mut config = images();
        (config.augment.size, config.pretrain.batch_size) = (128, 32);
        let set = ["augment.size", "pretrain.batch_size", "augment.quarter_turns", "data.held_out"];
        let config = chosen(&facts(2000, 100), 16 * GIB, false, &set, config).config;
        assert_eq!((config.augment.size, config.augment.quarter_turns), (128, false));
        assert_eq!((config.pretrain.batch_size, config.pretrain.learning_rate), (32, 1e-3));
        let small = chosen(
            &facts(10, 100),
            16 * GIB,
            false,
            &["augment.size"],
            Config { augment: nadir_core::image::augment::AugmentConfig { size: 128, ..images().augment }, ..images() },
        );
        assert!(small.lines.iter().any(|line| line.contains("10 images are smaller")), "{:?}", small.lines);
    }
}
