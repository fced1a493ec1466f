//! Arms against each other on the same test images.

use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{Difference, ForestPlot, Plot, Series};
use nadir_core::report::Comparison;

/// The section of differences between arms; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    // An arm that is hidden takes its comparisons with it.
    let shown: Vec<(ShownArm<'a>, &'a Comparison)> = subject
        .reports
        .iter()
        .flat_map(|of| of.report.comparisons.iter().map(move |comparison| (of, comparison)))
        .filter_map(|(of, comparison)| Some((subject.arm(*of, &comparison.arm)?.clone(), comparison)))
        .collect();
    let mut scalars: Vec<&'a str> = Vec::new();
    for (_, comparison) in &shown {
        if !scalars.contains(&comparison.scalar.as_str()) {
            scalars.push(&comparison.scalar);
        }
    }
    let figure = |scalar: &'a str| {
        let of_scalar = shown.iter().filter(|(_, comparison)| comparison.scalar == scalar).cloned().collect();
        figure(scalar, of_scalar)
    };
    let about = "One arm's figure less another's, on the same resampled test images (a paired bootstrap). Line: where \
                 95 % of the differences lie. Filled mark: 0 is outside of them; hollow: it is not.";
    Section::of("Comparisons", about, scalars.into_iter().map(figure).collect())
}

fn figure<'a>(scalar: &'a str, shown: Vec<(ShownArm<'a>, &'a Comparison)>) -> Figure<'a> {
    // The arm that all are compared with is named once, on the axis.
    let against = shown[0].1.against.as_str();
    let is_common = shown.iter().all(|(_, other)| other.against == against);
    let rows = shown.iter().map(|(arm, other)| {
        vec![
            Cell::Arm(arm.index, arm.name.clone()),
            Cell::Text(other.against.clone()),
            Cell::Signed(other.difference, 4),
            Cell::Signed(other.interval[0], 4),
            Cell::Signed(other.interval[1], 4),
            Cell::Number(other.share_above_zero, 3),
        ]
    });
    let columns = ["Arm", "Against", "Difference", "95 % from", "95 % to", "Share above 0"];
    let table = Table::of(columns.map(Column::new).to_vec(), rows.collect());
    let draw = move |width| {
        let name = |(arm, other): &(ShownArm, &Comparison)| match is_common {
            true => arm.name.clone(),
            false => format!("{} – {}", arm.name, other.against),
        };
        let names: Vec<String> = shown.iter().map(name).collect();
        let rows = shown.iter().zip(&names).map(|((arm, other), name)| Difference {
            series: Series { name, index: arm.index },
            difference: other.difference,
            interval: other.interval,
        });
        let axis = match is_common {
            true => format!("{scalar} less that of {against}"),
            false => format!("difference in {scalar}"),
        };
        ForestPlot { label: &format!("Differences in {scalar} between arms"), x: &axis, rows: rows.collect() }
            .svg(width)
    };
    Figure::drawn(scalar, Width::Half, table, draw)
}
