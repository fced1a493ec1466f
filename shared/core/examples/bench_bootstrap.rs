//! How long one core takes for the figures of 1,000 resamples, for UC Merced's and MLRSNet's test parts, and for the
//! other metrics that grow with the images: `cargo run --release -p nadir-core --example bench_bootstrap`.

use std::hint::black_box;
use std::time::Instant;

use nadir_core::metric::alignment_uniformity::uniformity;
use nadir_core::metric::bootstrap::counts;
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::metric::knn::{NEIGHBOURS, TEMPERATURE, knn_scores};
use nadir_core::metric::retrieval::{LabelSets, search};
use nadir_core::rng::Rng;

const RESAMPLES: u64 = 1_000;

fn main() {
    for (images, labels) in [(420, 17), (10_916, 60)] {
        let (probabilities, targets) = predictions(images, labels);
        let start = Instant::now();
        let evaluation = Evaluation::new(&probabilities, &targets, &vec![0.5; labels], 15);
        let prepared = start.elapsed().as_secs_f64();
        for resample in 0..RESAMPLES {
            black_box(evaluation.figures(&counts(images, 1, resample)));
        }
        let total = start.elapsed().as_secs_f64();
        println!("{RESAMPLES} resamples of {images} x {labels}: {total:.2} s, of which {prepared:.3} s prepare");
    }

    let (images, labels) = (10_916, 60);
    let (mut rng, targets) = (Rng::new(3), predictions(images, labels).1);
    let (sets, queries) = (LabelSets::new(&targets, labels), 200);
    let similarities: Vec<f32> = (0..queries * images).map(|_| rng.range(-1.0, 1.0) as f32).collect();
    let start = Instant::now();
    for (query, row) in similarities.chunks(images).enumerate() {
        black_box(search(row, |image| sets.share_a_label(query, &sets, image), Some(query), &[1, 5, 10]));
    }
    let each = start.elapsed().as_secs_f64() * 1e3 / queries as f64;
    println!("a query of retrieval in {images} images: {each:.2} ms");
    let start = Instant::now();
    black_box(knn_scores(&similarities, &targets, labels, NEIGHBOURS, TEMPERATURE));
    let each = start.elapsed().as_secs_f64() * 1e3 / queries as f64;
    println!("a query of kNN in {images} images: {each:.2} ms");

    let (rows, len) = (2_000, 512);
    let embeddings: Vec<f32> = (0..rows * len).map(|_| (rng.normal() / (len as f64).sqrt()) as f32).collect();
    let start = Instant::now();
    black_box(uniformity(&embeddings, len));
    println!("uniformity of {rows} x {len}: {:.2} s", start.elapsed().as_secs_f64());
}

/// About five labels an image, and probabilities that know something of them.
fn predictions(images: usize, labels: usize) -> (Vec<f32>, Vec<bool>) {
    let mut rng = Rng::new(images as u64);
    let targets: Vec<bool> = (0..images * labels).map(|_| rng.chance(5.0 / labels as f64)).collect();
    let logits = targets.iter().map(|&target| rng.normal() * 2.0 + if target { 1.0 } else { -4.0 });
    (logits.map(|logit| (1.0 / (1.0 + (-logit).exp())) as f32).collect(), targets)
}
