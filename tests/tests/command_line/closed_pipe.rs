//! Whoever reads what `nadir` prints may leave early, as in `nadir report RUN | head`: commands end quietly, and
//! nothing that they do besides is lost. `println!` and `eprintln!` panicked there, with exit code 101.

use crate::program::small;
use nadir_tests::command::{program, stderr};
use nadir_tests::objects::write_runs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A pipe that nobody reads from, before the first byte already.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn unread(command: &mut Command) -> Output {
    command.stdout(closed_pipe()).stderr(Stdio::piped()).output().expect("starts")
}

/// Ends with exit code 0 and nothing on the standard error but what is logged, which `-q` takes away.
fn ends_quietly(command: &mut Command) {
    let output = unread(command.arg("--quiet"));
    let logged = stderr(&output);
    assert_eq!((output.status.code(), logged.as_str()), (Some(0), ""), "{command:?}");
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn commands_that_print_end_quietly() {
    ends_quietly(&mut program(&["--help"]));
    ends_quietly(&mut program(&["detect", "run", "--help"]));
    ends_quietly(&mut program(&["--version"]));
    ends_quietly(&mut program(&["fetch", "--list"]));
    ends_quietly(&mut program(&["fetch", "--list", "--json"]));
    ends_quietly(&mut program(&["ranking", "check", "voc"]));
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/reports");
    ends_quietly(program(&["report"]).arg(reports.join("ucm_paper.json")));

    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let labels = written(folder, "labels.csv", "image,ship,water\na.png,1,0\nb.png,1,1\n");
    ends_quietly(&mut program(&["data", "stats", "--labels", &labels]));
    let truth = r#"{"images": [{"id": 1}], "categories": [{"id": 5, "name": "ship"}],
        "annotations": [{"image_id": 1, "category_id": 5, "bbox": [0, 0, 10, 10]}]}"#;
    let truth = written(folder, "truth.json", truth);
    let found = r#"[{"image_id": 1, "category_id": 5, "bbox": [0, 0, 10, 10], "score": 0.9}]"#;
    let found = written(folder, "found.json", found);
    ends_quietly(&mut program(&["score", "coco", "--json", "--ground-truth", &truth, "--detections", &found]));

    ends_quietly(program(&["scenes", "--count", "6", "--size", "64", "--out"]).arg(folder.join("scenes")));
    let images = folder.join("scenes/images");
    let detector = write_runs(folder).expect("written").detector;
    ends_quietly(program(&["detect", "run", "--device", "cpu", "--run"]).arg(&detector).arg(&images));
    // The overlays are what was requested: all of them are drawn.
    let overlays = folder.join("overlays");
    let draw = ["detect", "run", "--device", "cpu", "--run"];
    ends_quietly(program(&draw).arg(&detector).arg(&images).arg("--out").arg(&overlays));
    assert_eq!(std::fs::read_dir(&overlays).expect("made").count(), 6);
}

#[test]
fn a_check_still_exits_with_what_it_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let labels = written(folder.path(), "labels.csv", "image,ship,water\na.png,1,0\na.png,0,1\n");
    let output = unread(&mut program(&["data", "check", "--labels", &labels]));
    let logged = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(logged.contains("error: 1 kinds of fault") && !logged.contains("panicked"), "{logged}");
}

#[test]
fn a_training_keeps_its_run_when_nobody_listens_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let arguments = small("pretrain", run.to_str().expect("UTF-8"), &["-v"]);
    let status = program(&arguments).stdout(closed_pipe()).stderr(closed_pipe()).status().expect("starts");
    assert_eq!(status.code(), Some(0));
    assert!(run.join("encoder.safetensors").exists());
    let steps = std::fs::read_to_string(run.join("metrics.jsonl")).expect("written");
    assert_eq!(steps.lines().count(), 6, "28 training scenes, 3 steps of 8 an epoch, 2 epochs");
}

/// A reader that has left is no error; a disk that is full is one.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = program(&["fetch", "--list"]).stdout(full).output().expect("starts");
    let logged = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(
        logged.starts_with("error: cannot write to the standard output") && logged.lines().count() == 1,
        "{logged}"
    );
}
