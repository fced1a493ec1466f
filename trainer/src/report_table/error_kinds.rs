//! How often each kind of error occurs to a detector.

use super::aligned::aligned;
use crate::evaluate::detection::report::ERROR_KINDS;
use nadir_shared::report::Report;

/// Of each arm that has them: every kind with its count over all classes, the right detections first.
pub(crate) fn error_totals(report: &Report) -> Vec<(&str, Vec<(&str, f64)>)> {
    let arms = report.arms.iter().filter_map(|arm| Some((arm, arm.matrices.get(ERROR_KINDS)?)));
    arms.map(|(arm, matrix)| {
        let total = |column: usize| matrix.values.iter().filter_map(|row| row.get(column).copied().flatten()).sum();
        let kinds = matrix.columns.iter().enumerate().map(|(column, kind)| (kind.as_str(), total(column)));
        (arm.name.as_str(), kinds.collect())
    })
    .collect()
}

/// A table of arms by kinds.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let totals = error_totals(report);
    let Some((_, first)) = totals.first() else { return String::new() };
    let head = [String::new()].into_iter().chain(first.iter().map(|(kind, _)| (*kind).to_owned())).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    for (arm, counts) in &totals {
        rows.push([(*arm).to_owned()].into_iter().chain(counts.iter().map(|(_, count)| count.to_string())).collect());
    }
    format!("kinds of errors, all classes\n{}", aligned(&rows, limit))
}
