//! A bundle as an ONNX file, which onnxruntime and others run without Nadir: preprocessing, encoder and probe in one graph,
//! or the whole detector in one.

mod boxes;
mod detector;
mod encoder;
mod graph;
mod layers;

use anyhow::{Context, Result};
use detector::DetectorGraph;
use encoder::EncoderGraph;
use graph::{Attribute, Dim, FLOAT, Graph};
use layers::{counting, normalised, triangle};
use nadir_core::bundle::{Bundle, ObjectsModel};
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Weights;

/// What of a bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// `scores` and `embedding`.
    Labels,
    /// `embedding` alone.
    Encoder,
    /// The detector: `boxes`, `labels` and `scores`.
    Objects,
    /// The detector's first stage: the pyramid's maps, `proposals`, `objectness` and sizes.
    FirstStage,
    /// Its second stage, which takes these: `boxes`, `labels` and `scores`.
    BoxHead,
}

impl Part {
    /// Whether it is of the detector.
    pub fn is_of_objects(self) -> bool {
        matches!(self, Self::Objects | Self::FirstStage | Self::BoxHead)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Encoder => "encoder",
            Self::Objects => "objects",
            Self::FirstStage => "first-stage",
            Self::BoxHead => "box-head",
        }
    }
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
    let thresholds = serde_json::to_string(&bundle.thresholds).context("a list as JSON")?;
    model(graph, bundle, part, &bundle.labels, &[("thresholds", thresholds)])
}

/// A bundle's detector, or one of its stages, as a file's bytes (ONNX IR version 8, operator set 17); `weights` are the
/// detector's, with the backbone under `backbone.body`.
///
/// Input `image`, [1, 3, height, width], RGB in [0, 255] as f32, of any size. Outputs `boxes`, \[objects, 4\], the corners x0,
/// y0, x1 and y1 in px of the image, `labels`, \[objects\], whole numbers from 0 into the metadata's `labels`, and `scores`,
/// \[objects\], the highest-scoring first: at most 100 with a score above 0.05, of which each class is suppressed by itself.
/// The metadata's `score_threshold` is what Nadir shows from, and `stacked_above` the overlap above which it shows one of
/// several classes. An image is detected by itself, so there is no batch.
///
/// # Errors
/// Names the weight that is missing, or the setting that has no ONNX form.
pub fn from_detector(bundle: &Bundle, objects: &ObjectsModel, weights: &Weights, part: Part) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    let mut detector = DetectorGraph { graph: &mut graph, model: objects, weights };
    match part {
        Part::FirstStage => detector.first_stage_alone()?,
        Part::BoxHead => detector.second_stage_alone()?,
        _ => detector.whole()?,
    }
    let shown = [
        ("score_threshold", objects.score_threshold.to_string()),
        ("stacked_above", objects.stacked_above.to_string()),
    ];
    model(graph, bundle, part, &objects.labels, &shown)
}

/// The file with what is said of it.
fn model(graph: Graph, bundle: &Bundle, part: Part, labels: &[String], more: &[(&str, String)]) -> Result<Vec<u8>> {
    let mut metadata = vec![
        ("labels", serde_json::to_string(labels).context("a list as JSON")?),
        ("part", part.name().to_owned()),
        ("bundle", bundle.name.clone()),
        ("title", bundle.title.clone()),
        ("command", bundle.command.clone()),
    ];
    if let Some(bands) = &bundle.bands {
        metadata.push(("bands", serde_json::to_string(bands).context("bands as JSON")?));
    }
    metadata.extend(more.iter().cloned());
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
    normalised(graph, &preprocess.mean, &preprocess.std, &square)
}

/// How much each px along an axis of `length` adds to each of the `size` px of the square, [size, length]: a triangle as
/// wide as a px of the result, or of the image where that is larger.
fn filter(graph: &mut Graph, size: usize, length: &str, short: &str) -> String {
    let size_px = graph.integer(size as i64);
    // Whole numbers divide rounding down, as torchvision's do.
    let scaled = graph.node("Mul", &[length, &size_px], &[]);
    let resized = graph.node("Div", &[&scaled, short], &[]);
    let resized = graph.node("Max", &[&resized, &size_px], &[]);
    let [length_px, resized_px] = [length, &resized].map(|value| graph.cast(value, FLOAT));
    // Where the square begins: half of what is over, ties to even.
    let over = graph.node("Sub", &[&resized, &size_px], &[]);
    let over = graph.cast(&over, FLOAT);
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
    let places = counting(graph, length);
    let places = graph.node("Add", &[&places, &half], &[]);
    let apart = graph.node("Sub", &[&middles, &places], &[]);
    let apart = graph.node("Div", &[&apart, &reach], &[]);
    let weights = triangle(graph, &apart);
    let along = graph.integers(&[1]);
    let sums = graph.node("ReduceSum", &[&weights, &along], &[Attribute::Int("keepdims", 1)]);
    graph.node("Div", &[&weights, &sums], &[])
}
