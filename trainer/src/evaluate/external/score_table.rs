//! Tables of scores: an image column, then one column of numbers each.

use crate::data::label_table::{FirstLine, column_names, image_key, open};
use crate::data::table::Line;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Scores by image. They stay f64 as the file has them: probabilities near 1, and scores with a large offset, tie as
/// f32.
pub struct ScoreTable {
    /// The file.
    pub path: PathBuf,
    /// Names of the columns, aliases as they are meant.
    pub columns: Vec<String>,
    /// What is worth saying about how it was read, a sentence each.
    pub notes: Vec<String>,
    rows: HashMap<String, Row>,
    /// File names without folders to the key of the only row of that name.
    by_file_name: HashMap<String, Option<String>>,
}

struct Row {
    line: u64,
    scores: Vec<f64>,
}

impl ScoreTable {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the file, line and column; also where an image has two rows of other scores, or a name stands above two
    /// columns.
    pub fn read(path: &Path, first_line: FirstLine) -> Result<Self> {
        let table = open(path)?;
        let name = path.display();
        let columns = column_names(&table, first_line, "score", |cell| cell.replace(',', ".").parse::<f64>().is_ok())?;
        let mut decimals = Decimals::default();
        let mut rows: HashMap<String, Row> = HashMap::new();
        let (mut again, mut example) = (0, None);
        for line in table.lines().skip(usize::from(first_line != FirstLine::Row)) {
            ensure!(!line.first().is_empty(), "{name}, line {}: the image column is empty", line.number());
            let scores = scores(line, &columns, &mut decimals).with_context(|| format!("in {name}"))?;
            let key = image_key(line.first());
            let number = line.number();
            match rows.get(&key) {
                Some(earlier) if earlier.scores == scores => {
                    again += 1;
                    example
                        .get_or_insert_with(|| format!("{key:?} in line {} and again in line {number}", earlier.line));
                }
                Some(earlier) => bail!(
                    "{name}, line {number}: the image {key:?} has scores twice, and they differ from those of line {}; \
                     keep one of the rows",
                    earlier.line
                ),
                None => {
                    rows.insert(key, Row { line: number, scores });
                }
            }
        }
        let mut notes = table.notes;
        if let Some(example) = example {
            notes.push(format!(
                "{again} rows have scores of an image again, the same ones ({example}); the first row counts"
            ));
        }
        if decimals.comma.is_some() {
            notes.push("the scores have decimal commas and are read so".to_owned());
        }
        let notes = notes.into_iter().map(|note| format!("{name}: {note}")).collect();
        let mut by_file_name: HashMap<String, Option<String>> = HashMap::new();
        for key in rows.keys() {
            let entry = by_file_name.entry(file_name(key).to_owned());
            entry.and_modify(|only| *only = None).or_insert_with(|| Some(key.clone()));
        }
        Ok(Self { path: path.to_owned(), columns, notes, rows, by_file_name })
    }

    /// The index of a label's column.
    ///
    /// # Errors
    /// Names the file and the label.
    pub fn column(&self, label: &str) -> Result<usize> {
        let column = self.columns.iter().position(|column| column == label);
        column.with_context(|| {
            format!(
                "{}: no column has the label {label:?}; there are {}",
                self.path.display(),
                self.columns.iter().take(20).map(|column| format!("{column:?}")).collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// The scores of every image, in their order, and notes on how they were found and what was left over. Where one
    /// of two tables has folders in front of its names, the name alone tells an image if it is the only one of it.
    ///
    /// # Errors
    /// Names the file and the image without scores.
    pub fn of_images<'a>(&self, images: impl Iterator<Item = &'a str>) -> Result<(Vec<&[f64]>, Vec<String>)> {
        let (mut found, mut used) = (Vec::new(), HashSet::new());
        let (mut by_name, mut example) = (0, None);
        for image in images {
            let key = image_key(image);
            let key = if self.rows.contains_key(&key) {
                key
            } else {
                let same_name = self.by_file_name.get(file_name(&key)).and_then(Option::as_ref);
                // Of two folders, `a/1` is not `b/1`.
                let other =
                    same_name.filter(|other| !other.contains('/') || !key.contains('/') || is_tail(other, &key));
                let Some(other) = other else {
                    bail!("{}: no scores of the image {image:?}", self.path.display());
                };
                by_name += 1;
                example.get_or_insert_with(|| format!("{other:?} for {image:?}"));
                other.clone()
            };
            let Some((key, row)) = self.rows.get_key_value(&key) else {
                bail!("{}: no scores of the image {image:?}", self.path.display());
            };
            ensure!(
                used.insert(key.as_str()),
                "{}: the scores of {key:?} fit two images of the ground truth, one of them {image:?}; write folders in \
                 front of its names",
                self.path.display()
            );
            found.push(row.scores.as_slice());
        }
        let mut notes = Vec::new();
        if let Some(example) = example {
            notes.push(format!("{by_name} images have another folder in the table of scores, as {example}"));
        }
        let left = self.rows.len() - used.len();
        if left > 0 {
            notes.push(format!("scores of {left} images that the ground truth does not have were skipped"));
        }
        Ok((found, notes))
    }
}

/// The first cells with a decimal point and with a decimal comma: their lines.
#[derive(Default)]
struct Decimals {
    point: Option<u64>,
    comma: Option<u64>,
}

fn scores(line: Line<'_>, columns: &[String], decimals: &mut Decimals) -> Result<Vec<f64>> {
    let mut scores = Vec::with_capacity(columns.len());
    for (cell, column) in line.cells().skip(1).zip(columns) {
        let at = || format!("line {}, column {column:?}", line.number());
        let number = line.parse_number(cell);
        let number = number.with_context(|| match cell {
            "" => format!("{}: expected a number, and the cell is empty", at()),
            _ => format!("{}: {cell:?} is no number", at()),
        })?;
        ensure!(!number.is_nan(), "{}: expected a number, found {cell:?}", at());
        if cell.contains('.') {
            decimals.point.get_or_insert(line.number());
        } else if line.has_decimal_comma(cell) {
            decimals.comma.get_or_insert(line.number());
        }
        if let (Some(point), Some(comma)) = (decimals.point, decimals.comma) {
            bail!(
                "numbers have a decimal point in line {point} and a decimal comma in line {comma}; write one of them"
            );
        }
        scores.push(number);
    }
    Ok(scores)
}

fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Whether one name is the end of the other, folder by folder.
fn is_tail(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.strip_suffix(short).is_some_and(|front| front.ends_with('/'))
}
