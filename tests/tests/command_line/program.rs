//! The program `nadir` as a user meets it: what it does, and what it says to each bad input.

use clap::CommandFactory;
use nadir_tests::command::{fails, nadir, program, stderr, stdout, succeeds, text};
use nadir_tests::skip::skip;
use std::path::Path;
use std::process::Command;

/// A small experiment: seconds on one core.
const SMALL: [&str; 18] = [
    "--device",
    "cpu",
    "--set",
    "data.count=40",
    "--set",
    "data.size=32",
    "--set",
    "augment.size=32",
    "--set",
    "encoder.width=4",
    "--set",
    "pretrain.batch_size=8",
    "--set",
    "pretrain.epochs=2",
    "--set",
    "probe.epochs=2",
    "--set",
    "probe.image_size=32",
];

/// `command` on a small experiment in the folder `run`.
pub(crate) fn small<'a>(command: &'a str, run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![command, "--run", run];
    arguments.extend(SMALL);
    arguments.extend(more);
    arguments
}

#[test]
fn boxes_and_tables_of_other_tools_are_scored() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
        folder.path().join(name).display().to_string()
    };
    let truth = file(
        "truth.json",
        r#"{"images": [{"id": "a"}, {"id": 2}], "categories": [{"id": 5, "name": "ship"}],
            "annotations": [{"image_id": "a", "category_id": 5, "bbox": [0, 0, 10, 10]},
                            {"image_id": 2, "category_id": 5, "bbox": [0, 0, 10, 10]}]}"#,
    );
    let found = file(
        "found.json",
        r#"[{"image_id": "a", "category_id": 5, "bbox": [0, 0, 10, 10], "score": 0.9},
            {"image_id": 3, "category_id": 5, "bbox": [0, 0, 10, 10], "score": 0.8}]"#,
    );
    for kind in ["coco", "voc"] {
        let arguments = ["score", kind, "--ground-truth", &truth, "--detections", &found, "--json"];
        let output = nadir(&arguments);
        succeeds(&output);
        let scored: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        // One of two objects detected, and nothing else: precision 1 up to a recall of 0.5, of 101 or 11 recalls or by
        // area.
        let expected = if kind == "coco" { 51.0 / 101.0 } else { 6.0 / 11.0 };
        let first = scored["figures"][0][1].as_f64().expect("a number");
        assert!((first - expected).abs() < 1e-9, "{kind}: {scored}");
        assert!(scored["notes"][1].as_str().is_some_and(|note| note.contains("1 detections on images")), "{scored}");
    }
    fails(
        &nadir(&["score", "coco", "--ground-truth", &found, "--detections", &found]),
        &["found.json", "ground truth"],
    );
}

#[test]
fn help_names_every_command_and_wrong_usage_exits_with_2() {
    let cli = nadir::cli::Cli::command();
    assert!(cli.get_subcommands().count() > 10);
    helps_with_every_command_below(&cli, &mut Vec::new());
    assert_eq!(nadir(&["pretrain", "--epochz", "3"]).status.code(), Some(2));
}

/// `nadir PATH --help` works and names each command below it, and theirs do likewise.
fn helps_with_every_command_below<'a>(command: &'a clap::Command, path: &mut Vec<&'a str>) {
    let output = nadir(&[&path[..], &["--help"]].concat());
    assert!(output.status.success(), "{path:?} --help: {}", stderr(&output));
    let help = stdout(&output);
    for below in command.get_subcommands() {
        let named = format!("  {} ", below.get_name());
        assert!(help.lines().any(|line| line.starts_with(&named)), "{named:?} is not in the help of {path:?}: {help}");
        path.push(below.get_name());
        helps_with_every_command_below(below, path);
        path.pop();
    }
}

#[test]
fn scenes_writes_images_labels_and_boxes_that_fit_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("scenes");
    let output = nadir(&["scenes", "--count", "12", "--size", "64", "--out", text(&out)]);
    succeeds(&output);
    let table = std::fs::read_to_string(out.join("multilabels.csv")).expect("written");
    assert_eq!(table.lines().count(), 13);
    let coco: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("objects.json")).expect("written")).expect("JSON");
    assert_eq!(coco["images"].as_array().map(Vec::len), Some(12));
    for image in coco["images"].as_array().expect("a list") {
        let path = out.join("images").join(image["file_name"].as_str().expect("a name"));
        let decoded = nadir::data::decode::read_image(&path).expect("a PNG");
        assert_eq!((decoded.width, decoded.height), (64, 64));
    }
    for annotation in coco["annotations"].as_array().expect("a list") {
        let sides: Vec<f64> =
            annotation["bbox"].as_array().expect("a box").iter().filter_map(serde_json::Value::as_f64).collect();
        assert!(
            sides[0] >= 0.0 && sides[1] >= 0.0 && sides[0] + sides[2] <= 64.0 && sides[1] + sides[3] <= 64.0,
            "{sides:?}"
        );
    }
    // What it wrote is a dataset like any other.
    let run = folder.path().join("run");
    let images = format!("data.images={}", text(&out.join("images")));
    let labels = format!("data.labels={}", text(&out.join("multilabels.csv")));
    let config = folder.path().join("data.toml");
    std::fs::write(&config, "[data]\nkind = \"multi_label_csv\"\nimages = \"x\"\nlabels = \"x\"\n").expect("written");
    let output = nadir(&[
        "probe",
        "--device",
        "cpu",
        "--config",
        text(&config),
        "--set",
        &images,
        "--set",
        &labels,
        "--set",
        "encoder.width=4",
        "--set",
        "probe.epochs=1",
        "--set",
        "probe.image_size=32",
        "--run",
        text(&run),
        "--json",
    ]);
    succeeds(&output);
}

#[test]
fn the_way_from_scenes_to_a_prediction_and_back_from_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let [whole, resumed] = ["whole", "resumed"].map(|name| folder.path().join(name));

    let output = nadir(&small("pretrain", text(&whole), &[]));
    succeeds(&output);
    let lines = std::fs::read_to_string(whole.join("metrics.jsonl")).expect("written");
    assert_eq!(lines.lines().count(), 6, "28 training scenes, 3 steps of 8 an epoch, 2 epochs");

    // The same run, killed as soon as it has a checkpoint, then resumed: the same weights to the bit.
    let mut child =
        program(&small("pretrain", text(&resumed), &["--set", "pretrain.checkpoint_every=1"])).spawn().expect("starts");
    let checkpoints = resumed.join("checkpoints");
    while child.try_wait().expect("runs").is_none() {
        let some = std::fs::read_dir(&checkpoints).is_ok_and(|mut files| {
            files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("step-")))
        });
        if some {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // SIGKILL: nothing is saved on the way out.
    let _ = child.kill();
    let _ = child.wait();
    // Another rhythm of saving is the same run.
    let resume = small("pretrain", text(&resumed), &["--set", "pretrain.checkpoint_every=2", "--resume"]);
    let output = nadir(&resume);
    succeeds(&output);
    let read = |run: &Path| std::fs::read(run.join("encoder.safetensors")).expect("written");
    assert!(read(&whole) == read(&resumed), "the resumed run's weights differ");
    let steps = std::fs::read_to_string(resumed.join("metrics.jsonl")).expect("written");
    assert_eq!(steps.lines().count(), 6, "each step once");

    // A run is never overwritten by accident, nor continued with another config.
    fails(&nadir(&small("pretrain", text(&whole), &[])), &["--resume", text(&whole)]);
    fails(&nadir(&small("pretrain", text(&whole), &["--resume", "--set", "seed=2"])), &["seed: 1 there, 2 here"]);

    let output = nadir(&["probe", "--run", text(&whole), "--device", "cpu", "--json"]);
    succeeds(&output);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["arms"].as_array().map(Vec::len), Some(2));

    reports(folder.path(), &whole);
    let bundle = folder.path().join("bundles/tiny");
    let output = nadir(&["export", "--run", text(&whole), "--out", text(&bundle)]);
    succeeds(&output);
    let output = nadir(&["predict", "--bundle", text(&bundle), "--scene", "3", "--device", "cpu", "--json"]);
    succeeds(&output);
    let predicted: serde_json::Value = serde_json::from_slice(&output.stdout).expect("scores");
    let scores = predicted["scores"].as_array().expect("a list");
    assert_eq!(scores.len(), nadir_scene::LABELS.len());
    assert!(scores.iter().all(|score| score["score"].as_f64().is_some_and(|score| (0.0..=1.0).contains(&score))));

    bad_bundles(&bundle);
    bad_images(folder.path(), &bundle);
    disk_full(&folder.path().join("full"));
}

/// The report of a run as text, JSON and a page, beside another, and each kind of report that cannot be shown.
fn reports(folder: &Path, run: &Path) {
    let page = folder.join("report.html");
    let output = nadir(&["report", text(run), "--html", text(&page)]);
    succeeds(&output);
    let shown = stdout(&output);
    for word in ["random weights, frozen", "SimCLR", "test mAP", "images", "SHA-256"] {
        assert!(shown.contains(word), "no {word:?} in {shown}");
    }
    let html = std::fs::read_to_string(&page).expect("written");
    assert!(html.contains("<svg") && html.contains("pretraining loss") && !html.contains("<script"));
    let file = run.join("report.json");
    let output = nadir(&["report", text(run), text(&file), "--json"]);
    let both: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(both.as_array().map(Vec::len), Some(2));

    let json = std::fs::read_to_string(&file).expect("there");
    let bad = folder.join("bad.json");
    let refused = |json: &str, words: &[&str]| {
        std::fs::write(&bad, json).expect("written");
        fails(&nadir(&["report", text(&bad)]), words);
    };
    refused(&json.replace("\"schema_version\":2", "\"schema_version\":99"), &["bad.json", "99", "2 is expected"]);
    refused(&json[..json.len() / 2], &["bad.json", "EOF"]);
    refused("no JSON", &["bad.json", "line 1"]);
    fails(&nadir(&["report", text(&folder.join("absent"))]), &["absent"]);
    fails(&nadir(&["report", text(folder)]), &["no report in", "report.json"]);
    fails(&nadir(&["report", text(run), "--html", text(&folder.join("absent/out.html"))]), &["out.html"]);
}

fn bad_bundles(bundle: &Path) {
    let predict = |words: &[&str]| {
        fails(&nadir(&["predict", "--bundle", text(bundle), "--scene", "3", "--device", "cpu"]), words)
    };
    let weights = bundle.join("weights.safetensors");
    let whole = std::fs::read(&weights).expect("there");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("written");
    predict(&["weights.safetensors", "bytes", "export it again"]);
    let mut changed = whole.clone();
    *changed.last_mut().expect("not empty") ^= 1;
    std::fs::write(&weights, &changed).expect("written");
    predict(&["SHA-256"]);
    std::fs::write(&weights, &whole).expect("written");
    let description = bundle.join("bundle.json");
    let json = std::fs::read_to_string(&description).expect("there");
    std::fs::write(&description, json.replace("\"schema_version\": 2", "\"schema_version\": 99")).expect("written");
    predict(&["format version 99", "export"]);
    std::fs::write(&description, &json[..json.len() / 2]).expect("written");
    predict(&["bundle.json"]);
    std::fs::write(&description, json).expect("written");
}

fn bad_images(folder: &Path, bundle: &Path) {
    let predict = |image: &Path, words: &[&str]| {
        fails(&nadir(&["predict", "--bundle", text(bundle), "--device", "cpu", text(image)]), words);
    };
    predict(&folder.join("absent.jpg"), &["absent.jpg"]);
    let empty = folder.join("empty.jpg");
    std::fs::write(&empty, []).expect("written");
    predict(&empty, &["empty.jpg", "0 bytes"]);
    let out_of_distribution = folder.join("other.png");
    std::fs::write(&out_of_distribution, b"this is a text").expect("written");
    predict(&out_of_distribution, &["other.png", "JPEG, PNG, WebP or BMP"]);
}

/// A disk that is full at a later checkpoint, played by a limit on a file's size: the earlier checkpoint stays whole.
fn disk_full(run: &Path) {
    if !cfg!(target_os = "linux") {
        skip("the full disk is played with bash's ulimit, which is known here only of Linux");
        return;
    }
    let output = nadir(&small("pretrain", text(run), &["--set", "pretrain.epochs=1"]));
    succeeds(&output);
    // The same config with one epoch only has nothing left to do; two epochs of a cosine are another run. So the newest
    // checkpoint is taken away and the run goes on from nothing, with no free space to write.
    let before: Vec<_> =
        std::fs::read_dir(run.join("checkpoints")).expect("there").flatten().map(|file| file.path()).collect();
    assert!(!before.is_empty());
    let kept = run.join("kept.safetensors");
    std::fs::rename(&before[0], &kept).expect("moved");
    let arguments = small("pretrain", text(run), &["--set", "pretrain.epochs=1", "--resume"]);
    let program = program(&[]);
    let line = format!(
        "trap '' XFSZ; ulimit -f 16; exec '{}' {}",
        program.get_program().to_string_lossy(),
        arguments.join(" ")
    );
    let output = Command::new("bash").args(["-c", &line]).output().expect("starts");
    let logged = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(logged.contains("cannot write") && logged.contains("step-"), "{logged}");
    let left: Vec<_> =
        std::fs::read_dir(run.join("checkpoints")).expect("there").flatten().map(|file| file.path()).collect();
    assert!(left.is_empty(), "a half-written checkpoint stayed: {left:?}");
    nadir::artifacts::checkpoint::Checkpoint::read(&kept).expect("the earlier checkpoint is whole");
}

#[test]
fn a_loss_that_is_not_finite_stops_the_run_and_leaves_good_checkpoints() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    // SGD with an absurd rate: the first step is fine, what comes after it is not.
    let wild = [
        "--set",
        "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=0.0}",
        "--set",
        "pretrain.learning_rate=1e30",
        "--set",
        "pretrain.warmup_epochs=0",
        "--set",
        "pretrain.checkpoint_every=1",
    ];
    let output = nadir(&small("pretrain", text(&run), &wild));
    let logged = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(logged.contains("not finite") || logged.contains("the loss of step"), "{logged}");
    for file in std::fs::read_dir(run.join("checkpoints")).expect("there").flatten() {
        let checkpoint = nadir::artifacts::checkpoint::Checkpoint::read(&file.path()).expect("a whole checkpoint");
        assert!(checkpoint.tensors.0.values().all(|tensor| tensor.values.iter().all(|value| value.is_finite())));
    }
    assert!(!run.join("encoder.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_the_run_goes_on_from_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let arguments = small("pretrain", text(&run), &["--set", "pretrain.epochs=2000"]);
    let mut child = program(&arguments).spawn().expect("starts");
    // Its first line of metrics shows that the loop runs.
    let metrics = run.join("metrics.jsonl");
    while std::fs::metadata(&metrics).map_or(0, |file| file.len()) == 0 {
        assert!(child.try_wait().expect("runs").is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
    assert!(sent.success());
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let steps = |run: &Path| std::fs::read_to_string(run.join("metrics.jsonl")).expect("there").lines().count();
    let done = steps(&run);
    let newest =
        nadir::artifacts::checkpoint::Checkpoint::newest(&run.join("checkpoints")).expect("readable").expect("saved");
    assert_eq!(newest.step, done, "the last step was saved");
}

#[test]
fn gradient_caching_and_sgd_train() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let output = nadir(&small(
        "pretrain",
        text(&run),
        &[
            "--set",
            "pretrain.chunk_size=4",
            "--set",
            "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=1e-4}",
            "--set",
            "pretrain.learning_rate=0.05",
            "--json",
        ],
    ));
    succeeds(&output);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(result["epoch_losses"].as_array().map(Vec::len), Some(2));
    fails(
        &nadir(&small("pretrain", text(&run), &["--set", "pretrain.chunk_size=3"])),
        &["pretrain.batch_size", "chunks of 3"],
    );
}

#[test]
fn bad_settings_and_paths_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    fails(&nadir(&small("pretrain", text(&run), &["--set", "pretrain.epoch=3"])), &["epoch"]);
    fails(&nadir(&small("pretrain", text(&run), &["--set", "pretrain.temperature=0"])), &["temperature"]);
    fails(&nadir(&small("pretrain", text(&run), &["--set", "pretrain.batch_size=800"])), &["batch_size"]);
    fails(&nadir(&small("pretrain", text(&run), &["--config", "absent.toml"])), &["absent.toml"]);
    fails(&nadir(&small("pretrain", "/dev/null/run", &[])), &["/dev/null/run"]);
    fails(&nadir(&["export", "--run", text(&run), "--out", text(&folder.path().join("b"))]), &["config.toml"]);
    fails(&nadir(&["predict", "--bundle", "absent", "--scene", "1", "--device", "cpu"]), &["absent"]);
    fails(&nadir(&["predict"]), &["--scene"]);
    fails(&nadir(&["serve", "--site", text(folder.path())]), &["index.html"]);
    fails(&nadir(&["predict", "--scene", "1", "--device", "cuda"]), &["--features cuda"]);
}

#[test]
fn a_mistyped_run_is_named_and_no_folder_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let typed_wrong = folder.path().join("typed_wrong");
    let run = text(&typed_wrong);
    let message = format!("{run} is no run folder");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("created");
    for arguments in [
        &["probe", "--device", "cpu", "--run", run][..],
        &["probe", "--device", "cpu", "--run", run, "--set", "probe.epochs=1"],
        &["pretrain", "--device", "cpu", "--resume", "--run", run],
        &["detect", "train", "--device", "cpu", "--resume", "--run", run],
        &["export", "--run", run, "--out", text(&folder.path().join("bundle"))],
        &["embed", "--device", "cpu", "--run", run, "--images", text(&empty), "--out", text(&folder.path().join("e"))],
        &["detect", "eval", "--device", "cpu", "--run", run],
        &["detect", "run", "--device", "cpu", "--run", run, text(&empty.join("a.png"))],
    ] {
        fails(&nadir(arguments), &[&message]);
    }
    fails(&nadir(&["report", run]), &["typed_wrong"]);
    let there: Vec<_> =
        std::fs::read_dir(folder.path()).expect("there").map(|entry| entry.expect("read").path()).collect();
    assert_eq!(there, std::slice::from_ref(&empty));
    assert_eq!(std::fs::read_dir(&empty).expect("there").count(), 0);
    // The first weights, where what to probe is named.
    let output = nadir(&small("probe", run, &[]));
    assert!(output.status.success() && stderr(&output).contains("only the first weights"), "{}", stderr(&output));
}

#[test]
fn bad_weight_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let weights = folder.path().join("weights.safetensors");
    let set = format!("weights={}", text(&weights));
    let probe = |words: &[&str]| fails(&nadir(&small("probe", text(&run), &["--set", &set])), words);
    probe(&["weights.safetensors"]);
    std::fs::write(&weights, []).expect("written");
    probe(&["weights.safetensors", "0 bytes"]);
    std::fs::write(&weights, b"not weights at all").expect("written");
    probe(&["weights.safetensors", ".safetensors"]);
    std::fs::write(&weights, b"PK\x03\x04 a zip that is cut off").expect("written");
    probe(&["weights.safetensors", "PyTorch"]);
    // Weights of a network of another width.
    let other = folder.path().join("other");
    let output = nadir(&small("pretrain", text(&other), &["--set", "encoder.width=8", "--set", "pretrain.epochs=1"]));
    succeeds(&output);
    std::fs::copy(other.join("encoder.safetensors"), &weights).expect("copied");
    probe(&["conv1.weight", "[8, 3, 7, 7]", "[4, 3, 7, 7]"]);
    // The same, cut off.
    let whole = std::fs::read(&weights).expect("there");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("written");
    probe(&["weights.safetensors", "cut off"]);
}

#[test]
fn bad_label_tables_and_images_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    let output = nadir(&["scenes", "--count", "12", "--size", "32", "--out", text(folder.path())]);
    succeeds(&output);
    let labels = folder.path().join("multilabels.csv");
    let good = std::fs::read_to_string(&labels).expect("there");
    let run = folder.path().join("run");
    let config = folder.path().join("data.toml");
    let toml =
        format!("[data]\nkind = \"multi_label_csv\"\nimages = {:?}\nlabels = {:?}\n", text(&images), text(&labels));
    std::fs::write(&config, &toml).expect("written");
    let mut arguments = vec!["probe", "--device", "cpu", "--run", text(&run), "--config", text(&config)];
    arguments.extend(["--set", "encoder.width=4", "--set", "probe.epochs=1", "--set", "probe.image_size=32"]);

    let mut lines: Vec<String> = good.lines().map(String::from).collect();
    let row = lines[3].clone();
    lines[3] = row.replacen(",0", ",2", 1);
    std::fs::write(&labels, lines.join("\n")).expect("written");
    fails(&nadir(&arguments), &["multilabels.csv", "line 4", "expected 0 or 1", "\"2\""]);
    lines[3] = row.rsplit_once(',').expect("columns").0.to_owned();
    std::fs::write(&labels, lines.join("\n")).expect("written");
    fails(&nadir(&arguments), &["multilabels.csv", "line: 4"]);
    std::fs::write(&labels, "image\nscene-0.png\n").expect("written");
    fails(&nadir(&arguments), &["multilabels.csv", "one column a label"]);

    std::fs::write(&labels, good.replace("scene-3.png", "scene-absent.png")).expect("written");
    fails(&nadir(&arguments), &["scene-absent.png", "max_bad_images"]);
    std::fs::write(&labels, &good).expect("written");
    let image = images.join("scene-5.png");
    let whole = std::fs::read(&image).expect("there");
    std::fs::write(&image, &whole[..whole.len() / 2]).expect("written");
    fails(&nadir(&arguments), &["scene-5.png", "max_bad_images"]);
    // Within the limit it is skipped, and that is logged.
    let mut tolerant = arguments.clone();
    tolerant.extend(["--set", "data.max_bad_images=0.2"]);
    let output = nadir(&tolerant);
    assert!(output.status.success() && stderr(&output).contains("skipped"), "{}", stderr(&output));
    std::fs::write(&image, &whole).expect("written");
    // The same image in two splits.
    let splits = folder.path().join("splits");
    std::fs::create_dir(&splits).expect("created");
    let header = good.lines().next().expect("a header");
    let rows: Vec<&str> = good.lines().skip(1).collect();
    for (name, rows) in [("train", &rows[..6]), ("val", &rows[5..8]), ("test", &rows[8..])] {
        std::fs::write(splits.join(format!("{name}.csv")), format!("{header}\n{}\n", rows.join("\n")))
            .expect("written");
    }
    let set = format!("data.split={{kind=\"files\",folder={:?}}}", text(&splits));
    let mut doubled = arguments.clone();
    doubled.extend(["--set", &set]);
    fails(&nadir(&doubled), &["scene-5.png", "train", "val"]);
}
