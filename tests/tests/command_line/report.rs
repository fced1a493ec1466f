//! `nadir report --compare` as a user meets it: any two arms against each other, and what it says where they cannot be.

use nadir_core::report::Report;
use nadir_tests::command::{contains_all, fails, json_of, nadir, stdout, succeeds, text};
use std::path::{Path, PathBuf};

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../static/reports/{name}.json"))
}

#[test]
fn two_arms_of_a_report_are_compared_as_the_report_did_and_over_seeds() {
    let path = committed("ucm_aid");
    let report = Report::from_json(&std::fs::read_to_string(&path).expect("committed")).expect("a report");
    let own = report.comparisons.iter().find(|other| other.scalar == "test mAP").expect("compared");
    let printed = succeeds(&nadir(&["report", text(&path), "--compare"]));
    contains_all(
        &printed,
        &[
            "SimCLR on AID less given weights, frozen.",
            "test mAP, 1 % of the labels",
            "paired: the same 3 seeds",
            "paired: the report's paired bootstrap",
            "not paired: the same test images, but their resamples are not kept",
        ],
    );
    let json = json_of(&nadir(&["report", text(&path), "--compare", "--json"]));
    let all = json[0]["differences"].as_array().expect("a list");
    let map = all.iter().find(|one| one["figure"] == "test mAP").expect("there");
    let [seeds, images] = [&map["intervals"][0], &map["intervals"][1]];
    assert_eq!((&seeds["over"], &images["over"]), (&"seeds".into(), &"test_images".into()), "{map}");
    assert_eq!(images["ends"], serde_json::json!(own.interval));
    // Student's interval of three differences by hand: 4.3027 standard errors.
    let values = |arm: usize| &report.arms[arm].scalars["test mAP"].values;
    let differences: Vec<f64> = values(1).iter().zip(values(0)).map(|(a, b)| a - b).collect();
    let mean = differences.iter().sum::<f64>() / 3.0;
    let spread = differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 2.0;
    let low = mean - 4.302_652_73 * (spread / 3.0).sqrt();
    assert!((seeds["ends"][0].as_f64().expect("a number") - low).abs() < 1e-8, "{seeds} and {low}");
}

#[test]
fn arms_of_two_reports_are_compared_by_name_and_as_a_page() {
    let [one, other] = ["ucm_aid", "ucm_paper"].map(committed);
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("compared.html");
    let printed = succeeds(&nadir(&["report", text(&one), text(&other), "--compare", "--html", text(&page)]));
    // The arm that both have, of one split.
    contains_all(
        &printed,
        &["given weights, frozen · ucm_aid less given weights, frozen · ucm_paper.", "the same test images"],
    );
    let html = std::fs::read_to_string(&page).expect("written");
    contains_all(&html, &["<svg", "Shares, more is better", "given weights, frozen · ucm_aid less", "What ran"]);
    let named = ["report", text(&one), text(&other), "--compare", "--arm", "SimCLR on AID", "--arm", "SimCLR"];
    contains_all(&stdout(&nadir(&named)), &["SimCLR on AID · ucm_aid less SimCLR · ucm_paper.", "test mAP"]);
}

#[test]
fn what_cannot_be_compared_is_refused_in_words() {
    let [ucm, voc, vhr10, planes] =
        ["ucm_aid", "ranking_voc_sample", "detect_aerial_vhr10", "detect_aerial_hrplanes"].map(committed);
    let pick = ["--arm", "SimCLR on AID", "--arm", "softmax"];
    let output = nadir(&[&["report", text(&ucm), text(&voc), "--compare"], pick.as_slice()].concat());
    fails(&output, &["cannot be compared", "other labels", "17 (airplane, ...)", "20 (aeroplane, ...)"]);
    let output = nadir(&["report", text(&vhr10), text(&planes), "--compare"]);
    fails(&output, &["cannot be compared", "other data", "650", "360"]);
    let output = nadir(&["report", text(&ucm), "--compare", "--arm", "SimCLR", "--arm", "softmax"]);
    fails(&output, &["ucm_aid has no arm \"SimCLR\"", "\"SimCLR on AID\""]);
    assert_eq!(nadir(&["report", text(&ucm), "--arm", "SimCLR on AID"]).status.code(), Some(2));
}
