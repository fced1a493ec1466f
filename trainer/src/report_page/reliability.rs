//! Whether probabilities come true, an arm a plot.

use super::Palette;
use super::markup::{self, figure, folded, named, table};
use nadir_shared::plot::number::{grouped, measured};
use nadir_shared::plot::{Plot, ReliabilityPlot};
use nadir_shared::report::Report;

/// Width in px; three of them stand in a row.
const WIDTH: u32 = 318;

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let mut plots = String::new();
    let mut rows = Vec::new();
    for arm in report.arms.iter().filter(|arm| !arm.calibration.is_empty()) {
        let series = palette.series(&arm.name);
        let label = format!("Reliability of {}", arm.name);
        let plot = ReliabilityPlot { label: &label, series, bins: &arm.calibration };
        plots.push_str(&figure(&arm.name, &plot.svg(WIDTH), "", ""));
        for bin in &arm.calibration {
            let [confidence, frequency] = [bin.confidence, bin.frequency].map(|share| measured(share, 4));
            rows.push(vec![named(series), confidence, frequency, grouped(bin.count as f64)]);
        }
    }
    if plots.is_empty() {
        return plots;
    }
    let head = ["Arm", "Predicted", "Came true", "Predictions"];
    let values = folded("Values", &table("Reliability of each arm", &head, &rows));
    let hint = "On the dashed line, probabilities are what they say; below it they are too high, above it too low.";
    markup::section("Reliability", hint, &format!("<div class=\"plots small\">{plots}</div>{values}"))
}
