//! What is taught by clicks as a user meets it in the terminal: `nadir study teach`, and `nadir predict --head`.

use burn::tensor::Device;
use nadir::predict::LoadedBundle;
use nadir_core::active::{HEAD_VERSION, HeadClass, HeadFile, SpaceKind};
use nadir_core::report::names::TAUGHT;
use nadir_tests::command::{fails, json_of, nadir, program, report_of, succeeds, text};
use nadir_tests::site::committed_bundle;
use std::path::Path;

fn config(folder: &Path, more: &str) -> std::path::PathBuf {
    let bundle = committed_bundle().expect("committed");
    let path = folder.join("teach.toml");
    let toml = format!(
        "[data]\nkind = \"scenes\"\ncount = 60\nsize = 128\nfirst_seed = 8000000\n\n[study]\nseeds = 2\nresamples = 50\n\n\
         [study.teach]\nbundle = {:?}\nclicks = 6\nmeasured_at = 4\ndimensions = 24\n{more}",
        bundle.display().to_string()
    );
    std::fs::write(&path, toml).expect("written");
    path
}

#[test]
fn a_simulated_teacher_is_measured_after_every_click_and_the_report_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, run) = (config(folder.path(), ""), folder.path().join("run"));
    let study = || {
        let mut command = program(&["study", "teach", "--device", "cpu", "--json", "--config"]);
        command.arg(&config).arg("--run").arg(&run);
        report_of(&command.output().expect("starts"))
    };
    let report = study();
    let names: Vec<&str> = report.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(names, ["asked", "at random", "all labels", "highest first"]);
    for arm in report.arms.iter().filter(|arm| arm.name != "all labels") {
        let curve = &arm.curves[TAUGHT];
        assert_eq!((curve.points.len(), curve.band.len()), (6, 6), "{}", arm.name);
        assert_eq!(arm.scalars["test mAP"].values.len(), 2, "a value a seed");
        assert_eq!(curve.points[3][1], arm.scalars["test mAP, 4 clicks"].mean);
        assert_eq!(arm.scalars["test mAP"].values, arm.scalars["test mAP, 4 clicks"].values);
        let inside = |(point, [low, high]): (&[f64; 2], &[f64; 2])| *low <= point[1] && point[1] <= *high;
        assert!(curve.points.iter().zip(&curve.band).all(inside), "{}", arm.name);
    }
    // The first click is the same for all.
    let first = |arm: usize| report.arms[arm].curves[TAUGHT].points[0];
    assert!(first(0) == first(1) && first(0) == first(3));
    let sentence = report.sentence().expect("a finding");
    assert!(
        sentence.starts_with("After 4 clicks a class a head has test mAP 0.") && sentence.contains("of all labels 0."),
        "{sentence}"
    );
    assert_eq!(report.consistency().faults, []);

    // Again from the kept embeddings, and by `nadir verify` without them.
    let again = study();
    assert_eq!(again.arms, report.arms);
    let verified = succeeds(&nadir(&["verify", text(&run.join("report.json")), "--device", "cpu"]));
    assert!(verified.contains("every head taught again"), "{verified}");
}

#[test]
fn what_cannot_be_studied_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let with = |more: &[&str]| {
        let config = config(folder.path(), "");
        let mut arguments = vec!["study", "teach", "--device", "cpu", "--config", text(&config), "--run", text(&run)];
        arguments.extend(more);
        nadir(&arguments)
    };
    fails(&with(&["--set", "study.teach.bundle=nowhere"]), &["study.teach.bundle", "nowhere", "bundle.json"]);
    fails(&with(&["--set", "study.teach.measured_at=7"]), &["study.teach.measured_at", "1 to study.teach.clicks (6)"]);
    fails(&with(&["--set", "study.teach.prior.weight_precision=0"]), &["study.teach.prior", "above 0"]);
    fails(&with(&["--set", "study.teach.dimensions=0"]), &["study.teach.dimensions"]);
}

/// A head for the committed bundle, of two classes that look along one direction each.
fn head(bundle: &LoadedBundle) -> HeadFile {
    let space = SpaceKind::of(&bundle.bundle);
    let class = |name: &str, at: usize| {
        let mut weights = vec![0.0; space.dimensions()];
        weights[at] = 8.0;
        HeadClass { name: name.into(), weights, bias: -0.5, threshold: 0.5, yes: vec!["a.png".into()], no: Vec::new() }
    };
    HeadFile {
        head_version: HEAD_VERSION,
        bundle: bundle.bundle.name.clone(),
        weights_sha256: bundle.bundle.weights.sha256.clone(),
        classes: vec![class("pier", 0), class("roof, \"red\"", 1)],
        space,
    }
}

#[test]
fn a_head_scores_in_place_of_the_bundles_labels() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = committed_bundle().expect("committed");
    let bundle = LoadedBundle::load(&path, &Device::flex()).expect("a bundle");
    let file = folder.path().join("taught.head.json");
    std::fs::write(&file, head(&bundle).to_json()).expect("written");
    let arguments = ["predict", "--bundle", text(&path), "--head", text(&file), "--scene", "7", "--device", "cpu"];
    let json = json_of(&nadir(&[&arguments[..], &["--json"]].concat()));

    let embedding = bundle.embed(nadir_scene::generate(7, 512, 512).image.view()).expect("embedded");
    let row = bundle.gallery().expect("readable").expect("a gallery").unit(&embedding).expect("a direction");
    let scores = json["scores"].as_array().expect("scores");
    assert_eq!(scores.len(), 2);
    for (at, (score, name)) in scores.iter().zip(["pier", "roof, \"red\""]).enumerate() {
        let expected = 1.0 / (1.0 + (0.5 - 8.0 * f64::from(row[at])).exp());
        let found = score["score"].as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-6, "{name}: {found} instead of {expected}");
        assert_eq!((score["label"].as_str(), score["present"].as_bool()), (Some(name), Some(expected >= 0.5)));
    }
    assert!(json.get("crop").is_none());
    let shown = succeeds(&nadir(&arguments));
    assert!(shown.contains("pier") && shown.contains("as the head has it"), "{shown}");

    let table = folder.path().join("scores.csv");
    succeeds(&nadir(&[&arguments[..], &["--out", text(&table)]].concat()));
    let table = std::fs::read_to_string(table).expect("written");
    assert!(table.starts_with("image,pier,\"roof, \"\"red\"\"\"\n"), "{table}");
}

#[test]
fn a_head_that_does_not_go_with_the_bundle_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = committed_bundle().expect("committed");
    let bundle = LoadedBundle::load(&path, &Device::flex()).expect("a bundle");
    let refused = |head: &str, words: &[&str]| {
        let file = folder.path().join("other.head.json");
        std::fs::write(&file, head).expect("written");
        let arguments = ["predict", "--bundle", text(&path), "--head", text(&file), "--scene", "7", "--device", "cpu"];
        fails(&nadir(&arguments), &[&["other.head.json"], words].concat());
    };
    let whole = head(&bundle);
    refused("{", &["not the JSON of a head"]);
    refused(r#"{"head_version": 9}"#, &["version 9", "reads version 1"]);
    let other = HeadFile { bundle: "aerial".into(), weights_sha256: "0a".into(), ..whole.clone() };
    refused(&other.to_json(), &["\"aerial\"", "\"scenes\""]);
    let SpaceKind::GalleryProjection { dimensions, .. } = whole.space else { panic!("a gallery") };
    let other = HeadFile { space: SpaceKind::GalleryProjection { sha256: "0b".into(), dimensions }, ..whole.clone() };
    refused(&other.to_json(), &["another gallery"]);
    let arguments = ["predict", "--bundle", text(&path), "--head", "nowhere.json", "--scene", "7", "--device", "cpu"];
    fails(&nadir(&arguments), &["cannot read the head nowhere.json"]);
}
