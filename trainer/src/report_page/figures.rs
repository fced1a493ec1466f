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
            .filter_map(|arm| Some(Dot { series: palette.series(&arm.name), scalar: arm.scalars.get(name)?, published: vec![] }))
            .collect();
        let plot = DotPlot { label: &format!("{name} of each arm"), x: name, reference: baseline(report, name), dots };
        body.push_str(&figure(name, &plotted(&plot), "", &seeds(report, name, palette)));
    }
    body.push_str("</div>");
    markup::section("Figures", &reading(std::slice::from_ref(report)), &body)
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
             replacement).",
        );
    }
    text
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
