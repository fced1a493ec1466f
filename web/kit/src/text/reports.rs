//! Text of the reports.

use crate::numbers::grouped;
use nadir_core::report::{NotComparable, ReportError, SCHEMA_VERSION};

pub const TITLE: &str = "Reports";
pub const ABOUT: &str = "What was measured, with everything that is needed to run it again. Open a report, or select several to see their arms in the same plots.";
pub const LISTING: &str = "Fetching the list of reports";
pub const NO_LIST: &str =
    "This site has no list of reports. Reports of your own can be opened below; `nadir site` writes the list.";
pub const OWN: &str = "Open your own report";
pub const OWN_HINT: &str =
    "or drop report.json files here. They are read in this browser and sent nowhere; a reload forgets them.";
pub const DROP_HERE: &str = "Drop reports to open them";
pub const COMPARE: &str = "Compare the selected";
pub const COMPARE_HINT: &str = "Select two or more reports to compare them.";
pub const ALL: &str = "All reports";
pub const THIS_BROWSER: &str = "in this browser only";
pub const WHAT_RAN: &str = "What ran";
pub const CONFIG: &str = "The config in force";
pub const WHOLE_JSON: &str = "Download the report";
pub const ARMS: &str = "Arms shown";
pub const CONTENTS: &str = "On this page";
pub const TWO_ARMS: &str = "Two arms compared";
pub const ARM: &str = "Arm";
pub const AGAINST: &str = "less";
pub const SWAP: &str = "Swap";
pub const CHECKS: &str = "Figures computed here";
pub const CHECKS_ABOUT: &str = "Scenes are generated from seeds, so the figures of a network that learned from them can be computed anywhere: the same scenes, labelled by the network in this browser, and the same code for the figures as in `nadir verify`.";
pub const CHECK: &str = "Compute these figures here";
pub const CHECK_BEGINS: &str = "Fetching the network";
pub const CHECK_COLUMNS: [&str; 5] = ["Figure", "By the trainer", "Here", "Difference", "Verdict"];
pub const STOP: &str = "Stop";
pub const CHECK_CRASHED: &str =
    "The engine stopped. Try again, or on another device: choose it on the page Labels, then come back.";
pub const SAME: &str = "the same";
pub const DIFFERS: &str = "differs";
pub const TABLE: &str = "Table";
pub const PLOT: &str = "Plot";
pub const HIDDEN: &str = "None of the arms that are shown has this figure.";
pub const PREVIOUS: &str = "Previous";
pub const NEXT: &str = "Next";
pub const EMPTY: &str = "There is no report here yet.";
pub const SELECTED: &str = "Select to compare:";

/// The heading over several reports.
pub fn side_by_side(count: usize) -> String {
    format!("{count} reports side by side")
}

/// What a network's figures are computed on.
pub fn check_on(scenes: usize) -> String {
    format!("mAP and F1 on its first {} test scenes, which takes a minute or less.", grouped(scenes as f64))
}

/// How far a check is.
pub fn scored(done: usize, all: usize) -> String {
    format!("{done} of {all} scenes")
}

/// A check that the visitor ended.
pub fn check_stopped(done: usize, all: usize) -> String {
    match all {
        0 => "Stopped before the first scene.".into(),
        all => format!("Stopped after {done} of {all} scenes: figures of fewer scenes are others, so none are shown."),
    }
}

/// What a check found.
pub fn checked(figures: usize, differ: usize, scenes: usize, tolerance: f64) -> String {
    let scenes = grouped(scenes as f64);
    match differ {
        0 => format!("On {scenes} scenes all {figures} figures are those of the trainer, within {tolerance}."),
        differ => format!(
            "On {scenes} scenes {differ} of {figures} figures differ from the trainer's by more than {tolerance}: this \
             browser's device computes the network otherwise."
        ),
    }
}

/// A bundle's figure by its name.
pub fn figure(name: &str) -> &str {
    match name {
        "map" => "mAP",
        "f1_micro" => "F1 over all decisions",
        "f1_macro" => "F1, mean over the labels",
        other => other,
    }
}

/// Why two arms have no differences.
pub fn not_comparable(why: &NotComparable) -> String {
    format!("These cannot be compared: {why}. Choose two others.")
}

/// A link to a figure, for those who hear the page.
pub fn link_to(figure: &str) -> String {
    format!("Link to {figure}")
}

/// A button of a figure, for those who hear the page.
pub fn download(figure: &str, format: &str) -> String {
    format!("Download {figure} as {format}")
}

/// How a plot's values are read by keys.
pub fn picture(figure: &str) -> String {
    format!("{figure}: the arrow keys go through its values")
}

/// How many arms a report has.
pub fn arms(count: usize) -> String {
    if count == 1 { "1 arm".into() } else { format!("{count} arms") }
}

/// Which rows of a long table are seen.
pub fn rows(first: usize, last: usize, of: usize) -> String {
    let [first, last, of] = [first, last, of].map(|count| grouped(count as f64));
    format!("Rows {first} to {last} of {of}")
}

/// While reports are fetched.
pub fn fetching(names: &[String]) -> String {
    format!("Fetching {}", names.join(", "))
}

/// A report that is not on this site.
pub fn unknown(name: &str) -> String {
    format!("There is no report {name} here. A report of your own has to be opened again after a reload.")
}

/// A report that could not be fetched or read.
pub fn unreadable(name: &str) -> String {
    format!("{name} could not be read. Check that it is still there and try again.")
}

/// Why a file is not shown.
pub fn refused(name: &str, error: &ReportError) -> String {
    match error {
        ReportError::NotAReport(why) => format!(
            "{name} is not a report of Nadir. Expected is the report.json that `nadir study`, `nadir probe` or `nadir \
             detect eval` writes: a JSON object with a `schema_version` ({why})."
        ),
        ReportError::Version(found) if *found > SCHEMA_VERSION => format!(
            "{name} was written by a newer Nadir: it is of report version {found}, and this page reads version \
             {SCHEMA_VERSION}. Open it with a newer page."
        ),
        ReportError::Version(found) => format!(
            "{name} was written by an older Nadir: it is of report version {found}, and this page reads version \
             {SCHEMA_VERSION}. Run the study again with this build."
        ),
        ReportError::Layout(why) => {
            format!("{name} is damaged: it is not laid out as a report of version {SCHEMA_VERSION} ({why}).")
        }
        ReportError::Inconsistent(why) => format!("{name} contradicts itself: {why}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::report::Report;

    #[test]
    fn a_refusal_names_the_file_and_what_was_expected() {
        for (text, words) in [
            ("{\"weights\": 3}", ["not a report of Nadir", "schema_version"]),
            ("PNG", ["not a report of Nadir", "report.json"]),
            ("{\"schema_version\": 99}", ["newer", "version 99"]),
            ("{\"schema_version\": 1}", ["older", "version 1"]),
            ("{\"schema_version\": 2, \"study\": \"a\"}", ["damaged", "title"]),
        ] {
            let sentence = refused("mine.json", &Report::from_json(text).expect_err("no report"));
            assert!(sentence.starts_with("mine.json"), "{sentence}");
            assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
        }
    }
}
