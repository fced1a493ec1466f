//! Training a detector on the kept maps of a backbone's frozen parts: the same losses as by the pixels, and bit for bit the same
//! after a kill.

use nadir::artifacts::run_folder::RunFolder;
use nadir::config::DetectConfig;
use nadir::data::detection::load_parts;
use nadir::device::{DeviceChoice, choose};
use nadir::train::detect::{init_network, train};
use nadir_nn::model::weights::{Dtype, Weights};
use nadir_tests::command::{fails, program, same_files, succeeds};
use nadir_tests::killed::kill_once_there_are;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A narrow network on small scenes, its backbone frozen, an image a pass.
const SMALL: [&str; 15] = [
    "data.objects.count=12",
    "data.objects.size=96",
    "detector.architecture.width=8",
    "detector.channels=16",
    "detector.hidden=32",
    "detector.anchor_sizes=[8,16,32,64,96]",
    "resize.min_size=96",
    "resize.max_size=96",
    "augment={flip=true,quarter_turns=true,scales=[0.75,1.0],jitter=0.0}",
    "train.batch_size=2",
    "train.chunk_size=1",
    "train.epochs=2",
    "train.checkpoint_every=1",
    "train.schedule=cosine",
    "train.frozen_parts=5",
];

/// The settings, with a backbone's weights in a file.
fn settings(folder: &Path) -> Vec<String> {
    let weights = folder.join("backbone.safetensors");
    let drawn: Vec<String> = SMALL[..14].iter().map(ToString::to_string).collect();
    let config = DetectConfig::load(None, &drawn).expect("a valid config");
    let network = init_network(&config, 3, &choose(DeviceChoice::Cpu).expect("the CPU").device).expect("drawn");
    let backbone: Weights = network.export().below("backbone").below("body");
    std::fs::write(&weights, backbone.to_safetensors(Dtype::F32, BTreeMap::new())).expect("written");
    SMALL.iter().map(ToString::to_string).chain([format!("weights={}", weights.display())]).collect()
}

fn command(settings: &[String], run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["detect", "train", "--device", "cpu", "--run"]);
    command.arg(run);
    command.args(settings.iter().flat_map(|set| ["--set", set])).args(more);
    command
}

/// The losses of the steps.
fn losses(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("written");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["loss"].is_number()).collect()
}

#[test]
fn kept_maps_give_the_losses_that_the_pixels_give() {
    gives_the_losses_of_the_pixels(&[]);
}

#[test]
fn kept_maps_of_the_first_parts_give_the_losses_that_the_pixels_give_where_the_others_are_trained() {
    gives_the_losses_of_the_pixels(&["train.frozen_parts=3", "train.frozen_batch_norm=true"]);
}

fn gives_the_losses_of_the_pixels(more: &[&str]) {
    let folder = TempDir::new().expect("a folder");
    let mut settings = settings(folder.path());
    settings.extend(more.iter().map(ToString::to_string));
    let run = |name: &str, more: &[String]| {
        let config = DetectConfig::load(None, &[&settings[..], more].concat()).expect("a valid config");
        let data = load_parts(&config).expect("scenes");
        let run = RunFolder::create(&folder.path().join(name)).expect("created");
        train(&config, &data, &run, false, &choose(DeviceChoice::Cpu).expect("the CPU")).expect("trained");
        losses(&run.path)
    };
    let by_pixels = run("pixels", &[]);
    let maps = format!("train.cache_maps={}", folder.path().join("maps").display());
    let by_maps = run("maps", &[maps]);
    assert_eq!((by_pixels.len(), by_maps.len()), (8, 8), "9 images for training, 4 steps in each of 2 epochs");
    for (step, (pixels, maps)) in by_pixels.iter().zip(&by_maps).enumerate() {
        for part in ["rpn_objectness", "rpn_box", "classifier", "box"] {
            let [pixels, maps] = [pixels, maps].map(|losses| losses[part].as_f64().expect("a number"));
            // The same weights at first, and half precision; then which proposals are drawn may change with it.
            let allowed = if step == 0 { 0.005 * pixels + 1e-3 } else { 0.15 * pixels };
            assert!((pixels - maps).abs() <= allowed, "step {step}, {part}: {pixels}, {maps}");
        }
    }
}

#[test]
fn a_killed_training_on_kept_maps_goes_on_to_the_same_weights() {
    let folder = TempDir::new().expect("a folder");
    let mut settings = settings(folder.path());
    settings.push(format!("train.cache_maps={}", folder.path().join("maps").display()));
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let keep = ["--set", "train.keep_checkpoints=100"];
    succeeds(&command(&settings, &whole, &keep).output().expect("starts"));
    kill_once_there_are(3, &killed.join("checkpoints"), &mut command(&settings, &killed, &keep));
    let elsewhere = format!("train.cache_maps={}", folder.path().join("other maps").display());
    let resumed = command(&settings, &killed, &["--resume", "--set", &elsewhere, keep[0], keep[1]]);
    succeeds(&{ resumed }.output().expect("starts"));
    same_files(&whole, &killed, &["detector.safetensors", "detector.json", "metrics.jsonl"]);
}

#[test]
fn kept_maps_of_a_backbone_that_is_trained_as_a_whole_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let mut settings = settings(folder.path());
    settings.extend(["train.cache_maps=maps".to_owned(), "train.frozen_parts=0".to_owned()]);
    let output = command(&settings, &folder.path().join("run"), &[]).output().expect("starts");
    fails(&output, &["train.cache_maps", "train.frozen_parts is 0"]);
}
