//! `nadir score` against pycocotools and scikit-learn, on files whose scores tie or do not tie by the last digit.
//! `tests/cases/README.md` says where the inputs and the right figures come from.

use nadir_tests::command::{json_of, program};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Sums of a few thousand f64 in another order.
const TOLERANCE: f64 = 1e-12;

/// What `nadir score KIND` prints for the files of a case equals the figures beside them, every one of them.
fn scores_as_expected(kind: &str, case: &str, ending: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case);
    let file = |name: &str| -> PathBuf { folder.join(name).with_extension(ending) };
    let mut score = program(&["score", kind, "--json", "--ground-truth"]);
    score.arg(file("truth")).arg("--detections").arg(file("found"));
    let scored = json_of(&score.output().expect("starts"));
    let figures = scored["figures"].as_array().expect("a list of figures");
    let expected = std::fs::read(folder.join("expected.json")).expect("there");
    let expected: serde_json::Map<String, Value> = serde_json::from_slice(&expected).expect("an object");
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
        scores_as_expected("coco", case, "json");
    }
}

#[test]
fn boxes_whose_area_or_overlap_is_just_a_limit_count_as_pycocotools_counts_them() {
    scores_as_expected("coco", "coco_shuffled_tenths", "json");
}

#[test]
fn scores_of_labels_that_tie_only_as_f32_are_told_apart() {
    scores_as_expected("multi-label", "ml_saturated_float64", "csv");
}

#[test]
fn out_of_distribution_scores_that_tie_only_as_f32_are_told_apart() {
    for case in ["ood_negative_max_softmax_saturated", "ood_large_offset", "ood_huge_scores"] {
        scores_as_expected("ood", case, "csv");
    }
}
