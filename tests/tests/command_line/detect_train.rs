//! Training a detector: it can learn, it goes on where it was stopped, and bad input loses nothing.

use nadir::artifacts::checkpoint::Checkpoint;
use nadir::artifacts::detector_file;
use nadir::artifacts::run_folder::RunFolder;
use nadir::config::DetectConfig;
use nadir::data::detection::{DetectData, load_parts};
use nadir::data::objects::ObjectImage;
use nadir::detect::figures::figures;
use nadir::detect::images::detect_images;
use nadir::device::{DeviceChoice, choose};
use nadir::train::detect::train;
use nadir_core::image::RgbImage;
use nadir_tests::command::{program, same_files, stderr, succeeds};
use nadir_tests::event_file::{Said, read_folder};
use nadir_tests::killed::kill_once_there_are;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A narrow network on small scenes.
const SMALL: [&str; 12] = [
    "data.objects.count=12",
    "data.objects.size=96",
    "detector.architecture.width=8",
    "detector.channels=16",
    "detector.hidden=32",
    "detector.anchor_sizes=[8,16,32,64,96]",
    "resize.min_size=96",
    "resize.max_size=96",
    "train.batch_size=2",
    "train.epochs=2",
    "train.checkpoint_every=1",
    "train.proposals_per_image=32",
];

fn config(more: &[&str]) -> DetectConfig {
    let sets: Vec<String> = SMALL.iter().chain(more).map(ToString::to_string).collect();
    DetectConfig::load(None, &sets).expect("a valid config")
}

fn train_in(folder: &Path, config: &DetectConfig, data: &DetectData, resume: bool) -> anyhow::Result<()> {
    let run = RunFolder::create(folder)?;
    train(config, data, &run, resume, &choose(DeviceChoice::Cpu)?).map(drop)
}

#[test]
fn four_images_are_learned_by_heart() {
    let config = config(&[
        "data.objects.count=60",
        "data.objects.size=128",
        "resize.min_size=128",
        "resize.max_size=128",
        "detector.architecture.width=16",
        "detector.channels=32",
        "detector.hidden=64",
        "augment={flip=false,quarter_turns=false,scales=[1.0],jitter=0.0}",
        "train.batch_size=4",
        "train.epochs=160",
        "train.rate_falls_after=[130]",
        "train.learning_rate=0.02",
        "train.clip_gradient=10",
        "train.warmup_steps=20",
        "train.checkpoint_every=1000",
        "train.proposals_per_image=64",
        "train.validate_every=0",
    ]);
    let mut data = load_parts(&config).expect("scenes");
    // Objects of a few pixels take longer than a test may.
    let is_large = |[x0, y0, x1, y1]: [f32; 4]| (x1 - x0).min(y1 - y0) >= 14.0;
    data.train
        .retain(|image| image.objects.len() >= 2 && image.objects.iter().all(|object| is_large(object.box_in_image)));
    data.train.truncate(4);
    assert_eq!(data.train.len(), 4);
    let objects: usize = data.train.iter().map(|image| image.objects.len()).sum();
    assert!(objects >= 8, "{objects} objects are no task");
    (data.validation, data.test) = (data.train.clone(), data.train.clone());
    let folder = TempDir::new().expect("a folder");
    train_in(folder.path(), &config, &data, false).expect("trained");
    let (description, weights) = detector_file::read(folder.path()).expect("the best detector");
    let device = choose(DeviceChoice::Cpu).expect("the CPU").device;
    let detector = description.load(&weights, &device).expect("its own weights");
    let images: Vec<&ObjectImage> = data.train.iter().collect();
    let found = detect_images(&detector, &images, 0.0).expect("detected");
    let ap50 = figures(&found, data.classes.len(), 0.5).coco.ap50.expect("there are objects");
    println!("AP50 {ap50}");
    assert!(ap50 > 0.95, "AP50 {ap50} on the four images that it was trained on");
}

/// `nadir detect train` with the small network.
fn command(run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["detect", "train", "--device", "cpu", "--run"]);
    command.arg(run);
    command.args(SMALL.iter().flat_map(|set| ["--set", set])).args(more);
    command
}

#[test]
fn a_killed_training_goes_on_to_the_same_weights() {
    let folder = TempDir::new().expect("a folder");
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let keep = ["--set", "train.keep_checkpoints=100"];
    let output = command(&whole, &keep).output().expect("starts");
    succeeds(&output);
    kill_once_there_are(3, &killed.join("checkpoints"), &mut command(&killed, &keep));

    let again = command(&killed, &keep).output().expect("starts");
    let message = stderr(&again);
    assert!(!again.status.success() && message.contains("--resume"), "{message}");
    let other = command(&killed, &["--set", "seed=2", "--resume"]).output().expect("starts");
    let message = stderr(&other);
    assert!(!other.status.success() && message.contains("seed: 1 there, 2 here"), "{message}");

    let resumed = command(&killed, &["--set", "train.keep_checkpoints=100", "--resume"]).output().expect("starts");
    succeeds(&resumed);
    same_files(&whole, &killed, &["detector.safetensors", "detector.json", "metrics.jsonl"]);

    // Turned on at the end, TensorBoard has what was written before.
    let events = ["--set", "train.tensorboard=true", "--resume"];
    succeeds(&command(&killed, &[keep.as_slice(), &events].concat()).output().expect("starts"));
    let lines = std::fs::read_to_string(killed.join("metrics.jsonl")).expect("written");
    let losses = lines.lines().filter(|line| line.contains("learning_rate")).count();
    let said = read_folder(&killed);
    let count = |name: &str| said.iter().filter(|said| matches!(said, Said::Point(point) if point.tag == name)).count();
    assert!(losses > 4 && count("loss") == losses, "{} of {losses} losses", count("loss"));
    assert_eq!((count("rpn_box"), count("validation_ap")), (losses, 2), "{said:?}");
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training_and_keeps_the_last_checkpoint() {
    let folder = TempDir::new().expect("a folder");
    let config = config(&["train.learning_rate=1e30", "train.warmup_steps=0"]);
    let data = load_parts(&config).expect("scenes");
    let error = train_in(folder.path(), &config, &data, false).expect_err("the weights left f32's range");
    let message = format!("{error:#}");
    assert!(message.contains("the loss of step") && message.contains("train.learning_rate"), "{message}");
    let last = Checkpoint::newest(&folder.path().join("checkpoints")).expect("whole").expect("one step at least");
    assert!(message.contains(&format!("step {} ", last.step + 1)), "{message}, last checkpoint {}", last.step);
}

/// COCO files with every odd image that training has to bear.
fn odd_images(folder: &Path) -> String {
    let sizes =
        [("none", 64, 64), ("flat", 64, 64), ("beyond", 64, 64), ("pixel", 1, 1), ("long", 1200, 8), ("crowd", 64, 64)];
    let many = [("many", 300, 300), ("plain", 64, 64)];
    for (name, width, height) in sizes.into_iter().chain(many) {
        let image = RgbImage::filled(width, height, [90, 120, 60]);
        let file = folder.join(format!("{name}.png"));
        let (width, height) = (image.width as u32, image.height as u32);
        image::save_buffer(file, &image.pixels, width, height, image::ColorType::Rgb8).expect("written");
    }
    let number = |name: &str| sizes.iter().chain(&many).position(|(other, ..)| *other == name).expect("named above");
    let mut boxes = vec![
        (number("flat"), [10.0, 10.0, 0.0, 20.0], 0),
        (number("beyond"), [50.0, 50.0, 100.0, 100.0], 0),
        (number("pixel"), [0.0, 0.0, 1.0, 1.0], 0),
        (number("long"), [100.0, 1.0, 40.0, 6.0], 0),
        (number("crowd"), [5.0, 5.0, 50.0, 50.0], 1),
        (number("plain"), [5.0, 5.0, 20.0, 30.0], 0),
    ];
    boxes.extend((0..2000).map(|at| (number("many"), [(at % 50) as f64 * 6.0, (at / 50) as f64 * 7.0, 5.0, 5.0], 0)));
    let images: Vec<_> = sizes
        .iter()
        .chain(&many)
        .enumerate()
        .map(|(id, (name, width, height))| json!({"id": id, "file_name": format!("{name}.png"), "width": width, "height": height}))
        .collect();
    let annotations: Vec<_> = boxes
        .iter()
        .enumerate()
        .map(|(id, (image, of, crowd))| json!({"id": id, "image_id": image, "category_id": 1, "bbox": of, "iscrowd": crowd}))
        .collect();
    let file = |name: &str, images: &[serde_json::Value], annotations: &[serde_json::Value]| {
        let json = json!({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]});
        std::fs::write(folder.join(name), json.to_string()).expect("written");
    };
    file("train.json", &images, &annotations);
    std::fs::copy(folder.join("plain.png"), folder.join("other.png")).expect("copied");
    let test = [json!({"id": 0, "file_name": "other.png", "width": 64, "height": 64})];
    file("test.json", &test, &[json!({"id": 0, "image_id": 0, "category_id": 1, "bbox": [5, 5, 20, 30]})]);
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "data.objects={{kind=\"coco\",images={:?},train={:?},test={:?}}}",
        folder.display().to_string(),
        path("train.json"),
        path("test.json")
    )
}

#[test]
fn odd_images_and_boxes_are_trained_through() {
    let folder = TempDir::new().expect("a folder");
    let objects = odd_images(folder.path());
    let sets: Vec<String> = SMALL[2..].iter().map(ToString::to_string).chain([objects]).collect();
    let config = DetectConfig::load(None, &sets).expect("a valid config");
    let data = load_parts(&config).expect("read");
    assert_eq!(data.train.len() + data.validation.len(), 8);
    assert!(data.train.iter().any(|image| image.objects.is_empty()));
    train_in(&folder.path().join("run"), &config, &data, false).expect("trained");
}
