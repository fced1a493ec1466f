//! Curves over all thresholds of a score, both axes from 0 to 1: ROC curves, and precision against recall.

use super::curves::{OfArms, of_arms, table};
use super::families::order;
use super::figure::{Figure, Section, Width};
use super::subject::Subject;
use crate::number::measured;
use crate::{LineChart, Plot, Series};
use nadir_core::report::names::{PRECISION_RECALL, ROC};
use nadir_core::report::{Arm, Curve};
use std::collections::BTreeSet;

/// The ROC curves, a plot for each score.
pub(super) fn roc<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let mut scores: Vec<(&'a str, &'a str)> =
        names(subject).into_iter().filter_map(|name| Some((name, name.strip_prefix(ROC)?))).collect();
    scores.sort_by_key(|(name, _)| order(name));
    let figures = scores.into_iter().map(|(name, score)| {
        let label = format!("ROC curves of {score}");
        square(of_arms(subject, name), score, label, Some("chance"), move |arm, _| area(arm, score))
    });
    let about = "Over all thresholds of a score, the share of images it finds rightly against the share it takes \
                 wrongly. The nearer a curve comes to the upper left corner, the better; beside each arm, the area \
                 below its curve (AUROC), 0.5 by chance.";
    Section::of("ROC curves", about, figures.collect())
}

/// Precision-recall curves of detectors: the mean over the classes, then each class.
pub(super) fn precision_recall<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let mut overlaps: Vec<&'a str> = Vec::new();
    for rest in names(subject).into_iter().filter_map(|name| name.strip_prefix(PRECISION_RECALL)) {
        let overlap = rest.split_once(" of ").map_or(rest, |(overlap, _)| overlap);
        if !overlaps.contains(&overlap) {
            overlaps.push(overlap);
        }
    }
    let chart = |name: String, title: String| {
        let curves = of_arms(subject, &name);
        let label = format!("{title}: precision against recall");
        (!curves.is_empty()).then(|| square(curves, title, label, None, |_, curve| mean(curve)))
    };
    let mut figures: Vec<Figure> = Vec::new();
    for overlap in &overlaps {
        figures.extend(chart(format!("{PRECISION_RECALL}{overlap}"), format!("Mean at IoU {overlap}")));
    }
    for overlap in &overlaps {
        let of_label = |label: &str| chart(format!("{PRECISION_RECALL}{overlap} of {label}"), label.to_owned());
        let part = format!("Each class at IoU {overlap}");
        let of_labels = subject.labels().into_iter().filter_map(of_label);
        figures.extend(of_labels.map(|figure| figure.in_part(part.as_str(), true)));
    }
    let about = "The share of detections that are right against the share of objects that are found, over all thresholds \
                 of the score; a detection is right where it overlaps its object by the IoU or more. Beside each arm, the \
                 mean over all recalls: the average precision.";
    Section::of("Precision and recall", about, figures)
}

/// The names of all curves.
fn names<'a>(subject: &Subject<'a>) -> BTreeSet<&'a str> {
    subject.arms.iter().flat_map(|arm| arm.arm.curves.keys()).map(String::as_str).collect()
}

/// A square of curves. `beside` gives the number that stands beside an arm's name; `diagonal` names the line from
/// corner to corner.
fn square<'a>(
    curves: OfArms<'a>,
    title: impl Into<String>,
    label: String,
    diagonal: Option<&'static str>,
    beside: impl Fn(&Arm, &Curve) -> Option<f64> + 'a,
) -> Figure<'a> {
    let table = table(&curves);
    let draw = move |width| {
        let named = |(arm, curve): &(super::subject::ShownArm<'a>, &'a Curve)| match beside(arm.arm, curve) {
            Some(number) => format!("{}: {}", arm.name, measured(number, 3)),
            None => arm.name.clone(),
        };
        let names: Vec<String> = curves.iter().map(named).collect();
        let lines = curves
            .iter()
            .zip(&names)
            .map(|((arm, curve), name)| (Series { name, index: arm.index }, curve.points.as_slice()));
        let (x, y) = curves.first().map_or(("", ""), |(_, first)| (&first.x, &first.y));
        let reference = diagonal.map(|name| ([[0.0, 0.0], [1.0, 1.0]], name));
        let label = format!("{label}, {} arms", curves.len());
        LineChart {
            label: &label,
            x,
            y,
            lines: lines.collect(),
            bands: Vec::new(),
            square: Some([0.0, 1.0]),
            reference,
        }
        .svg(width)
    };
    Figure::drawn(title, Width::Third, table, draw)
}

/// The area below an arm's ROC curve of a score, where that was measured.
fn area(arm: &Arm, score: &str) -> Option<f64> {
    let is_it =
        |name: &str| name.split_once(", ").is_some_and(|(figure, with)| figure.ends_with("AUROC") && with == score);
    arm.scalars.iter().find(|(name, _)| is_it(name)).map(|(_, scalar)| scalar.mean)
}

/// The mean of a curve's points, which for precision over evenly spaced recalls is the average precision.
fn mean(curve: &Curve) -> Option<f64> {
    Some(curve.points.iter().map(|point| point[1]).sum::<f64>() / curve.points.len().max(1) as f64)
}
