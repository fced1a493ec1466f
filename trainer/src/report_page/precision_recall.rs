//! Precision-recall curves of detectors: the mean over the classes, then each class.

use super::Palette;
use super::markup::{self, figure, folded};
use crate::evaluate::detection::curves::PREFIX;
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{LineChart, Plot};
use nadir_shared::report::{Arm, Curve, Report};

/// Width in px; three of them stand in a row.
const WIDTH: u32 = 318;

/// The overlap and, where the curve is of one, the class that a curve by this name is of.
pub(super) fn parted(curve: &str) -> Option<(&str, Option<&str>)> {
    let rest = curve.strip_prefix(PREFIX)?;
    Some(rest.split_once(" of ").map_or((rest, None), |(overlap, class)| (overlap, Some(class))))
}

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let mut overlaps: Vec<&str> = Vec::new();
    for (overlap, _) in report.arms.iter().flat_map(|arm| arm.curves.keys()).filter_map(|name| parted(name)) {
        if !overlaps.contains(&overlap) {
            overlaps.push(overlap);
        }
    }
    let mut body = String::new();
    for overlap in &overlaps {
        body.push_str(&chart(report, palette, &format!("{PREFIX}{overlap}"), &format!("Mean at IoU {overlap}")));
    }
    if body.is_empty() {
        return String::new();
    }
    body = format!("<div class=\"plots small\">{body}</div>");
    for overlap in &overlaps {
        let of_class = |label: &String| chart(report, palette, &format!("{PREFIX}{overlap} of {label}"), label);
        let classes: String = report.labels.iter().map(of_class).collect();
        let grid = format!("<div class=\"plots small\">{classes}</div>");
        body.push_str(&folded(&format!("Each class at IoU {overlap}"), &grid));
    }
    let hint = "The share of detections that are right against the share of objects that are found, over all thresholds \
                of the score; a detection is right where it overlaps its object by the IoU or more. Beside each arm, the \
                mean over all recalls: the average precision.";
    markup::section("Precision and recall", hint, &body)
}

/// The curves of this name of all arms; nothing where no arm has it.
fn chart(report: &Report, palette: Palette, name: &str, title: &str) -> String {
    let of_arms: Vec<(&Arm, &Curve)> =
        report.arms.iter().filter_map(|arm| Some((arm, arm.curves.get(name)?))).collect();
    let Some((_, first)) = of_arms.first() else { return String::new() };
    let names: Vec<String> = of_arms.iter().map(|(arm, curve)| with_mean(arm, curve)).collect();
    let lines = of_arms
        .iter()
        .zip(&names)
        .map(|((arm, curve), named)| (palette.series_of(&arm.name, named), curve.points.as_slice()));
    let chart = LineChart {
        label: &format!("{title}: precision against recall of {} arms", of_arms.len()),
        x: &first.x,
        y: &first.y,
        lines: lines.collect(),
        square: Some([0.0, 1.0]),
        reference: None,
    };
    figure(title, &chart.svg(WIDTH), "", "")
}

fn with_mean(arm: &Arm, curve: &Curve) -> String {
    let mean = curve.points.iter().map(|point| point[1]).sum::<f64>() / curve.points.len().max(1) as f64;
    format!("{}: {}", arm.name, measured(mean, 3))
}
