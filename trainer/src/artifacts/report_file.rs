//! Finds, reads and checks a report.

use anyhow::{Context, Result};
use nadir_core::report::Report;
use std::path::{Path, PathBuf};

/// The report's name in a run folder.
pub const REPORT_FILE: &str = "report.json";

/// Reads a report from its file or from a folder that holds a `report.json`.
///
/// # Errors
/// Names the file and what is wrong with it: not there, no JSON, another schema version, no arms, or lists whose
/// lengths do not fit together.
pub fn read(path: &Path) -> Result<Report> {
    let file = if path.is_dir() { path.join(REPORT_FILE) } else { path.to_owned() };
    let text = std::fs::read_to_string(&file).with_context(|| match path.is_dir() {
        true => format!("no report in {}: cannot read {}", path.display(), file.display()),
        false => format!("cannot read the report {}", file.display()),
    })?;
    Report::from_json(&text).with_context(|| format!("in the report {}", file.display()))
}

/// The run's name for a reader: the folder for a `report.json`, else the file's name without its ending.
pub fn name(path: &Path) -> String {
    let is_report = path.file_name().is_some_and(|name| name == REPORT_FILE);
    let named: PathBuf = match path.parent() {
        Some(parent) if is_report && parent.file_name().is_some() => parent.to_owned(),
        _ if path.is_dir() => path.to_owned(),
        _ => path.with_extension(""),
    };
    named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::example;

    fn refused(text: &str, words: &[&str]) {
        let error = format!("{:#}", Report::from_json(text).expect_err("refused"));
        for word in words {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn each_bad_report_is_refused_in_its_own_words() {
        refused("", &["schema_version", "EOF"]);
        refused("{\"title\": 3}", &["schema_version"]);
        refused("{\"schema_version\": 1}", &["1 was found", "2 is expected"]);
        refused("{\"schema_version\": 2}", &["missing field", "study"]);
        let json = |change: fn(&mut Report)| {
            let mut report = example::report(2);
            change(&mut report);
            serde_json::to_string(&report).expect("JSON")
        };
        assert_eq!(Report::from_json(&json(|_| ())).expect("good").arms.len(), 2);
        refused(&json(|report| report.arms.clear()), &["no arms"]);
        refused(&json(|report| report.arms[1].name = report.arms[0].name.clone()), &["two arms"]);
        refused(&json(|report| report.arms[0].test_average_precision.truncate(3)), &["3 values", "expected 17"]);
        refused(&json(|report| report.map_images.truncate(5)), &["points in its", "expected 5"]);
    }

    #[test]
    fn tables_labels_and_published_figures_that_do_not_fit_are_refused() {
        let json = |change: fn(&mut Report)| {
            let mut report = example::ranking();
            change(&mut report);
            serde_json::to_string(&report).expect("JSON")
        };
        assert_eq!(Report::from_json(&json(|_| ())).expect("good").arms.len(), 6);
        let of_labels =
            |report: &mut Report| report.arms[1].per_label.values_mut().for_each(|values| values.truncate(9));
        refused(&json(of_labels), &["9 values of each label's", "Kendall's tau", "expected 10"]);
        let rows =
            |report: &mut Report| report.arms[2].matrices.values_mut().for_each(|matrix| matrix.values.truncate(9));
        refused(&json(rows), &["SupCon (r ≤ 3)", "class similarity", "9 rows of values", "expected 10"]);
        let columns =
            |report: &mut Report| report.matrices.values_mut().for_each(|matrix| matrix.values[3].truncate(9));
        refused(&json(columns), &["asked ranking", "baseball diamond", "9 values", "expected 10"]);
        // JSON has no number for what is not finite; null stands there instead and is no number.
        refused(&json(|report| report.published[0].value = f64::NAN), &["not laid out", "f64"]);
        let mut report = example::ranking();
        report.published[0].value = f64::INFINITY;
        let error = report.check().expect_err("refused");
        assert!(error.contains("published") && error.contains("inf"), "{error}");
    }

    #[test]
    fn a_report_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = format!("{:#}", read(folder.path()).expect_err("nothing in it"));
        assert!(error.contains("no report in") && error.contains(REPORT_FILE), "{error}");
        let error = format!("{:#}", read(&folder.path().join("none.json")).expect_err("not there"));
        assert!(error.contains("none.json"), "{error}");
    }

    #[test]
    fn a_report_is_named_after_its_run() {
        assert_eq!(name(Path::new("runs/ucm/report.json")), "ucm");
        assert_eq!(name(Path::new("ablation.json")), "ablation");
        assert_eq!(name(Path::new("report.json")), "report");
    }
}
