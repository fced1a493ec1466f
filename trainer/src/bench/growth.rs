//! How the time of what grows with the data grows, over three decades of sizes.

use crate::output::outln;
use anyhow::{Context, Result};
use nadir_core::detection::Size;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::detection::tiles::{TileDetection, Tiling, merge};
use nadir_core::image::RgbImage;
use nadir_core::metric::bootstrap;
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::neighbours::UnitRows;
use nadir_core::rng::Rng;
use nadir_overlap::{Candidates, Look, look_at_all};
use nadir_plot::{LineChart, Plot, Series, standalone};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Sizes of each, as shares of its largest.
const SHARES: [usize; 4] = [1000, 100, 10, 1];
/// A size is measured for so long, s, and once at least.
const SECONDS: f64 = 0.2;

/// What grows: its name, what is counted, the largest size, and what prepares a size and gives what is timed.
struct Task {
    what: &'static str,
    of: &'static str,
    largest: usize,
    prepare: fn(usize) -> Box<dyn FnMut()>,
}

const TASKS: [Task; 4] = [
    Task { what: "audit, all cores", of: "images", largest: 10_000, prepare: audit },
    Task { what: "bootstrap, 10 resamples, 60 labels", of: "test images", largest: 100_000, prepare: resampling },
    Task { what: "objects merged across seams", of: "tiles", largest: 10_000, prepare: merging },
    Task { what: "the 10 nearest of 64 dimensions", of: "embeddings", largest: 1_000_000, prepare: nearest },
];

/// One of them at its sizes.
#[derive(Debug, Serialize)]
struct Growth {
    what: &'static str,
    of: &'static str,
    sizes: Vec<usize>,
    seconds: Vec<f64>,
    /// Time grows by size to this power over the last decade; 1 is in proportion.
    exponent: f64,
}

/// Measures them and prints each; with `plot` also draws them, as an SVG file.
///
/// # Errors
/// Where the file cannot be written.
pub fn run(plot: Option<&Path>, json: bool) -> Result<()> {
    let mut measured = Vec::new();
    for task in TASKS {
        let growth = task.measure(SECONDS);
        if !json {
            let of = |(size, seconds): (&usize, &f64)| format!("{size}: {:.3} ms", seconds * 1000.0);
            let times: Vec<String> = growth.sizes.iter().zip(&growth.seconds).map(of).collect();
            outln!("{}, {}: {}; exponent {:.2}", growth.what, growth.of, times.join(", "), growth.exponent)?;
        }
        measured.push(growth);
    }
    // Before the file, for which the disk may have no room.
    if json {
        outln!("{}", serde_json::to_string_pretty(&measured)?)?;
    }
    match plot {
        Some(file) => {
            std::fs::write(file, drawn(&measured)).with_context(|| format!("cannot write {}", file.display()))
        }
        None => Ok(()),
    }
}

impl Task {
    fn measure(&self, for_seconds: f64) -> Growth {
        let sizes: Vec<usize> = SHARES.iter().map(|share| self.largest / share).collect();
        let of = |&size: &usize| seconds_of(&mut *(self.prepare)(size), for_seconds);
        let seconds: Vec<f64> = sizes.iter().map(of).collect();
        Growth { what: self.what, of: self.of, exponent: exponent(&sizes, &seconds), sizes, seconds }
    }
}

/// Of a call, after one that fills caches unless that took long.
fn seconds_of(call: &mut dyn FnMut(), for_seconds: f64) -> f64 {
    let started = Instant::now();
    call();
    let first = started.elapsed().as_secs_f64();
    if first >= for_seconds {
        return first;
    }
    let (started, mut calls) = (Instant::now(), 0.0);
    while calls < 1.0 || started.elapsed().as_secs_f64() < for_seconds {
        call();
        calls += 1.0;
    }
    started.elapsed().as_secs_f64() / calls
}

/// Of the last two sizes.
fn exponent(sizes: &[usize], seconds: &[f64]) -> f64 {
    let [.., few, many] = *sizes else { return f64::NAN };
    let [.., of_few, of_many] = *seconds else { return f64::NAN };
    (of_many / of_few).ln() / (many as f64 / few as f64).ln()
}

/// Time an item beside that at the largest size, by the power of ten of the size: level where time is in proportion.
fn drawn(measured: &[Growth]) -> String {
    let points: Vec<Vec<[f64; 2]>> = measured
        .iter()
        .map(|growth| {
            let an_item = |at: usize| growth.seconds[at] / growth.sizes[at] as f64;
            let largest = an_item(growth.sizes.len() - 1);
            (0..growth.sizes.len()).map(|at| [(growth.sizes[at] as f64).log10(), an_item(at) / largest]).collect()
        })
        .collect();
    let names: Vec<String> = measured.iter().map(|growth| format!("{} ({})", growth.what, growth.of)).collect();
    let series = |index: usize| Series { name: &names[index], index };
    let title = "Time an item, beside that at the largest size";
    let chart = LineChart {
        label: title,
        x: "how many, power of ten",
        y: "time an item, of that at the largest size",
        lines: points.iter().enumerate().map(|(at, points)| (series(at), points.as_slice())).collect(),
        bands: Vec::new(),
        square: None,
        reference: None,
    };
    standalone(&chart.svg(760), title)
}

/// The audit's search among scenes of 96 px, already decoded.
fn audit(images: usize) -> Box<dyn FnMut()> {
    let of = |seed: usize| nadir_scene::generate(seed as u64, 96, 96).image;
    let scenes: Vec<RgbImage> = (0..images).into_par_iter().map(of).collect();
    Box::new(move || {
        let read = |image: usize| Ok(scenes[image].clone());
        let looks = look_at_all(scenes.len(), &read, &|_| ());
        let looks: Vec<Option<&Look>> = looks.iter().map(|look| look.as_ref().ok()).collect();
        std::hint::black_box(Candidates::new(&looks, &[]).overlaps(&read, &|_| ()));
    })
}

/// All figures of multi-label predictions on resampled test images.
fn resampling(images: usize) -> Box<dyn FnMut()> {
    const LABELS: usize = 60;
    let mut rng = Rng::new(1);
    let targets: Vec<bool> = (0..images * LABELS).map(|_| rng.chance(0.1)).collect();
    let scores: Vec<f32> =
        targets.iter().map(|&target| rng.uniform() as f32 * if target { 1.0 } else { 0.7 }).collect();
    let evaluation = Evaluation::new(&scores, &targets, &[0.5; LABELS], 15);
    Box::new(move || {
        for resample in 0..10 {
            std::hint::black_box(evaluation.figures(&bootstrap::counts(images, 1, resample)));
        }
    })
}

/// Twelve objects a tile of 512 px, anywhere in it: those at its borders are cut.
fn merging(tiles: usize) -> Box<dyn FnMut()> {
    const SIDE: usize = 512;
    const OVERLAP: usize = 128;
    let along = |count: usize| SIDE + (count - 1) * (SIDE - OVERLAP);
    let columns = (tiles as f64).sqrt().round().max(1.0) as usize;
    let image = Size::new(along((tiles / columns).max(1)), along(columns));
    let tiles = Tiling::new(SIDE, OVERLAP).expect("an overlap below the side").tiles(image);
    let mut rng = Rng::new(1);
    let mut found = Vec::new();
    for &tile in &tiles {
        for _ in 0..12 {
            let [width, height] = [0, 1].map(|_| rng.range(8.0, 60.0) as f32);
            let [x, y] = [width, height].map(|length| rng.range(0.0, f64::from(SIDE as f32 - length)) as f32);
            let box_in_image = tile.in_image([x, y, x + width, y + height]);
            let object = DetectedObject { box_in_image, class: rng.below(10), score: rng.uniform() as f32 };
            found.push(TileDetection { tile, object });
        }
    }
    Box::new(move || {
        std::hint::black_box(merge(&found, &tiles, image, 0.5));
    })
}

/// A gallery as the page searches it.
fn nearest(rows: usize) -> Box<dyn FnMut()> {
    const LEN: usize = 64;
    let mut rng = Rng::new(1);
    let rows = UnitRows::new((0..rows * LEN).map(|_| rng.range(-1.0, 1.0) as f32).collect(), LEN);
    Box::new(move || {
        std::hint::black_box(rows.nearest(rows.row(0), 10));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_time_for_twice_as_many_is_in_proportion() {
        assert!((exponent(&[5, 10, 100], &[9.0, 1.0, 10.0]) - 1.0).abs() < 1e-12);
        assert!((exponent(&[10, 100], &[1.0, 100.0]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn each_runs_at_a_small_size_and_is_drawn() {
        let measured: Vec<Growth> =
            TASKS.map(|task| Task { largest: 1000, ..task }).iter().map(|task| task.measure(0.0)).collect();
        assert!(measured.iter().all(|growth| growth.sizes == [1, 10, 100, 1000] && growth.exponent.is_finite()));
        let svg = drawn(&measured);
        assert!(TASKS.iter().all(|task| svg.contains(task.of)), "{svg}");
    }
}
