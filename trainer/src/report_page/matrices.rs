//! Tables of numbers as shades: confusions, and whether the learned similarity follows the asked ranking.

use super::Palette;
use super::markup::{self, figure, folded, named, plotted, table};
use crate::evaluate::detection::report::ERROR_KINDS;
use nadir_shared::plot::number::measured;
use nadir_shared::plot::{Matrix as Shades, Plot, escaped};
use nadir_shared::report::{Matrix, Report};
use std::collections::BTreeSet;

/// The arms' matrix that the report's [`ASKED`] is about.
const SIMILARITY: &str = "class similarity";
const ASKED: &str = "asked ranking";
/// The matrix whose values are counts.
const CONFUSION: &str = "confusion";

/// Width in px of plots of which three stand in a row.
const WIDTH: u32 = 318;

/// A section for each name of a matrix.
pub(super) fn sections(report: &Report, palette: Palette) -> String {
    let of_arms = report.arms.iter().flat_map(|arm| arm.matrices.keys());
    let names: BTreeSet<&str> = of_arms.map(String::as_str).collect();
    let mut sections = String::new();
    let has = |name: &str| names.contains(name);
    if has(CONFUSION) {
        sections.push_str(&confusion(report));
    }
    if has(SIMILARITY) {
        sections.push_str(&similarity(report, palette));
    }
    for name in names.iter().filter(|name| ![CONFUSION, SIMILARITY, ERROR_KINDS].contains(name)) {
        sections.push_str(&markup::section(&titled(name), "", &grid(&of_each_arm(report, name, None))));
    }
    for (name, matrix) in report.matrices.iter().filter(|(name, _)| *name != ASKED || !has(SIMILARITY)) {
        let shown = if name == ASKED { ranks(matrix) } else { values(name, matrix, None, 2) };
        sections.push_str(&markup::section(&titled(name), "", &grid(&figure(name, &shown, "", ""))));
    }
    sections
}

fn confusion(report: &Report) -> String {
    let arms = report.arms.iter().filter_map(|arm| Some((arm, arm.matrices.get(CONFUSION)?)));
    let plots: String = arms
        .map(|(arm, matrix)| {
            let label = format!("Confusion of {}", arm.name);
            figure(&arm.name, &plotted(&Shades { is_share_of_row: true, ..shades(&label, matrix, None, 0) }), "", "")
        })
        .collect();
    let hint = "The share of each row in percent: of the images of that class, how many were taken for which. Under \
                the pointer, their number.";
    markup::section("Confusion", hint, &format!("<div class=\"plots\">{plots}</div>"))
}

/// The asked ranking first, then each arm's similarity in shades that mean the same in all of them.
fn similarity(report: &Report, palette: Palette) -> String {
    let range = range(report.arms.iter().filter_map(|arm| arm.matrices.get(SIMILARITY)));
    let mut plots = String::new();
    let mut hint =
        "How like the classes are to each arm: the cosine between the means of their embeddings. ".to_owned();
    if let Some([low, high]) = range {
        let [low, high] = [low, high].map(|end| measured(end, 2));
        hint.push_str(&format!("No shade is {low} and full shade {high} in all arms' plots. "));
    }
    let mut means = String::new();
    if let Some(asked) = report.matrices.get(ASKED) {
        hint.push_str("Where an arm follows the asked ranking, its shades are full where those of the ranking are.");
        let caption = "Full shade is rank 1; a frame alone is no rank.";
        plots.push_str(&figure("asked ranking", &ranks(asked), caption, ""));
        means = by_rank(report, asked, palette);
    }
    plots.push_str(&of_each_arm(report, SIMILARITY, range));
    markup::section("Class similarity", &hint, &format!("{means}{}", grid(&plots)))
}

/// A table of the mean similarity of pairs of classes by their asked rank.
fn by_rank(report: &Report, asked: &Matrix, palette: Palette) -> String {
    let others = || cells(asked).filter(|(row, column, _)| row != column);
    let ranks: BTreeSet<u64> = others().filter_map(|cell| cell.2).map(|rank| rank as u64).collect();
    // Pairs without a rank come last.
    let mut ranks: Vec<Option<u64>> = ranks.into_iter().map(Some).collect();
    if others().any(|cell| cell.2.is_none()) {
        ranks.push(None);
    }
    let mean = |matrix: &Matrix, rank: Option<u64>| {
        let pairs: BTreeSet<(&str, &str)> = others()
            .filter(|cell| cell.2.map(|other| other as u64) == rank)
            .map(|(row, column, _)| (row, column))
            .collect();
        let values: Vec<f64> =
            cells(matrix).filter(|cell| pairs.contains(&(cell.0, cell.1))).filter_map(|cell| cell.2).collect();
        match values.is_empty() {
            true => "–".into(),
            false => measured(values.iter().sum::<f64>() / values.len() as f64, 3),
        }
    };
    let rows: Vec<Vec<String>> = report
        .arms
        .iter()
        .filter_map(|arm| {
            let matrix = arm.matrices.get(SIMILARITY)?;
            let means = ranks.iter().map(|rank| mean(matrix, *rank));
            Some([named(palette.series(&arm.name))].into_iter().chain(means).collect())
        })
        .collect();
    let heads: Vec<String> =
        ranks.iter().map(|rank| rank.map_or("no rank".into(), |rank| format!("rank {rank}"))).collect();
    let head: Vec<&str> =
        ["Mean over different classes of"].into_iter().chain(heads.iter().map(String::as_str)).collect();
    table("Mean similarity of classes by their asked rank", &head, &rows)
}

fn of_each_arm(report: &Report, name: &str, range: Option<[f64; 2]>) -> String {
    let arms = report.arms.iter().filter_map(|arm| Some((arm, arm.matrices.get(name)?)));
    arms.map(|(arm, matrix)| {
        let label = format!("{name} of {}", arm.name);
        figure(&arm.name, &values(&label, matrix, range, 2), "", &folded("Values", &as_table(&label, matrix)))
    })
    .collect()
}

/// A matrix of values, a third of the page wide.
fn values(label: &str, matrix: &Matrix, range: Option<[f64; 2]>, places: u32) -> String {
    shades(label, matrix, range, places).svg(WIDTH)
}

/// A matrix of ranks: 1 has the deepest shade.
fn ranks(matrix: &Matrix) -> String {
    let last = range([matrix]).map_or(1.0, |[_, last]| last);
    shades(ASKED, matrix, Some([last + 1.0, 1.0]), 0).svg(WIDTH)
}

fn shades<'a>(label: &'a str, matrix: &'a Matrix, range: Option<[f64; 2]>, places: u32) -> Shades<'a> {
    Shades {
        label,
        y: &matrix.y,
        x: &matrix.x,
        rows: matrix.rows.iter().map(String::as_str).collect(),
        columns: matrix.columns.iter().map(String::as_str).collect(),
        values: matrix.values.clone(),
        range,
        is_share_of_row: false,
        places,
    }
}

fn as_table(name: &str, matrix: &Matrix) -> String {
    let head: Vec<&str> = [matrix.y.as_str()].into_iter().chain(matrix.columns.iter().map(String::as_str)).collect();
    let rows: Vec<Vec<String>> = matrix
        .rows
        .iter()
        .zip(&matrix.values)
        .map(|(row, values)| {
            let cells = values.iter().map(|value| value.map_or("–".into(), |value| measured(value, 2)));
            [escaped(row)].into_iter().chain(cells).collect()
        })
        .collect();
    table(name, &head, &rows)
}

/// Row, column and value of each cell.
fn cells(matrix: &Matrix) -> impl Iterator<Item = (&str, &str, Option<f64>)> {
    matrix.rows.iter().zip(&matrix.values).flat_map(|(row, values)| {
        matrix.columns.iter().zip(values).map(move |(column, value)| (row.as_str(), column.as_str(), *value))
    })
}

/// The least and the greatest value.
fn range<'a>(matrices: impl IntoIterator<Item = &'a Matrix>) -> Option<[f64; 2]> {
    let values = matrices.into_iter().flat_map(|matrix| matrix.values.iter().flatten().flatten().copied());
    values.filter(|value| value.is_finite()).fold(None, |range, value| {
        let [low, high] = range.unwrap_or([value, value]);
        Some([low.min(value), high.max(value)])
    })
}

fn grid(plots: &str) -> String {
    if plots.is_empty() { String::new() } else { format!("<div class=\"plots small\">{plots}</div>") }
}

/// A name as a heading.
fn titled(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
