//! Tables of 0/1 labels: CSV or TSV (see [`super::table`]), one file or a folder of them, an image column and then one
//! column a label.

mod columns;
mod first_line;
mod image_name;

pub use columns::{FirstLine, column_names, label_name, open};
pub use image_name::{image_key, plain_path, without_ending};

use super::read_all::read_all;
use super::table::{Line, Table};
use anyhow::{Context, Result, ensure};
use first_line::{is_image_column, is_label_value, is_row, no_header};
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tracing::warn;

/// Rows of one or many tables, each image once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelTable {
    /// Class names, in the order of the first file's columns.
    pub labels: Vec<String>,
    /// In the order of the files' names and lines.
    pub rows: Vec<LabelRow>,
    /// Rows that were skipped because an earlier one names the same image.
    pub duplicates: Duplicates,
    /// What is worth saying about how the files were read, a sentence each.
    pub notes: Vec<String>,
    /// Every file with its first line.
    headers: Vec<(PathBuf, Vec<String>)>,
}

impl LabelTable {
    /// Rows that stand in no file.
    pub fn of_rows(labels: Vec<String>, rows: Vec<LabelRow>) -> Self {
        Self { labels, rows, duplicates: Duplicates::default(), notes: Vec::new(), headers: Vec::new() }
    }

    /// That no file begins with a row, where it is known which images there are: a row without endings and with other
    /// values than 0 and 1 is told from a header by its image alone.
    ///
    /// # Errors
    /// Names the file and what stands in its first line.
    pub fn expect_headers(&self, is_image: impl Fn(&str) -> bool) -> Result<()> {
        for (path, header) in &self.headers {
            let Some((first, labels)) = header.split_first() else { continue };
            let is_usual = is_image_column(first) && !labels.iter().all(|cell| is_label_value(cell));
            ensure!(is_usual || !is_image(first), "{}", no_header(path, header.iter().map(String::as_str)));
        }
        Ok(())
    }
}

/// One image with its labels, a row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRow {
    /// The image as the table names it: with or without folder and ending.
    pub image: String,
    /// For each class, whether the image has it.
    pub targets: Vec<bool>,
}

/// How often an image was listed again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// Number of later rows, which were skipped.
    pub rows: usize,
    /// Those of them whose labels differ from the first row's.
    pub conflicting: usize,
    /// The first of them: image and both places. One with other labels, where there is one.
    pub example: Option<String>,
}

impl Duplicates {
    /// How many rows were skipped, how many of them have other labels, and an example; `None` if there are none.
    pub fn sentence(&self) -> Option<String> {
        let example = self.example.as_ref()?;
        Some(format!(
            "{} rows name an image that an earlier row named, {} of them with other labels ({example}); the first row \
             counts",
            self.rows, self.conflicting,
        ))
    }
}

/// One file's rows, with the line each stands in.
struct TableFile {
    path: PathBuf,
    /// The first line, if it is a header.
    header: Vec<String>,
    labels: Vec<String>,
    notes: Vec<String>,
    rows: Vec<(u64, LabelRow)>,
}

/// Reads a table, or every .csv, .tsv and .txt file of a folder. Files whose columns stand in another order or are
/// spelled otherwise (an alias, spaces around) are merged by name. The first row of an image counts, as in the
/// published study on MLRSNet; later ones are counted in `duplicates`.
///
/// # Errors
/// Names the file, line and column, or both files and the first difference of their columns.
pub fn read(path: &Path) -> Result<LabelTable> {
    read_from(path, FirstLine::Header)
}

/// [`read`], where it is known what the first line is. Labels of a table without a header are called `column 2` and so
/// on.
///
/// # Errors
/// As [`read`].
pub fn read_from(path: &Path, first_line: FirstLine) -> Result<LabelTable> {
    let read_file = |file: &PathBuf| read_file(file, first_line);
    let files: Vec<TableFile> = read_all(&table_files(path)?, read_file)?;
    let first = files.first().expect("a table path gives one file at least");
    let (first_path, labels) = (first.path.clone(), first.labels.clone());
    let headers = files.iter().map(|file| (file.path.clone(), file.header.clone())).collect();
    let notes = files.iter().flat_map(|file| file.notes.iter().cloned()).collect();
    let mut table = LabelTable { labels, rows: Vec::new(), duplicates: Duplicates::default(), notes, headers };
    // Key of an image to its row, and where that stands.
    let mut seen: HashMap<String, (usize, usize, u64)> = HashMap::new();
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    for (file_at, file) in files.into_iter().enumerate() {
        let columns = columns_by_name(&table.labels, &file.labels).map_err(|difference| {
            anyhow::anyhow!(
                "{} has other label columns than {}: {difference} ({} columns against {})",
                file.path.display(),
                first_path.display(),
                file.labels.len(),
                table.labels.len(),
            )
        })?;
        for (line, row) in file.rows {
            let targets: Vec<bool> = match &columns {
                None => row.targets,
                Some(columns) => columns.iter().map(|&column| row.targets[column]).collect(),
            };
            let key = image_key(&row.image);
            if let Some(&(earlier, earlier_file, earlier_line)) = seen.get(&key) {
                let duplicates = &mut table.duplicates;
                let differs = table.rows[earlier].targets != targets;
                duplicates.rows += 1;
                duplicates.conflicting += usize::from(differs);
                if duplicates.rows == 1 || differs && duplicates.conflicting == 1 {
                    duplicates.example = Some(format!(
                        "image {:?} in {} line {earlier_line} and again{} in {} line {line}",
                        row.image,
                        paths[earlier_file].display(),
                        if differs { " with other labels" } else { "" },
                        file.path.display(),
                    ));
                }
            } else {
                seen.insert(key, (table.rows.len(), file_at, line));
                table.rows.push(LabelRow { image: row.image, targets });
            }
        }
    }
    ensure!(!table.rows.is_empty(), "{} has no row below its header", path.display());
    Ok(table)
}

/// The image names in the first column of a table, or of a list without a header: a first line that `is_image` knows,
/// or that looks like a row, is an image too, and a warning is logged.
///
/// # Errors
/// Names the file, line and column; also where the first line could be a header as well as an image.
pub fn read_image_names(path: &Path, is_image: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let table = open(path)?;
    let line = table.first_line();
    let first = line.first();
    let name = path.display();
    ensure!(
        !(is_image_column(first) && is_image(first)),
        "{name}, line 1: {first:?} could be a header, and is the name of an image; write another word above the names",
    );
    let is_listed = is_image(first) || is_row(line.cells(), is_label_value);
    if is_listed {
        warn!(path = %name, "{name} has no header: its first line, {first:?}, is read as an image");
    } else if line.len() == 1 && !is_image_column(first) {
        warn!(
            path = %name,
            "{name}: its first line, {first:?}, is the name of no image of the label table and is taken for a header; \
             if it is an image, write \"image\" above it"
        );
    }
    for note in &table.notes {
        warn!(path = %name, "{name}: {note}");
    }
    table.lines().skip(usize::from(!is_listed)).map(|line| image_name(path, line)).collect()
}

fn table_files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))? {
        let file = entry.with_context(|| format!("cannot read the folder {}", path.display()))?.path();
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && file.extension().is_some_and(|ending| ["csv", "tsv", "txt"].iter().any(|known| ending == *known))
        {
            files.push(file);
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "no .csv, .tsv or .txt file in {}", path.display());
    Ok(files)
}

fn image_name(path: &Path, line: Line<'_>) -> Result<String> {
    ensure!(!line.first().is_empty(), "{}, line {}: the image column is empty", path.display(), line.number());
    Ok(line.first().to_owned())
}

fn read_file(path: &Path, first_line: FirstLine) -> Result<TableFile> {
    let table = open(path)?;
    let labels = column_names(&table, first_line, "label", is_label_value)?;
    let has_header = first_line != FirstLine::Row;
    let header = table.first_line().cells().map(str::to_owned).filter(|_| has_header).collect();
    let mut rows = Vec::new();
    for line in table.lines().skip(usize::from(has_header)) {
        let mut targets = Vec::with_capacity(labels.len());
        for (cell, label) in line.cells().skip(1).zip(&labels) {
            let target = line.parse_truth(cell).with_context(|| {
                format!(
                    "{}, line {}, column {} ({label:?}): expected 0 or 1 (or true and false, yes and no), found {cell:?}",
                    path.display(),
                    line.number(),
                    targets.len() + 2,
                )
            });
            targets.push(target?);
        }
        rows.push((line.number(), LabelRow { image: image_name(path, line)?, targets }));
    }
    let Table { path, notes, .. } = table;
    let notes = notes.into_iter().map(|note| format!("{}: {note}", path.display())).collect();
    Ok(TableFile { path, header, labels, notes, rows })
}

/// For each expected label its column; `None` if the columns stand in that order. The error is the first difference.
fn columns_by_name(expected: &[String], columns: &[String]) -> Result<Option<Vec<usize>>, String> {
    if expected == columns {
        return Ok(None);
    }
    if let Some(extra) = columns.iter().find(|column| !expected.contains(column)) {
        return Err(format!("it has {extra:?} besides"));
    }
    let index_of = |label: &String| {
        columns.iter().position(|column| column == label).ok_or_else(|| format!("it has no column {label:?}"))
    };
    expected.iter().map(index_of).collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests;
