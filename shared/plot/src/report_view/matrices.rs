//! Tables of numbers as shades: confusions, and whether the learned similarity follows the ranking that a person gave.

use super::figure::{Figure, Section, Width};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::number::measured;
use crate::{Matrix as Shades, Plot};
use nadir_core::report::Matrix;
use nadir_core::report::names::{
    ASKED_RANKING, CLASS_SIMILARITY, CONFUSION, DEVICE_AGAINST_CPU, ERROR_KINDS, THROUGHPUT,
};
use std::collections::BTreeSet;

/// How the values of a matrix are shaded and written.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The values without and with full shade; `None` for 0 to the greatest.
    range: Option<[f64; 2]>,
    /// Whether values are counts, shown as shares of their row.
    is_share_of_row: bool,
    places: u32,
}

/// Values as they are.
const VALUES: Look = Look { range: None, is_share_of_row: false, places: 2 };

/// A section for each name of a matrix.
pub(super) fn sections<'a>(subject: &Subject<'a>) -> Vec<Section<'a>> {
    let names: BTreeSet<&'a str> =
        subject.arms.iter().flat_map(|arm| arm.arm.matrices.keys()).map(String::as_str).collect();
    let has = |name: &str| names.contains(name);
    let mut sections = Vec::new();
    sections.extend(confusion(subject));
    sections.extend(similarity(subject));
    for name in names.iter().filter(|name| ![CONFUSION, CLASS_SIMILARITY, ERROR_KINDS].contains(name)) {
        sections.extend(Section::of(&titled(name), "", of_each_arm(subject, name, VALUES, Width::Third)));
    }
    let of_reports = subject.reports.iter().flat_map(|of| of.report.matrices.iter().map(move |matrix| (of, matrix)));
    for (of, (name, matrix)) in of_reports.filter(|(_, (name, _))| *name != ASKED_RANKING || !has(CLASS_SIMILARITY)) {
        let figure = match name.as_str() {
            // Columns of several units have no common shade.
            THROUGHPUT => Figure::tabled(name.clone(), table(matrix, 2)),
            DEVICE_AGAINST_CPU => Figure::tabled(name.clone(), table(matrix, 4)),
            ASKED_RANKING => figure(subject.qualified(name, *of), name.clone(), matrix, ranks(matrix), Width::Third),
            _ => figure(subject.qualified(name, *of), name.clone(), matrix, VALUES, Width::Third),
        };
        sections.extend(Section::of(&titled(&subject.qualified(name, *of)), "", vec![figure]));
    }
    sections
}

fn confusion<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let look = Look { range: None, is_share_of_row: true, places: 0 };
    let about = "The share of each row in percent: of the images of that class, how many were taken for which. Under \
                 the pointer, their number.";
    Section::of("Confusion", about, of_each_arm(subject, CONFUSION, look, Width::Half))
}

/// The asked ranking first, then each arm's similarity in shades that mean the same in all of them.
fn similarity<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let range = range(subject.arms.iter().filter_map(|arm| arm.arm.matrices.get(CLASS_SIMILARITY)));
    let of_arms = of_each_arm(subject, CLASS_SIMILARITY, Look { range, ..VALUES }, Width::Third);
    if of_arms.is_empty() {
        return None;
    }
    let mut about =
        "How like the classes are to each arm: the cosine between the means of their embeddings. ".to_owned();
    if let Some([low, high]) = range {
        let [low, high] = [low, high].map(|end| measured(end, 2));
        about.push_str(&format!("No shade is {low} and full shade {high} in all arms' plots. "));
    }
    let mut figures = Vec::new();
    for of in &subject.reports {
        let Some(requested) = of.report.matrices.get(ASKED_RANKING) else { continue };
        let title = subject.qualified(ASKED_RANKING, *of);
        let arms = subject.arms.iter().filter(|arm| std::ptr::eq(arm.of.report, of.report));
        figures.push(by_rank(arms, requested, &title));
        let shades = figure(title.clone(), title, requested, ranks(requested), Width::Third);
        figures.push(shades.about("Full shade is rank 1; a frame alone is no rank."));
    }
    if !figures.is_empty() {
        about.push_str(
            "Where an arm follows the ranking that a person gave, its shades are full where those of the ranking are.",
        );
    }
    figures.extend(of_arms);
    Section::of("Class similarity", about.trim_end(), figures)
}

/// A table of the mean similarity of pairs of classes by the rank that a person gave them.
fn by_rank<'a, 'b>(arms: impl Iterator<Item = &'b ShownArm<'a>>, requested: &'a Matrix, title: &str) -> Figure<'a>
where
    'a: 'b,
{
    let others = || cells(requested).filter(|(row, column, _)| row != column);
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
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let rows = arms.filter_map(|arm| {
        let matrix = arm.arm.matrices.get(CLASS_SIMILARITY)?;
        let means = ranks.iter().map(|rank| Cell::number(mean(matrix, *rank), 3));
        Some([Cell::Arm(arm.index, arm.name.clone())].into_iter().chain(means).collect())
    });
    let heads = ranks.iter().map(|rank| rank.map_or("no rank".into(), |rank| format!("rank {rank}")));
    let heads = heads.map(Column::new);
    let columns = [Column::new("Mean over different classes of")].into_iter().chain(heads).collect();
    Figure::tabled(format!("Mean similarity by {title}"), Table::of(columns, rows.collect()))
}

fn of_each_arm<'a>(subject: &Subject<'a>, name: &str, look: Look, width: Width) -> Vec<Figure<'a>> {
    let of_arm = |arm: &ShownArm<'a>| {
        let matrix = arm.arm.matrices.get(name)?;
        Some(figure(arm.name.clone(), format!("{name} of {}", arm.name), matrix, look, width))
    };
    subject.arms.iter().filter_map(of_arm).collect()
}

fn figure<'a>(title: String, label: String, matrix: &'a Matrix, look: Look, width: Width) -> Figure<'a> {
    let draw = move |width| {
        let Look { range, is_share_of_row, places } = look;
        let names = |names: &'a [String]| names.iter().map(String::as_str).collect();
        let (rows, columns, values) = (names(&matrix.rows), names(&matrix.columns), matrix.values.clone());
        let (y, x) = (matrix.y.as_str(), matrix.x.as_str());
        Shades { label: &label, y, x, rows, columns, values, range, is_share_of_row, places }.svg(width)
    };
    Figure::drawn(title, width, table(matrix, look.places), draw)
}

/// Ranks: 1 has the deepest shade.
fn ranks(matrix: &Matrix) -> Look {
    let last = range([matrix]).map_or(1.0, |[_, last]| last);
    Look { range: Some([last + 1.0, 1.0]), is_share_of_row: false, places: 0 }
}

/// A matrix as a table.
pub(super) fn table(matrix: &Matrix, places: u32) -> Table<'_> {
    let columns = matrix.columns.iter().map(|column| Column::new(column.as_str()));
    let columns = [Column::new(matrix.y.as_str())].into_iter().chain(columns).collect();
    Table::new(columns, matrix.rows.len(), move |row| {
        let cells = matrix.values[row].iter().map(|value| Cell::number(*value, places));
        [Cell::Text(matrix.rows[row].clone())].into_iter().chain(cells).collect()
    })
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

/// A name as a heading.
fn titled(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
