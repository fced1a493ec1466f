//! A bundle as an ONNX file, which onnxruntime and others run without Nadir: preprocessing, encoder and probe in one graph.

mod encoder;
mod graph;

use anyhow::{Context, Result};
use encoder::EncoderGraph;
use graph::{Attribute, Dim, FLOAT, Graph};
use nadir_core::bundle::Bundle;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Weights;

/// What of a bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// `scores` and `embedding`.
    Labels,
    /// `embedding` alone.
    Encoder,
}

/// The file's bytes (ONNX IR version 8, operator set 17).
///
/// Input `image`, [n, 3, height, width], RGB in [0, 255] as f32, of any size; the images of a batch have one size. Of a
/// network of other bands as many channels, scaled as the bundle's `bands` say. Outputs `scores`, [n, labels], each label's
/// probability, and `embedding`, [n, len]. The metadata hold `labels` and `thresholds` as JSON lists, `part`, `bundle`,
/// `title`, `command`, and `bands` as JSON where the bundle has any.
///
/// # Errors
/// Names the weight that is missing.
pub fn from_bundle(bundle: &Bundle, weights: &Weights, part: Part) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    let dims = [Dim::Any("n"), Dim::Fixed(bundle.architecture.bands), Dim::Any("height"), Dim::Any("width")];
    let image = graph.input("image", &dims);
    let images = preprocess(&mut graph, &bundle.preprocess, &image);
    let features = encode(&mut graph, bundle, weights, &images)?;
    let len = bundle.architecture.embedding_len();
    let pooled = graph.node("GlobalAveragePool", &[&features], &[]);
    let embedding = graph.node("Flatten", &[&pooled], &[Attribute::Int("axis", 1)]);
    if part == Part::Labels {
        let labels = bundle.labels.len();
        let tensor = |name: &str, shape: &[usize]| weights.expect(name, shape).map(|tensor| tensor.values.as_slice());
        let weight = graph.floats("probe.weight", &[labels, len], tensor("probe.weight", &[labels, len])?);
        let bias = graph.floats("probe.bias", &[labels], tensor("probe.bias", &[labels])?);
        let logits = graph.node("Gemm", &[&embedding, &weight, &bias], &[Attribute::Int("transB", 1)]);
        let scores = graph.node("Sigmoid", &[&logits], &[]);
        graph.output(&scores, "scores", &[Dim::Any("n"), Dim::Fixed(labels)]);
    }
    graph.output(&embedding, "embedding", &[Dim::Any("n"), Dim::Fixed(len)]);
    let json = |list: serde_json::Result<String>| list.context("a list as JSON");
    let mut metadata = vec![
        ("labels", json(serde_json::to_string(&bundle.labels))?),
        ("thresholds", json(serde_json::to_string(&bundle.thresholds))?),
        ("part", if part == Part::Labels { "labels".into() } else { "encoder".into() }),
        ("bundle", bundle.name.clone()),
        ("title", bundle.title.clone()),
        ("command", bundle.command.clone()),
    ];
    if let Some(bands) = &bundle.bands {
        metadata.push(("bands", json(serde_json::to_string(bands))?));
    }
    Ok(graph.model(&bundle.name, &bundle.description, &metadata))
}

/// The encoder alone, from preprocessed `images`, [1, bands, size, size], to `features`, the map before its mean: what a
/// benchmark holds beside the page's engine.
///
/// # Errors
/// Names the weight that is missing.
pub fn feature_map(bundle: &Bundle, weights: &Weights) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    let size = Dim::Fixed(bundle.preprocess.size);
    let images = graph.input("images", &[Dim::Fixed(1), Dim::Fixed(bundle.architecture.bands), size, size]);
    let features = encode(&mut graph, bundle, weights, &images)?;
    let dims = [Dim::Fixed(1), Dim::Fixed(bundle.architecture.embedding_len()), Dim::Any("rows"), Dim::Any("columns")];
    graph.output(&features, "features", &dims);
    Ok(graph.model(&bundle.name, &bundle.description, &[]))
}

fn encode(graph: &mut Graph, bundle: &Bundle, weights: &Weights, images: &str) -> Result<String> {
    EncoderGraph { graph, weights, side: bundle.preprocess.size, limits: None }
        .feature_map(&bundle.architecture, images)
}

/// As [`Preprocess::apply`]: the short side to `size` with a filter that smooths, the centre square, normalised.
///
/// The filter is two matrices, rows by rows and columns by columns, and not ONNX's Resize, which onnxruntime computes
/// otherwise at the border: there PyTorch and Pillow leave off what lies outside and let the rest weigh more.
fn preprocess(graph: &mut Graph, preprocess: &Preprocess, image: &str) -> String {
    let shape = graph.node("Shape", &[image], &[]);
    let [height, width] = [2, 3].map(|axis| {
        let axis = graph.integer(axis);
        graph.node("Gather", &[&shape, &axis], &[])
    });
    let short = graph.node("Min", &[&height, &width], &[]);
    let [rows, columns] = [&height, &width].map(|length| filter(graph, preprocess.size, length, &short));
    let columns = graph.node("Transpose", &[&columns], &[Attribute::Ints("perm", &[1, 0])]);
    let image = graph.node("MatMul", &[&rows, image], &[]);
    let square = graph.node("MatMul", &[&image, &columns], &[]);
    // (byte / 255 - mean) / std as one product and one sum.
    let scale: Vec<f32> = preprocess.std.iter().map(|std| 1.0 / (255.0 * std)).collect();
    let shift: Vec<f32> = preprocess.mean.iter().zip(&preprocess.std).map(|(mean, std)| -mean / std).collect();
    let scale = graph.floats("scale", &[1, preprocess.channels(), 1, 1], &scale);
    let shift = graph.floats("shift", &[1, preprocess.channels(), 1, 1], &shift);
    let scaled = graph.node("Mul", &[&square, &scale], &[]);
    graph.node("Add", &[&scaled, &shift], &[])
}

/// How much each px along an axis of `length` adds to each of the `size` px of the square, [size, length]: a triangle as
/// wide as a px of the result, or of the image where that is larger.
fn filter(graph: &mut Graph, size: usize, length: &str, short: &str) -> String {
    let size_px = graph.integer(size as i64);
    // Whole numbers divide rounding down, as torchvision's do.
    let scaled = graph.node("Mul", &[length, &size_px], &[]);
    let resized = graph.node("Div", &[&scaled, short], &[]);
    let resized = graph.node("Max", &[&resized, &size_px], &[]);
    let [length_px, resized_px] =
        [length, &resized].map(|value| graph.node("Cast", &[value], &[Attribute::Int("to", FLOAT)]));
    // Where the square begins: half of what is over, ties to even.
    let over = graph.node("Sub", &[&resized, &size_px], &[]);
    let over = graph.node("Cast", &[&over], &[Attribute::Int("to", FLOAT)]);
    let half = graph.float(0.5);
    let offset = graph.node("Mul", &[&over, &half], &[]);
    let offset = graph.node("Round", &[&offset], &[]);
    let scale = graph.node("Div", &[&length_px, &resized_px], &[]);
    let one = graph.float(1.0);
    let reach = graph.node("Max", &[&scale, &one], &[]);
    let middles: Vec<f32> = (0..size).map(|at| at as f32 + 0.5).collect();
    let middles = graph.floats_unnamed(&[size, 1], &middles);
    let middles = graph.node("Add", &[&middles, &offset], &[]);
    let middles = graph.node("Mul", &[&middles, &scale], &[]);
    let [zero, step] = [0, 1].map(|value| graph.integer(value));
    let places = graph.node("Range", &[&zero, length, &step], &[]);
    let places = graph.node("Cast", &[&places], &[Attribute::Int("to", FLOAT)]);
    let places = graph.node("Add", &[&places, &half], &[]);
    let apart = graph.node("Sub", &[&middles, &places], &[]);
    let apart = graph.node("Abs", &[&apart], &[]);
    let apart = graph.node("Div", &[&apart, &reach], &[]);
    let weights = graph.node("Sub", &[&one, &apart], &[]);
    let nothing = graph.float(0.0);
    let weights = graph.node("Max", &[&weights, &nothing], &[]);
    let along = graph.integers(&[1]);
    let sums = graph.node("ReduceSum", &[&weights, &along], &[Attribute::Int("keepdims", 1)]);
    graph.node("Div", &[&weights, &sums], &[])
}
