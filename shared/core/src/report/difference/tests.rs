use super::*;
use crate::report::Comparison;
use std::collections::BTreeMap;

/// A report with arms `strong` and `weak` over three seeds.
fn report(split: &str) -> Report {
    let arm = |name: &str, values: [f64; 3]| Arm {
        name: name.into(),
        scalars: BTreeMap::from([
            ("test mAP".into(), Scalar { interval: Some([values[1] - 0.03, values[1] + 0.04]), ..over(&values) }),
            ("uniformity".into(), over(&values[..1])),
        ]),
        ..Arm::default()
    };
    let json = serde_json::json!({
        "schema_version": crate::report::SCHEMA_VERSION, "study": "ablation", "title": "t", "command": "c",
        "config": "seed = 1\n\n[data]\nkind = \"scenes\"\n\n[data.split]\nseed = 4\n\n[study]\nseeds = 3\n",
        "version": "0", "device": "CPU", "finished": "2026-11-29T00:00:00Z", "wall_time_s": 1.0,
        "images": {"test": 420, "train": 1285}, "split_sha256": split, "labels": ["a", "b"],
        "arms": [arm("strong", [0.6, 0.7, 0.8]), arm("weak", [0.5, 0.5, 0.5])],
    });
    serde_json::from_value(json).expect("a report")
}

fn over(values: &[f64]) -> Scalar {
    Scalar::over(values.to_vec())
}

fn sides<'a>(a: &'a Report, b: &'a Report) -> [Side<'a>; 2] {
    [Side { report: a, arm: &a.arms[0] }, Side { report: b, arm: &b.arms[1] }]
}

fn map_of(a: &Report, b: &Report) -> FigureDifference {
    let [a, b] = sides(a, b);
    let mut all = differences(a, b).expect("comparable");
    assert_eq!(all.iter().map(|one| one.figure.as_str()).collect::<Vec<_>>(), ["test mAP", "uniformity"]);
    all.remove(0)
}

fn is_near(found: [f64; 2], expected: [f64; 2]) -> bool {
    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-4)
}

const SPLIT: &str = "1234567890abcdef";

#[test]
fn in_one_report_seeds_pair_and_its_own_bootstrap_is_taken_in_either_direction() {
    let mut report = report(SPLIT);
    report.comparisons = vec![Comparison {
        scalar: "test mAP".into(),
        arm: "weak".into(),
        against: "strong".into(),
        difference: -0.2,
        interval: [-0.25, -0.1],
        share_above_zero: 0.0,
    }];
    let found = map_of(&report, &report);
    assert!((found.difference - 0.2).abs() < 1e-12);
    let [seeds, images] = found.intervals.as_slice() else { panic!("{found:?}") };
    // Differences 0.1, 0.2, 0.3: half of 4.3027 x 0.1 / sqrt(3).
    assert!(is_near(seeds.ends, [0.2 - 0.24841, 0.2 + 0.24841]), "{seeds:?}");
    assert_eq!((seeds.how().as_str(), seeds.is_clear()), ("paired: the same 3 seeds", false));
    assert_eq!((images.ends, images.is_clear()), ([0.1, 0.25], true));
    assert_eq!(images.how(), "paired: the report's paired bootstrap");
}

#[test]
fn between_reports_of_one_split_seeds_pair_and_images_do_not() {
    let (one, other) = (report(SPLIT), report(SPLIT));
    let found = map_of(&one, &other);
    assert_eq!(found.intervals[0].how(), "paired: the same 3 seeds");
    let images = &found.intervals[1];
    assert!(!images.is_paired && images.why.contains("the same test images"), "{images:?}");
    // 0.03 and 0.04 either side.
    assert!(is_near(images.ends, [0.15, 0.25]), "{images:?}");
    let mut other = report(SPLIT);
    other.config = other.config.replace("seed = 1", "seed = 7");
    let seeds = &map_of(&one, &other).intervals[0];
    assert_eq!(seeds.how(), "not paired: other seeds");
    // Without its own spread the weak arm's seeds add nothing: Student's interval of the strong ones.
    assert!(is_near(seeds.ends, [0.2 - 0.24841, 0.2 + 0.24841]), "{seeds:?}");
}

#[test]
fn another_split_of_the_same_data_is_compared_without_pairs() {
    let (one, other) = (report(SPLIT), report("fedcba0987654321"));
    let hows: Vec<String> = map_of(&one, &other).intervals.iter().map(Interval::how).collect();
    assert_eq!(hows, ["not paired: another split of the images", "not paired: other test images"]);
}

#[test]
fn a_figure_of_one_seed_without_resamples_has_a_difference_alone() {
    let report = report(SPLIT);
    let [a, b] = sides(&report, &report);
    let found = differences(a, b).expect("comparable");
    assert_eq!((found[1].figure.as_str(), found[1].intervals.len()), ("uniformity", 0));
    assert!((found[1].difference - 0.1).abs() < 1e-12);
}

#[test]
fn what_is_of_other_data_labels_or_figures_is_refused_in_words() {
    let one = report(SPLIT);
    let refused = |change: fn(&mut Report), words: &[&str]| {
        let mut other = report("fedcba0987654321");
        change(&mut other);
        let [a, b] = sides(&one, &other);
        let why = differences(a, b).expect_err("refused").to_string();
        assert!(words.iter().all(|word| why.contains(word)), "{why}");
    };
    refused(|other| other.labels.truncate(1), &["other labels", "2 (a, ...)", "1 (a)"]);
    refused(|other| *other.images.get_mut("test").expect("there") = 9, &["other data", "1234567890ab...", "1294"]);
    refused(|other| other.config = other.config.replace("scenes", "crops"), &["other data", "configs name"]);
    refused(|other| other.arms[1].scalars.clear(), &["no figure in common"]);
    let side = Side { report: &one, arm: &one.arms[0] };
    assert_eq!(differences(side, side), Err(NotComparable::SameArm));
}
