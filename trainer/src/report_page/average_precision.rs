//! Average precision of each label.

use super::Palette;
use super::markup::{self, figure, folded, plotted_whole, table};
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{GroupedBars, escaped};
use nadir_shared::report::{Arm, Report};

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let arms: Vec<&Arm> = report.arms.iter().filter(|arm| !arm.test_average_precision.is_empty()).collect();
    if arms.is_empty() {
        return String::new();
    }
    let bars = GroupedBars {
        label: "Average precision of each label",
        x: "average precision on the test images",
        groups: report.labels.iter().map(String::as_str).collect(),
        series: arms.iter().map(|arm| (palette.series(&arm.name), arm.test_average_precision.clone())).collect(),
        none: "no positive among the test images",
    };
    let caption = match arms.len() {
        1 => "Mean over the seeds; the highest first.",
        _ => {
            "Mean over the seeds; the label with the highest mean first. Within a label, the arms in the legend's order."
        }
    };
    let rows: Vec<Vec<String>> = report
        .labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            let value = |arm: &&Arm| arm.test_average_precision[index].map_or("–".into(), |value| measured(value, 3));
            [escaped(label)].into_iter().chain(arms.iter().map(value)).collect()
        })
        .collect();
    let head: Vec<&str> = ["Label"].into_iter().chain(arms.iter().map(|arm| arm.name.as_str())).collect();
    let values = folded("Values", &table("Average precision of each label", &head, &rows));
    let plot = figure("Average precision", &plotted_whole(&bars), caption, &values);
    markup::section("Each label", "", &format!("<div class=\"plots single\">{plot}</div>"))
}
