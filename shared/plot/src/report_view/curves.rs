//! Curves by name, all arms that have one in the same plot; ROC and precision-recall curves have sections of their own.

use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{LineChart, Plot};
use nadir_core::report::Curve;
use nadir_core::report::names::{PRECISION_RECALL, ROC};

/// What a band is.
const BAND: &str = "Each line is the mean over the seeds; eight of ten seeds lie within its band.";

/// The curves of one name, with the arms that they are of.
pub(super) type OfArms<'a> = Vec<(ShownArm<'a>, &'a Curve)>;

/// The section of all curves but ROC and precision-recall; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let mut names: Vec<&'a str> = Vec::new();
    for name in subject.arms.iter().flat_map(|arm| arm.arm.curves.keys()) {
        let is_elsewhere = name.starts_with(ROC) || name.starts_with(PRECISION_RECALL);
        if !is_elsewhere && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    Section::of("Curves", "", names.into_iter().map(|name| figure(subject, name)).collect())
}

/// The curves of this name.
pub(super) fn of_arms<'a>(subject: &Subject<'a>, name: &str) -> OfArms<'a> {
    subject.arms.iter().filter_map(|arm| Some((arm.clone(), arm.arm.curves.get(name)?))).collect()
}

fn figure<'a>(subject: &Subject<'a>, name: &'a str) -> Figure<'a> {
    let curves = of_arms(subject, name);
    let table = table(&curves);
    let has_band = curves.iter().any(|(_, curve)| !curve.band.is_empty());
    let draw = move |width| {
        let lines = curves.iter().map(|(arm, curve)| (arm.series(), curve.points.as_slice())).collect();
        let bands = curves.iter().map(|(_, curve)| curve.band.as_slice()).collect();
        let label = format!("{name} of {} arms", curves.len());
        let (x, y) = curves.first().map_or(("", ""), |(_, first)| (&first.x, &first.y));
        LineChart { label: &label, x, y, lines, bands, square: None, reference: None }.svg(width)
    };
    let figure = Figure::drawn(name, Width::Half, table, draw);
    if has_band { figure.about(BAND) } else { figure }
}

/// All points: a column for each arm where all have the same x values, else a row for each point of each arm.
pub(super) fn table<'a>(curves: &OfArms<'a>) -> Table<'a> {
    let Some((_, first)) = curves.first() else { return Table::of(vec![], vec![]) };
    let (x, y) = (first.x.as_str(), first.y.as_str());
    let is_common = curves.iter().all(|(_, curve)| {
        let pairs = curve.points.iter().zip(&first.points);
        curve.points.len() == first.points.len() && pairs.into_iter().all(|(one, other)| one[0] == other[0])
    });
    let of: Vec<&'a Curve> = curves.iter().map(|(_, curve)| *curve).collect();
    if is_common {
        let arms = curves.iter().map(|(arm, _)| Column::new(arm.name.as_str()));
        let columns = [Column::new(x)].into_iter().chain(arms).collect();
        return Table::new(columns, first.points.len(), move |row| {
            let values = of.iter().map(|curve| Cell::Number(curve.points[row][1], 4));
            [Cell::Number(of[0].points[row][0], 4)].into_iter().chain(values).collect()
        });
    }
    let names: Vec<(usize, String)> = curves.iter().map(|(arm, _)| (arm.index, arm.name.clone())).collect();
    // Where each arm's points end.
    let ends: Vec<usize> = of
        .iter()
        .scan(0, |end, curve| {
            *end += curve.points.len();
            Some(*end)
        })
        .collect();
    let columns = [Column::new("Arm"), Column::new(x), Column::new(y)].to_vec();
    Table::new(columns, ends.last().copied().unwrap_or(0), move |row| {
        let arm = ends.partition_point(|end| *end <= row);
        let begin = if arm == 0 { 0 } else { ends[arm - 1] };
        let point = of[arm].points[row - begin];
        vec![Cell::Arm(names[arm].0, names[arm].1.clone()), Cell::Number(point[0], 4), Cell::Number(point[1], 4)]
    })
}
