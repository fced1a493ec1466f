//! `nadir export --hub`: a folder that other programs load.

use nadir::artifacts::weight_file;
use nadir_tests::command::{contains_all, fails, nadir, stderr, succeeds, text};
use nadir_tests::parquet_file::read;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("written")).expect("JSON")
}

const SMALL: [&str; 6] =
    ["data.count=60", "data.size=32", "augment.size=32", "encoder.width=4", "probe.image_size=48", "pretrain.epochs=1"];

fn pretrained(run: &Path, more: &[&str]) {
    let mut arguments = vec!["pretrain", "--device", "cpu", "--run", text(run), "--set", "pretrain.batch_size=16"];
    SMALL.iter().chain(more).for_each(|set| arguments.extend(["--set", set]));
    succeeds(&nadir(&arguments));
}

#[test]
fn a_run_becomes_a_folder_that_says_all_that_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, hub) = (folder.path().join("run"), folder.path().join("hub/small-scenes"));
    pretrained(&run, &["encoder.stem=compact", "encoder.stages=3"]);
    let export = |more: &[&str]| nadir(&[&["export", "--run", text(&run), "--hub", text(&hub)], more].concat());
    let output = export(&[]);
    contains_all(&stderr(&output), &["no --license was given"]);
    let printed = succeeds(&output);
    assert!(printed.contains("model small-scenes in"), "{printed}");

    let weights = weight_file::read(&hub.join("model.safetensors")).expect("whole");
    assert_eq!(weights, weight_file::read(&run.join("encoder.safetensors")).expect("whole"));
    let config = read_json(&hub.join("config.json"));
    assert_eq!(
        [&config["encoder"], &config["width"], &config["stem"], &config["stages"], &config["embedding_len"]],
        [&json!("resnet18"), &json!(4), &json!("compact"), &json!(3), &json!(16)]
    );
    // timm has no such network, and nothing was probed.
    assert!(config.get("architecture").is_none() && config.get("labels").is_none());
    let images = read_json(&hub.join("preprocessor_config.json"));
    assert_eq!((&images["size"], &images["crop_size"]["width"]), (&json!({"shortest_edge": 48}), &json!(48)));
    let card = |name: &str| std::fs::read_to_string(hub.join(name)).expect("written");
    let text_of_card = card("README.md");
    contains_all(
        &text_of_card,
        &[
            "license: unknown",
            "width 4, stem compact, 3 stages",
            "None were measured",
            "random weights",
            "`scenes`",
            "SimCLR, epochs: 1",
        ],
    );
    let mean = images["image_mean"][0].as_f64().expect("a number");
    assert!(text_of_card.contains(&format!("its mean [{mean}")), "{mean}: {text_of_card}");

    // Probed: figures with intervals, labels, the probe's weights.
    succeeds(&nadir(&["probe", "--device", "cpu", "--run", text(&run), "--set", "probe.epochs=5"]));
    let more = ["--license", "CC-BY-4.0", "--description", "Generated scenes of 32 px."];
    succeeds(&export(&more));
    contains_all(
        &card("README.md"),
        &[
            "license: CC-BY-4.0",
            "Generated scenes of 32 px.",
            "test mAP",
            " to ",
            "linear probe for 20 labels",
            "nadir probe",
        ],
    );
    let labels = read_json(&hub.join("config.json"))["labels"].as_array().map(Vec::len);
    let probe = weight_file::read(&hub.join("probe.safetensors")).expect("whole");
    assert_eq!((labels, probe.0["weight"].shape.as_slice()), (Some(20), [20, 16].as_slice()));
    // The folder's weights are weights to start from.
    let (again, file) = (folder.path().join("again"), hub.join("model.safetensors"));
    pretrained(&again, &["encoder.stem=compact", "encoder.stages=3", &format!("weights={}", text(&file))]);
    // So is the folder, which says what its images were like and what the network is.
    let from_folder = |width: &str| {
        let again = folder.path().join("from-folder");
        let mut arguments =
            vec!["pretrain", "--device", "cpu", "--run", text(&again), "--set", "pretrain.batch_size=16"];
        SMALL.iter().for_each(|set| arguments.extend(["--set", set]));
        arguments.extend(["--set", "encoder.stem=compact", "--set", "encoder.stages=3", "--set", width]);
        nadir(&[arguments.as_slice(), &["--weights", text(&hub)]].concat())
    };
    contains_all(&succeeds(&from_folder("encoder.width=4")), &["were trained on images of mean [", "normalisation = "]);
    fails(&from_folder("encoder.width=8"), &["resnet18 of width 4, stem compact, 3 stages", "--set encoder.width=4"]);

    let python = Command::new("python3")
        .arg("-c")
        .arg(format!("compile(open({:?}).read(), 'x', 'exec')", text(&hub.join("load_encoder.py"))))
        .output();
    assert!(python.is_ok_and(|output| output.status.success()), "load_encoder.py is Python");
}

#[test]
fn a_published_network_has_timms_keys_and_what_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, hub) = (folder.path().join("run"), folder.path().join("resnet"));
    fails(&nadir(&["export", "--run", text(&run), "--hub", text(&hub)]), &["run", "no run folder"]);
    assert_eq!(nadir(&["export", "--run", text(&run)]).status.code(), Some(2), "neither --out nor --hub");
    assert_eq!(nadir(&["export", "--bundle", "b", "--gallery", "3", "--hub", "h"]).status.code(), Some(2));
    pretrained(&run, &["encoder.width=64", "normalisation=imagenet"]);
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "a file").expect("written");
    fails(
        &nadir(&["export", "--run", text(&run), "--hub", text(&blocked.join("hub"))]),
        &["cannot create", "file/hub"],
    );
    succeeds(&nadir(&["export", "--run", text(&run), "--hub", text(&hub), "--license", "MIT"]));
    let config = read_json(&hub.join("config.json"));
    assert_eq!((&config["architecture"], &config["num_features"]), (&json!("resnet18"), &json!(512)));
    assert_eq!(config["pretrained_cfg"]["input_size"], json!([3, 48, 48]));
    assert_eq!(config["pretrained_cfg"]["mean"][0].as_f64().map(|mean| (mean * 1e4).round()), Some(4850.0));
    contains_all(&std::fs::read_to_string(hub.join("README.md")).expect("written"), &["timm.create_model"]);
}

/// What was probed is what the run started from: there is no encoder.safetensors, and the card does not say that anything
/// was trained.
#[test]
fn a_run_that_only_probed_its_start_is_exported_and_embeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, hub) = (folder.path().join("run"), folder.path().join("hub"));
    let mut arguments = vec!["probe", "--device", "cpu", "--run", text(&run), "--set", "probe.epochs=2"];
    SMALL.iter().for_each(|set| arguments.extend(["--set", set]));
    succeeds(&nadir(&arguments));
    assert!(!run.join("encoder.safetensors").exists());
    succeeds(&nadir(&["export", "--run", text(&run), "--hub", text(&hub), "--license", "MIT"]));
    let card = std::fs::read_to_string(hub.join("README.md")).expect("written");
    contains_all(&card, &["random weights and was not trained", "A linear probe alone was trained", "nadir probe"]);
    assert!(!card.contains("SimCLR, epochs"), "{card}");

    // The folder's encoder, taken as weights, and the run itself embed alike.
    let scenes = folder.path().join("scenes");
    succeeds(&nadir(&["scenes", "--count", "3", "--size", "32", "--out", text(&scenes)]));
    let images = scenes.join("images");
    let embed = |more: &[&str], out: &str| {
        let out = folder.path().join(out);
        let embed = ["embed", "--device", "cpu", "--images", text(&images), "--out", text(&out)];
        succeeds(&nadir(&[&embed[..], more].concat()));
        read(&std::fs::read(out).expect("written")).rows
    };
    let of_run = embed(&["--run", text(&run)], "run.parquet");
    let weights = format!("weights={}", text(&hub));
    let sets = [weights.as_str(), "data.count=60", "data.size=32", "encoder.width=4", "probe.image_size=48"];
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "seed = 1\n").expect("written");
    let sets = sets.map(|set| ["--set", set]).concat();
    let of_hub = embed(&[&["--config", text(&config)], &sets[..]].concat(), "hub.parquet");
    assert_eq!(of_run, of_hub);
}
