//! Kinds of errors of detectors: how often each occurs, and to which class.

use super::Palette;
use super::markup::{self, figure, folded, plotted_whole, table};
use crate::evaluate::detection::report::{ERROR_KINDS, RIGHT};
use crate::report_table::error_totals;
use nadir_shared::plot::{GroupedBars, escaped};
use nadir_shared::report::Report;

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let totals = error_totals(report);
    let Some((_, first)) = totals.first() else { return String::new() };
    let kinds: Vec<&str> = first.iter().map(|(kind, _)| *kind).filter(|kind| *kind != RIGHT).collect();
    let count = |counts: &[(&str, f64)], kind: &str| counts.iter().find(|(other, _)| *other == kind).map(|one| one.1);
    let bars = GroupedBars {
        label: "How often each kind of error occurs",
        x: "detections, or objects that were missed",
        groups: kinds.clone(),
        series: totals
            .iter()
            .map(|(arm, counts)| (palette.series(arm), kinds.iter().map(|kind| count(counts, kind)).collect()))
            .collect(),
        none: "not counted",
    };
    let right = totals.iter().filter_map(|(arm, counts)| Some(format!("{arm} {}", count(counts, RIGHT)?)));
    let caption = format!("Right detections: {}.", right.collect::<Vec<_>>().join("; "));
    let of_classes: String =
        report.arms.iter().filter_map(|arm| Some(by_class(&arm.name, arm.matrices.get(ERROR_KINDS)?))).collect();
    let plot = figure("All classes", &plotted_whole(&bars), &caption, &of_classes);
    let hint = "Classification: on an object of another class. Localisation: too far from an object of its class. \
                Duplicate: on an object that a surer detection found. Background: near no object. Missed: an object that no \
                detection is about.";
    markup::section("Kinds of errors", hint, &format!("<div class=\"plots single\">{plot}</div>"))
}

fn by_class(arm: &str, matrix: &nadir_shared::report::Matrix) -> String {
    let head: Vec<&str> = ["Class"].into_iter().chain(matrix.columns.iter().map(String::as_str)).collect();
    let rows: Vec<Vec<String>> = matrix
        .rows
        .iter()
        .zip(&matrix.values)
        .map(|(class, counts)| {
            let cells = counts.iter().map(|count| count.map_or("–".into(), |count| count.to_string()));
            [escaped(class)].into_iter().chain(cells).collect()
        })
        .collect();
    let name = format!("Kinds of errors of {arm}, each class");
    folded(&format!("Each class: {arm}"), &table(&name, &head, &rows))
}
