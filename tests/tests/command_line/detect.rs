//! `nadir detect eval` and `nadir detect run` as a user meets them, with an untrained, narrow detector, and what they
//! say to bad input.

use burn::tensor::Device;
use image::RgbImage;
use nadir::artifacts::detector_file;
use nadir::artifacts::detector_file::DetectorDescription;
use nadir::artifacts::probe_file::ProbeDescription;
use nadir::artifacts::run_folder::RunFolder;
use nadir::config::DetectConfig;
use nadir_core::bundle::{Architecture, ClassMeanClassifier, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::report::Report;
use nadir_nn::model::Encoder;
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::init::seeded;
use nadir_nn::model::{WeightTensor, Weights};
use nadir_tests::command::{fails, json_of, program, report_of, stderr, stdout, succeeds};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

const LABELS: [&str; 2] = ["airplane", "ship"];

/// A run folder with an untrained detector of [`LABELS`], and 6 images with objects as COCO has them: 4 to learn from,
/// 2 for testing.
struct Study {
    folder: tempfile::TempDir,
}

impl Study {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let study = Self { folder };
        std::fs::create_dir(study.path("images")).expect("created");
        for number in 0..6 {
            save(&study.path(&format!("images/{number}.png")), &generated(number, 80));
        }
        study.write_truth("train.json", &json!([0, 1, 2, 3]), &boxes(&[0, 1, 2, 3]));
        study.write_truth("test.json", &json!([4, 5]), &boxes(&[4, 5]));
        study.write_detector(&LABELS);
        let config = format!(
            "[data]\nvalidation_share = 0.25\n[data.objects]\nkind = \"coco\"\nimages = {:?}\ntrain = {:?}\ntest = {:?}\n",
            study.path("images"),
            study.path("train.json"),
            study.path("test.json"),
        );
        std::fs::write(study.path("run/config.toml"), config).expect("written");
        study
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write_detector(&self, labels: &[&str]) {
        let architecture =
            Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Imagenet, stages: 4, bands: 3 };
        let shape = DetectorShape { channels: 16, hidden: 32, ..DetectorShape::of(architecture) };
        let network = FasterRcnn::new(&shape, labels.len() + 1, false, &Device::flex()).expect("a ResNet");
        let description = DetectorDescription {
            labels: labels.iter().map(ToString::to_string).collect(),
            detector: shape,
            resize: DetectorResize { min_size: 96, max_size: 96, divisible_by: 32 },
            refinement: None,
            score_threshold: 0.05,
            figures: BTreeMap::new(),
        };
        let run = RunFolder::create(&self.path("run")).expect("a run folder");
        detector_file::write(&run, &seeded(network, 1).export(), &description).expect("written");
    }

    /// A COCO file of these images with `annotations`: image, category (1 or 2) and \[x, y, width, height\].
    fn write_truth(&self, name: &str, images: &Value, annotations: &[(u64, u64, [f64; 4])]) {
        let images: Vec<Value> = images
            .as_array()
            .expect("a list")
            .iter()
            .map(|id| json!({ "id": id, "file_name": format!("{id}.png") }))
            .collect();
        let annotations: Vec<Value> = annotations.iter().zip(0..).map(|((image, category, bbox), id)| {
            json!({ "id": id, "image_id": image, "category_id": category, "bbox": bbox })
        }).collect();
        let categories: Vec<Value> =
            LABELS.iter().zip(1..).map(|(name, id)| json!({ "id": id, "name": name })).collect();
        let file = json!({ "images": images, "annotations": annotations, "categories": categories });
        std::fs::write(self.path(name), file.to_string()).expect("written");
    }

    fn eval(&self, more: &[&str]) -> Output {
        let mut command = program(&["detect", "eval", "--device", "cpu", "--run"]);
        command.arg(self.path("run")).args(more);
        command.output().expect("starts")
    }

    fn run(&self, images: &[PathBuf], more: &[&str]) -> Output {
        let mut command = program(&["detect", "run", "--device", "cpu", "--run"]);
        command.arg(self.path("run")).args(images).args(more);
        command.output().expect("starts")
    }
}

/// One object of each class in each image.
fn boxes(images: &[u64]) -> Vec<(u64, u64, [f64; 4])> {
    images
        .iter()
        .flat_map(|&image| [(image, 1, [5.0, 5.0, 30.0, 20.0]), (image, 2, [40.0, 40.0, 30.0, 30.0])])
        .collect()
}

fn generated(seed: u64, size: usize) -> RgbImage {
    let pixels = nadir_scene::generate(seed, size, size).image;
    RgbImage::from_raw(pixels.width as u32, pixels.height as u32, pixels.pixels).expect("whole")
}

fn save(path: &Path, image: &RgbImage) {
    image.save(path).expect("written");
}

#[test]
fn images_are_seen_at_another_size_where_that_is_set_and_settings_of_training_are_refused() {
    let study = Study::new();
    let detections = |name: &str, more: &[&str]| {
        let file = study.path(name);
        let file = file.to_str().expect("UTF-8");
        succeeds(&study.eval(&[&["--detections", file, "--resamples", "0"], more].concat()));
        std::fs::read_to_string(file).expect("written")
    };
    let as_trained = detections("as_trained.json", &[]);
    assert_eq!(detections("same.json", &["--set", "resize.min_size=96", "--set", "resize.max_size=96"]), as_trained);
    let sizes = ["--set", "resize.min_size=160", "--set", "resize.max_size=160"];
    assert_ne!(detections("larger.json", &sizes), as_trained);
    for set in ["detector.channels=32", "train.epochs=1", "threshold.precision=0.5"] {
        fails(&study.eval(&["--set", set]), &[set, "is trained"]);
    }
}

#[test]
fn a_detector_is_measured_on_either_part_and_its_files_score_the_same() {
    let study = Study::new();
    let file = study.path("found.json");
    let file = file.to_str().expect("UTF-8");
    let output = study.eval(&["--json", "--detections", file, "--resamples", "20"]);
    let report: Report = report_of(&output);
    assert_eq!(
        report.images,
        [("train", 3), ("validation", 1), ("test", 2)].map(|(part, n)| (part.to_owned(), n)).into()
    );
    assert_eq!(report.labels, LABELS);
    let arm = &report.arms[0];
    assert!(arm.scalars["AP50"].interval.is_some() && arm.scalars.contains_key("VOC AP, area"));
    assert!(arm.curves.contains_key("precision-recall at IoU 0.5 of ship"));
    assert_eq!(arm.matrices["kinds of errors"].rows, LABELS);

    let truth = study.path("found.ground_truth.json");
    let mut score = program(&["score", "coco", "--json", "--detections", file, "--ground-truth"]);
    let scored = json_of(&score.arg(truth).output().expect("starts"));
    for figure in scored["figures"].as_array().expect("a list") {
        let (name, value) = (figure[0].as_str().expect("a name"), figure[1].as_f64());
        let own = arm.scalars.get(name).map(|scalar| scalar.mean);
        // Widths computed from corners and back differ in the last bits.
        assert!(own.zip(value).is_none_or(|(a, b)| (a - b).abs() < 1e-9) && own.is_some() == value.is_some(), "{name}");
    }

    let validation = study.eval(&["--part", "validation", "--resamples", "0"]);
    succeeds(&validation);
    let table = stdout(&validation);
    assert!(table.contains("box head") && table.contains("AP50") && table.contains("kinds of errors"), "{table}");
    let written = std::fs::read_to_string(study.path("run/report.json")).expect("written");
    let written: Report = serde_json::from_str(&written).expect("a report");
    assert!(written.title.contains("1 validation images") && written.arms[0].scalars["AP50"].interval.is_none());

    let page = study.path("report.html");
    let mut html = program(&["report"]);
    let output = html.arg(study.path("run")).arg("--html").arg(&page).output().expect("starts");
    succeeds(&output);
    let page = std::fs::read_to_string(page).expect("written");
    assert!(page.contains("<h2>Precision and recall</h2>") && page.contains("<h2>Kinds of errors</h2>"));
}

#[test]
fn images_without_objects_and_boxes_that_cannot_be_are_no_fault() {
    let study = Study::new();
    // Image 5 has no object; of image 4 one box has no area, one lies outside, one reaches beyond the border.
    let annotations =
        [(4, 1, [5.0, 5.0, 0.0, 20.0]), (4, 1, [500.0, 5.0, 10.0, 20.0]), (4, 2, [60.0, 60.0, 100.0, 100.0])];
    study.write_truth("test.json", &json!([4, 5]), &annotations);
    let file = study.path("found.json");
    let output = study.eval(&["--detections", file.to_str().expect("UTF-8")]);
    succeeds(&output);
    assert!(stderr(&output).contains("2 of 11 skipped because of their boxes"), "{}", stderr(&output));
    let truth = std::fs::read_to_string(study.path("found.ground_truth.json")).expect("written");
    let truth: Value = serde_json::from_str(&truth).expect("JSON");
    assert_eq!(truth["annotations"].as_array().expect("a list").len(), 1);
    assert_eq!(truth["annotations"][0]["bbox"], json!([60.0, 60.0, 20.0, 20.0]));
    assert_eq!(truth["images"].as_array().expect("a list").len(), 2);

    // No object in any test image: nothing can be measured, and that is reported.
    study.write_truth("test.json", &json!([4, 5]), &[]);
    let output = study.eval(&[]);
    succeeds(&output);
    let written = std::fs::read_to_string(study.path("run/report.json")).expect("written");
    let report: Report = serde_json::from_str(&written).expect("a report");
    assert!(report.arms[0].scalars.is_empty(), "{:?}", report.arms[0].scalars);
    assert!(report.notes.iter().any(|note| note.contains("with 0 objects")), "{:?}", report.notes);
}

#[test]
fn two_thousand_objects_in_an_image_are_measured() {
    let study = Study::new();
    let many: Vec<(u64, u64, [f64; 4])> = (0..2000u32)
        .map(|at| (4, 1 + u64::from(at % 2), [f64::from(at % 50) * 1.5, f64::from(at / 50) * 1.5, 4.0, 4.0]))
        .collect();
    study.write_truth("test.json", &json!([4, 5]), &many);
    let output = study.eval(&["--json", "--resamples", "0"]);
    let report: Report = report_of(&output);
    let errors = &report.arms[0].matrices["kinds of errors"];
    let missed = errors.columns.iter().position(|kind| kind == "missed").expect("a kind");
    let missed: f64 = errors.values.iter().map(|class| class[missed].expect("a count")).sum();
    assert!((1500.0..=2000.0).contains(&missed), "{missed} of 2,000");
}

#[test]
fn classes_that_the_detector_does_not_know_are_named() {
    let study = Study::new();
    study.write_detector(&["airplane", "bridge"]);
    fails(&study.eval(&[]), &["\"ship\"", "airplane, bridge", "config.toml"]);
}

#[test]
fn what_is_wrong_with_a_run_folder_is_named() {
    let study = Study::new();
    let weights = study.path("run/detector.safetensors");
    let whole = std::fs::read(&weights).expect("written");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("written");
    fails(&study.eval(&[]), &["detector.safetensors"]);
    // Of another network: an encoder's weights, and a detector of more classes.
    std::fs::copy("../static/models/scenes/weights.safetensors", &weights).expect("copied");
    fails(&study.eval(&[]), &["detector.safetensors", "backbone"]);
    study.write_detector(&["airplane", "ship", "bridge"]);
    let description = std::fs::read_to_string(study.path("run/detector.json")).expect("written");
    let two = LABELS.map(|label| format!("{label:?}")).join(",");
    let three = description.split_once('[').zip(description.split_once(']')).expect("a list of labels");
    let description = format!("{}[{two}]{}", three.0.0, three.1.1);
    std::fs::write(study.path("run/detector.json"), description).expect("written");
    fails(&study.eval(&[]), &["detector.safetensors", "roi_heads.box_predictor.cls_score"]);
    std::fs::remove_file(study.path("run/detector.json")).expect("removed");
    fails(&study.eval(&[]), &["detector.json", "nadir detect train"]);
    fails(&study.run(&[study.path("images/0.png")], &[]), &["detector.json", "nadir detect train"]);
}

#[test]
fn a_missing_image_is_named_and_stops_only_above_the_allowed_share() {
    let study = Study::new();
    std::fs::remove_file(study.path("images/5.png")).expect("removed");
    fails(&study.eval(&[]), &["5.png", "max_bad_images"]);
    let output = study.eval(&["--set", "data.max_bad_images=0.5"]);
    succeeds(&output);
    let table = stdout(&output);
    assert!(stderr(&output).contains("5.png") && table.contains("1 images were missing"), "{table}");
}

#[test]
fn objects_are_found_in_files_and_folders_and_drawn() {
    let study = Study::new();
    std::fs::create_dir(study.path("images/more")).expect("created");
    save(&study.path("images/more/wide.png"), &generated(7, 120));
    std::fs::write(study.path("images/broken.jpg"), "no image").expect("written");
    let out = study.path("overlays");
    let more = ["--json", "--out", out.to_str().expect("UTF-8")];
    let output = study.run(&[study.path("images")], &more);
    fails(&output, &["1 of 8 images were skipped", "broken.jpg", "JPEG, PNG, WebP or BMP"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("the others are printed");
    let found = found.as_array().expect("a list");
    assert_eq!(found.len(), 7);
    assert!(found.iter().any(|image| !image["objects"].as_array().expect("a list").is_empty()));
    for image in found {
        let [width, height] = ["width", "height"].map(|side| image[side].as_f64().expect("px"));
        for object in image["objects"].as_array().expect("a list") {
            let corners: Vec<f64> =
                object["box_px"].as_array().expect("four").iter().map(|side| side.as_f64().expect("px")).collect();
            assert!(0.0 <= corners[0] && corners[0] < corners[2] && corners[2] <= width, "{object}");
            assert!(0.0 <= corners[1] && corners[1] < corners[3] && corners[3] <= height, "{object}");
            assert!(LABELS.contains(&object["label"].as_str().expect("a label")));
            assert!((0.05..=1.0).contains(&object["score"].as_f64().expect("a score")));
        }
    }
    let drawn = image::open(out.join("more/wide.png")).expect("an overlay").into_rgb8();
    assert_eq!(drawn.dimensions(), (120, 120));
    assert_ne!(drawn, generated(7, 120));

    let none = study.run(&[study.path("images/0.png")], &["--score-from", "1"]);
    succeeds(&none);
    assert!(stdout(&none).contains("(80 x 80 px): 0 objects"));
    fails(&study.run(&[study.path("images/0.png")], &["--score-from", "7"]), &["--score-from", "0 to 1"]);
    fails(&study.run(&[study.path("nowhere.png")], &[]), &["nowhere.png"]);
    let tiles = ["--tile", "40", "--overlap", "40"];
    fails(&study.run(&[study.path("images/0.png")], &tiles), &["40 px", "overlap below the side"]);
}

#[test]
fn an_image_of_one_pixel_has_no_objects() {
    let study = Study::new();
    let path = study.path("one.png");
    save(&path, &RgbImage::from_pixel(1, 1, image::Rgb([9, 99, 199])));
    let found = json_of(&study.run(std::slice::from_ref(&path), &["--json"]));
    assert_eq!(found[0]["objects"], json!([]));
    assert_eq!((&found[0]["width"], &found[0]["tiles"]), (&json!(1), &json!(1)));
}

#[test]
fn a_large_image_is_divided_and_one_that_is_too_large_refused() {
    let study = Study::new();
    let path = study.path("long.png");
    let tile = generated(3, 200);
    let long = RgbImage::from_fn(12_000, 40, |x, y| *tile.get_pixel(x % 200, y));
    save(&path, &long);
    // The detector sees 96 px: above 384 px an image is divided into tiles of 192 px.
    let out = study.path("long_overlay.png");
    let output = study.run(std::slice::from_ref(&path), &["--json", "--out", out.to_str().expect("UTF-8")]);
    let found = json_of(&output);
    assert_eq!(found[0]["tiles"], json!(83), "(12,000 - 192) / 144 steps, rounded up, and the first");
    assert_eq!(image::open(out).expect("an overlay").into_rgb8().dimensions(), (12_000, 40));
    let whole = json_of(&study.run(std::slice::from_ref(&path), &["--json", "--tile", "0"]));
    assert_eq!(whole[0]["tiles"], json!(1));
    let larger = json_of(&study.run(&[path], &["--json", "--tile", "3000", "--overlap", "0"]));
    assert_eq!(larger[0]["tiles"], json!(4));

    // A header alone says how large it is.
    let path = study.path("huge.png");
    std::fs::write(&path, huge_png()).expect("written");
    fails(&study.run(&[path], &[]), &["huge.png", "30000 x 30000", "--max-megapixels raises it"]);
}

/// The beginning of a PNG file of 12,000 x 12,000 px.
fn huge_png() -> Vec<u8> {
    let mut small = std::io::Cursor::new(Vec::new());
    RgbImage::new(1, 1).write_to(&mut small, image::ImageFormat::Png).expect("encoded");
    let mut png = small.into_inner();
    // IHDR: length, name, width, height, five bytes, checksum.
    for at in [16, 20] {
        png[at..at + 4].copy_from_slice(&30_000u32.to_be_bytes());
    }
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

/// PNG's checksum (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let byte = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 })
    };
    !bytes.iter().fold(u32::MAX, byte)
}

#[test]
fn the_config_that_a_run_was_made_with_is_read() {
    let study = Study::new();
    let config = DetectConfig::load(Some(&study.path("run/config.toml")), &[]).expect("valid");
    assert_eq!(config.data.validation_share, 0.25);
    fails(&study.eval(&["--set", "data.objects.tests=3"]), &["tests"]);
    fails(&study.eval(&["--config", "nowhere.toml"]), &["nowhere.toml"]);
}

/// A training of the ranking study as `nadir study ranking` leaves it, untrained.
fn write_crop_classifier(run: &Path, labels: &[&str]) {
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 4, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let encoder = seeded(Encoder::new(&architecture, false, &Device::flex()), 1);
    let folder = RunFolder::create(run).expect("a run folder");
    folder.write_encoder(&encoder.export()).expect("written");
    let config = "[data]\nkind = \"crops\"\nsize = 32\nobjects = { kind = \"scenes\", count = 20, size = 64, first_seed = 0 }\n\
                  [encoder]\nencoder = \"resnet18\"\nwidth = 4\n";
    folder.write_config(config).expect("written");
    let len = architecture.embedding_len();
    // Each class along an axis of its own.
    let values = (0..labels.len() * len).map(|at| f32::from(u8::from(at / len == at % len))).collect();
    let zeros = |shape: Vec<usize>| WeightTensor { values: vec![0.0; shape.iter().product()], shape };
    let weights = Weights(BTreeMap::from([
        ("weight".to_owned(), zeros(vec![labels.len(), len])),
        ("bias".to_owned(), zeros(vec![labels.len()])),
        ("class_means".to_owned(), WeightTensor { shape: vec![labels.len(), len], values }),
    ]));
    let description = ProbeDescription {
        ood: None,
        arm: "ranking, r = 3".to_owned(),
        labels: labels.iter().map(ToString::to_string).collect(),
        thresholds: vec![0.5; labels.len()],
        preprocess: Preprocess { size: 32, mean: vec![0.5; 3], std: vec![0.25; 3] },
        figures: BTreeMap::new(),
        crops: Some(ClassMeanClassifier {
            temperature: 0.1,
            unknown_above: 0.5,
            similar: vec![Vec::new(); labels.len()],
        }),
    };
    nadir::artifacts::probe_file::write(&folder, &weights, &description).expect("written");
}

#[test]
fn boxes_are_named_by_the_nearest_class_mean_beside_the_box_head() {
    let study = Study::new();
    let crop_classifier = study.path("crop_classifier");
    write_crop_classifier(&crop_classifier, &["ship", "quarry"]);
    let crop_classifier_text = crop_classifier.to_str().expect("UTF-8");
    let report: Report = serde_json::from_value(json_of(&study.eval(&[
        "--json",
        "--crop-classifier",
        crop_classifier_text,
        "--resamples",
        "10",
    ])))
    .expect("a report");
    let arms: Vec<&str> = report.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(arms, ["box head", "detector boxes, nearest class mean", "proposals, nearest class mean"]);
    for note in ["does not know airplane", "does not know quarry"] {
        assert!(report.notes.iter().any(|given| given.contains(note)), "{note}: {:?}", report.notes);
    }
    for arm in &report.arms[1..] {
        assert_eq!(arm.test_average_precision[0], Some(0.0), "nothing is named airplane");
        assert!(arm.about.contains("are unknown to it"), "{}", arm.about);
    }
    assert!(report.comparisons.iter().any(|one| one.scalar == "AP50" && one.against == "box head"));

    // A run of the study that is no crop classifier, and a folder that is none.
    fails(&study.eval(&["--crop-classifier", study.path("run").to_str().expect("UTF-8")]), &["probe.json"]);
    let config = std::fs::read_to_string(crop_classifier.join("config.toml")).expect("written");
    std::fs::write(crop_classifier.join("config.toml"), config.replace("width = 4", "width = 8")).expect("written");
    fails(&study.eval(&["--crop-classifier", crop_classifier_text]), &["encoder.safetensors"]);
}

#[test]
fn a_bundle_detects_what_the_page_shows_and_classifies_the_crops() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = nadir_tests::objects::export(folder.path()).expect("exported");
    let image = folder.path().join("scene.png");
    save(&image, &generated(nadir_tests::objects::SEED, nadir_tests::objects::SCENE_PX));
    let run = |bundle: &Path, more: &[&str]| {
        let mut command = program(&["detect", "run", "--device", "cpu", "--bundle"]);
        command.arg(bundle).arg(&image).args(more);
        command.output().expect("starts")
    };
    let found = json_of(&run(&bundle, &["--json", "--tile", "0"]));
    let objects = found[0]["objects"].as_array().expect("a list");
    assert!(!objects.is_empty());
    for object in objects {
        let ood_score = object["crop"]["ood_score"].as_f64().expect("a number");
        assert_eq!(object["crop"]["unknown"], json!(ood_score > 0.5), "{object}");
        assert!(["ships", "tanks", "cars", "water"].contains(&object["crop"]["label"].as_str().expect("a name")));
    }
    let text = run(&bundle, &["--tile", "0"]);
    assert!(stdout(&text).contains("as a crop: "));

    let without = folder.path().join("without");
    std::fs::create_dir(&without).expect("created");
    std::fs::copy(bundle.join("weights.safetensors"), without.join("weights.safetensors")).expect("copied");
    let described = std::fs::read_to_string(bundle.join("bundle.json")).expect("written");
    let mut described: Value = serde_json::from_str(&described).expect("JSON");
    described.as_object_mut().expect("an object").remove("objects").expect("it has a detector");
    std::fs::write(without.join("bundle.json"), described.to_string()).expect("written");
    fails(&run(&without, &[]), &["has no detector", "--detector"]);
}
