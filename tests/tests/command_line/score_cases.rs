//! `nadir score` against pycocotools and scikit-learn, on files whose scores tie or do not tie by the last digit.
//! `tests/cases/README.md` says where the inputs and the right figures come from.

use nadir_tests::command::{contains_all, fails, json_of, program};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Sums of a few thousand f64 in another order.
const TOLERANCE: f64 = 1e-12;

fn folder_of(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case)
}

/// What `nadir score KIND` prints for the files of a case equals the figures beside them, every one of them; its notes.
fn scores_as_expected(kind: &str, case: &str, ending: &str) -> String {
    let folder = folder_of(case);
    let file = |name: &str| -> PathBuf { folder.join(format!("{name}{ending}")) };
    let mut score = program(&["score", kind, "--json", "--ground-truth"]);
    score.arg(file("truth")).arg("--detections").arg(file("found"));
    let expected = std::fs::read(folder.join("expected.json")).expect("there");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    let scored = json_of(&score.output().expect("starts"));
    figures_are(case, &scored, &expected);
    let notes = scored["notes"].as_array().expect("a list of notes");
    notes.iter().map(|note| format!("{}\n", note.as_str().expect("a sentence"))).collect()
}

fn figures_are(case: &str, scored: &Value, expected: &Value) {
    let figures = scored["figures"].as_array().expect("a list of figures");
    let expected = expected.as_object().expect("an object");
    assert_eq!(figures.len(), expected.len(), "{case}: {scored}");
    for figure in figures {
        let name = figure[0].as_str().expect("a name");
        let (computed, right) = (figure[1].as_f64(), expected[name].as_f64());
        let is_right = match (computed, right) {
            (Some(computed), Some(right)) => (computed - right).abs() <= TOLERANCE,
            (computed, right) => computed == right,
        };
        assert!(is_right, "{case}, {name}: {computed:?} instead of {right:?}");
    }
}

#[test]
fn equal_scores_of_boxes_count_in_the_order_of_image_ids() {
    for case in ["coco_ties_three_levels_unsorted_images", "coco_ties_big_ids_reversed", "coco_shuffled_whole"] {
        scores_as_expected("coco", case, ".json");
    }
}

#[test]
fn boxes_whose_area_or_overlap_is_just_a_limit_count_as_pycocotools_counts_them() {
    scores_as_expected("coco", "coco_shuffled_tenths", ".json");
}

#[test]
fn scores_of_labels_that_tie_only_as_f32_are_told_apart() {
    scores_as_expected("multi-label", "ml_saturated_float64", ".csv");
}

#[test]
fn out_of_distribution_scores_that_tie_only_as_f32_are_told_apart() {
    for case in ["ood_negative_max_softmax_saturated", "ood_large_offset", "ood_huge_scores"] {
        scores_as_expected("ood", case, ".csv");
    }
}

#[test]
fn one_content_has_one_figure_in_every_encoding_and_spelling() {
    for case in ["coco_bom_truth", "coco_iscrowd_string", "coco_float_ids_truth", "coco_float_image_ids_found"] {
        scores_as_expected("coco", case, ".json");
    }
    scores_as_expected("coco", "coco_gz", ".json.gz");
    for case in ["ml_small", "ml_mlrsnet_alias", "ml_spaces", "ml_semicolon"] {
        scores_as_expected("multi-label", case, ".csv");
    }
    contains_all(&scores_as_expected("multi-label", "ml_semicolon_decimal_comma", ".csv"), &["decimal commas"]);
}

#[test]
fn what_other_programs_read_otherwise_is_said() {
    let notes = scores_as_expected("coco", "coco_nan_score", ".json");
    contains_all(&notes, &["1 detections have the score NaN", "count as the lowest"]);
    let notes = scores_as_expected("coco", "coco_duplicate_annotation_ids", ".json");
    contains_all(&notes, &["4 annotations share the id 7", "pycocotools"]);
    let notes = scores_as_expected("multi-label", "ml_duplicate_truth_rows", ".csv");
    contains_all(&notes, &["1 of them with other labels", "\"a.jpg\"", "the first row counts"]);
    let folder = folder_of("ml_duplicate_column_found");
    let mut score = program(&["score", "multi-label", "--ground-truth"]);
    score.arg(folder.join("truth.csv")).arg("--detections").arg(folder.join("found.csv"));
    fails(&score.output().expect("starts"), &["found.csv", "columns 2 and 5 are both the label \"sea\""]);
}

#[test]
fn limits_of_detections_are_pycocotools_maxdets() {
    let folder = folder_of("coco_shuffled_whole");
    let expected = std::fs::read(folder.join("expected_by_limits.json")).expect("there");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    let score = |limits: &str| {
        let mut score = program(&["score", "coco", "--json", "--max-detections", limits, "--ground-truth"]);
        score.arg(folder.join("truth.json")).arg("--detections").arg(folder.join("found.json"));
        score.output().expect("starts")
    };
    for (limits, expected) in expected.as_object().expect("an object") {
        figures_are(limits, &json_of(&score(limits)), expected);
    }
    figures_are("500", &json_of(&score("500")), &expected["1,10,500"]);
    for limits in ["10", "0,1,2", "3,2,1", "1,10", "1,10,10"] {
        fails(&score(limits), &["--max-detections"]);
    }
}

#[test]
fn vocs_own_files_are_read_with_difficult_objects_and_the_list_of_images() {
    let notes = scores_as_expected("voc", "voc_files", "");
    contains_all(&notes, &["9 images", "of 3 classes", "of them difficult", "ImageSets/Main/test.txt"]);
    // COCO's JSON and VOC's folders do not go together, and the message says so.
    let mut score = program(&["score", "voc", "--ground-truth"]);
    score.arg(folder_of("voc_files/truth")).arg("--detections").arg(folder_of("coco_gz").join("found.json.gz"));
    fails(&score.output().expect("starts"), &["comp4_det_SET_CLASS.txt", "COCO's JSON as both"]);
}
