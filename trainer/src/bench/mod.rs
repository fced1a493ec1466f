//! `nadir bench`: figures of this machine, and ratios against PyTorch,
//! torchvision and pycocotools run on the same cores in the same call.

pub mod all_reduce;
mod coco;
pub(crate) mod detector;
pub(crate) mod detector_step;
mod efficientnet;
mod figure;
mod probe;
mod python;
mod ranked;
mod search;
mod step;

use crate::config::{Config, SplitConfig};
use crate::data::cache::ImageCache;
use crate::data::multi_label_csv;
use crate::output::{out, outln};
use crate::train::device_views::ViewMaker;
use crate::train::loader::{PairBatch, PairLoader, Shard};
use crate::train::train_state::TrainState;
use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, Tensor};
pub(crate) use figure::Repeats;
use figure::{Figure, rate};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::image::augment::AugmentConfig;
use nadir_core::image::decode::decode;
use nadir_nn::model::Encoder;
use nadir_nn::model::init;
use python::python_says;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use step::{STEP, stepped};

/// Measures every figure for about `seconds` each and prints them.
///
/// # Errors
/// Where the Python given does not run PyTorch.
pub fn run(seconds: f64, python: Option<&Path>, json: bool) -> Result<()> {
    ensure!(seconds > 0.0, "--seconds must be above 0");
    let mut figures = vec![
        Figure::new("two-view augmentation, 256 to 224 px, one core", augment_rate(seconds), "pairs/s"),
        Figure::new("JPEG decoding, 256 px, quality 90, one core", decode_rate(seconds)?, "images/s"),
        Figure::new("scene generation, 128 px, one core", scene_rate(seconds), "scenes/s"),
        Figure::new(
            &format!("SimCLR step, ResNet-18 width 24, {} px, all cores", STEP.1),
            train_rate(seconds, 1)?,
            "views/s",
        ),
        Figure::new("the same, two chunks at once", train_rate(seconds, 2)?, "views/s"),
        Figure::new(
            &format!("ranked step, 3 ranks, 2,048 keys, ResNet-18 width 24, {} px, all cores", STEP.1),
            ranked::crops_rate(seconds)?,
            "crops/s",
        ),
        Figure::new("forward, ResNet-18 width 64, one 224 px image, all cores", forward_ms(seconds), "ms"),
    ];
    let from_cache = cache_rates(seconds)?;
    figures.extend([
        Figure::new("decoding 256 px JPEG files into the cache, all cores", from_cache.decoded, "images/s"),
        Figure::new("loader with two views, 256 to 224 px, from the cache, all cores", from_cache.loaded, "pairs/s"),
        Figure::new("that loader, as a share of augmentation alone", from_cache.share.map(|share| 100.0 * share), "%"),
    ]);
    let probe_seconds = probe::probe_seconds()?;
    figures.push(Figure::new(
        "linear probe, 76,000 x 2,048 features, 60 labels, 10 epochs, all cores",
        probe_seconds,
        "s",
    ));
    let torch: Option<[Vec<f64>; 3]> = python_says(python, include_str!("torch.py"), &[seconds.to_string()])?;
    if let Some([step, ranked, forward]) = torch {
        let [step, ranked, forward] = [step, ranked, forward].map(Repeats::of);
        let beside = |(figure, baseline): (Figure, Repeats)| figure.beside("PyTorch", Some(baseline));
        let own: Vec<Figure> = figures.drain(3..7).collect();
        let with_baselines = own.into_iter().zip([step, step, ranked, forward]).map(beside);
        figures.splice(3..3, with_baselines.collect::<Vec<_>>());
    }
    figures.extend(efficientnet::figures(seconds, python)?);
    figures.push(detector::figure(seconds, python)?);
    figures.push(detector_step::figure(seconds, python)?);
    figures.push(coco::figure(python)?);
    figures.extend(search::figures(seconds, python)?);
    if json {
        outln!("{}", serde_json::to_string_pretty(&figures)?)?;
        return Ok(());
    }
    for figure in figures {
        let number = |value: f64| if value < 10.0 { format!("{value:.3}") } else { format!("{value:.1}") };
        let spread = |[least, most]: [f64; 2]| match least < most {
            true => format!(" [{}, {}]", number(least), number(most)),
            false => String::new(),
        };
        out!("{:70} {:>10}{} {}", figure.what, number(figure.value), spread(figure.spread), figure.unit)?;
        match (figure.baseline, figure.baseline_value, figure.ratio) {
            (Some(baseline), Some(value), Some(ratio)) => {
                let of_baseline = figure.baseline_spread.map_or(String::new(), spread);
                let of_ratio = figure.ratio_spread.map_or(String::new(), spread);
                outln!(
                    "   {baseline} {}{of_baseline} {}: {ratio:.2}{of_ratio} of its speed",
                    number(value),
                    figure.unit
                )?;
            }
            _ => outln!()?,
        }
    }
    Ok(())
}

fn augment_rate(seconds: f64) -> Repeats {
    let images: Vec<_> = (0..8).map(|seed| nadir_scene::generate(seed, 256, 256).image).collect();
    let augment = AugmentConfig::default();
    rate(seconds, |sample| {
        for view in 0..2 {
            std::hint::black_box(augment.view(images[sample as usize % images.len()].view(), 1, 0, sample, view));
        }
    })
}

fn decode_rate(seconds: f64) -> Result<Repeats> {
    let files = (0..8).map(jpeg).collect::<Result<Vec<_>>>()?;
    Ok(rate(seconds, |call| {
        std::hint::black_box(decode(&files[call as usize % files.len()]).is_ok());
    }))
}

/// A generated scene of 256 px as a JPEG file of quality 90.
fn jpeg(seed: u64) -> Result<Vec<u8>> {
    let image = nadir_scene::generate(seed, 256, 256).image;
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90).encode(
        &image.pixels,
        256,
        256,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// What training from the cache can reach.
struct FromCache {
    /// Images a second, from files to the cache.
    decoded: Repeats,
    /// Pairs a second that the loader makes.
    loaded: Repeats,
    /// Those, of the pairs a second that augmentation alone makes.
    share: Repeats,
}

/// On all cores, with JPEG files of 256 px in a temporary folder.
fn cache_rates(seconds: f64) -> Result<FromCache> {
    const IMAGES: usize = 512;
    const BATCH: usize = 64;
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let images = folder.path().join("images");
    std::fs::create_dir(&images)?;
    let files: Vec<PathBuf> = (0..IMAGES).map(|at| PathBuf::from(format!("{at}.jpg"))).collect();
    let mut table = "image,first\n".to_owned();
    for chunk in files.chunks(16) {
        for (seed, file) in chunk.iter().enumerate() {
            std::fs::write(images.join(file), jpeg(seed as u64)?)?;
            table += &format!("{},{}\n", file.display(), usize::from(seed == 0));
        }
    }
    let labels = folder.path().join("labels.csv");
    std::fs::write(&labels, table)?;
    let mut built = Ok(());
    let builds = rate(seconds, |call| {
        let cache = folder.path().join(format!("cache-{call}"));
        let result = ImageCache::open(&cache, &images, &files).and_then(|_| Ok(std::fs::remove_dir_all(&cache)?));
        built = std::mem::replace(&mut built, Ok(())).and(result);
    });
    built?;

    let cache = folder.path().join("cache");
    let split = SplitConfig::default();
    let source = multi_label_csv::Source {
        images: &images,
        labels: &labels,
        split: &split,
        cache: Some(&cache),
        max_bad_images: 0.0,
    };
    let dataset = multi_label_csv::load(source, 1)?;
    let augment = AugmentConfig::default();
    let loader = PairLoader {
        augment: augment.clone(),
        seed: 1,
        batch_size: BATCH,
        shard: Shard::WHOLE,
        class_balanced: false,
        mean: vec![0.5; 3],
        std: vec![0.25; 3],
        views: ViewMaker::Host,
    };
    let in_memory: Vec<_> = (0..16).map(|seed| nadir_scene::generate(seed, 256, 256).image).collect();
    // In turns, so that whatever else the machine does meets both alike.
    const TURNS: usize = 5;
    let (mut loaded, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let seconds = seconds / TURNS as f64;
        let alone = rate(seconds, |call| {
            (0..2 * BATCH).into_par_iter().for_each(|at| {
                let image = in_memory[at % in_memory.len()].view();
                std::hint::black_box(augment.view(image, 1, call, (at / 2) as u64, (at % 2) as u64));
            });
        });
        let from_cache = loader.run(&dataset, 0, usize::MAX, |batches| {
            rate(seconds, |_| {
                std::hint::black_box(batches.recv().is_ok_and(|batch| batch.is_ok()));
            })
        });
        loaded.push(BATCH as f64 * from_cache.median);
        shares.push(from_cache.median / alone.median);
    }
    Ok(FromCache {
        decoded: builds.map(|builds| builds * IMAGES as f64),
        loaded: Repeats::of(loaded),
        share: Repeats::of(shares),
    })
}

fn scene_rate(seconds: f64) -> Repeats {
    rate(seconds, |seed| {
        std::hint::black_box(nadir_scene::generate(seed, 128, 128));
    })
}

fn train_rate(seconds: f64, chunks: usize) -> Result<Repeats> {
    let (pairs, size) = STEP;
    let mut config = Config::default();
    config.augment.size = size;
    config.pretrain.batch_size = pairs;
    config.pretrain.chunk_size = pairs / chunks;
    config.pretrain.chunks_at_once = chunks;
    let mut state = Some(TrainState::init(&config, &["label".to_owned()], &[], &Device::flex())?);
    let values: Vec<f32> = (0..2 * pairs * 3 * size * size).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let batch = PairBatch::whole(values.into(), vec![1.0; pairs], pairs);
    let steps = rate(seconds, |_| state = state.take().and_then(|state| stepped(state, &batch)));
    Ok(steps.map(|steps| steps * 2.0 * pairs as f64))
}

fn forward_ms(seconds: f64) -> Repeats {
    let device = Device::flex();
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let encoder = init::seeded(Encoder::new(&architecture, true, &device), 1);
    let calls = rate(seconds, |_| {
        let image = Tensor::<4>::ones([1, 3, 224, 224], &device);
        std::hint::black_box(encoder.forward(image).into_data());
    });
    calls.map(|calls| 1000.0 / calls)
}
