//! `nadir onnx`: what the file computes is what Nadir computes. Run by a reader of our own, and by onnxruntime, which
//! `cargo xtask test` fetches.

use burn::tensor::Device;
use nadir::artifacts::probe_file::{self, ProbeDescription};
use nadir::artifacts::run_folder::RunFolder;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::detection::postprocess::{DetectedObject, DetectionSettings};
use nadir_core::image::preprocess::{IMAGENET, Preprocess, scaling_of_bands};
use nadir_core::image::{Planes, RgbImage};
use nadir_core::rng::Rng;
use nadir_nn::model::init::seeded;
use nadir_nn::model::{Encoder, WeightTensor, Weights};
use nadir_tests::command::{fails, fails_with, nadir, succeeds, text};
use nadir_tests::now::now;
use nadir_tests::onnx_file::{OnnxFile, Value};
use nadir_tests::python;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Runs files one behind the other on each batch of a list, [shape, file of bytes] a line, and prints the last one's
/// outputs as a line of JSON.
const RUN: &str = r#"
import json, sys, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
sessions = [onnxruntime.InferenceSession(path, options) for path in sys.argv[2:]]
for line in open(sys.argv[1]):
    shape, path = json.loads(line)
    values = numpy.fromfile(path, dtype=numpy.uint8).astype(numpy.float32).reshape(shape)
    inputs = {"image": values.transpose(0, 3, 1, 2)}
    for session in sessions:
        names = [output.name for output in session.get_outputs()]
        wanted = [i.name for i in session.get_inputs()]
        outputs = dict(zip(names, session.run(names, {name: inputs[name] for name in wanted})))
        inputs.update(outputs)
    print(json.dumps({name: outputs[name].tolist() for name in names}))
"#;

/// The outputs of the last of these files, each fed with what those before it gave, for each batch of images; `None`,
/// after saying so, where there is no onnxruntime.
fn by_onnxruntime(folder: &Path, files: &[&Path], batches: &[Vec<RgbImage>]) -> Option<Vec<serde_json::Value>> {
    if !python::has("onnxruntime, numpy") {
        return None;
    }
    let mut lines = String::new();
    for (at, images) in batches.iter().enumerate() {
        let path = folder.join(format!("batch-{at}.bytes"));
        let pixels: Vec<u8> = images.iter().flat_map(|image| image.pixels.clone()).collect();
        std::fs::write(&path, pixels).expect("written");
        let shape = [images.len(), images[0].height, images[0].width, 3];
        lines += &format!("{}\n", serde_json::json!([shape, path]));
    }
    let list = folder.join("batches.jsonl");
    std::fs::write(&list, lines).expect("written");
    let output = Command::new("python3").args(["-c", RUN]).arg(&list).args(files).output().expect("starts");
    succeeds(&output);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn list(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models").join(name)
}

fn onnx(bundle: &Path, part: &str, out: &Path) {
    succeeds(&nadir(&["onnx", "--bundle", text(bundle), "--part", part, "--out", text(out)]));
}

#[test]
fn onnxruntime_finds_the_objects_that_nadir_finds() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let scene = |seed, width, height| nadir_scene::generate(seed, width, height).image;
    // Of five sizes: upright, lying, odd, smaller and larger than the network sees them.
    let batches: Vec<Vec<RgbImage>> = [(320, 240), (256, 256), (201, 333), (97, 131), (700, 520)]
        .into_iter()
        .zip(40..)
        .map(|((width, height), seed)| vec![scene(seed, width, height)])
        .collect();
    for name in ["scenes", "aerial"] {
        let bundle = committed(name);
        let [whole, first, head] = ["objects", "first-stage", "box-head"].map(|part| {
            let out = folder.join(format!("{name}-{part}.onnx"));
            onnx(&bundle, part, &out);
            out
        });
        let Some(found) = by_onnxruntime(folder, &[&whole], &batches) else { return };
        let in_halves = by_onnxruntime(folder, &[&first, &head], &batches).expect("it was there");
        assert_eq!(found, in_halves, "{name}: two files are not the one");
        let loaded = LoadedBundle::load(&bundle, &Device::flex()).expect("a bundle");
        let detector = loaded.object_finder().expect("it loads").expect("a detector");
        let mut objects = 0;
        for (outputs, batch) in found.iter().zip(&batches) {
            let image = &batch[0];
            let at = format!("{name}, {} x {}", image.width, image.height);
            let expected = DetectionSettings::DEFAULT.kept(&now(detector.find(image.view())).expect("it runs"));
            let (scores, labels) = (list(&outputs["scores"]), list(&outputs["labels"]));
            let boxes: Vec<Vec<f64>> = outputs["boxes"].as_array().expect("a list").iter().map(list).collect();
            // Where scores are as good as equal, or an overlap as good as the limit, either may come first.
            let has = |object: &DetectedObject| {
                scores.iter().zip(&labels).zip(&boxes).any(|((score, label), corners)| {
                    *label == object.class as f64
                        && (score - f64::from(object.score)).abs() < 1e-3
                        && corners.iter().zip(object.box_in_image).all(|(a, b)| (a - f64::from(b)).abs() < 0.01)
                })
            };
            let sure: Vec<&DetectedObject> = expected.iter().filter(|object| object.score > 0.3).collect();
            let missing: Vec<&&DetectedObject> = sure.iter().filter(|object| !has(object)).collect();
            assert!(missing.is_empty(), "{at}: {missing:?} of {} are not among {scores:?} at {boxes:?}", sure.len());
            let theirs = scores.iter().filter(|score| **score > 0.301).count();
            assert!(theirs <= sure.len(), "{at}: {theirs} found, {} expected", sure.len());
            let all = expected.iter().filter(|object| has(object)).count();
            assert!(all * 20 >= expected.len() * 19, "{at}: {all} of {} are the same", expected.len());
            objects += sure.len();
        }
        assert!(objects >= 3, "{name}: only {objects} objects to compare");
    }
}

#[test]
fn onnxruntime_gives_the_scores_that_nadir_gives() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let bundle = committed("aerial");
    let file = folder.join("labels.onnx");
    onnx(&bundle, "labels", &file);
    let scene = |seed, (width, height): (usize, usize)| nadir_scene::generate(seed, width, height).image;
    let batches: Vec<Vec<RgbImage>> = [(1, (256, 256)), (4, (300, 200)), (1, (97, 240))]
        .into_iter()
        .map(|(count, size)| (0..count).map(|seed| scene(seed, size)).collect())
        .collect();
    let Some(found) = by_onnxruntime(folder, &[&file], &batches) else { return };
    let loaded = LoadedBundle::load(&bundle, &Device::flex()).expect("a bundle");
    for (outputs, images) in found.iter().zip(&batches) {
        let scores = outputs["scores"].as_array().expect("a list");
        assert_eq!(scores.len(), images.len());
        for (scores, image) in scores.iter().zip(images) {
            let expected = loaded.predict("image", image.view()).expect("scores");
            for (score, expected) in list(scores).iter().zip(&expected.scores) {
                assert!((score - f64::from(expected.score)).abs() < 1e-4, "{score}, expected {}", expected.score);
            }
        }
    }
}

#[test]
fn a_bundle_without_a_detector_has_no_objects_to_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("objects.onnx");
    let random = committed("scenes-random");
    fails(
        &nadir(&["onnx", "--bundle", text(&random), "--part", "objects", "--out", text(&out)]),
        &["scenes-random", "no detector", "--detector"],
    );
    let run = folder.path().join("run");
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Small, stages: 2, bands: 3 };
    write_run(&run, &architecture, "encoder = \"resnet18\"\nwidth = 8\nstem = \"small\"\nstages = 2");
    fails(&nadir(&["onnx", "--run", text(&run), "--part", "objects", "--out", text(&out)]), &["--bundle"]);
}
