//! How many augmented pairs one core makes in a second, and what each step costs:
//! `cargo run --release -p nadir-core --example bench_augment [seconds]`.
//!
//! Where Linux tells it, processor time is counted rather than time on the clock, so that a busy machine gives
//! the same figures.

use std::hint::black_box;
use std::time::Instant;

use nadir_core::image::RgbImage;
use nadir_core::image::augment::{AugmentConfig, normalise_into};
use nadir_core::rng::Rng;

/// 2 views of 256 px images become 224 px.
const SIDE: usize = 256;

fn main() {
    let seconds: f64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5.0);
    let images: Vec<RgbImage> = (0..16)
        .map(|seed| {
            let mut rng = Rng::new(seed);
            let pixels = (0..SIDE * SIDE * 3).map(|_| rng.below(256) as u8).collect();
            RgbImage { width: SIDE, height: SIDE, pixels }
        })
        .collect();
    let config = AugmentConfig::default();
    let mut input = vec![0.0; 3 * config.size * config.size];
    let mut one_pair = |epoch: u64, sample: u64| {
        let image = &images[sample as usize % images.len()];
        for view in 0..2 {
            let planes = config.view(image.view(), 1, epoch, sample, view);
            normalise_into(&planes, &[0.5; 3], &[0.25; 3], &mut input);
            black_box(&mut input);
        }
    };

    one_pair(0, 0);
    let (wall, start, mut pairs) = (Instant::now(), processor_seconds(), 0u64);
    while wall.elapsed().as_secs_f64() < seconds {
        for _ in 0..16 {
            one_pair(pairs / 1000, pairs % 1000);
            pairs += 1;
        }
    }
    let on_clock = wall.elapsed().as_secs_f64();
    println!("{pairs} pairs, {:.0} a second on the clock", pairs as f64 / on_clock);
    if let (Some(start), Some(end)) = (start, processor_seconds()) {
        println!("{:.0} a second of processor time", pairs as f64 / (end - start));
    }

    // Clock time of each step, the fastest of several rounds over the same draws.
    let mut best = [f64::INFINITY; 4];
    const VIEWS: u64 = 200;
    for _ in 0..8 {
        let mut spent = [0.0; 4];
        for sample in 0..VIEWS {
            let image = &images[sample as usize % images.len()];
            let draw = config.draw(&mut Rng::from_parts(&[1, 0, sample, 0]), SIDE, SIDE);
            let mut clock = Instant::now();
            let mut lap = |at: usize| {
                spent[at] += clock.elapsed().as_secs_f64();
                clock = Instant::now();
            };
            let mut planes = draw.crop_and_flip(image.view());
            lap(0);
            draw.recolour(&mut planes);
            lap(1);
            draw.blur(&mut planes);
            lap(2);
            normalise_into(&planes, &[0.5; 3], &[0.25; 3], &mut input);
            black_box(&mut input);
            lap(3);
        }
        for (best, spent) in best.iter_mut().zip(spent) {
            *best = best.min(spent);
        }
    }
    let total: f64 = best.iter().sum();
    for (name, spent) in ["crop, resize, flip", "jitter, grayscale", "blur", "normalise"].iter().zip(best) {
        println!("{name:20} {:6.3} ms a view {:5.1} %", spent / VIEWS as f64 * 1e3, spent / total * 100.0);
    }
}

/// User and system time of this process, in steps of 10 ms (USER_HZ is 100 wherever Linux runs).
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks = |at: usize| text.rsplit(") ").next()?.split_whitespace().nth(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
