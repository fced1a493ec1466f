//! Several reports: a plot and a table for each figure.

use super::Palette;
use super::figures::{cell, reading};
use super::markup::{self, figure, folded, heading, named, plotted, table};
use crate::report_table::scalar_names;
use crate::scalar_family::families;
use nadir_shared::plot::{Dot, DotPlot};
use nadir_shared::report::{Report, Scalar};

/// The section. `names` are the reports'.
pub(super) fn section(names: &[String], reports: &[Report], palette: Palette) -> String {
    let scalars = scalar_names(reports);
    let (alone, families) = families(&scalars);
    let alone: Vec<(&str, &str)> = alone.into_iter().map(|name| (name, name)).collect();
    let mut body = plots(names, reports, palette, &alone);
    for (index, family) in families.iter().enumerate() {
        let plots = plots(names, reports, palette, &family.scalars);
        body.push_str(&match index {
            0 => heading(&family.heading()) + &plots,
            _ => folded(&family.heading(), &plots),
        });
    }
    let same_split = reports.windows(2).all(|pair| pair[0].split_sha256 == pair[1].split_sha256);
    let warning = "The reports are over different splits of images, so their figures are not of the same test images. ";
    let hint = format!("{}{}", if same_split { "" } else { warning }, reading(reports));
    markup::section("Side by side", &hint, &body)
}

/// A plot and a table of each scalar, given by its name and the plot's.
fn plots(names: &[String], reports: &[Report], palette: Palette, scalars: &[(&str, &str)]) -> String {
    let mut plots = String::new();
    for &(scalar, title) in scalars {
        let found = |arm: &str, report: &'_ Report| -> Option<Scalar> {
            report.arms.iter().find(|other| other.name == arm)?.scalars.get(scalar).cloned()
        };
        // Rows of the same arm stand together, in its colour.
        let mut labelled: Vec<(&str, String, Scalar)> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for arm in palette.names {
            let values: Vec<Option<Scalar>> = reports.iter().map(|report| found(arm, report)).collect();
            if values.iter().all(Option::is_none) {
                continue;
            }
            let cells = values.iter().map(|value| cell(value.as_ref()));
            rows.push([named(palette.series(arm))].into_iter().chain(cells).collect());
            for (name, value) in names.iter().zip(values) {
                labelled.extend(value.map(|value| (*arm, format!("{arm} · {name}"), value)));
            }
        }
        let dots: Vec<Dot> = labelled
            .iter()
            .map(|(arm, name, scalar)| Dot { series: palette.series_of(arm, name), scalar, published: vec![] })
            .collect();
        let plot = DotPlot { label: &format!("{scalar} in each report"), x: scalar, dots, reference: None };
        let head: Vec<&str> = ["Arm"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let values = folded("Values", &table(&format!("{scalar} in each report"), &head, &rows));
        plots.push_str(&figure(title, &plotted(&plot), "", &values));
    }
    format!("<div class=\"plots\">{plots}</div>")
}
