//! `nadir data audit` as a user meets it: planted copies of every kind, traps of texture, and the leak line of a study.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageBuffer, Rgb, RgbImage, imageops};
use nadir_core::report::Report;
use nadir_core::rng::Rng;
use nadir_tests::command::{contains_all, fails, json_of, nadir, program, report_of, stdout, succeeds, text};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A generated place, px a side; views of it are cut out.
const PLACE: u32 = 288;
/// A view, px a side.
const VIEW: u32 = 192;

fn place(seed: u64) -> RgbImage {
    let scene = nadir_scene::generate(seed, PLACE as usize, PLACE as usize).image;
    ImageBuffer::from_raw(PLACE, PLACE, scene.pixels).expect("as many bytes as pixels")
}

fn view(place: &RgbImage, left: u32, top: u32) -> RgbImage {
    imageops::crop_imm(place, left, top, VIEW, VIEW).to_image()
}

/// Encoded as JPEG and decoded again.
fn encoded(image: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(image, image.width(), image.height(), ExtendedColorType::Rgb8)
        .expect("into memory");
    image::load_from_memory(&bytes).expect("a JPEG").to_rgb8()
}

/// Stripes of one period and direction, as of a field or a parking lot, with spots of their own.
fn stripes(seed: u64) -> RgbImage {
    let mut rng = Rng::new(seed);
    let mut image = RgbImage::from_fn(VIEW, VIEW, |x, y| {
        let wave = ((f64::from(x) + 0.4 * f64::from(y)) * std::f64::consts::TAU / 16.0).sin();
        let grey = (120.0 + 50.0 * wave + 5.0 * rng.normal()).clamp(0.0, 255.0) as u8;
        Rgb([grey, grey, grey / 2])
    });
    for _ in 0..12 {
        let (left, top) = (rng.below(180) as u32, rng.below(180) as u32);
        let grey = rng.below(256) as u8;
        (0..10).for_each(|x| (0..6).for_each(|y| image.put_pixel(left + x, top + y, Rgb([grey; 3]))));
    }
    image
}

/// Images with a table and splits, and what the audit of them must say.
struct Planted(tempfile::TempDir);

impl Planted {
    fn new() -> Self {
        let planted = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["images", "splits"] {
            std::fs::create_dir(planted.path(folder)).expect("created");
        }
        planted
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn save(&self, name: &str, image: &RgbImage) {
        image.save(self.path("images").join(format!("{name}.png"))).expect("written");
    }

    /// The table and the splits: names of training, validation and test images. Labels go by the name's last letter.
    fn list(&self, [train, validation, test]: [&[&str]; 3]) {
        let mut table = "image,even,odd\n".to_owned();
        for (at, name) in [train, validation, test].concat().iter().enumerate() {
            table.push_str(&format!("{name},{},{}\n", (at + 1) % 2, at % 2));
        }
        std::fs::write(self.path("multilabels.csv"), table).expect("written");
        for (part, names) in [("train", train), ("val", validation), ("test", test)] {
            let lines = format!("image\n{}\n", names.join("\n"));
            std::fs::write(self.path("splits").join(format!("{part}.csv")), lines).expect("written");
        }
    }
}

#[test]
fn planted_pairs_of_every_kind_are_found_and_alike_texture_is_not() {
    let planted = Planted::new();
    let places: Vec<RgbImage> = (0..6).map(|at| place(500 + at)).collect();
    for (at, place) in places.iter().enumerate() {
        planted.save(&format!("base{at}"), &view(place, 0, 0));
    }
    planted.save("same", &view(&places[0], 0, 0));
    let small = imageops::resize(&view(&places[1], 0, 0), 144, 144, imageops::FilterType::CatmullRom);
    planted.save("near", &imageops::brighten(&encoded(&small, 60), 15));
    planted.save("turned", &encoded(&imageops::rotate90(&view(&places[2], 0, 0)), 85));
    planted.save("shifted", &encoded(&view(&places[3], 60, 30), 85));
    planted.save("both", &encoded(&imageops::rotate270(&view(&places[4], 20, 50)), 85));
    planted.save("stripes1", &stripes(1));
    planted.save("stripes2", &stripes(2));
    std::fs::write(planted.path("images/broken.png"), b"no image").expect("written");
    planted.list([
        &["base0", "base1", "base2", "base3", "base4", "stripes1", "broken", "gone"],
        &["base5"],
        &["same", "near", "turned", "shifted", "both", "stripes2"],
    ]);
    let out = planted.path("audit");
    let output = nadir(&["data", "audit", text(planted.0.path()), "--out", text(&out), "--device", "cpu"]);
    contains_all(
        &succeeds(&output),
        &["Leak: 5 of 6 test images", "1 images are listed and not there", "gone", "1 images are broken", "broken.png"],
    );

    let all: Value = serde_json::from_slice(&std::fs::read(out.join("audit.json")).expect("written")).expect("JSON");
    let mut found: Vec<(&str, &str, &str)> = all["overlaps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|pair| ["first", "second", "kind"].map(|key| pair[key].as_str().expect("a text")).into())
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("base0", "same", "exact"),
            ("base1", "near", "near"),
            ("base2", "turned", "turned"),
            ("base3", "shifted", "shifted"),
            ("base4", "both", "shifted_turned"),
        ]
    );
    let of = |second: &str| {
        let pairs = all["overlaps"].as_array().expect("a list");
        pairs.iter().find(|pair| pair["second"] == second).expect("found")
    };
    // Both views are as large, so the centre moves as the corner: 30 px down, 60 px to the right.
    let shift: Vec<f64> = of("shifted")["shift_px"].as_array().expect("two").iter().flat_map(Value::as_f64).collect();
    assert!((shift[0] - 30.0).abs() <= 1.0 && (shift[1] - 60.0).abs() <= 1.0, "{shift:?}");
    let share = of("shifted")["overlap"].as_f64().expect("a number");
    assert!((share - 132.0 * 162.0 / (192.0 * 192.0)).abs() < 0.02, "{share}");
    // Turned clockwise by a quarter, a quarter counter-clockwise leads back.
    assert_eq!((of("turned")["quarter_turns"].as_u64(), of("both")["quarter_turns"].as_u64()), (Some(1), Some(3)));

    let mut reader = std::fs::read_to_string(out.join("drop.csv")).expect("written");
    assert_eq!(reader.lines().next(), Some("image,part,kind,because_of,because_of_part"));
    reader = reader.lines().skip(1).collect::<Vec<_>>().join("\n");
    let dropped: Vec<&str> = reader.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(dropped, ["base0", "base1", "base2", "base3", "base4"], "training images go for test images");

    let page = std::fs::read_to_string(out.join("report.html")).expect("written");
    assert!(page.contains("<h2>Same ground</h2>") && page.contains("href=\"data:image/jpeg;base64,"));
    let report = std::fs::read_to_string(out.join("report.json")).expect("written");
    let audit = Report::from_json(&report).expect("a report").audit.expect("an audit");
    assert_eq!((audit.pairs_found, audit.pairs.len()), (5, 5));
    contains_all(&succeeds(&nadir(&["report", text(&out)])), &["same ground: 5", "shifted and turned by 270 degrees"]);

    // What is dropped is enough: without these rows nothing is left to find.
    planted.list([&["stripes1"], &["base5"], &["same", "near", "turned", "shifted", "both", "stripes2"]]);
    for name in dropped.iter().copied().chain(["broken"]) {
        std::fs::remove_file(planted.path("images").join(format!("{name}.png"))).expect("removed");
    }
    let output = nadir(&["data", "audit", text(planted.0.path()), "--out", text(&out), "--json", "--device", "cpu"]);
    let all = json_of(&output);
    assert_eq!((all["overlaps"].as_array().map(Vec::len), all["drop"].as_array().map(Vec::len)), (Some(0), Some(0)));
}

#[test]
fn boxes_without_a_like_in_a_detectors_results_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    succeeds(&nadir(&["scenes", "--count", "3", "--size", "64", "--out", text(folder.path())]));
    let truth = r#"{"images": [{"id": 1, "file_name": "scene-0.png"}, {"id": 2, "file_name": "scene-1.png"}],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]},
                        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [5, 5, 20, 20]}]}"#;
    let found = r#"[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 11], "score": 0.9},
                    {"image_id": 1, "category_id": 1, "bbox": [40, 40, 10, 10], "score": 0.8}]"#;
    let (truth_file, found_file) = (folder.path().join("truth.json"), folder.path().join("found.json"));
    std::fs::write(&truth_file, truth).expect("written");
    std::fs::write(&found_file, found).expect("written");
    let out = folder.path().join("out");
    let mut command = program(&["data", "audit", "--json", "--device", "cpu", "--coco", text(&truth_file)]);
    command.args(["--images", text(&folder.path().join("images")), "--out", text(&out)]);
    let all = json_of(&command.args(["--detections", text(&found_file)]).output().expect("starts"));
    let doubts: Vec<(&str, &str)> = all["doubtful_boxes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|doubt| (doubt["image"].as_str().expect("a name"), doubt["why"].as_str().expect("a reason")))
        .collect();
    assert_eq!(doubts, [("scene-0.png", "missed"), ("scene-1.png", "not_found")]);
    let table = std::fs::read_to_string(out.join("boxes.csv")).expect("written");
    assert!(table.contains("scene-0.png,\"detected, not annotated\",ship"), "{table}");

    // Without a ground truth nothing can be said of boxes.
    let mut command = program(&["data", "audit", text(&folder.path().join("images")), "--device", "cpu"]);
    let output = command.args(["--detections", text(&found_file), "--out", text(&out)]).output().expect("starts");
    fails(&output, &["found.ground_truth.json", "--coco"]);
}

#[test]
fn a_folder_of_images_alone_is_audited_and_one_without_any_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).expect("created");
    view(&place(7), 0, 0).save(folder.path().join("one.png")).expect("written");
    std::fs::copy(folder.path().join("one.png"), deep.join("copy.png")).expect("copied");
    let out = folder.path().join("out");
    let output = nadir(&["data", "audit", text(folder.path()), "--out", text(&out), "--json", "--device", "cpu"]);
    let all = json_of(&output);
    assert_eq!(all["overlaps"][0]["kind"], "exact");
    assert_eq!(
        (all["drop"][0]["image"].as_str(), all["drop"][0]["because_of"].as_str()),
        (Some("one.png"), Some("a/b/copy.png"))
    );

    let empty = tempfile::tempdir().expect("a folder");
    let output = nadir(&["data", "audit", text(empty.path()), "--out", text(&out), "--device", "cpu"]);
    fails(&output, &["no .jpg", text(empty.path())]);
    std::fs::write(empty.path().join("broken.png"), b"no image").expect("written");
    let output = nadir(&["data", "audit", text(empty.path()), "--out", text(&out), "--device", "cpu"]);
    fails(&output, &["none of the 1 images", "broken.png"]);
}

/// An ablation of one arm over images of 64 px, with this test image beside new places.
fn ablation(folder: &Path, test: &RgbImage, train: &RgbImage) -> Report {
    let planted = Planted(tempfile::tempdir_in(folder).expect("a folder"));
    for name in ["images", "splits"] {
        std::fs::create_dir(planted.path(name)).expect("created");
    }
    let names: Vec<String> = (0..16).map(|at| format!("new{at}")).collect();
    for (at, name) in names.iter().enumerate() {
        let scene = nadir_scene::generate(900 + at as u64, 64, 64).image;
        let image: RgbImage = ImageBuffer::from_raw(64, 64, scene.pixels).expect("as many bytes as pixels");
        planted.save(name, &image);
    }
    planted.save("learned", train);
    planted.save("tested", test);
    let some = |first: &[&'static str], range: std::ops::Range<usize>| -> Vec<&str> {
        first.iter().copied().chain(names[range].iter().map(String::as_str)).collect()
    };
    planted.list([&some(&["learned"], 0..8), &some(&[], 8..12), &some(&["tested"], 12..16)]);
    let config = planted.path("study.toml");
    let toml = format!(
        "[data]\nkind = \"multi_label_csv\"\nimages = {:?}\nlabels = {:?}\nsplit = {{ kind = \"files\", folder = {:?} }}\n\
         [encoder]\nencoder = \"resnet18\"\nwidth = 4\n[augment]\nsize = 32\n\
         [pretrain]\nepochs = 1\nbatch_size = 8\n[probe]\nepochs = 2\nimage_size = 32\n\
         [study]\nseeds = 1\nprobe_seeds = 1\nresamples = 20\nneighbours = 2\nfaithful = false\nmaps = []\n\
         arms = [{{ objective = {{ kind = \"supervised\" }} }}]\n",
        text(&planted.path("images")),
        text(&planted.path("multilabels.csv")),
        text(&planted.path("splits")),
    );
    std::fs::write(&config, toml).expect("written");
    let run = planted.path("run");
    let arguments = ["study", "ablation", "--device", "cpu", "--config", text(&config), "--run", text(&run), "--json"];
    let report = report_of(&nadir(&arguments));
    let printed = stdout(&nadir(&["report", text(&run)]));
    contains_all(&printed, &["Leak: ", "test images show ground that a training image shows"]);
    report
}

#[test]
fn an_ablation_says_how_many_test_images_leak_and_gives_its_figures_without_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = |seed| {
        let scene = nadir_scene::generate(seed, 64, 64).image;
        ImageBuffer::from_raw(64, 64, scene.pixels).expect("as many bytes as pixels")
    };
    let (learned, other): (RgbImage, RgbImage) = (small(950), small(951));

    let leaking = ablation(folder.path(), &learned, &learned);
    let leak = leaking.leak.clone().expect("looked at");
    assert_eq!((leak.test, leak.overlapping["train"], leak.overlapping["validation"]), (5, 1, 0));
    assert_eq!((leak.images[0].name.as_str(), leak.images[0].other.as_str()), ("tested", "learned"));
    for arm in &leaking.arms {
        let without = &leak.without[&arm.name];
        for figure in ["test mAP", "kNN test mAP", "retrieval mAP@R", "test F1 micro"] {
            assert!(without.contains_key(figure) && arm.scalars.contains_key(figure), "{}: {figure}", arm.name);
        }
        // One test image in five fewer: the figure of each image is another.
        let (with, without) = (arm.scalars["test Brier score"].mean, without["test Brier score"].mean);
        assert!((with - without).abs() > 1e-9, "{}: {with} and {without}", arm.name);
    }

    let clean = ablation(folder.path(), &other, &learned).leak.expect("looked at");
    assert_eq!((clean.test, clean.overlapping["train"], clean.overlapping["validation"]), (5, 0, 0));
    assert!(clean.without.is_empty() && clean.images.is_empty() && clean.sentence().starts_with("Leak: 0 of 5"));
}
