//! `nadir bench`: which figures it measures. What they are is for `cargo xtask bench`.

use nadir_tests::command::{fails_with, json_of, nadir};
use serde_json::Value;

#[test]
fn the_groups_that_are_named_are_measured_and_no_other() {
    let output = nadir(&["bench", "--only", "augment,decode", "--seconds", "0.01", "--json"]);
    let figures: Vec<Value> = serde_json::from_value(json_of(&output)).expect("a list of figures");
    let expected =
        [("two-view augmentation", "pairs/s"), ("scene generation", "scenes/s"), ("JPEG decoding", "images/s")];
    assert_eq!(figures.len(), expected.len(), "{figures:?}");
    for (figure, (what, unit)) in figures.iter().zip(expected) {
        assert!(figure["what"].as_str().is_some_and(|is| is.starts_with(what)), "{figure}");
        assert_eq!(figure["unit"], unit);
        assert!(figure["value"].as_f64().is_some_and(|value| value > 0.0), "{figure}");
        assert!(figure["ratio"].is_null(), "without Python there is nothing beside it: {figure}");
    }
}

#[test]
fn a_group_that_is_not_there_is_refused_with_those_that_are() {
    fails_with(
        2,
        &nadir(&["bench", "--only", "training"]),
        &["training", "augment", "decode", "train", "maps", "audit"],
    );
}
