//! Arms against each other on the same test images.

use super::Palette;
use super::markup::{self, figure, plotted, table};
use nadir_shared::plot::number::{measured, signed};
use nadir_shared::plot::{Difference, ForestPlot, escaped};
use nadir_shared::report::{Comparison, Report};

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let mut scalars: Vec<&str> = Vec::new();
    for comparison in &report.comparisons {
        if !scalars.contains(&comparison.scalar.as_str()) {
            scalars.push(&comparison.scalar);
        }
    }
    let mut body = String::new();
    for scalar in scalars {
        let of_scalar: Vec<&Comparison> = report.comparisons.iter().filter(|other| other.scalar == scalar).collect();
        let names: Vec<String> = of_scalar.iter().map(|other| format!("{} – {}", other.arm, other.against)).collect();
        let rows = of_scalar
            .iter()
            .zip(&names)
            .map(|(other, name)| Difference {
                series: palette.series_of(&other.arm, name),
                difference: other.difference,
                interval: other.interval,
            })
            .collect();
        let axis = format!("difference in {scalar}");
        let plot = ForestPlot { label: &format!("Differences in {scalar} between arms"), x: &axis, rows };
        let caption = "Line: 95 % of the resampled differences. Filled mark: 0 is outside of them; hollow: it is not.";
        let values: Vec<Vec<String>> = of_scalar
            .iter()
            .zip(&names)
            .map(|(other, name)| {
                let [low, high] = other.interval.map(|end| signed(end, 4));
                let share = measured(other.share_above_zero, 3);
                vec![escaped(name), signed(other.difference, 4), format!("[{low}, {high}]"), share]
            })
            .collect();
        let head = ["Arms", "Difference", "95 % interval", "Share above 0"];
        let values = table(&format!("Differences in {scalar}"), &head, &values);
        body.push_str(&figure(scalar, &plotted(&plot), caption, &markup::folded("Values", &values)));
    }
    if !body.is_empty() {
        body = format!("<div class=\"plots\">{body}</div>");
    }
    let hint = "One arm's figure less another's, on the same resampled test images (a paired bootstrap).";
    markup::section("Comparisons", hint, &body)
}
