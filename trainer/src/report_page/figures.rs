//! Figures of the arms: a table and a plot for each; figures of the same scores have tables of their own.

use super::Palette;
use super::markup::{self, figure, folded, heading, named, plotted, table};
use super::published::{self, Sources};
use crate::report_table::scalar_names;
use crate::scalar_family::families;
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{Dot, DotPlot, escaped};
use nadir_shared::report::{Arm, Report, Scalar};

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let names = scalar_names([report]);
    if names.is_empty() {
        return String::new();
    }
    let sources = Sources::of(report);
    let (alone, families) = families(&names);
    let mut body = String::new();
    if !alone.is_empty() {
        let columns: Vec<(&str, &str)> = alone.iter().map(|name| (*name, *name)).collect();
        body.push_str(&arms_by(report, palette, &sources, "Figures of the arms", &columns));
        body.push_str(&plots(report, palette, &columns));
    }
    for (index, family) in families.iter().enumerate() {
        let plots = plots(report, palette, &family.scalars);
        body.push_str(&heading(&family.heading()));
        body.push_str(&arms_by(report, palette, &sources, &format!("{} of the arms", family.figure), &family.scalars));
        // The other figures of the same scores tell much the same story.
        body.push_str(&if index == 0 { plots } else { folded(&format!("Plots of {}", family.figure), &plots) });
    }
    body.push_str(&published::not_run_here(report, &sources));
    body.push_str(&sources.list());
    markup::section("Figures", &reading(std::slice::from_ref(report)), &body)
}

/// A table: a row for each arm, a column for each scalar, given by its name and the column's.
fn arms_by(report: &Report, palette: Palette, sources: &Sources, name: &str, columns: &[(&str, &str)]) -> String {
    let row = |arm: &Arm| -> Vec<String> {
        let cells = columns.iter().map(|(scalar, _)| {
            let own = arm.scalars.get(*scalar);
            let published =
                if own.is_some() { published::beside(report, sources, &arm.name, scalar) } else { "".into() };
            cell(own) + &published
        });
        [named(palette.series(&arm.name))].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = report.arms.iter().map(row).collect();
    let head: Vec<&str> = ["Arm"].into_iter().chain(columns.iter().map(|(_, column)| *column)).collect();
    table(name, &head, &rows)
}

/// A plot of each scalar, given by its name and the plot's.
fn plots(report: &Report, palette: Palette, scalars: &[(&str, &str)]) -> String {
    let mut plots = String::new();
    for (name, title) in scalars {
        let dots: Vec<Dot> = report
            .arms
            .iter()
            .filter_map(|arm| {
                let published = published::of(report, &arm.name, name).map(|published| published.value).collect();
                Some(Dot { series: palette.series(&arm.name), scalar: arm.scalars.get(*name)?, published })
            })
            .collect();
        let caption = match dots.iter().any(|dot| !dot.published.is_empty()) {
            true => "Hollow: what the paper reports.",
            false => "",
        };
        let plot = DotPlot { label: &format!("{name} of each arm"), x: name, reference: baseline(report, name), dots };
        plots.push_str(&figure(title, &plotted(&plot), caption, &seeds(report, name, palette)));
    }
    format!("<div class=\"plots\">{plots}</div>")
}

/// How to read the figures and the plots of some reports.
pub(super) fn reading(reports: &[Report]) -> String {
    let scalars = || reports.iter().flat_map(|report| &report.arms).flat_map(|arm| arm.scalars.values());
    let mut text = String::new();
    if scalars().any(|scalar| scalar.values.len() > 1) {
        text.push_str(
            "Mean over the seeds ± sample standard deviation; in the plots, single seeds are the dots below. ",
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

/// Mean, deviation and interval for a table.
pub(super) fn cell(scalar: Option<&Scalar>) -> String {
    let Some(scalar) = scalar else { return "–".into() };
    let mut text = measured(scalar.mean, 4);
    if let Some(std) = scalar.std {
        text.push_str(&format!(" ± {}", measured(std, 4)));
    }
    if let Some([low, high]) = scalar.interval {
        text.push_str(&format!("<small>[{}, {}]</small>", measured(low, 4), measured(high, 4)));
    }
    text
}

/// The arm that most comparisons of a figure are made against, with its mean.
fn baseline<'a>(report: &'a Report, scalar: &str) -> Option<(f64, &'a str)> {
    let of_scalar = || report.comparisons.iter().filter(|comparison| comparison.scalar == scalar);
    let times = |name: &str| of_scalar().filter(|comparison| comparison.against == name).count();
    let name = of_scalar().map(|comparison| comparison.against.as_str()).max_by_key(|name| times(name))?;
    let arm = report.arms.iter().find(|arm| arm.name == name)?;
    Some((arm.scalars.get(scalar)?.mean, name))
}

/// Each seed's value of a figure; nothing where there is one seed.
fn seeds(report: &Report, name: &str, palette: Palette) -> String {
    let scalars = || report.arms.iter().filter_map(|arm| Some((arm, arm.scalars.get(name)?)));
    let most = scalars().map(|(_, scalar)| scalar.values.len()).max().unwrap_or(0);
    if most < 2 {
        return String::new();
    }
    let rows: Vec<Vec<String>> = scalars()
        .map(|(arm, scalar)| {
            let value = |index: usize| scalar.values.get(index).map_or("–".into(), |value| measured(*value, 4));
            [named(palette.series(&arm.name))].into_iter().chain((0..most).map(value)).collect()
        })
        .collect();
    let seeds: Vec<String> = (1..=most).map(|seed| format!("seed {seed}")).collect();
    let head: Vec<&str> = ["Arm"].into_iter().chain(seeds.iter().map(String::as_str)).collect();
    folded("Each seed", &table(&format!("{} of each seed", escaped(name)), &head, &rows))
}
