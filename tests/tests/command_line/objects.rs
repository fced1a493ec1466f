//! The detector of a bundle, natively: exported, read back, and the same as before its BatchNorm was folded.

use burn::tensor::{Device, Tensor};
use nadir::artifacts::detector_file;
use nadir::predict::LoadedBundle;
use nadir_core::detection::boxes::{PixelBox, intersection_over_union};
use nadir_core::detection::postprocess::{DetectedObject, DetectionSettings, suppress};
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::image::Planes;
use nadir_nn::model::detector::{Detector, DetectorConfig, MOST_CANDIDATES};
use nadir_tests::command::{fails, program, stderr, succeeds, text};
use nadir_tests::now::now;
use nadir_tests::objects::{SCENE_PX, SEED, export, write_runs};
use std::path::Path;

/// Folding rounds each weight once more.
const FOLDED_TOLERANCE: f32 = 1e-4;
/// Rounding the weights to f16 moves a score by about a thousandth.
const HALVED_TOLERANCE: f32 = 2e-2;

#[test]
fn a_folded_detector_finds_what_it_found_unfolded() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let (description, weights) = detector_file::read(&runs.detector).expect("just written");
    let device = Device::flex();
    let unfolded = description.load(&weights, &device).expect("its own weights");
    let config = DetectorConfig {
        shape: description.detector.clone(),
        folded: true,
        classes: description.labels.len(),
        resize: description.resize,
        proposals: ProposalSettings::INFERENCE,
        detections: DetectionSettings::DEFAULT,
    };
    let folded = weights.fold_batch_norm().expect("a BatchNorm behind every convolution");
    let folded = Detector::new(config, &folded, &device).expect("folded names");
    let maps = |detector: &Detector| -> Vec<Vec<f32>> {
        let first = now(detector.first_stage(&scene_planes())).expect("maps");
        let values = |map: Tensor<4>| map.into_data().convert::<f32>().try_to_vec::<f32>().expect("converted to f32");
        first.maps().into_iter().map(values).collect()
    };
    for (unfolded, folded) in maps(&unfolded).iter().zip(maps(&folded)) {
        let largest = unfolded.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let error = unfolded.iter().zip(&folded).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(error <= FOLDED_TOLERANCE * largest, "{error} of {largest}");
    }
    let found = |detector: &Detector| now(detector.detect(&scene_planes())).expect("objects");
    let (unfolded, folded) = (found(&unfolded), found(&folded));
    assert!(!unfolded.is_empty() && unfolded.len() == folded.len(), "{} and {}", unfolded.len(), folded.len());
    for (unfolded, folded) in unfolded.iter().zip(&folded) {
        assert!((unfolded.score - folded.score).abs() <= FOLDED_TOLERANCE, "{unfolded:?}, {folded:?}");
    }
}

#[test]
fn detections_are_the_candidates_that_are_not_suppressed() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let (description, weights) = detector_file::read(&runs.detector).expect("just written");
    let detector = description.load(&weights, &Device::flex()).expect("its own weights");
    let candidates = now(detector.candidates(&scene_planes())).expect("candidates");
    assert!(candidates.len() <= MOST_CANDIDATES && candidates.is_sorted_by(|a, b| a.score >= b.score));
    let kept = suppress(&candidates, 0.5, usize::MAX);
    assert!(kept.len() < candidates.len());
    let detected = now(detector.detect(&scene_planes())).expect("objects");
    for (detected, kept) in detected.iter().zip(kept) {
        assert_eq!(*detected, candidates[kept]);
    }
}

#[test]
fn an_exported_detector_finds_the_objects_and_class_means_name_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = LoadedBundle::load(&export(folder.path()).expect("exported"), &Device::flex()).expect("whole");
    let finder = bundle.object_finder().expect("whole").expect("the bundle has a detector");
    let image = nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image;
    let found = now(finder.find(image.view())).expect("candidates");
    let runs = folder.path().join("detector");
    let (description, weights) = detector_file::read(&runs).expect("just exported");
    let before = description.load(&weights, &Device::flex()).expect("its own weights");
    let before = now(before.candidates(&scene_planes())).expect("candidates");
    for before in &before[..10] {
        let is_same = |found: &&DetectedObject| {
            found.class == before.class && intersection_over_union(found.box_in_image, before.box_in_image) > 0.9
        };
        let found = found.iter().find(is_same).expect("found again");
        assert!((found.score - before.score).abs() <= HALVED_TOLERANCE, "{found:?}, {before:?}");
    }

    // More than the network sees at once, and one that is a whole image: the crop that `predict` sees.
    let whole = [0.0, 0.0, SCENE_PX as f32, SCENE_PX as f32];
    let boxes: Vec<PixelBox> = found[..40].iter().map(|object| object.box_in_image).chain([whole]).collect();
    let names = now(finder.name(image.view(), &boxes)).expect("names");
    assert_eq!(names.len(), boxes.len());
    for name in names.iter().flatten() {
        let sum: f32 = name.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-4 && name.unknown == (name.ood_score > 0.5), "{name:?}");
    }
    let predicted = bundle.predict("scene", image.view()).expect("scores").crop.expect("it classifies crops");
    let named = names.last().and_then(Option::as_ref).expect("named");
    assert_eq!(named.label, predicted.label);
    assert!((named.ood_score - predicted.ood_score).abs() < 1e-2, "{named:?}, {predicted:?}");
}

#[test]
fn a_bundle_gets_a_crop_classifier_and_keeps_its_detector() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let out = folder.path().join("bundle");
    let export =
        |arguments: &[&str]| program(&["export", "--out", text(&out)]).args(arguments).output().expect("starts");
    let classifier = ["--crop-classifier", text(&runs.probed)];
    succeeds(&export(&["--run", text(&runs.probed)]));
    let in_place = [&["--bundle", text(&out)][..], &classifier].concat();
    let refused = export(&in_place);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("has no detector"), "{}", stderr(&refused));
    let refused = export(&[&["--run", text(&runs.probed)][..], &classifier].concat());
    assert!(stderr(&refused).contains("--detector"), "{}", stderr(&refused));

    succeeds(&export(&["--run", text(&runs.probed), "--detector", text(&runs.detector)]));
    let detector = std::fs::read(out.join("detector.safetensors")).expect("written");
    succeeds(&export(&in_place));
    let bundle = LoadedBundle::load(&out, &Device::flex()).expect("whole");
    assert!(bundle.object_finder().expect("whole").expect("there").classifies_crops());
    assert!(bundle.bundle.objects.is_some_and(|objects| objects.crop_classifier.is_some()));
    assert_eq!(std::fs::read(out.join("detector.safetensors")).expect("kept"), detector);
}

#[test]
fn a_crop_classifier_of_its_own_goes_into_the_bundle_and_an_export_without_a_detector_takes_both_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let out = folder.path().join("bundle");
    let export = |more: &[&str]| {
        let mut command = program(&["export", "--run", text(&runs.probed), "--out", text(&out)]);
        let output = command.args(more).output().expect("starts");
        succeeds(&output);
        LoadedBundle::load(&out, &Device::flex()).expect("whole")
    };
    let bundle = export(&["--detector", text(&runs.detector), "--crop-classifier", text(&runs.probed)]);
    let objects = bundle.bundle.objects.clone().expect("there");
    assert_eq!(objects.crop_classifier.expect("there").weights.name, "crop_classifier.safetensors");
    assert!(bundle.object_finder().expect("whole").expect("there").classifies_crops());
    assert_eq!(bundle.bundle.files().count(), 3);

    // A site ships all three, and refuses what was changed on the way.
    let web = folder.path().join("web");
    std::fs::create_dir(&web).and_then(|()| std::fs::write(web.join("index.html"), "page")).expect("written");
    let site = folder.path().join("site");
    nadir::serve::write_site(&web, std::slice::from_ref(&out), &site).expect("whole");
    for file in bundle.bundle.files() {
        assert!(site.join("models/bundle").join(&file.name).is_file(), "{}", file.name);
    }
    std::fs::write(out.join("detector.safetensors"), "changed").expect("written");
    let error = nadir::serve::write_site(&web, std::slice::from_ref(&out), &site).expect_err("changed");
    assert!(format!("{error:#}").contains("detector.safetensors"), "{error:#}");
    let error = bundle.object_finder().expect_err("changed");
    assert!(format!("{error:#}").contains("detector.safetensors"), "{error:#}");

    let without = export(&[]);
    assert!(without.object_finder().expect("whole").is_none());
    assert!(!out.join("detector.safetensors").exists() && !out.join("crop_classifier.safetensors").exists());
}

#[test]
fn a_detector_that_finds_little_is_exported_and_called_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let file = runs.detector.join("detector.json");
    let json = std::fs::read_to_string(&file).expect("read");
    for (ap50, is_weak) in [(0.031, true), (0.4, false)] {
        let mut description: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        description["figures"]["validation_ap50"] = ap50.into();
        std::fs::write(&file, description.to_string()).expect("written");
        let out = folder.path().join("bundle");
        let mut export = program(&["export", "--run", text(&runs.probed), "--out", text(&out), "--detector"]);
        let output = export.arg(&runs.detector).output().expect("starts");
        let logged = succeeds(&output);
        assert_eq!(logged.contains("finds little: AP50 0.03 on validation images"), is_weak, "{logged}");
        let bundle = LoadedBundle::load(&out, &Device::flex()).expect("whole").bundle;
        // The page reads it there.
        assert_eq!(bundle.objects.expect("it has a detector").figures["validation_ap50"], ap50);
    }
}

#[test]
fn what_cannot_be_exported_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = write_runs(folder.path()).expect("written");
    let out = folder.path().join("bundle");
    let export = |detector: &Path, crop_classifier: Option<&Path>| {
        let mut command = program(&["export", "--run", text(&runs.probed), "--out", text(&out), "--detector"]);
        command.arg(detector);
        if let Some(crop_classifier) = crop_classifier {
            command.arg("--crop-classifier").arg(crop_classifier);
        }
        command.output().expect("starts")
    };
    fails(&export(&runs.probed, None), &["detector.json", "nadir detect train"]);
    let plain = folder.path().join("plain");
    std::fs::create_dir(&plain).expect("created");
    for file in ["config.toml", "encoder.safetensors", "probe.safetensors", "probe.json"] {
        std::fs::copy(runs.probed.join(file), plain.join(file)).expect("copied");
    }
    let json = std::fs::read_to_string(plain.join("probe.json")).expect("read");
    let mut probe: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    probe.as_object_mut().expect("an object").remove("crops");
    std::fs::write(plain.join("probe.json"), probe.to_string()).expect("written");
    fails(&export(&runs.detector, Some(&plain)), &["plain", "class means", "nadir study ranking"]);
    std::fs::copy(runs.probed.join("encoder.safetensors"), runs.detector.join("detector.safetensors")).expect("copied");
    fails(&export(&runs.detector, None), &["detector.json", "backbone", "another network"]);
    assert!(!out.exists());
}

fn scene_planes() -> Planes {
    Planes::from_rgb(nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image.view())
}
