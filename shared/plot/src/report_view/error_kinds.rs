//! Kinds of errors of detectors: how often each occurs, and to which class.

use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{GroupedBars, Plot};
use nadir_core::report::Matrix;
use nadir_core::report::names::{ERROR_KINDS, RIGHT};

/// Every kind of a matrix of kinds of errors, with its count over all classes.
pub fn error_totals(matrix: &Matrix) -> Vec<(&str, f64)> {
    let total = |column: usize| matrix.values.iter().filter_map(|row| row.get(column).copied().flatten()).sum();
    matrix.columns.iter().enumerate().map(|(column, kind)| (kind.as_str(), total(column))).collect()
}

/// The section of a detector's kinds of errors; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let matrices: Vec<(ShownArm<'a>, &'a Matrix)> =
        subject.arms.iter().filter_map(|arm| Some((arm.clone(), arm.arm.matrices.get(ERROR_KINDS)?))).collect();
    let mut figures: Vec<Figure> = Vec::new();
    if !matrices.is_empty() {
        figures.push(totals(&matrices));
    }
    figures.extend(
        matrices.into_iter().map(|(arm, matrix)| {
            Figure::tabled(arm.name, super::matrices::table(matrix, 0)).in_part("Each class", true)
        }),
    );
    let about = "Classification: on an object of another class. Localisation: too far from an object of its class. \
                 Duplicate: on an object that a higher-scoring detection found. Background: near no object. Missed: an object that \
                 no detection is about.";
    Section::of("Kinds of errors", about, figures)
}

fn totals<'a>(matrices: &[(ShownArm<'a>, &'a Matrix)]) -> Figure<'a> {
    let totals: Vec<(ShownArm<'a>, Vec<(&'a str, f64)>)> =
        matrices.iter().map(|(arm, matrix)| (arm.clone(), error_totals(matrix))).collect();
    let kinds: Vec<&'a str> = totals.first().map_or(vec![], |(_, first)| first.iter().map(|(kind, _)| *kind).collect());
    let count = |counts: &[(&str, f64)], kind: &str| counts.iter().find(|(other, _)| *other == kind).map(|one| one.1);
    let columns = [Column::new("Arm")].into_iter().chain(kinds.iter().map(|kind| Column::new(*kind))).collect();
    let rows = totals.iter().map(|(arm, counts)| {
        let cells = kinds.iter().map(|kind| count(counts, kind).map_or(Cell::None, Cell::Count));
        [Cell::Arm(arm.index, arm.name.clone())].into_iter().chain(cells).collect()
    });
    let table = Table::of(columns, rows.collect());
    let right = totals.iter().filter_map(|(arm, counts)| Some(format!("{} {}", arm.name, count(counts, RIGHT)?)));
    let about = format!("Right detections: {}.", right.collect::<Vec<_>>().join("; "));
    let draw = move |width| {
        let kinds: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != RIGHT).collect();
        let counts = |of_arm: &[(&str, f64)]| kinds.iter().map(|kind| count(of_arm, kind)).collect();
        GroupedBars {
            label: "How often each kind of error occurs",
            x: "detections, or objects that were missed",
            groups: kinds.clone(),
            series: totals.iter().map(|(arm, of_arm)| (arm.series(), counts(of_arm))).collect(),
            none: "not counted",
        }
        .svg(width)
    };
    Figure::drawn("All classes", Width::Whole, table, draw).about(about)
}
