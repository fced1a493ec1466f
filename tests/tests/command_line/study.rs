//! `nadir study ablation` as a user meets it, on a handful of generated scenes.

use nadir_core::report::Report;
use nadir_tests::command::{fails, program, report_of, stderr, stdout, succeeds};
use nadir_tests::killed::kill_once_there_are;
use std::path::Path;
use std::process::Command;

const CONFIG: &str = r#"
[data]
kind = "scenes"
count = 60
size = 32
first_seed = 0

[encoder]
encoder = "resnet18"
width = 4

[augment]
size = 32
crop_scale = [0.25, 1.0]

[pretrain]
epochs = 2
batch_size = 8
chunk_size = 4
chunks_at_once = 2

[probe]
epochs = 3
image_size = 32

[study]
seeds = 1
probe_seeds = 2
label_shares = [0.1]
resamples = 50
neighbours = 5
map_images = 12
maps = ["pca"]
arms = [
  { objective = { kind = "nt_xent" } },
  { objective = { kind = "mul_sup_con" }, temperature = 0.1 },
  { objective = { kind = "supervised" }, learning_rate = 1e-3 },
]
"#;

fn study(config: &Path, run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["study", "ablation", "--device", "cpu", "--config"]);
    command.arg(config).arg("--run").arg(run).args(more);
    command
}

#[test]
fn an_ablation_measures_every_arm_and_goes_on_after_a_kill_to_the_same_figures() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("study.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let whole = report_of(&study(&config, &folder.path().join("whole"), &["--json"]).output().expect("starts"));
    let names: Vec<&str> = whole.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "random weights, frozen",
            "random weights, frozen (faithful)",
            "SimCLR",
            "SimCLR (faithful)",
            "MulSupCon",
            "supervised",
        ]
    );
    for arm in &whole.arms {
        let map = &arm.scalars["test mAP"];
        assert_eq!(map.values.len(), 2, "{}: one value a probe seed", arm.name);
        let [low, high] = map.interval.expect("resampled");
        assert!(0.0 <= low && low <= high && high <= 1.0, "{}: {low} to {high}", arm.name);
        assert_eq!(arm.curves["probe validation mAP"].points.len(), 3, "{}", arm.name);
        if !arm.name.ends_with("(faithful)") {
            assert_eq!(arm.maps["PCA"].len(), whole.map_images.len(), "{}", arm.name);
            for figure in ["retrieval mAP@R", "kNN test mAP", "test ECE", "uniformity", "test mAP, 10 % of the labels"]
            {
                assert!(arm.scalars.contains_key(figure), "{}: no {figure} in {:?}", arm.name, arm.scalars.keys());
            }
        }
    }
    assert!(whole.comparisons.iter().any(|found| found.arm == "MulSupCon" && found.against == "SimCLR"));
    // The two protocols differ where there is BatchNorm.
    assert_ne!(whole.arms[2].scalars["test mAP"].values, whole.arms[3].scalars["test mAP"].values);

    // Killed as soon as the first trained arm has a checkpoint, then started again.
    let run = folder.path().join("killed");
    kill_once_there_are(1, &run.join("simclr/seed-1/checkpoints"), &mut study(&config, &run, &[]));
    let output = study(&config, &run, &["--json"]).output().expect("starts");
    assert!(stderr(&output).contains("already done"), "the frozen arm is taken up");
    let resumed = report_of(&output);
    assert_eq!(resumed.arms, whole.arms);
    assert_eq!(resumed.comparisons, whole.comparisons);
}

#[test]
fn an_arm_trains_on_a_folder_of_images_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("photographs");
    std::fs::create_dir(&images).expect("made");
    for seed in 0..24 {
        let image = nadir_scene::generate(1000 + seed, 48, 40).image;
        let path = images.join(format!("{seed}.png"));
        image::save_buffer(path, &image.pixels, 48, 40, image::ColorType::Rgb8).expect("written");
    }
    let write = |objective: &str| {
        let arm = format!(
            "arms = [\n  {{ objective = {{ kind = \"{objective}\" }}, name = \"elsewhere\", images = {:?} }},\n]\n",
            images.to_str().expect("UTF-8")
        );
        let config = folder.path().join("study.toml");
        let (settings, _) = CONFIG.split_once("arms = [").expect("has arms");
        std::fs::write(&config, format!("{settings}faithful = false\n{arm}")).expect("written");
        config
    };
    let run = folder.path().join("run");
    let report = report_of(&study(&write("nt_xent"), &run, &["--json"]).output().expect("starts"));
    let names: Vec<&str> = report.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(names, ["random weights, frozen", "elsewhere"]);
    assert!(report.arms[1].about.contains("SimCLR on ") && report.arms[1].about.contains("photographs"));
    // 22 of 24 images in batches of 8 for 2 epochs, and not the study's 42 scenes.
    let metrics = std::fs::read_to_string(run.join("elsewhere/seed-1/metrics.jsonl")).expect("written");
    assert_eq!(metrics.lines().filter(|line| line.contains("\"loss\"")).count(), 4);
    assert_ne!(report.arms[0].scalars["test mAP"].values, report.arms[1].scalars["test mAP"].values);

    // A folder that is not there is named before anything is measured.
    std::fs::rename(&images, folder.path().join("elsewhere")).expect("renamed");
    let early = folder.path().join("early");
    fails(&study(&write("nt_xent"), &early, &[]).output().expect("starts"), &["photographs"]);
    assert!(!early.join("random-weights-frozen").exists());

    let output = study(&write("supervised"), &folder.path().join("other"), &[]).output().expect("starts");
    fails(&output, &["\"elsewhere\"", "without labels"]);
}

#[test]
fn a_queue_of_keys_trains_and_resumes_to_the_same_weights() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("queue.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let pretrain = |run: &Path, more: &[&str]| {
        let mut command = program(&["pretrain", "--device", "cpu", "--config"]);
        command.arg(&config).arg("--run").arg(run);
        command.args(["--set", "pretrain.queue={length=24,momentum=0.9}", "--set", "pretrain.epochs=6"]);
        command.args(["--set", "pretrain.checkpoint_every=1"]).args(more);
        command
    };
    let whole = folder.path().join("whole");
    let output =
        pretrain(&whole, &["--set", "pretrain.optimizer={kind=\"lars\",momentum=0.9,weight_decay=1e-6,trust=0.001}"])
            .output()
            .expect("starts");
    succeeds(&output);

    let (straight, stopped) = (folder.path().join("straight"), folder.path().join("stopped"));
    assert!(pretrain(&straight, &[]).output().expect("starts").status.success());
    kill_once_there_are(2, &stopped.join("checkpoints"), &mut pretrain(&stopped, &[]));
    assert!(pretrain(&stopped, &["--resume"]).output().expect("starts").status.success());
    let bytes = |run: &Path| std::fs::read(run.join("encoder.safetensors")).expect("written");
    assert!(bytes(&straight) == bytes(&stopped), "queue and copy are part of the checkpoint");
}

#[test]
fn a_dry_run_says_what_is_missing_and_how_long_it_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("study.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let output = study(&config, &folder.path().join("run"), &["--dry-run"]).output().expect("starts");
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    for word in ["42 training", "12 validation", "6 test", "million parameters", "free at", "of training"] {
        assert!(text.contains(word), "{word:?} is not in {text}");
    }
    assert!(!folder.path().join("run").exists(), "nothing was written");

    let missing = CONFIG.replace("[data]", "weights = \"nowhere.pth\"\n[data]");
    std::fs::write(&config, missing).expect("written");
    let output = study(&config, &folder.path().join("run"), &["--dry-run"]).output().expect("starts");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("missing") && text.contains("nowhere.pth"), "{text}");
}

#[test]
fn weights_of_another_architecture_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("study.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let run = folder.path().join("run");
    let pretrain = program(&["pretrain", "--device", "cpu", "--config"])
        .arg(&config)
        .arg("--run")
        .arg(&run)
        .output()
        .expect("starts");
    succeeds(&pretrain);
    let weights = format!("weights={}", run.join("encoder.safetensors").display());
    let other = study(&config, &folder.path().join("other"), &["--set", &weights, "--set", "encoder.width=8"])
        .output()
        .expect("starts");
    let text = stderr(&other);
    assert_eq!(other.status.code(), Some(1), "{text}");
    assert!(text.contains("encoder.safetensors") && text.contains("conv1.weight"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn committed_reports_read_with_this_schema_and_name_no_folder_of_a_machine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/reports");
    let mut reports = 0;
    for file in std::fs::read_dir(&folder).expect("static/reports").map(|file| file.expect("an entry").path()) {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let report: Report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(report.schema_version, nadir_core::report::SCHEMA_VERSION, "{}", file.display());
        // An audit compares no arms.
        assert!(!report.arms.is_empty() || report.audit.is_some(), "{}", file.display());
        for place in ["/root/", "/home/", "/tmp/", "/work/"] {
            assert!(!text.contains(place), "{} names {place}", file.display());
        }
        reports += 1;
    }
    assert!(reports > 0, "no report in {}", folder.display());
}
