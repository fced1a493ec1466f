//! What papers report for the same figures: beside this run's own numbers, and listed where there is none.

use super::figure::Figure;
use super::subject::{Named, ShownArm, Subject};
use super::table::{Cell, Column, Table};
use nadir_core::report::{Published, Report};

/// The papers and tables that published figures come from; their numbers are their positions, from 1 on.
pub(super) fn sources_of<'a>(subject: &Subject<'a>) -> Vec<&'a str> {
    let mut sources: Vec<&str> = Vec::new();
    for published in subject.reports.iter().flat_map(|of| &of.report.published) {
        if !sources.contains(&published.source.as_str()) {
            sources.push(&published.source);
        }
    }
    sources
}

fn number(source: &str, sources: &[&str]) -> usize {
    sources.iter().position(|other| *other == source).map_or(0, |index| index + 1)
}

fn of<'a>(arm: &ShownArm<'a>, scalar: &str) -> impl Iterator<Item = &'a Published> {
    let published = arm.of.report.published.iter();
    published.filter(move |published| published.arm == arm.arm.name && published.scalar == scalar)
}

/// What is published for a scalar of an arm.
pub(super) fn values(arm: &ShownArm, scalar: &str) -> Vec<f64> {
    of(arm, scalar).map(|published| published.value).collect()
}

/// The same, with the numbers of its sources.
pub(super) fn beside(arm: &ShownArm, scalar: &str, sources: &[&str]) -> Vec<(f64, usize)> {
    of(arm, scalar).map(|published| (published.value, number(&published.source, sources))).collect()
}

/// What is published and the report has no figure for.
pub fn not_run_here(report: &Report) -> impl Iterator<Item = &Published> {
    let is_here = |published: &Published| {
        let arm = report.arms.iter().find(|arm| arm.name == published.arm);
        arm.is_some_and(|arm| arm.scalars.contains_key(&published.scalar))
    };
    report.published.iter().filter(move |published| !is_here(published))
}

/// A table of it; `None` where all was run.
pub(super) fn not_run<'a>(subject: &Subject<'a>, sources: &[&str]) -> Option<Figure<'a>> {
    let row = |of: Named, published: &Published| {
        vec![
            Cell::Text(subject.qualified(&published.arm, of)),
            Cell::Text(published.scalar.clone()),
            Cell::Number(published.value, 4),
            Cell::Text(format!("[{}] {}", number(&published.source, sources), published.source)),
        ]
    };
    let mut rows = Vec::new();
    for of in &subject.reports {
        rows.extend(not_run_here(of.report).map(|published| row(*of, published)));
    }
    let columns = ["Arm", "Figure", "Paper", "Source"].map(Column::new).to_vec();
    (!rows.is_empty()).then(|| Figure::tabled("In the paper, not run here", Table::of(columns, rows)))
}
