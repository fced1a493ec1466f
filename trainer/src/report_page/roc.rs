//! ROC curves, a plot for each score with a line for each arm.

use super::Palette;
use super::markup::{self, figure};
use crate::scalar_family::order;
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{LineChart, Plot};
use nadir_shared::report::{Arm, Report};
use std::collections::BTreeSet;

/// Width in px; three of them stand in a row.
const WIDTH: u32 = 318;

/// The score that a curve by this name is the ROC curve of.
pub(super) fn score(curve: &str) -> Option<&str> {
    curve.strip_prefix("ROC, ")
}

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let curves: BTreeSet<&str> = report.arms.iter().flat_map(|arm| arm.curves.keys()).map(String::as_str).collect();
    let mut curves: Vec<&str> = curves.into_iter().filter(|curve| score(curve).is_some()).collect();
    curves.sort_by_key(|curve| order(curve));
    let mut body = String::new();
    for name in curves {
        let score = score(name).expect("filtered by it");
        let of_arms: Vec<_> = report.arms.iter().filter_map(|arm| Some((arm, arm.curves.get(name)?))).collect();
        let Some((_, first)) = of_arms.first() else { continue };
        let names: Vec<String> = of_arms.iter().map(|(arm, _)| with_area(arm, score)).collect();
        let lines = of_arms
            .iter()
            .zip(&names)
            .map(|((arm, curve), named)| (palette.series_of(&arm.name, named), curve.points.as_slice()));
        let chart = LineChart {
            label: &format!("ROC curves of {score}, {} arms", of_arms.len()),
            x: &first.x,
            y: &first.y,
            lines: lines.collect(),
            square: Some([0.0, 1.0]),
            reference: Some(([[0.0, 0.0], [1.0, 1.0]], "chance")),
        };
        body.push_str(&figure(score, &chart.svg(WIDTH), "", ""));
    }
    if !body.is_empty() {
        body = format!("<div class=\"plots small\">{body}</div>");
    }
    let hint = "Over all thresholds of a score, the share of images it finds rightly against the share it takes \
                wrongly. The nearer a curve comes to the upper left corner, the better; beside each arm, the area \
                below its curve (AUROC), 0.5 by chance.";
    markup::section("ROC curves", hint, &body)
}

/// The arm's name with the area below its curve, where that was measured.
fn with_area(arm: &Arm, score: &str) -> String {
    let area = arm.scalars.iter().find(|(name, _)| {
        name.split_once(", ").is_some_and(|(figure, with)| figure.ends_with("AUROC") && with == score)
    });
    area.map_or(arm.name.clone(), |(_, scalar)| format!("{}: {}", arm.name, measured(scalar.mean, 3)))
}
