//! What commands tell on the standard error: how much, and in which form.

use crate::program::small;
use nadir_tests::command::{nadir, stderr, succeeds, text};
use nadir_tests::site::committed_bundle;
use serde_json::Value;
use std::process::Output;

/// Every line of the standard error as an event, each with a time, a level and a sentence.
fn events(output: &Output) -> Vec<Value> {
    let events: Vec<Value> = stderr(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} is no JSON")))
        .collect();
    for event in &events {
        let has = ["timestamp", "level", "message"].iter().all(|field| event[field].is_string());
        assert!(has, "{event}");
    }
    events
}

/// The standard error of a small pretraining with these options.
fn pretraining(options: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let output = nadir(&small("pretrain", text(&folder.path().join("run")), options));
    succeeds(&output);
    output
}

#[test]
fn text_is_sentences_alone_and_verbose_adds_time_and_source() {
    let plain = stderr(&pretraining(&[]));
    assert!(plain.lines().any(|line| line.starts_with("device: cpu (flex")), "{plain}");
    assert!(plain.lines().any(|line| line.starts_with("data: 40 images (28 train")), "{plain}");
    assert!(!plain.contains("INFO") && !plain.contains('='), "{plain}");

    let verbose = stderr(&pretraining(&["-v"]));
    let step = verbose.lines().find(|line| line.contains("step 1 of 6 is done")).expect("each step is logged");
    for word in ["DEBUG", "nadir::train::pretrain", "loss=", "T"] {
        assert!(step.contains(word), "{word:?} is not in {step:?}");
    }
    // So small a data set has labels without a positive in some part, which is a warning; nothing else is told of.
    let quiet = stderr(&pretraining(&["--quiet"]));
    assert!(quiet.lines().all(|line| line.contains("have no positive in")), "{quiet}");
}

#[test]
fn json_is_one_event_a_line_with_the_numbers_as_fields() {
    let events = events(&pretraining(&["--log-format", "json", "-v"]));
    let device = events.iter().find(|event| event["device"].is_string()).expect("the device is logged");
    assert_eq!(device["level"], "INFO");
    let steps: Vec<&Value> = events.iter().filter(|event| event["loss"].is_f64()).collect();
    let numbers: Vec<Option<u64>> = steps.iter().map(|event| event["step"].as_u64()).collect();
    assert_eq!(numbers, (1..=6).map(Some).collect::<Vec<_>>());
    assert!(steps.iter().all(|event| event["level"] == "DEBUG"));
    assert!(
        events
            .iter()
            .any(|event| event["message"].as_str().is_some_and(|message| message.starts_with("pretraining: ")))
    );
}

#[test]
fn a_broken_image_is_a_warning_which_quiet_commands_tell_of_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = nadir(&["scenes", "--count", "4", "--size", "48", "--out", text(folder.path())]);
    succeeds(&made);
    let images = folder.path().join("images");
    std::fs::write(images.join("scene-2.png"), "this is a text").expect("written");
    let bundle = committed_bundle().expect("committed");
    let embed = |out: &str, options: &[&str]| {
        let out = folder.path().join(out);
        let (bundle, images) = (text(&bundle), text(&images));
        let command = ["embed", "--bundle", bundle, "--images", images, "--out", text(&out), "--device", "cpu"];
        let output = nadir(&[&command[..], &["--image-size", "48", "--max-bad-images", "0.5"], options].concat());
        succeeds(&output);
        output
    };
    let logged = stderr(&embed("text.parquet", &["-q"]));
    assert!(
        logged.starts_with("skipped: ") && logged.contains("scene-2.png") && logged.lines().count() == 1,
        "{logged}"
    );
    let events = events(&embed("json.parquet", &["-q", "--log-format", "json"]));
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["level"], "WARN");
    assert!(events[0]["reason"].as_str().is_some_and(|reason| reason.contains("scene-2.png")), "{}", events[0]);
}

#[test]
fn a_failure_is_the_last_line_in_either_form() {
    for options in [&[][..], &["-q"], &["-v"]] {
        let output = nadir(&[&["report", "absent.json"], options].concat());
        assert_eq!(output.status.code(), Some(1));
        let logged = stderr(&output);
        assert!(logged.lines().last().is_some_and(|line| line.starts_with("error: ")), "{logged}");
        assert!(logged.contains("absent.json"), "{logged}");
    }
    let output = nadir(&["report", "absent.json", "--log-format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let events = events(&output);
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["level"], "ERROR");
    assert!(events[0]["message"].as_str().is_some_and(|message| message.contains("absent.json")), "{}", events[0]);
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    assert_eq!(nadir(&["report", "absent.json", "-q", "-v"]).status.code(), Some(2));
    assert_eq!(nadir(&["report", "absent.json", "--log-format", "xml"]).status.code(), Some(2));
}
