//! `nadir bench`: figures of this machine, and ratios against PyTorch, torchvision, pycocotools, faiss, scikit-learn,
//! umap-learn and imagededup run on the same cores in the same call.

pub mod all_reduce;
mod coco;
pub(crate) mod detector;
pub(crate) mod detector_step;
mod efficientnet;
mod figure;
mod files;
pub mod growth;
mod maps;
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
use nadir_nn::model::Encoder;
use nadir_nn::model::init;
use python::python_says;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use step::{STEP, stepped};

/// A group of figures: its name, and what measures it for about so many seconds each, beside Python where there is one.
type Group = (&'static str, fn(f64, Option<&Path>) -> Result<Vec<Figure>>);

/// In the order in which they are measured.
const GROUPS: [Group; 12] = [
    ("augment", |seconds, _| Ok(augmentation(seconds))),
    ("decode", files::decoding),
    ("train", training),
    ("loader", |seconds, _| loading(seconds)),
    ("probe", |_, _| probing()),
    ("efficientnet", |seconds, python| Ok(efficientnet::figures(seconds, python)?.into())),
    ("detect", detection),
    ("coco", |_, python| Ok(vec![coco::figure(python)?])),
    ("search", |seconds, python| Ok(search::figures(seconds, python)?.into())),
    ("embed", files::embedding),
    ("maps", maps::figures),
    ("audit", files::audits),
];

/// Names of the groups of figures.
pub fn groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name)
}

/// Measures the figures of the groups named in `only`, or of all where there is none, for about `seconds` each, and prints
/// them.
///
/// # Errors
/// Where the Python given does not run PyTorch.
pub fn run(seconds: f64, only: &[String], python: Option<&Path>, json: bool) -> Result<()> {
    ensure!(seconds > 0.0, "--seconds must be above 0");
    let mut figures = Vec::new();
    for (name, measure) in GROUPS {
        if only.is_empty() || only.iter().any(|only| only == name) {
            let measured = measure(seconds, python)?;
            if !json {
                measured.iter().try_for_each(print)?;
            }
            figures.extend(measured);
        }
    }
    match json {
        true => outln!("{}", serde_json::to_string_pretty(&figures)?),
        false => Ok(()),
    }
}

fn print(figure: &Figure) -> Result<()> {
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
            outln!("   {baseline} {}{of_baseline} {}: {ratio:.2}{of_ratio} of its speed", number(value), figure.unit)
        }
        _ => outln!(),
    }
}

fn augmentation(seconds: f64) -> Vec<Figure> {
    vec![
        Figure::new("two-view augmentation, 256 to 224 px, one core", augment_rate(seconds), "pairs/s"),
        Figure::new("scene generation, 128 px, one core", scene_rate(seconds), "scenes/s"),
    ]
}

/// Steps and a forward pass of ResNet-18 beside PyTorch's.
fn training(seconds: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    let own = [
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
    let torch: Option<[Vec<f64>; 3]> = python_says(python, include_str!("torch.py"), &[seconds.to_string()])?;
    let Some([step, ranked, forward]) = torch else { return Ok(own.into()) };
    let [step, ranked, forward] = [step, ranked, forward].map(Repeats::of);
    let beside = |(figure, baseline): (Figure, Repeats)| figure.beside("PyTorch", Some(baseline));
    Ok(own.into_iter().zip([step, step, ranked, forward]).map(beside).collect())
}

fn loading(seconds: f64) -> Result<Vec<Figure>> {
    let from_cache = cache_rates(seconds)?;
    Ok(vec![
        Figure::new("decoding 256 px JPEG files into the cache, all cores", from_cache.decoded, "images/s"),
        Figure::new("loader with two views, 256 to 224 px, from the cache, all cores", from_cache.loaded, "pairs/s"),
        Figure::new("that loader, as a share of augmentation alone", from_cache.share.map(|share| 100.0 * share), "%"),
    ])
}

fn probing() -> Result<Vec<Figure>> {
    let what = "linear probe, 76,000 x 2,048 features, 60 labels, 10 epochs, all cores";
    Ok(vec![Figure::new(what, probe::probe_seconds()?, "s")])
}

fn detection(seconds: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    Ok(vec![detector::figure(seconds, python)?, detector_step::figure(seconds, python)?])
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
            std::fs::write(images.join(file), files::jpeg(seed as u64, 256, 90)?)?;
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
