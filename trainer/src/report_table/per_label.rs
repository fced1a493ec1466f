//! Figures of each label.

use super::aligned::{aligned, broken_head};
use crate::scalar_family::order;
use nadir_shared::plot::number::measured;
use nadir_shared::report::Report;
use std::collections::BTreeSet;

/// Arms' names are broken into lines of about this many characters, so that many stand beside each other.
const HEAD: usize = 10;

/// A figure of each label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PerLabel<'a> {
    /// Its name as a heading.
    pub title: String,
    /// Its name at an axis.
    pub axis: String,
    /// What stands where a label has none.
    pub none: &'static str,
    /// The arms that have it, with a value for each label or none.
    pub arms: Vec<(&'a str, &'a [Option<f64>])>,
}

/// Average precision, where arms have it, and the other figures of each label.
pub(crate) fn per_label(report: &Report) -> Vec<PerLabel<'_>> {
    let mut figures = Vec::new();
    let precision = report.arms.iter().filter(|arm| !arm.test_average_precision.is_empty());
    let precision: Vec<_> = precision.map(|arm| (arm.name.as_str(), arm.test_average_precision.as_slice())).collect();
    if !precision.is_empty() {
        figures.push(PerLabel {
            title: "Average precision".into(),
            axis: "average precision on the test images".into(),
            none: "no positive among the test images",
            arms: precision,
        });
    }
    figures.extend(others(report));
    figures
}

/// All but average precision.
fn others(report: &Report) -> impl Iterator<Item = PerLabel<'_>> {
    let names: BTreeSet<&str> = report.arms.iter().flat_map(|arm| arm.per_label.keys()).map(String::as_str).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| order(name));
    names.into_iter().map(|name| PerLabel {
        title: name.into(),
        axis: name.into(),
        none: "not measured",
        arms: report
            .arms
            .iter()
            .filter_map(|arm| Some((arm.name.as_str(), arm.per_label.get(name)?.as_slice())))
            .filter(|(_, values)| !values.is_empty())
            .collect(),
    })
}

/// A table of labels by arms for each figure but average precision.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let mut text = String::new();
    for figure in others(report) {
        text.push_str(&format!("{} of each label\n", figure.title));
        let names: Vec<&str> = [""].into_iter().chain(figure.arms.iter().map(|(arm, _)| *arm)).collect();
        let mut rows = broken_head(&names, HEAD);
        for (index, label) in report.labels.iter().enumerate() {
            let value = |values: &[Option<f64>]| values[index].map_or("-".into(), |value| measured(value, 3));
            rows.push([label.clone()].into_iter().chain(figure.arms.iter().map(|(_, values)| value(values))).collect());
        }
        text.push_str(&aligned(&rows, limit));
    }
    text
}
