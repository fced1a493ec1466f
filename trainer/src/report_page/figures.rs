//! Figures of the arms: a table of all, and a plot for each.

use super::Palette;
use super::markup::{self, figure, folded, named, plotted, table};
use crate::report_table::scalar_names;
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{Dot, DotPlot, escaped};
use nadir_shared::report::{Report, Scalar};

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let names = scalar_names([report]);
    if names.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = report
        .arms
        .iter()
        .map(|arm| {
            let cells = names.iter().map(|name| cell(arm.scalars.get(*name)));
            [named(palette.series(&arm.name))].into_iter().chain(cells).collect()
        })
        .collect();
    let head: Vec<&str> = ["Arm"].into_iter().chain(names.iter().copied()).collect();
    let mut body = table("Figures of the arms", &head, &rows);
    body.push_str("<div class=\"plots\">");
    for name in names {
        let dots: Vec<Dot> = report
            .arms
            .iter()
            .filter_map(|arm| Some(Dot { series: palette.series(&arm.name), scalar: arm.scalars.get(name)? }))
            .collect();
        let has_interval = dots.iter().any(|dot| dot.scalar.interval.is_some());
        let has_seeds = dots.iter().any(|dot| dot.scalar.values.len() > 1);
        let plot = DotPlot { label: &format!("{name} of each arm"), x: name, reference: baseline(report, name), dots };
        body.push_str(&figure(name, &plotted(&plot), reading(has_interval, has_seeds), &seeds(report, name, palette)));
    }
    body.push_str("</div>");
    let hint = "Mean over the seeds ± sample standard deviation; in brackets, where 95 % of the bootstrap's values lie \
                (test images drawn again with replacement).";
    markup::section("Figures", hint, &body)
}

/// What the marks of a dot plot are.
pub(super) fn reading(has_interval: bool, has_seeds: bool) -> &'static str {
    match (has_interval, has_seeds) {
        (true, true) => "Mark: mean. Line: 95 % interval over the test images. Dots below: single seeds.",
        (true, false) => "Mark: the value. Line: 95 % interval over the test images.",
        (false, true) => "Mark: mean. Dots below: single seeds.",
        (false, false) => "",
    }
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
