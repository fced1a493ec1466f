//! Whether probabilities come true, an arm a plot.

use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{Plot, ReliabilityPlot};

/// The section of reliability diagrams; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let arms = subject.arms.iter().filter(|arm| !arm.arm.calibration.is_empty());
    let about = "On the dashed line, probabilities are what they say; below it they are too high, above it too low.";
    Section::of("Reliability", about, arms.map(figure).collect())
}

fn figure<'a>(arm: &ShownArm<'a>) -> Figure<'a> {
    let (arm, bins) = (arm.clone(), arm.arm.calibration.as_slice());
    let columns = ["Predicted", "Came true", "Predictions"].map(Column::new).to_vec();
    let table = Table::new(columns, bins.len(), |row| {
        let bin = &bins[row];
        vec![Cell::Number(bin.confidence, 4), Cell::Number(bin.frequency, 4), Cell::Count(bin.count as f64)]
    });
    let title = arm.name.clone();
    let draw = move |width| {
        let label = format!("Reliability of {}", arm.name);
        ReliabilityPlot { label: &label, series: arm.series(), bins }.svg(width)
    };
    Figure::drawn(title, Width::Third, table, draw)
}
