//! Figures of each label: average precision, accuracy and others by name.

use super::families::order;
use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{GroupedBars, Plot};
use nadir_core::report::Arm;
use std::collections::BTreeSet;

/// A figure of each label.
#[derive(Debug, Clone, PartialEq)]
pub struct PerLabel<'a> {
    /// Its name as a heading.
    pub title: String,
    /// Its name at an axis.
    pub axis: String,
    /// The text where a label has no value.
    pub none: &'static str,
    /// The arms that have it, with their values in the order of their report's labels.
    pub arms: Vec<(ShownArm<'a>, &'a [Option<f64>])>,
}

/// The title of the figure that every multi-label study has.
const PRECISION: &str = "Average precision";

impl PerLabel<'_> {
    /// Whether it is the average precision.
    pub fn is_precision(&self) -> bool {
        self.title == PRECISION
    }
}

/// Average precision, where arms have it, and the other figures of each label.
pub fn per_label<'a>(subject: &Subject<'a>) -> Vec<PerLabel<'a>> {
    let of_arms = |values: &dyn Fn(&'a Arm) -> Option<&'a [Option<f64>]>| -> Vec<(ShownArm<'a>, &'a [Option<f64>])> {
        let arms = subject.arms.iter().filter_map(|arm| Some((arm.clone(), values(arm.arm)?)));
        arms.filter(|(_, values)| !values.is_empty()).collect()
    };
    let precision = PerLabel {
        title: PRECISION.into(),
        axis: "average precision on the test images".into(),
        none: "no positive among the test images",
        arms: of_arms(&|arm| Some(arm.test_average_precision.as_slice())),
    };
    let names: BTreeSet<&str> =
        subject.arms.iter().flat_map(|arm| arm.arm.per_label.keys()).map(String::as_str).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| order(name));
    let others = names.into_iter().map(|name| PerLabel {
        title: name.into(),
        axis: name.into(),
        none: "not measured",
        arms: of_arms(&|arm| arm.per_label.get(name).map(Vec::as_slice)),
    });
    [precision].into_iter().chain(others).filter(|figure| !figure.arms.is_empty()).collect()
}

/// The section of figures of each label; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let of_labels = per_label(subject);
    // One figure has the width for it; of several, two stand in a row.
    let width = if of_labels.len() == 1 { Width::Whole } else { Width::Half };
    Section::of("Each label", "", of_labels.into_iter().map(|of| figure(subject.labels(), of, width)).collect())
}

fn figure<'a>(labels: Vec<&'a str>, of: PerLabel<'a>, width: Width) -> Figure<'a> {
    let about = match of.arms.len() {
        1 => "Mean over the seeds; the highest first.",
        _ => {
            "Mean over the seeds; the label with the highest mean first. Within a label, the arms in the legend's order."
        }
    };
    let values: Vec<Vec<Option<f64>>> =
        of.arms.iter().map(|(arm, values)| labels.iter().map(|label| value(arm, values, label)).collect()).collect();
    let arms = of.arms.iter().map(|(arm, _)| Column::new(arm.name.as_str()));
    let columns = [Column::new("Label")].into_iter().chain(arms).collect();
    let row = |(index, label): (usize, &&str)| {
        let cells = values.iter().map(|of_arm| Cell::number(of_arm[index], 3));
        [Cell::Text((*label).to_owned())].into_iter().chain(cells).collect()
    };
    let table = Table::of(columns, labels.iter().enumerate().map(row).collect());
    let title = of.title.clone();
    let draw = move |width| {
        let series = of.arms.iter().zip(&values).map(|((arm, _), values)| (arm.series(), values.clone()));
        let label = format!("{} of each label", of.title);
        GroupedBars { label: &label, x: &of.axis, groups: labels.clone(), series: series.collect(), none: of.none }
            .svg(width)
    };
    Figure::drawn(title, width, table, draw).about(about)
}

/// An arm's value for a label, which its report may have at another index or not at all.
fn value(arm: &ShownArm, values: &[Option<f64>], label: &str) -> Option<f64> {
    let index = arm.of.report.labels.iter().position(|other| other == label)?;
    values.get(index).copied().flatten()
}
