//! How often each kind of error occurs to a detector.

use super::aligned::aligned;
use nadir_core::report::Report;
use nadir_core::report::names::ERROR_KINDS;
use nadir_plot::report_view::error_totals;

/// A table of arms by kinds, the right detections first.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (arm, matrix) in report.arms.iter().filter_map(|arm| Some((arm, arm.matrices.get(ERROR_KINDS)?))) {
        let totals = error_totals(matrix);
        if rows.is_empty() {
            rows.push([String::new()].into_iter().chain(totals.iter().map(|(kind, _)| (*kind).to_owned())).collect());
        }
        rows.push([arm.name.clone()].into_iter().chain(totals.iter().map(|(_, count)| count.to_string())).collect());
    }
    if rows.is_empty() { String::new() } else { format!("kinds of errors, all classes\n{}", aligned(&rows, limit)) }
}
