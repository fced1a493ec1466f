//! What a user meets who mistypes, names several files or folders, or goes on with a run: messages that say what to do,
//! and nothing done that was not asked for.

use crate::program::small;
use nadir_tests::command::{
    contains_all, fails, fails_with, json_of, nadir, printed, program, stderr, stdout, succeeds, text,
};
use nadir_tests::objects::{export, write_runs};
use nadir_tests::skip::skip;
use std::path::{Path, PathBuf};

/// The bundle that comes with the project.
fn committed_bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/scenes")
}

/// Three images, a broken one, a notebook's copy and a link back to the folder.
fn mixed_folder(folder: &Path) -> PathBuf {
    let images = folder.join("mixed");
    std::fs::create_dir_all(images.join("below")).expect("created");
    std::fs::create_dir_all(images.join(".ipynb_checkpoints")).expect("created");
    for (seed, name) in [(1, "a.png"), (2, "below/b.PNG"), (3, "c.jpg"), (1, ".ipynb_checkpoints/a-checkpoint.png")] {
        let scene = nadir_scene::generate(seed, 64, 64).image;
        let image = image::RgbImage::from_raw(64, 64, scene.pixels).expect("of this size");
        image.save(images.join(name)).expect("written");
    }
    let whole = std::fs::read(images.join("c.jpg")).expect("there");
    std::fs::write(images.join("broken.jpg"), &whole[..whole.len() / 2]).expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", images.join("loop")).expect("linked");
    images
}

#[test]
fn predict_scores_what_can_be_read_and_then_names_what_cannot() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = mixed_folder(folder.path());
    let bundle = committed_bundle();
    let predict = ["predict", "--device", "cpu", "--bundle", text(&bundle)];
    let (whole, broken, absent) = (images.join("a.png"), images.join("broken.jpg"), images.join("absent.png"));
    let of_three = [&predict[..], &[text(&whole), text(&broken), text(&absent)]].concat();
    let output = nadir(&of_three);
    fails(&output, &["2 of 3 images", "broken.jpg", "absent.png"]);
    assert!(stdout(&output).contains("a.png") && stdout(&output).contains('%'), "{}", stdout(&output));
    assert!(!stdout(&output).contains("broken"), "{}", stdout(&output));
    let output = nadir(&[&of_three[..], &["--json"]].concat());
    fails(&output, &["2 of 3 images"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
    // One file that cannot be read is that error and nothing else.
    let output = nadir(&[&predict[..], &[text(&broken)]].concat());
    fails(&output, &["broken.jpg"]);
    assert!(output.stdout.is_empty() && !stderr(&output).contains("of 1"), "{}", printed(&output));
}

#[test]
fn predict_takes_folders_and_writes_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = mixed_folder(folder.path());
    std::fs::remove_file(images.join("broken.jpg")).expect("removed");
    let bundle = committed_bundle();
    let predict = |more: &[&str]| {
        let predict = ["predict", "--device", "cpu", "--bundle", text(&bundle), text(&images)];
        nadir(&[&predict[..], more].concat())
    };
    let list = json_of(&predict(&["--json"]));
    let names: Vec<&str> =
        list.as_array().expect("a list").iter().map(|one| one["image"].as_str().expect("a name")).collect();
    assert_eq!(names.len(), 3, "neither the hidden copy nor the link's circle: {names:?}");

    let table = folder.path().join("scores.csv");
    contains_all(&succeeds(&predict(&["--out", text(&table)])), &["3 images", "scores.csv"]);
    let written = std::fs::read_to_string(&table).expect("written");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("image,") && lines[1].starts_with("a.png,") && lines[2].starts_with("below/b.PNG,"));
    // The same numbers, in the same order.
    for (line, one) in lines[1..].iter().zip(list.as_array().expect("a list")) {
        let scores: Vec<f32> = line.split(',').skip(1).map(|score| score.parse().expect("a number")).collect();
        let expected: Vec<f32> = one["scores"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|score| score["score"].as_f64().expect("a number") as f32)
            .collect();
        assert_eq!(scores, expected);
    }
    // It is what `nadir score` reads.
    let truth = folder.path().join("truth.csv");
    let rows = lines[1..].iter().enumerate().map(|(at, line)| {
        let (name, scores) = line.split_once(',').expect("scores");
        let labels: Vec<&str> = scores.split(',').map(|_| if at == 0 { "1" } else { "0" }).collect();
        format!("{name},{}\n", labels.join(","))
    });
    std::fs::write(&truth, format!("{}\n{}", lines[0], rows.collect::<String>())).expect("written");
    succeeds(&nadir(&["score", "multi-label", "--ground-truth", text(&truth), "--detections", text(&table)]));

    let lines = folder.path().join("scores.jsonl");
    succeeds(&predict(&["--out", text(&lines)]));
    let written = std::fs::read_to_string(&lines).expect("written");
    let names: Vec<String> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["image"].to_string())
        .collect();
    assert_eq!(names, ["\"a.png\"", "\"below/b.PNG\"", "\"c.jpg\""]);
    fails(&predict(&["--out", "scores.xlsx"]), &["scores.xlsx", ".csv, .json or .jsonl"]);
    fails(&predict(&["--out", text(&folder.path().join("nowhere/scores.csv"))]), &["there is no folder", "nowhere"]);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("created");
    fails(&nadir(&["predict", "--bundle", text(&bundle), text(&empty)]), &["empty", ".jpg"]);
}

#[test]
fn many_images_have_a_line_each() {
    let bundle = committed_bundle();
    let mut arguments = vec!["predict", "--device", "cpu", "--bundle", text(&bundle), "--scene-size", "64"];
    let seeds: Vec<String> = (0..11).map(|seed| seed.to_string()).collect();
    seeds.iter().for_each(|seed| arguments.extend(["--scene", seed.as_str()]));
    let output = nadir(&arguments);
    succeeds(&output);
    let printed = stdout(&output);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 12, "{printed}");
    assert!(lines[0].starts_with("scene-0: ") && lines[0].contains('%') && lines[10].starts_with("scene-10: "));
}

#[test]
fn a_new_kind_drops_the_keys_of_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = text(folder.path()).to_owned() + "/run";
    let train = |sets: &[&str]| {
        let mut arguments = vec!["detect", "train", "--device", "cpu", "--run", &run];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        nadir(&arguments)
    };
    // The default kind's `count`, `size` and `first_seed` are nothing that a VOC set could have. In either order.
    for sets in [
        ["data.objects.kind=voc", "data.objects.root=no_such_voc"],
        ["data.objects.root=no_such_voc", "data.objects.kind=voc"],
    ] {
        let output = train(&sets);
        fails(&output, &["no_such_voc"]);
        assert!(!stderr(&output).contains("unknown field"), "{}", stderr(&output));
    }
    fails(&train(&["data.objects.kind=voc"]), &["data.objects.kind = \"voc\" needs root", "root is missing"]);
    fails(
        &train(&["data.objects.kind=coco", "data.objects.images=images"]),
        &["data.objects.kind = \"coco\" needs images, train and test", "train and test are missing"],
    );
    // A key of the old kind that the user wrote is still an error.
    fails(&train(&["data.objects.kind=voc", "data.objects.root=a", "data.objects.count=3"]), &["count"]);
    fails(&train(&["data.objects.kind=yolo_v99"]), &["yolo_v99"]);

    let pretrain = |sets: &[&str]| {
        let mut arguments = vec!["pretrain", "--device", "cpu", "--run", &run];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        nadir(&arguments)
    };
    fails(
        &pretrain(&["data.kind=multi_label_csv", "data.images=here"]),
        &["data.kind = \"multi_label_csv\" needs images and labels", "labels is missing", "--set data.labels="],
    );
    fails(
        &pretrain(&["pretrain.optimizer.kind=sgd"]),
        &["pretrain.optimizer.kind = \"sgd\" needs momentum and weight_decay"],
    );
    fails(
        &pretrain(&["data.kind=crops", "data.objects.kind=voc"]),
        &["data.objects.kind = \"voc\" needs root", "root is missing"],
    );
    // In a file, too, and with the file's name.
    let config = folder.path().join("a.toml");
    std::fs::write(&config, "[data]\nkind = \"multi_label_csv\"\nlabels = \"x\"\n").expect("written");
    fails(
        &nadir(&["pretrain", "--config", text(&config), "--run", &run]),
        &["a.toml", "needs images and labels", "images is missing"],
    );
    assert!(!Path::new(&run).join("config.toml").exists());
}

#[test]
fn resume_names_the_settings_that_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    succeeds(&nadir(&small("pretrain", text(&run), &[])));
    let again =
        |more: &[&str]| nadir(&[&["pretrain", "--device", "cpu", "--run", text(&run), "--resume"][..], more].concat());
    let output =
        again(&["--set", "pretrain.temperature=0.5", "--set", "data.split.train=0.6", "--set", "data.split.test=0.2"]);
    fails(&output, &["pretrain.temperature: 0.2 there, 0.5 here", "data.split.train: 0.7 there, 0.6 here"]);
    assert!(!stderr(&output).contains("pretrain.epochs"), "only what differs: {}", stderr(&output));
    fails(
        &again(&["--set", "pretrain.epochs=4"]),
        &["pretrain.epochs: 2 there, 4 here", "cosine", "pretrain.schedule"],
    );
    // How often it is saved is no other training.
    succeeds(&again(&["--set", "pretrain.checkpoint_every=7"]));
}

#[test]
fn a_run_of_constant_rate_is_prolonged_to_the_weights_of_a_longer_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (long, short) = (folder.path().join("long"), folder.path().join("short"));
    let constant = ["--set", "pretrain.schedule=constant"];
    succeeds(&nadir(&small("pretrain", text(&long), &[&constant[..], &["--set", "pretrain.epochs=4"]].concat())));
    succeeds(&nadir(&small("pretrain", text(&short), &constant)));
    let resume = ["pretrain", "--device", "cpu", "--run", text(&short), "--resume"];
    succeeds(&nadir(&[&resume[..], &["--set", "pretrain.epochs=4"]].concat()));
    let read = |run: &Path| std::fs::read(run.join("encoder.safetensors")).expect("written");
    assert!(read(&long) == read(&short), "the prolonged run's weights differ");
    let steps = std::fs::read_to_string(short.join("metrics.jsonl")).expect("written");
    assert_eq!(steps.lines().count(), 12, "3 steps an epoch, each once");
    // Done steps cannot be taken back.
    fails(&nadir(&[&resume[..], &["--set", "pretrain.epochs=3"]].concat()), &["12 steps already", "for 9"]);
}

#[test]
fn a_failure_before_the_first_checkpoint_advises_no_resuming() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let wild = [
        "--set",
        "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=0.0}",
        "--set",
        "pretrain.learning_rate=1e30",
        "--set",
        "pretrain.warmup_epochs=0",
    ];
    let output = nadir(&small("pretrain", text(&run), &wild));
    fails(&output, &["has no checkpoint yet"]);
    assert!(!stderr(&output).contains("--resume"), "{}", stderr(&output));
}

#[test]
fn a_mistyped_study_folder_is_named_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("typed_wrong");
    for study in ["ablation", "ranking"] {
        let study = ["study", study, "--device", "cpu", "--run", text(&run)];
        fails(&nadir(&study), &["typed_wrong is no run folder", "--config"]);
        fails(&nadir(&[&study[..], &["--set", "study.seeds=1"]].concat()), &["typed_wrong is no run folder"]);
    }
    assert!(!run.exists());
}

#[test]
fn fetch_without_a_name_lists() {
    let (without, listed) = (nadir(&["fetch"]), nadir(&["fetch", "--list"]));
    succeeds(&without);
    assert!(stdout(&without).contains("mlrsnet") && without.stdout == listed.stdout);
}

#[test]
fn one_overlay_is_written_as_its_name_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let detector = write_runs(folder.path()).expect("written").detector;
    let images = mixed_folder(folder.path());
    let run = |out: &Path, images: &[&Path]| {
        let mut command = program(&["detect", "run", "--device", "cpu", "--run", text(&detector), "--out", text(out)]);
        command.args(images).output().expect("starts")
    };
    let overlay = folder.path().join("overlay.jpg");
    succeeds(&run(&overlay, &[&images.join("a.png")]));
    let bytes = std::fs::read(&overlay).expect("a file and no folder");
    assert!(bytes.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG");
    let decoded = nadir::data::decode::read_image(&overlay).expect("whole");
    assert_eq!((decoded.width, decoded.height), (64, 64));
    fails(&run(&overlay, &[&images.join("a.png"), &images.join("c.jpg")]), &["one JPEG file", "name a folder"]);
    fails(&run(&folder.path().join("overlay.tif"), &[&images.join("a.png")]), &["overlay.tif", ".png or .jpg"]);
}

#[test]
fn help_of_detect_eval_names_the_file_that_is_written() {
    let help = stdout(&nadir(&["detect", "eval", "--help"]));
    let words: Vec<&str> = help.split_whitespace().collect();
    contains_all(&words.join(" "), &["of found.json it is found.ground_truth.json"]);
}

/// Mesa's layer that sorts GPUs printed two errors on a machine without a desktop, where nothing had failed.
#[test]
fn nothing_is_printed_where_there_is_no_desktop() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = export(folder.path()).expect("exported");
    let mut command = program(&["predict", "--quiet", "--scene", "1", "--scene-size", "64", "--bundle", text(&bundle)]);
    let output = command.env_remove("XDG_RUNTIME_DIR").output().expect("starts");
    succeeds(&output);
    assert_eq!(stderr(&output), "");
}

/// `nohup nadir pretrain &`, and the terminal is closed.
#[cfg(unix)]
#[test]
fn a_training_under_nohup_outlives_its_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let arguments = small("pretrain", text(&run), &["--set", "pretrain.epochs=40"]);
    let nadir = program(&[]).get_program().to_owned();
    let mut command = std::process::Command::new("sh");
    // What nohup does: an ignored signal stays ignored in the program that is started.
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(nadir).args(&arguments);
    let Ok(mut child) = command.spawn() else {
        skip("there is no sh");
        return;
    };
    let metrics = run.join("metrics.jsonl");
    while std::fs::metadata(&metrics).map_or(0, |file| file.len()) == 0 {
        assert!(child.try_wait().expect("runs").is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let hang_up = || std::process::Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    // Twice: the second time would end the program at once.
    assert!(hang_up().expect("sent").success() && hang_up().expect("sent").success());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    let steps = std::fs::read_to_string(&metrics).expect("written");
    assert_eq!(steps.lines().count(), 120, "3 steps an epoch");
}

#[test]
fn counts_of_nothing_are_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("scenes");
    fails(&nadir(&["scenes", "--count", "0", "--out", text(&out)]), &["--count"]);
    assert!(!out.exists());
    let output = nadir(&small("probe", text(&out), &["--seeds", "0"]));
    fails(&output, &["--seeds"]);
    assert!(!stderr(&output).contains("generating") && !out.exists(), "{}", stderr(&output));
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = succeeds(&nadir(&["completions", "bash"]));
    contains_all(&script, &["pretrain", "onnx", "completions", "--bundle"]);
    succeeds(&nadir(&["completions", "--man", text(folder.path())]));
    let page = std::fs::read_to_string(folder.path().join("nadir-pretrain.1")).expect("a manual page of each command");
    contains_all(&page, &["pretrain", "SimCLR"]);
    fails_with(2, &nadir(&["completions", "cmd.exe"]), &["cmd.exe", "bash"]);
}
