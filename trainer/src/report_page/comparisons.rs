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
        // The arm that all are compared with is named once, on the axis.
        let against = of_scalar[0].against.as_str();
        let is_common = of_scalar.iter().all(|other| other.against == against);
        let name = |other: &&Comparison| match is_common {
            true => other.arm.clone(),
            false => format!("{} – {}", other.arm, other.against),
        };
        let names: Vec<String> = of_scalar.iter().map(name).collect();
        let rows = of_scalar
            .iter()
            .zip(&names)
            .map(|(other, name)| Difference {
                series: palette.series_of(&other.arm, name),
                difference: other.difference,
                interval: other.interval,
            })
            .collect();
        let axis = match is_common {
            true => format!("{scalar} less that of {against}"),
            false => format!("difference in {scalar}"),
        };
        let plot = ForestPlot { label: &format!("Differences in {scalar} between arms"), x: &axis, rows };
        let values: Vec<Vec<String>> = of_scalar
            .iter()
            .map(|other| {
                let [low, high] = other.interval.map(|end| signed(end, 4));
                let share = measured(other.share_above_zero, 3);
                vec![
                    escaped(&other.arm),
                    escaped(&other.against),
                    signed(other.difference, 4),
                    format!("[{low}, {high}]"),
                    share,
                ]
            })
            .collect();
        let head = ["Arm", "Against", "Difference", "95 % interval", "Share above 0"];
        let values = table(&format!("Differences in {scalar}"), &head, &values);
        body.push_str(&figure(scalar, &plotted(&plot), "", &markup::folded("Values", &values)));
    }
    if !body.is_empty() {
        body = format!("<div class=\"plots\">{body}</div>");
    }
    let hint = "One arm's figure less another's, on the same resampled test images (a paired bootstrap). Line: where \
                95 % of the differences lie. Filled mark: 0 is outside of them; hollow: it is not.";
    markup::section("Comparisons", hint, &body)
}
