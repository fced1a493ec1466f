//! Curves by name, all arms that have one in the same plot; ROC and precision-recall curves have
//! sections of their own.

use super::Palette;
use super::markup::{self, figure, plotted};
use super::{precision_recall, roc};
use nadir_shared::plot::LineChart;
use nadir_shared::report::Report;

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in report.arms.iter().flat_map(|arm| arm.curves.keys()) {
        let elsewhere = roc::score(name).is_some() || precision_recall::parted(name).is_some();
        if !elsewhere && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut body = String::new();
    for name in names {
        let curves: Vec<_> = report.arms.iter().filter_map(|arm| Some((arm, arm.curves.get(name)?))).collect();
        let Some((_, first)) = curves.first() else { continue };
        let lines = curves.iter().map(|(arm, curve)| (palette.series(&arm.name), curve.points.as_slice())).collect();
        let label = format!("{name} of {} arms", curves.len());
        let chart = LineChart { label: &label, x: &first.x, y: &first.y, lines, square: None, reference: None };
        body.push_str(&figure(name, &plotted(&chart), "", ""));
    }
    if !body.is_empty() {
        body = format!("<div class=\"plots\">{body}</div>");
    }
    markup::section("Curves", "", &body)
}
