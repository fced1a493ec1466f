//! Figures of the arms: scalars of one unit in one plot, with their intervals.

use super::families::order;
use super::figure::{Figure, Section, Width};
use super::published::{self, sources_of};
use super::scalar_group::group;
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::{Dot, DotPlot, Lane, LanePlot, Plot, Series};
use nadir_core::report::Report;
use std::collections::BTreeSet;

/// Up to so many arms stand side by side in lanes; of more, each has a row with its name, and each figure a plot.
const LANES: usize = 6;

/// The names of all scalars of some reports: the headline (mAP on test, on validation) first, other kinds of mAP, then
/// those in an order of their own, then by name.
pub fn scalar_names<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<&'a str> {
    let arms = reports.into_iter().flat_map(|report| &report.arms);
    let names: BTreeSet<&str> = arms.flat_map(|arm| arm.scalars.keys()).map(String::as_str).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|&name| {
        (name != "test mAP", name != "validation mAP", !name.contains("mAP"), !name.contains("test"), order(name))
    });
    names
}

/// The section of single figures, grouped; `None` without one.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let mut groups: Vec<Vec<&'a str>> = Vec::new();
    for name in scalar_names(subject.reports.iter().map(|of| of.report)) {
        if !subject.arms.iter().any(|arm| arm.arm.scalars.contains_key(name)) {
            continue;
        }
        match groups.iter_mut().find(|others| group(others[0]).title == group(name).title) {
            Some(others) => others.push(name),
            None => groups.push(vec![name]),
        }
    }
    let sources = sources_of(subject);
    let mut figures = Vec::new();
    for names in groups {
        let (title, about) = (group(names[0]).title, group(names[0]).about);
        match names.as_slice() {
            // Alone it has the group's title, which says where less is better.
            [name] => {
                let figure = dots(subject, name, &sources);
                let about = format!("{about} {}", figure.about);
                let figure = figure.about(about.trim());
                let is_said = title.to_lowercase().starts_with(&name.to_lowercase());
                figures.push(if is_said { Figure { title: title.into(), ..figure } } else { figure });
            }
            _ if subject.arms.len() <= LANES => figures.push(lanes(subject, title, names, &sources).about(about)),
            _ => figures.extend(names.iter().map(|name| dots(subject, name, &sources).in_part(title, false))),
        }
    }
    figures.extend(published::not_run(subject, &sources));
    let mut section = Section::of("Figures", reading(subject), figures)?;
    section.sources = sources;
    Some(section)
}

/// The scalars of a group in one plot.
fn lanes<'a>(subject: &Subject<'a>, title: &'a str, names: Vec<&'a str>, sources: &[&str]) -> Figure<'a> {
    let arms = subject.arms.clone();
    let table = table(&arms, &names, sources);
    let draw = move |width| {
        let lane = |name: &&'a str| Lane {
            name: short(name, title),
            scalars: arms.iter().map(|arm| arm.arm.scalars.get(*name)).collect(),
            published: arms.iter().map(|arm| published::values(arm, name)).collect(),
        };
        let series: Vec<Series> = arms.iter().map(ShownArm::series).collect();
        LanePlot { label: title, x: title, series, lanes: names.iter().map(lane).collect() }.svg(width)
    };
    Figure::drawn(title, Width::Half, table, draw)
}

/// What a scalar is called below its group's title: for `OOD AUROC, energy` below `OOD AUROC` it is `energy`.
fn short<'a>(name: &'a str, title: &str) -> &'a str {
    match name.split_once(", ") {
        Some((figure, with)) if title.to_lowercase().starts_with(&figure.to_lowercase()) => with,
        _ => name,
    }
}

/// One scalar, a row for each arm.
fn dots<'a>(subject: &Subject<'a>, name: &'a str, sources: &[&str]) -> Figure<'a> {
    let arms: Vec<ShownArm> = subject.arms.iter().filter(|arm| arm.arm.scalars.contains_key(name)).cloned().collect();
    let table = table(&arms, &[name], sources);
    let baseline = baseline(subject, name);
    let has_published = arms.iter().any(|arm| !published::values(arm, name).is_empty());
    let draw = move |width| {
        let dots = arms.iter().filter_map(|arm| {
            let published = published::values(arm, name);
            Some(Dot { series: arm.series(), scalar: arm.arm.scalars.get(name)?, published })
        });
        DotPlot { label: &format!("{name} of each arm"), x: name, dots: dots.collect(), reference: baseline }.svg(width)
    };
    let about = if has_published { "Hollow: what the paper reports." } else { "" };
    Figure::drawn(name, Width::Half, table, draw).about(about)
}

/// A row an arm, a column a scalar.
fn table<'a>(arms: &[ShownArm<'a>], names: &[&'a str], sources: &[&str]) -> Table<'a> {
    let seeds = |name: &str| {
        arms.iter().filter_map(|arm| arm.arm.scalars.get(name)).map(|scalar| scalar.values.len()).max().unwrap_or(0)
    };
    let columns = names.iter().map(|name| Column::of_scalars(*name, seeds(name)));
    let columns = [Column::new("Arm")].into_iter().chain(columns).collect();
    let rows = arms.iter().map(|arm| {
        let cells = names.iter().map(|name| match arm.arm.scalars.get(*name) {
            Some(scalar) => Cell::Scalar(scalar, published::beside(arm, name, sources)),
            None => Cell::None,
        });
        [Cell::Arm(arm.index, arm.name.clone())].into_iter().chain(cells).collect()
    });
    Table::of(columns, rows.collect())
}

/// The arm that most comparisons of a figure are made against, with its mean; of one report alone.
fn baseline<'a>(subject: &Subject<'a>, scalar: &str) -> Option<(f64, &'a str)> {
    let [of] = subject.reports.as_slice() else { return None };
    let of_scalar = || of.report.comparisons.iter().filter(|comparison| comparison.scalar == scalar);
    let times = |name: &str| of_scalar().filter(|comparison| comparison.against == name).count();
    let name = of_scalar().map(|comparison| comparison.against.as_str()).max_by_key(|name| times(name))?;
    Some((subject.arm(*of, name)?.arm.scalars.get(scalar)?.mean, name))
}

/// How to read the figures and the plots.
fn reading(subject: &Subject) -> String {
    let scalars = || subject.arms.iter().flat_map(|arm| arm.arm.scalars.values());
    let mut text = String::new();
    let split = |index: usize| subject.reports[index].report.split_sha256.as_str();
    if (1..subject.reports.len()).any(|index| split(index) != split(0)) {
        text.push_str(
            "The reports are over different splits of images, so their figures are not of the same test images. ",
        );
    }
    if scalars().any(|scalar| scalar.values.len() > 1) {
        text.push_str(
            "Mean over the seeds ± sample standard deviation; where each arm has a row, single seeds are the dots below. ",
        );
    }
    if scalars().any(|scalar| scalar.interval.is_some()) {
        text.push_str(
            "In brackets, and as a line, where 95 % of the bootstrap's values lie (test images drawn again with \
             replacement). ",
        );
    }
    text.trim_end().to_owned()
}
