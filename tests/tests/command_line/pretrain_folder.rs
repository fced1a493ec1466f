//! `nadir pretrain FOLDER`: a folder of images is enough. What it chooses and measures, and what it says to each bad
//! input.

use nadir::artifacts::{report_file, weight_file};
use nadir_nn::model::Weights;
use nadir_tests::command::{
    contains_all, fails, json_of, nadir, report_of, same_files, stderr, stdout, succeeds, text,
};
use nadir_tests::event_file::{Point, Said, read_folder};
use nadir_tests::image_folder::ImageFolder;
use serde_json::Value;
use std::path::Path;

/// Seconds on one core.
const SMALL: [&str; 5] =
    ["encoder.width=4", "augment.size=32", "probe.image_size=32", "projector.hidden=16", "projector.output=8"];

/// Images of 24 px below `folder`, each of its own colours: stripes that no crop hides.
fn images(folder: &Path, names: impl IntoIterator<Item = String>) {
    for (at, name) in (0u32..).zip(names) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("created");
        let image = image::RgbImage::from_fn(24, 24, |x, y| {
            let stripe = (x / 3 + y / 4 * at) % 2 * 90;
            image::Rgb([(at * 53 % 160 + stripe) as u8, (at * 97 % 160 + stripe) as u8, (x * 7) as u8])
        });
        image.save(path).expect("written");
    }
}

fn numbered(folder: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{folder}{at:02}.png")).collect()
}

fn folder_of(names: impl IntoIterator<Item = String>) -> ImageFolder {
    let folder = ImageFolder::new(&SMALL);
    images(&folder.images(), names);
    folder
}

/// Two classes of ten images.
fn of_classes() -> ImageFolder {
    folder_of([numbered("sea/", 10), numbered("land/deep/", 10)].concat())
}

#[test]
fn a_folder_is_enough_and_all_that_was_chosen_is_said_and_written() {
    let folder = folder_of(numbered("deep/", 12));
    let output = folder.pretrain("run", &["--epochs", "2"]);
    succeeds(&output);
    contains_all(
        &stderr(&output),
        &[
            "12 images of 24 x 24 px",
            "10 train, 2 are held out",
            "batch of 2 images",
            "learning rate",
            "warm-up",
            "12 images are smaller",
        ],
    );
    contains_all(&stderr(&output), &["epoch 2, 2 held-out images: two-view retrieval", "RankMe"]);
    contains_all(&stdout(&output), &["next: nadir embed", "report: "]);
    contains_all(
        &folder.config("run"),
        &[
            "kind = \"images\"",
            "held_out = 0.16",
            "vertical_flip = 0.5",
            "quarter_turns = true",
            "batch_size = 2",
            "[pretrain.monitor]",
        ],
    );
    // Before the first step and after each epoch.
    let measured = folder.measured("run");
    assert!(measured.iter().all(|line| line["collapsed"] == false), "{measured:?}");
    let epochs: Vec<u64> = measured.iter().filter_map(|line| line["epoch"].as_u64()).collect();
    assert_eq!(epochs, [0, 1, 2]);
    for line in &measured {
        let figure = |name: &str| line[name].as_f64().unwrap_or_else(|| panic!("{name} is not in {line}"));
        assert!((0.0..=1.0).contains(&figure("two_view_retrieval")) && figure("alignment") >= 0.0, "{line}");
        assert!((1.0..=2.001).contains(&figure("rank_me")) && figure("uniformity") <= 0.0, "two images: {line}");
        assert!(line.get("knn_map").is_none(), "there are no labels: {line}");
    }
    let report = report_file::read(&folder.path("run")).expect("a report");
    assert_eq!(report.arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>(), ["before SimCLR", "SimCLR"]);
    assert_eq!(report.arms[1].curves["held-out RankMe"].points.len(), 3);
    contains_all(&succeeds(&nadir(&["report", text(&folder.path("run"))])), &["held-out two-view retrieval"]);

    // The same again is refused as for any run; --resume takes up what is done, whatever would be chosen now.
    fails(&folder.pretrain("run", &["--epochs", "2"]), &["--resume"]);
    let before = std::fs::read(folder.path("run").join("encoder.safetensors")).expect("written");
    succeeds(&folder.pretrain("run", &["--resume"]));
    assert!(before == std::fs::read(folder.path("run").join("encoder.safetensors")).expect("written"));
    // A folder that has changed since is gone on with, and said.
    images(&folder.images(), ["later.png".to_owned()]);
    let output = folder.pretrain("run", &["--resume"]);
    succeeds(&output);
    contains_all(&stderr(&output), &["no longer those that the run began with (12 then, 13 now)"]);
    let other = folder_of(numbered("", 3));
    let output = nadir(&["pretrain", text(&other.images()), "--run", text(&folder.path("run")), "--resume"]);
    fails(&output, &["is on the images in", "and not on those in"]);
}

/// The fault that this would find: a measurement that draws from the training's numbers, or leaves BatchNorm changed.
#[test]
fn measuring_and_stopping_in_between_change_no_weight() {
    let folder = folder_of(numbered("", 20));
    let settings = [
        "--set",
        "pretrain.batch_size=4",
        "--set",
        "pretrain.schedule=constant",
        "--set",
        "pretrain.warmup_epochs=0",
        "--set",
        "pretrain.monitor.every=1",
    ];
    let pretrain = |run: &str, more: &[&str]| succeeds(&folder.pretrain(run, &[&settings, more].concat()));
    pretrain("whole", &["--epochs", "3"]);
    pretrain("unmeasured", &["--epochs", "3", "--set", "pretrain.monitor.every=0"]);
    pretrain("halves", &["--epochs", "1"]);
    let (images, run) = (folder.images(), folder.path("halves"));
    succeeds(&nadir(&["pretrain", text(&images), "--run", text(&run), "--device", "cpu", "--resume", "--epochs", "3"]));
    same_files(&folder.path("whole"), &folder.path("unmeasured"), &["encoder.safetensors"]);
    same_files(&folder.path("whole"), &folder.path("halves"), &["encoder.safetensors", "metrics.jsonl"]);
    assert!(folder.measured("unmeasured").is_empty() && folder.measured("whole").len() == 4);

    // Killed between a checkpoint and its measurement: that is made when the run goes on.
    let metrics = folder.path("halves").join("metrics.jsonl");
    let lines = std::fs::read_to_string(&metrics).expect("written");
    let cut: String = lines.lines().take(lines.lines().count() - 1).map(|line| format!("{line}\n")).collect();
    std::fs::write(&metrics, cut).expect("written");
    succeeds(&nadir(&["pretrain", text(&images), "--run", text(&run), "--device", "cpu", "--resume"]));
    same_files(&folder.path("whole"), &folder.path("halves"), &["encoder.safetensors", "metrics.jsonl"]);
}

/// The points that metrics.jsonl gives, without a name twice at a step.
fn expected_points(run: &Path) -> Vec<(u64, String, f32)> {
    let mut points = Vec::new();
    for line in std::fs::read_to_string(run.join("metrics.jsonl")).expect("written").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let step = line["step"].as_u64().expect("a step");
        for (name, value) in line.as_object().expect("an object").iter().filter(|(name, _)| *name != "step") {
            let value = value.as_f64().unwrap_or_else(|| f64::from(u8::from(value == &Value::Bool(true)))) as f32;
            let point = (step, name.clone(), value);
            if !points.contains(&point) {
                points.push(point);
            }
        }
    }
    points
}

fn points(said: &[Said]) -> Vec<(u64, String, f32)> {
    let point = |said: &Said| match said {
        Said::Point(Point { tag, step, value, .. }) => Some((*step, tag.clone(), *value)),
        Said::SessionStart(_) => None,
    };
    said.iter().filter_map(point).collect()
}

#[test]
fn tensorboard_has_every_number_once_also_of_a_run_that_goes_on() {
    let folder = folder_of(numbered("", 12));
    let run = folder.path("run");
    let settings = [
        "pretrain.tensorboard=true",
        "pretrain.schedule=constant",
        "pretrain.batch_size=4",
        "pretrain.monitor.every=1",
    ];
    let settings: Vec<&str> = settings.iter().flat_map(|set| ["--set", set]).collect();
    let begun = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    succeeds(&folder.pretrain("run", &[settings.as_slice(), &["--epochs", "2"]].concat()));
    let said = read_folder(&run);
    let expected = expected_points(&run);
    assert!(expected.len() > 20 && points(&said) == expected, "{said:?}");
    for name in ["loss", "learning_rate", "epoch", "rank_me", "collapsed"] {
        assert!(expected.iter().any(|(_, own, _)| own == name), "{name}");
    }
    let times = said.iter().filter_map(|said| if let Said::Point(point) = said { Some(point.wall_time) } else { None });
    assert!(times.is_sorted() && said.iter().all(|said| !matches!(said, Said::SessionStart(_))));
    assert!(matches!(&said[0], Said::Point(point) if (begun..begun + 600.0).contains(&point.wall_time)));

    // As if it had been killed behind its first epoch: the checkpoint of the second one is not there.
    let steps = expected.iter().map(|(step, ..)| *step).max().expect("steps");
    std::fs::remove_file(run.join(format!("checkpoints/step-{steps:08}.safetensors"))).expect("removed");
    let images = folder.images();
    let again = ["pretrain", text(&images), "--run", text(&run), "--device", "cpu", "--resume"];
    succeeds(&nadir(&[again.as_slice(), &["--epochs", "3"]].concat()));
    let said = read_folder(&run);
    assert_eq!(points(&said), expected_points(&run));
    let marks: Vec<_> = said.iter().filter(|said| matches!(said, Said::SessionStart(_))).collect();
    assert_eq!(marks, [&Said::SessionStart(steps / 2 + 1)]);
    // Nothing is left to do, and no file is made for it.
    succeeds(&nadir(&again));
    assert_eq!(read_folder(&run), said);
}

#[test]
fn the_best_encoder_is_kept_and_patience_ends_the_training() {
    let folder = folder_of(numbered("", 20));
    let settings = [
        "--epochs",
        "40",
        "--set",
        "pretrain.monitor={every=1,keep_best=\"uniformity\",patience=2}",
        "--set",
        "pretrain.batch_size=8",
    ];
    let output = folder.pretrain("run", &settings);
    succeeds(&output);
    contains_all(&stderr(&output), &["the training ends early: uniformity has not been better for 2 measurements"]);
    let measured = folder.measured("run");
    let values: Vec<f64> = measured.iter().skip(1).filter_map(|line| line["uniformity"].as_f64()).collect();
    let best = (0..values.len()).min_by(|&a, &b| values[a].total_cmp(&values[b])).expect("measured");
    assert!(values.len() < 40 && best + 3 == values.len(), "two after the best: {values:?}");
    contains_all(&stderr(&output), &[&format!("that of epoch {}, which has the best uniformity", best + 1)]);
    let weights = |name: &str| weight_file::read(&folder.path("run").join(name)).expect("written");
    assert_eq!(weights("encoder.safetensors"), weights("encoder-best.safetensors"));
    let report = report_file::read(&folder.path("run")).expect("a report");
    assert_eq!(report.arms[1].scalars["held-out uniformity"].mean, values[best]);
    // It has ended: going on does not train again.
    succeeds(&folder.pretrain("run", &["--resume"]));
    assert_eq!(folder.measured("run").len(), measured.len());
}

/// WiSE-FT: the encoder is between the trained weights and others, and the share can be chosen afterwards.
#[test]
fn other_weights_are_mixed_in_and_their_share_can_be_chosen_afterwards() {
    let folder = folder_of(numbered("", 12));
    succeeds(&folder.pretrain("first", &["--epochs", "1"]));
    let first = folder.path("first").join("encoder.safetensors");
    let from_first = ["--epochs", "2", "--weights", text(&first)];
    let encoder_with = |more: &[&str]| {
        succeeds(&folder.pretrain("run", &[&from_first[..], more].concat()));
        weight_file::read(&folder.path("run").join("encoder.safetensors")).expect("written")
    };
    let quarter = encoder_with(&["--set", "pretrain.mix={share=0.25}"]);
    let losses = folder.measured("run");
    let trained = encoder_with(&["--resume", "--set", "pretrain.mix={share=0.0}"]);
    assert_eq!(folder.measured("run"), losses, "it was trained again");
    let first_weights = weight_file::read(&first).expect("written");
    assert_ne!(trained, first_weights);
    for (name, mixed) in &quarter.0 {
        let pairs = first_weights.0[name].values.iter().zip(&trained.0[name].values);
        for (value, expected) in mixed.values.iter().zip(pairs.map(|(first, last)| (first + 3.0 * last) / 4.0)) {
            assert!((value - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{name}: {value}, not {expected}");
        }
    }
    // With itself nothing changes but the last bit.
    std::fs::copy(folder.path("run").join("encoder.safetensors"), folder.path("trained.safetensors")).expect("copied");
    let set = format!("pretrain.mix={{share=0.5,weights={:?}}}", text(&folder.path("trained.safetensors")));
    let same = encoder_with(&["--resume", "--set", &set]);
    let values = |weights: &Weights| weights.0.values().flat_map(|tensor| tensor.values.clone()).collect::<Vec<f32>>();
    assert!(values(&same).iter().zip(values(&trained)).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(1.0)));

    let mix = |more: &str| format!("pretrain.mix={{share={more}}}");
    let random = folder.pretrain("other", &["--epochs", "1", "--set", &mix("0.5")]);
    fails(&random, &["pretrain.mix", "without `weights`", "random"]);
    fails(
        &folder.pretrain("other", &[&from_first[..], &["--set", &mix("1.0")]].concat()),
        &["pretrain.mix.share", "below 1"],
    );
    let nowhere = mix("0.5,weights=\"nowhere.safetensors\"");
    let missing = folder.pretrain("other", &[&from_first[..], &["--set", &nowhere]].concat());
    fails(&missing, &["pretrain.mix", "nowhere.safetensors"]);
}

/// Ten files of the same picture: no encoder can tell them apart, which the loss alone does not say.
#[test]
fn embeddings_that_are_all_the_same_are_said_to_have_collapsed() {
    let folder = folder_of([]);
    std::fs::create_dir(folder.images()).expect("created");
    for name in numbered("", 10) {
        image::RgbImage::from_pixel(24, 24, image::Rgb([90, 120, 60]))
            .save(folder.images().join(name))
            .expect("written");
    }
    let output = folder.pretrain("run", &["--epochs", "1"]);
    succeeds(&output);
    contains_all(&stderr(&output), &["epoch 1: the embeddings have collapsed", "uniformity", "spread 0.0000"]);
    let collapsed: Vec<Value> = folder.measured("run").iter().map(|line| line["collapsed"].clone()).collect();
    assert_eq!(collapsed, [false, true]);
}

#[test]
fn folders_that_cannot_be_trained_on_are_refused_in_their_own_words() {
    let empty = ImageFolder::new(&SMALL);
    fails(&empty.pretrain("run", &[]), &["images is no folder"]);
    std::fs::create_dir(empty.images()).expect("created");
    std::fs::write(empty.images().join("notes.txt"), "no image").expect("written");
    fails(&empty.pretrain("run", &[]), &["no .jpg, .jpeg, .png", "below"]);
    let one = folder_of(numbered("", 1));
    fails(&one.pretrain("run", &["--epochs", "1"]), &["learning by contrast needs two"]);
    let broken = folder_of([]);
    std::fs::create_dir(broken.images()).expect("created");
    std::fs::write(broken.images().join("a.png"), "no image").expect("written");
    fails(&broken.pretrain("run", &[]), &["none of the 1 images", "a.png"]);
    let folder = folder_of(numbered("", 3));
    fails(&folder.pretrain("run", &["--encoder", "resnet19"]), &["resnet19", "resnet18"]);
    fails(&folder.pretrain("run", &["--set", "data.kind=scenes"]), &["data.kind"]);
    fails(&folder.pretrain("run", &["--weights", "nowhere.pth"]), &["nowhere.pth"]);
    // Two images are enough.
    succeeds(&folder_of(numbered("", 2)).pretrain("run", &["--epochs", "1"]));
}

#[cfg(unix)]
#[test]
fn hidden_folders_circles_and_broken_images_stop_nothing() {
    let folder = folder_of([numbered("a/", 12), numbered(".thumbs/", 2), vec!["a/.hidden.png".to_owned()]].concat());
    std::os::unix::fs::symlink(folder.images(), folder.images().join("a/loop")).expect("linked");
    std::fs::write(folder.images().join("a/cut.jpg"), [0xFF, 0xD8, 0xFF]).expect("written");
    let output = folder.pretrain("run", &["--epochs", "1"]);
    succeeds(&output);
    contains_all(
        &stderr(&output),
        &["12 images of", "1 more cannot be read", "skipped: ", "cut.jpg", "1 of 13 images below", "were skipped"],
    );
    let strict = folder.pretrain("strict", &["--epochs", "1", "--set", "data.max_bad_images=0"]);
    fails(&strict, &["1 of 13 images are broken", "data.max_bad_images = 0", "cut.jpg"]);
}

#[test]
fn class_folders_are_pretrained_on_probed_compared_and_exported() {
    let folder = of_classes();
    let (images, run) = (folder.images(), folder.path("run"));
    let images_set = format!("data.images={}", text(&images));
    let data = ["--set", "data.kind=class_folders", "--set", images_set.as_str()];
    contains_all(
        &succeeds(&nadir(&[&["data", "check"], &data[..]].concat())),
        &["20 images in 2 class folders", "train: 14 images", "nothing is wrong"],
    );
    let statistics = json_of(&nadir(&[&["data", "stats", "--json"], &data[..]].concat()));
    assert_eq!(
        (&statistics["labels"][0]["label"], &statistics["labels"][0]["positives"]),
        (&"land".into(), &10.into())
    );

    let output = folder.pretrain("run", &["--epochs", "1", "--set", "data.kind=class_folders"]);
    succeeds(&output);
    contains_all(&stderr(&output), &["14 train, 6 are held out", "kNN accuracy"]);
    contains_all(&stdout(&output), &["next: nadir probe"]);
    let measured = folder.measured("run");
    assert!(measured.iter().all(|line| line["knn_accuracy"].is_f64() && line["knn_map"].is_f64()), "{measured:?}");
    assert!(
        measured.iter().all(|line| line["linear_accuracy"].is_f64() && line["linear_map"].is_f64()),
        "{measured:?}"
    );

    let report =
        report_of(&nadir(&["probe", "--run", text(&run), "--device", "cpu", "--set", "probe.epochs=3", "--json"]));
    assert!(report.arms.iter().all(|arm| (0.0..=1.0).contains(&arm.scalars["accuracy, linear probe"].mean)));
    assert!(report.arms[1].curves.contains_key("held-out kNN accuracy"), "{:?}", report.arms[1].curves.keys());
    assert!(report.notes.iter().any(|note| note.contains("one label")), "{:?}", report.notes);

    let bundle = folder.path("bundle");
    let export = ["export", "--run", text(&run), "--out", text(&bundle), "--gallery", "9", "--gallery-map", "pca"];
    contains_all(&succeeds(&nadir(&[&export[..], &["--device", "cpu"]].concat())), &["2 labels", "gallery of 9"]);

    let study = folder.path("study");
    let mut arguments = vec!["study", "ablation", "--run", text(&study), "--device", "cpu", "--json"];
    let sets = [
        "pretrain.epochs=1",
        "pretrain.batch_size=4",
        "probe.epochs=2",
        "study.probe_seeds=1",
        "study.label_shares=[]",
        "study.maps=[]",
        "study.faithful=false",
        "study.resamples=10",
        "pretrain.monitor.every=1",
        "study.arms=[{objective={kind=\"softmax\"}}]",
    ];
    arguments.extend(data);
    SMALL.iter().chain(&sets).for_each(|set| arguments.extend(["--set", set]));
    let dry = nadir(&[&arguments[..], &["--dry-run"]].concat());
    contains_all(&succeeds(&dry), &["14 training, 4 validation and 2 test images of 2 classes"]);
    let report = report_of(&nadir(&arguments));
    assert!(report.arms[1].scalars.contains_key("accuracy, kNN"), "{:?}", report.arms[1].scalars.keys());
    assert_eq!(report.arms[1].curves["held-out linear accuracy"].points.len(), 2);
}

#[test]
fn what_needs_labels_says_so_and_what_needs_none_runs() {
    let folder = folder_of(numbered("", 10));
    let (images, run) = (folder.images(), folder.path("run"));
    let needs = ["needs labels", "class_folders", "multi_label_csv"];
    let objective = ["--set", "pretrain.objective.kind=sup_con_any"];
    fails(&folder.pretrain("other", &[&["--epochs", "1"], &objective[..]].concat()), &needs);
    let best = ["--set", "pretrain.monitor={every=1,keep_best=\"knn_map\"}"];
    fails(&folder.pretrain("another", &best), &["knn_map", "needs images with labels", "two_view_retrieval"]);
    succeeds(&folder.pretrain("run", &["--epochs", "1"]));
    fails(&nadir(&["probe", "--run", text(&run), "--device", "cpu"]), &["`nadir probe` needs labels", "class_folders"]);
    fails(&nadir(&["study", "ablation", "--run", text(&run)]), &["`nadir study ablation`", "needs labels"]);
    let bundle = folder.path("bundle");
    fails(&nadir(&["export", "--run", text(&run), "--out", text(&bundle)]), &["a bundle", "needs labels"]);
    let images_set = format!("data.images={}", text(&images));
    let data = ["--set", "data.kind=images", "--set", images_set.as_str()];
    contains_all(&succeeds(&nadir(&[&["data", "check"], &data[..]].concat())), &["10 images without labels"]);
    contains_all(
        &succeeds(&nadir(&[&["data", "stats"], &data[..]].concat())),
        &["24 x    24 px", "standard deviation"],
    );
    let out = folder.path("e.parquet");
    let embed = ["embed", "--run", text(&run), "--images", text(&images), "--out", text(&out), "--device", "cpu"];
    contains_all(&succeeds(&nadir(&embed)), &["10 embeddings of length 32"]);

    // Probed on images with labels, the run has a bundle; its gallery shows the images that it learned from.
    let classes = of_classes();
    let labelled = format!("data.images={}", text(&classes.images()));
    let sets = ["--set", "data.kind=class_folders", "--set", labelled.as_str(), "--set", "probe.epochs=1"];
    succeeds(&nadir(&[&["probe", "--run", text(&run), "--device", "cpu"], &sets[..]].concat()));
    let export = ["export", "--run", text(&run), "--out", text(&bundle), "--gallery", "8", "--gallery-map", "pca"];
    contains_all(&succeeds(&nadir(&[&export[..], &["--device", "cpu"]].concat())), &["2 labels", "gallery of 8"]);
}
