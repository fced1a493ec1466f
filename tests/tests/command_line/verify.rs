//! `nadir verify` as a user meets it: a report's figures computed again, and what it says where they are others, or where
//! there is nothing to compute them from.

use nadir_core::report::Report;
use nadir_tests::command::{contains_all, fails, fails_with, json_of, nadir, program, report_of, succeeds, text};
use nadir_tests::skip::real_data;
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROBE: &str = r#"
[data]
kind = "scenes"
count = 80
size = 48
first_seed = 0

[encoder]
encoder = "resnet18"
width = 4

[augment]
size = 32

[pretrain]
epochs = 1
batch_size = 8

[probe]
epochs = 4
image_size = 48
resolutions = [0.7]
turns = true
measured_resolutions = [0.5]
measured_turns = true
"#;

const ABLATION: &str = r#"
[study]
seeds = 1
probe_seeds = 2
resamples = 50
neighbours = 5
map_images = 12
maps = ["pca"]
arms = [{ objective = { kind = "nt_xent" } }]
"#;

const RANKING: &str = r#"
[data]
kind = "crops"
size = 32
objects = { kind = "scenes", count = 60, size = 128, first_seed = 0 }

[ranking]
file = "scenes"

[encoder]
encoder = "resnet18"
width = 4
stem = "compact"

[augment]
size = 32
crop_scale = [0.9, 1.0]
blur = 0.0

[pretrain]
epochs = 1
batch_size = 16

[probe]
epochs = 2
image_size = 32

[study]
seeds = 1
resamples = 50
neighbours = 5
held_out = [["ships", "tanks"]]
arms = [{ objective = { kind = "softmax" } }, { objective = { kind = "ranked", ranks = 3 } }]
"#;

const DETECTOR: &str = r#"
[data.objects]
kind = "scenes"
count = 16
size = 96
first_seed = 0

[detector]
architecture = { encoder = "resnet18", width = 8 }
channels = 16
hidden = 32
anchor_sizes = [8, 16, 32, 64, 96]

[resize]
min_size = 96
max_size = 96

[train]
batch_size = 2
epochs = 1
proposals_per_image = 32
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn verify(report: &Path, more: &[&str]) -> std::process::Output {
    nadir(&[&["verify", text(report), "--device", "cpu"], more].concat())
}

fn written(folder: &Path, name: &str, config: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, config).expect("written");
    path
}

/// Writes the report in `run` changed into a file beside the run.
fn changed(run: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let json = std::fs::read(run.join("report.json")).expect("a report");
    let mut report = serde_json::from_slice(&json).expect("JSON");
    change(&mut report);
    let file = run.with_extension("changed.json");
    std::fs::write(&file, report.to_string()).expect("written");
    file
}

/// The committed reports by their paths.
fn committed() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("static/reports")).expect("reports");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn the_figures_of_all_committed_reports_follow_from_each_other() {
    let reports = committed();
    assert!(reports.len() >= 10, "{reports:?}");
    for path in reports {
        let report = Report::from_json(&std::fs::read_to_string(&path).expect("read")).expect("a report");
        let found = report.consistency();
        assert!(found.faults.is_empty(), "{}: {:?}", path.display(), found.faults);
        assert!(found.remarks.is_empty(), "{}: {:?}", path.display(), found.remarks);
        assert!(report.audit.is_some() || found.checked >= 8, "{}: {} figures", path.display(), found.checked);
    }
    let printed = succeeds(&verify(&root().join("static/reports/ucm_resnet.json"), &["--consistency"]));
    contains_all(&printed, &["ablation of 2026-11-21T15:46:21Z", "consistency: ", "figures that others"]);
    assert!(!printed.contains("computed again"), "{printed}");
}

#[test]
fn a_probe_is_trained_again_to_the_same_figures_and_what_was_changed_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let config = written(folder.path(), "probe.toml", PROBE);
    succeeds(&nadir(&["pretrain", "--device", "cpu", "--config", text(&config), "--run", text(&run)]));
    report_of(&nadir(&["probe", "--device", "cpu", "--run", text(&run), "--seeds", "2", "--json"]));
    let before = std::fs::read(run.join("report.json")).expect("a report");

    let printed = succeeds(&verify(&run, &[]));
    contains_all(
        &printed,
        &["random weights, frozen: encoded and probed again with 2 seed(s)", "encoder.safetensors, as it was kept"],
    );
    contains_all(&printed, &["each to its last digit"]);
    assert!(!printed.contains("not computed"), "{printed}");
    assert_eq!(before, std::fs::read(run.join("report.json")).expect("still there"), "the run is left as it was");
    let json = json_of(&verify(&run, &["--json"]));
    assert!(json["computed"]["numbers"].as_u64().expect("a number") > 60, "{json}");
    assert_eq!(json["computed"]["differences"], serde_json::json!([]));

    // One digit: the mean no longer follows from its values, and is another than what is computed.
    let file = changed(&run, |report| {
        let mean = &mut report["arms"][1]["scalars"]["test F1 macro"]["mean"];
        *mean = serde_json::json!(mean.as_f64().expect("a number") + 1e-6);
    });
    fails(&verify(&file, &["--consistency"]), &["1 figures do not follow"]);
    let output = verify(&file, &["--run", text(&run)]);
    fails(&output, &["1 figures differ from the report's, 1 contradict others"]);
    contains_all(
        &String::from_utf8_lossy(&output.stdout),
        &["SimCLR: test F1 macro: mean", "its values' mean", "-1.000e-6"],
    );
    // All of a figure's fields: only what is computed can tell.
    let file = changed(&run, |report| {
        report["arms"][0]["curves"]["probe training loss"]["points"][0][1] = serde_json::json!(0.25);
    });
    succeeds(&verify(&file, &["--consistency"]));
    fails(&verify(&file, &["--run", text(&run)]), &["1 figures differ"]);
    succeeds(&verify(&file, &["--run", text(&run), "--tolerance", "10"]));

    // Other images say nothing of the report's; nor does a run that lacks the encoder.
    fails_with(2, &verify(&run, &["--set", "data.count=79"]), &["cannot be verified here", "SHA-256"]);
    fails_with(2, &verify(&run, &["--run", text(&folder.path().join("none"))]), &["there is no run folder"]);
    std::fs::rename(run.join("encoder.safetensors"), run.join("gone")).expect("renamed");
    fails_with(2, &verify(&run, &[]), &["cannot be verified here", "encoder.safetensors"]);
    std::fs::rename(run.join("gone"), run.join("encoder.safetensors")).expect("renamed");
}

#[test]
fn a_bundle_gives_the_figures_of_the_probe_that_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, bundle) = (folder.path().join("run"), folder.path().join("small"));
    let config = written(folder.path(), "probe.toml", PROBE);
    report_of(&nadir(&["probe", "--device", "cpu", "--config", text(&config), "--run", text(&run), "--json"]));
    succeeds(&nadir(&["export", "--run", text(&run), "--gallery", "30", "--out", text(&bundle)]));
    // So few images that one pair in another order moves a figure far.
    let printed = succeeds(&verify(&run, &["--bundle", text(&bundle), "--tolerance", "0.05"]));
    contains_all(&printed, &["in the page's own code", "not computed", "frozen: curves", "up to 0.05"]);
    let printed = succeeds(&verify(&bundle, &["--config", text(&config), "--tolerance", "0.05"]));
    contains_all(&printed, &["the bundle small", "the gallery's figures", "in the page's own code"]);
    fails_with(
        2,
        &verify(&bundle, &["--config", text(&config), "--set", "data.first_seed=500"]),
        &["training images are not the bundle's"],
    );
    let file = changed(&run, |report| report["arms"][0]["scalars"]["test mAP"]["values"][0] = serde_json::json!(0.9));
    fails_with(2, &verify(&file, &["--bundle", text(&bundle)]), &["is not of this report", "no arm has that"]);
}

#[test]
fn the_studies_are_measured_again_from_what_their_runs_keep() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = |kind: &str, config: &Path, run: &Path| {
        report_of(&nadir(&["study", kind, "--device", "cpu", "--config", text(config), "--run", text(run), "--json"]));
    };
    let run = folder.path().join("ablation");
    study("ablation", &written(folder.path(), "ablation.toml", &format!("{PROBE}{ABLATION}")), &run);
    let printed = succeeds(&verify(&run, &[]));
    contains_all(&printed, &["encoded, probed and measured again", "each to its last digit"]);
    // An arm's kept result is not what is compared: the encoder is.
    let other = run.join("random-weights-frozen");
    std::fs::remove_dir_all(&other).expect("removed");
    succeeds(&verify(&run, &[]));
    std::fs::remove_file(run.join("simclr/seed-1/encoder.safetensors")).expect("removed");
    fails_with(2, &verify(&run, &[]), &["cannot be verified here", "in the arm \"SimCLR\""]);
    assert!(!other.exists(), "nothing is written");

    let run = folder.path().join("ranking");
    study("ranking", &written(folder.path(), "ranking.toml", RANKING), &run);
    contains_all(&succeeds(&verify(&run, &[])), &["no network was run", "each to its last digit"]);
    let file = changed(&run, |report| {
        report["arms"][1]["matrices"]["class similarity"]["values"][0][1] = serde_json::json!(0.5);
    });
    let output = verify(&file, &["--run", text(&run)]);
    fails(&output, &["1 figures differ"]);
    std::fs::remove_file(run.join("softmax/all-classes/seed-1/result.json")).expect("removed");
    fails_with(2, &verify(&run, &[]), &["has no result with these settings"]);
}

#[test]
fn a_detector_is_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("detector");
    let config = written(folder.path(), "detector.toml", DETECTOR);
    succeeds(&nadir(&["detect", "train", "--device", "cpu", "--config", text(&config), "--run", text(&run)]));
    let eval =
        ["detect", "eval", "--run", text(&run), "--part", "validation", "--resamples", "20", "--device", "cpu", "-q"];
    succeeds(&nadir(&eval));
    contains_all(&succeeds(&verify(&run, &[])), &["run and measured again", "each to its last digit"]);
    std::fs::remove_file(run.join("detector.safetensors")).expect("removed");
    fails_with(2, &verify(&run, &[]), &["cannot be verified here", "detector.safetensors"]);
}

#[test]
fn what_is_no_report_or_of_a_machine_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    fails(&verify(&folder.path().join("none.json"), &[]), &["cannot read the report"]);
    let mut report: Value =
        serde_json::from_slice(&std::fs::read(root().join("static/reports/labels_aerial.json")).expect("read"))
            .expect("JSON");
    report["study"] = "gpu check".into();
    let file = folder.path().join("machine.json");
    std::fs::write(&file, report.to_string()).expect("written");
    fails_with(2, &verify(&file, &[]), &["cannot be verified here", "of a machine"]);
    // The committed report's data lie in another folder here.
    let output = program(&["verify"])
        .arg(root().join("static/reports/labels_aerial.json").canonicalize().expect("there"))
        .current_dir(folder.path())
        .output()
        .expect("starts");
    fails_with(2, &output, &["cannot be verified here", "data/ucm", "run where the study ran"]);
}

/// The data are generated, so that it runs wherever the tests do.
#[test]
fn the_committed_bundle_of_scenes_has_the_figures_that_it_says() {
    let (bundle, config) = (root().join("static/models/scenes"), root().join("trainer/configs/scenes.toml"));
    let printed = succeeds(&verify(&bundle, &["--config", text(&config)]));
    contains_all(
        &printed,
        &[
            "800 validation and 400 test images",
            "8 numbers are as reported",
            "200 generated test scenes",
            "not computed: detector",
        ],
    );
}

#[test]
fn committed_reports_of_real_data_are_computed_again_where_the_data_are() {
    let Some(ucm) = real_data("ucm") else { return };
    succeeds(&verify(&root().join("static/reports/audit_ucm.json"), &["--data", text(&ucm)]));
}
