//! `nadir onnx`: what the file computes is what Nadir computes. Run here by a reader of our own; by onnxruntime with
//! `tests/golden/check_onnx.py`.

use burn::tensor::Device;
use nadir::artifacts::probe_file::{self, ProbeDescription};
use nadir::artifacts::run_folder::RunFolder;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::image::preprocess::{IMAGENET, Preprocess, scaling_of_bands};
use nadir_core::image::{Planes, RgbImage};
use nadir_core::rng::Rng;
use nadir_nn::model::init::seeded;
use nadir_nn::model::{Encoder, WeightTensor, Weights};
use nadir_tests::command::{fails, fails_with, nadir, succeeds, text};
use nadir_tests::onnx_file::{OnnxFile, Value};
use std::collections::BTreeMap;
use std::path::Path;

const LABELS: [&str; 3] = ["harbor", "airplane", "bare-soil"];
const TOLERANCE: f32 = 1e-4;

fn write_run(path: &Path, architecture: &Architecture, config: &str) {
    let encoder = seeded(Encoder::new(architecture, false, &Device::flex()), 3).export();
    let run = RunFolder::create(path).expect("a run folder");
    run.write_config(&format!("[encoder]\n{config}\n")).expect("written");
    run.write_encoder(&encoder).expect("written");
    let mut rng = Rng::new(5);
    let mut drawn = |shape: Vec<usize>| {
        let values = (0..shape.iter().product()).map(|_| rng.normal() as f32).collect();
        WeightTensor { shape, values }
    };
    let heads = Weights(BTreeMap::from([
        ("weight".to_owned(), drawn(vec![LABELS.len(), architecture.embedding_len()])),
        ("bias".to_owned(), drawn(vec![LABELS.len()])),
    ]));
    let (mean, std) = scaling_of_bands(IMAGENET, architecture.bands);
    let probe = ProbeDescription {
        arm: "given weights".to_owned(),
        labels: LABELS.map(str::to_owned).into(),
        thresholds: vec![0.25; LABELS.len()],
        preprocess: Preprocess { size: 48, mean, std },
        figures: BTreeMap::new(),
        ood: None,
        crops: None,
    };
    probe_file::write(&run, &heads, &probe).expect("written");
}

fn noise(width: usize, height: usize, bands: usize, seed: u64) -> RgbImage {
    let mut rng = Rng::new(seed);
    RgbImage { width, height, pixels: (0..bands * width * height).map(|_| rng.below(256) as u8).collect() }
}

/// Images of one size as the file's input.
fn batch(images: &[&RgbImage]) -> Value {
    let (width, height) = (images[0].width, images[0].height);
    let values = images.iter().flat_map(|image| Planes::from_rgb(image.view()).values).map(|value| value * 255.0);
    Value::Floats(vec![images.len(), images[0].channels(), height, width], values.collect())
}

fn floats<'a>(outputs: &'a BTreeMap<String, Value>, name: &str) -> (&'a [usize], &'a [f32]) {
    match outputs.get(name) {
        Some(Value::Floats(shape, values)) => (shape, values),
        other => panic!("{name} is {other:?}"),
    }
}

/// That file and bundle give the same scores and embeddings for images of these sizes, in batches of two.
fn expect_the_same(file: &OnnxFile, bundle: &LoadedBundle, sizes: &[(usize, usize)]) {
    for &(width, height) in sizes {
        let bands = bundle.bundle.architecture.bands;
        let images = [1, 2].map(|seed| noise(width, height, bands, seed));
        let outputs = file.run("image", batch(&[&images[0], &images[1]])).expect("the graph runs");
        let (shape, scores) = floats(&outputs, "scores");
        assert_eq!(shape, [2, bundle.bundle.labels.len()]);
        let (shape, embeddings) = floats(&outputs, "embedding");
        assert_eq!(shape, [2, bundle.bundle.architecture.embedding_len()]);
        for (at, image) in images.iter().enumerate() {
            let expected = bundle.predict("image", image.view()).expect("scores");
            let found = &scores[at * expected.scores.len()..][..expected.scores.len()];
            for (score, expected) in found.iter().zip(&expected.scores) {
                let apart = (score - expected.score).abs();
                assert!(apart <= TOLERANCE, "{width} x {height}: {score}, expected {}", expected.score);
            }
            let expected = bundle.embed(image.view()).expect("an embedding");
            let largest = expected.iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
            for (value, expected) in embeddings[at * expected.len()..].iter().zip(&expected) {
                assert!((value - expected).abs() <= TOLERANCE * largest, "{width} x {height}: {value}, {expected}");
            }
        }
    }
}

#[test]
fn every_encoder_gives_the_same_scores_as_onnx() {
    let folder = tempfile::tempdir().expect("a folder");
    let encoders = [
        (EncoderKind::Resnet18, 8, Stem::Compact, 4, "encoder = \"resnet18\"\nwidth = 8\nstem = \"compact\""),
        (EncoderKind::Resnet18, 8, Stem::Small, 3, "encoder = \"resnet18\"\nwidth = 8\nstem = \"small\"\nstages = 3"),
        (EncoderKind::Resnet50, 8, Stem::Imagenet, 4, "encoder = \"resnet50\"\nwidth = 8\nstem = \"imagenet\""),
        (EncoderKind::Squeezenet11, 1, Stem::Imagenet, 4, "encoder = \"squeezenet1_1\"\nwidth = 1"),
        (EncoderKind::EfficientnetLite0, 1, Stem::Imagenet, 4, "encoder = \"efficientnet_lite0\"\nwidth = 1"),
        (
            EncoderKind::Resnet18,
            4,
            Stem::Imagenet,
            4,
            "encoder = \"resnet18\"\nwidth = 4\nbands = 5\n\n[data]\nkind = \"class_folders\"\nimages = \"x\"\nbands = \
             [5, 4, 3, 2, \"nir\"]",
        ),
    ];
    for (at, (encoder, width, stem, stages, config)) in encoders.into_iter().enumerate() {
        let run = folder.path().join(format!("run{at}"));
        let bands = if config.contains("bands = 5") { 5 } else { 3 };
        write_run(&run, &Architecture { encoder, width, stem, stages, bands }, config);
        let (onnx, bundle) = (folder.path().join(format!("{at}.onnx")), folder.path().join(format!("bundle{at}")));
        succeeds(&nadir(&["onnx", "--run", text(&run), "--out", text(&onnx)]));
        succeeds(&nadir(&["export", "--run", text(&run), "--out", text(&bundle)]));
        let file = OnnxFile::read(&std::fs::read(&onnx).expect("written")).expect("an ONNX file");
        assert_eq!(file.metadata["labels"], r#"["harbor","airplane","bare-soil"]"#);
        assert_eq!(file.metadata["thresholds"], "[0.25,0.25,0.25]");
        let of_bands = file.metadata.get("bands").map(String::as_str);
        assert_eq!(of_bands, (bands == 5).then_some(r#"{"bands":[5,4,3,2,"nir"]}"#));
        let bundle = LoadedBundle::load(&bundle, &Device::flex()).expect("a bundle");
        // Smaller and larger than the input, upright and lying, with an odd and an even px over.
        expect_the_same(&file, &bundle, &[(57, 40), (48, 48), (40, 99)]);
    }
}

#[test]
fn a_part_is_written_alone_and_what_is_no_bundle_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Small, stages: 2, bands: 3 };
    write_run(&run, &architecture, "encoder = \"resnet18\"\nwidth = 8\nstem = \"small\"\nstages = 2");
    let out = folder.path().join("encoder.onnx");
    succeeds(&nadir(&["onnx", "--run", text(&run), "--part", "encoder", "--out", text(&out)]));
    let file = OnnxFile::read(&std::fs::read(&out).expect("written")).expect("an ONNX file");
    assert_eq!(file.outputs, ["embedding"]);
    let missing = folder.path().join("nothing");
    fails(&nadir(&["onnx", "--bundle", text(&missing), "--out", text(&out)]), &["nothing", "a bundle?"]);
    fails_with(2, &nadir(&["onnx", "--out", text(&out)]), &["--bundle"]);
}
