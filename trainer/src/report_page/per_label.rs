//! Figures of each label: average precision, accuracy and others by name.

use super::Palette;
use super::markup::{self, figure, folded, plotted, plotted_whole, table};
use crate::report_table::{PerLabel, per_label};
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{GroupedBars, escaped};
use nadir_shared::report::Report;

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let figures = per_label(report);
    // One figure has the width for it; of several, two stand in a row.
    let is_single = figures.len() == 1;
    let plots: String = figures.iter().map(|figure| plot(report, palette, figure, is_single)).collect();
    let body = match figures.len() {
        0 => String::new(),
        1 => format!("<div class=\"plots single\">{plots}</div>"),
        _ => format!("<div class=\"plots\">{plots}</div>"),
    };
    markup::section("Each label", "", &body)
}

fn plot(report: &Report, palette: Palette, of: &PerLabel, is_single: bool) -> String {
    let label = format!("{} of each label", of.title);
    let bars = GroupedBars {
        label: &label,
        x: &of.axis,
        groups: report.labels.iter().map(String::as_str).collect(),
        series: of.arms.iter().map(|(arm, values)| (palette.series(arm), values.to_vec())).collect(),
        none: of.none,
    };
    let caption = match of.arms.len() {
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
            let value = |values: &[Option<f64>]| values[index].map_or("–".into(), |value| measured(value, 3));
            [escaped(label)].into_iter().chain(of.arms.iter().map(|(_, values)| value(values))).collect()
        })
        .collect();
    let head: Vec<&str> = ["Label"].into_iter().chain(of.arms.iter().map(|(arm, _)| *arm)).collect();
    let values = folded("Values", &table(&label, &head, &rows));
    let plot = if is_single { plotted_whole(&bars) } else { plotted(&bars) };
    figure(&of.title, &plot, caption, &values)
}
