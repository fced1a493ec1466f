//! Tables of 0/1 labels: CSV or TSV, one file or a folder of them, an image column and then one column a label.

mod first_line;
mod image_name;

pub use first_line::expect_header;
pub use image_name::{image_key, plain_path, without_ending};

use anyhow::{Context, Result, bail, ensure};
use first_line::{is_image_column, is_label_value, is_row, no_header};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tracing::warn;

/// Spellings in published files, and what they mean. MLRSNet's tables have `habor`; its pool category is
/// `swimmimg_pool`.
const LABEL_ALIASES: [(&str, &str); 3] =
    [("habor", "harbor"), ("swimmimg pool", "swimming pool"), ("swimmimg_pool", "swimming_pool")];

/// Rows of one or many tables, each image once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelTable {
    /// Class names, in the order of the first file's columns.
    pub labels: Vec<String>,
    /// In the order of the files' names and lines.
    pub rows: Vec<LabelRow>,
    /// Rows that were skipped because an earlier one names the same image.
    pub duplicates: Duplicates,
    /// Every file with its first line.
    headers: Vec<(PathBuf, csv::StringRecord)>,
}

impl LabelTable {
    /// That no file begins with a row, where it is known which images there are: a row without endings and with other
    /// values than 0 and 1 is told from a header by its image alone.
    ///
    /// # Errors
    /// Names the file and what stands in its first line.
    pub fn expect_headers(&self, is_image: impl Fn(&str) -> bool) -> Result<()> {
        for (path, header) in &self.headers {
            let first = header.get(0).unwrap_or_default().trim();
            let is_usual = is_image_column(first) && !header.iter().skip(1).all(|cell| is_label_value(cell.trim()));
            ensure!(is_usual || !is_image(first), "{}", no_header(path, header.iter()));
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

/// One file's rows, with the line each stands in.
struct TableFile {
    path: PathBuf,
    header: csv::StringRecord,
    labels: Vec<String>,
    rows: Vec<(u64, LabelRow)>,
}

/// Reads a table, or every .csv, .tsv and .txt file of a folder. Files whose columns stand in another order or are
/// spelled otherwise (an alias, spaces around) are merged by name. The first row of an image counts, as in the
/// published study on MLRSNet; later ones are counted in `duplicates`.
///
/// # Errors
/// Names the file, line and column, or both files and the first difference of their columns.
pub fn read(path: &Path) -> Result<LabelTable> {
    let files: Vec<TableFile> = table_files(path)?.par_iter().map(|file| read_file(file)).collect::<Result<_>>()?;
    let first = files.first().expect("a table path gives one file at least");
    let (first_path, labels) = (first.path.clone(), first.labels.clone());
    let headers = files.iter().map(|file| (file.path.clone(), file.header.clone())).collect();
    let mut table = LabelTable { labels, rows: Vec::new(), duplicates: Duplicates::default(), headers };
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
    let (mut reader, header) = open(path)?;
    let mut names = Vec::new();
    let first = header.get(0).unwrap_or_default().trim();
    ensure!(
        !(is_image_column(first) && is_image(first)),
        "{}, line 1: {first:?} could be a header, and is the name of an image; write another word above the names",
        path.display()
    );
    if is_image(first) || is_row(&header, is_label_value) {
        let path = path.display();
        warn!(path = %path, "{path} has no header: its first line, {first:?}, is read as an image");
        names.push(first.to_owned());
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).with_context(|| format!("in {}", path.display()))? {
        names.push(image_name(path, &record)?);
    }
    Ok(names)
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

/// A reader behind the header, and the header.
fn open(path: &Path) -> Result<(csv::Reader<std::io::Cursor<Vec<u8>>>, csv::StringRecord)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the label table {}", path.display()))?;
    ensure!(!bytes.is_empty(), "the label table {} is empty (0 bytes)", path.display());
    let header = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b'\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(std::io::Cursor::new(bytes));
    let header = reader.headers().with_context(|| format!("in {}", path.display()))?.clone();
    Ok((reader, header))
}

fn image_name(path: &Path, record: &csv::StringRecord) -> Result<String> {
    let name = record.get(0).unwrap_or_default().trim();
    ensure!(!name.is_empty(), "{}, line {}: the image column is empty", path.display(), line_of(record));
    Ok(name.to_owned())
}

fn line_of(record: &csv::StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

fn read_file(path: &Path) -> Result<TableFile> {
    let (mut reader, header) = open(path)?;
    let labels: Vec<String> = header.iter().skip(1).map(label_name).collect();
    ensure!(
        !labels.is_empty(),
        "{}: expected a header with an image column and one column a label, found {:?}",
        path.display(),
        header.iter().collect::<Vec<_>>(),
    );
    expect_header(path, &header, is_label_value)?;
    for (at, label) in labels.iter().enumerate() {
        ensure!(!label.is_empty(), "{}: column {} has no label in the header", path.display(), at + 2);
        if let Some(before) = labels[..at].iter().position(|other| other == label) {
            bail!("{}: columns {} and {} are both the label {label:?}", path.display(), before + 2, at + 2);
        }
    }
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).with_context(|| format!("in {}", path.display()))? {
        let mut targets = Vec::with_capacity(labels.len());
        for (cell, label) in record.iter().skip(1).zip(&labels) {
            targets.push(match cell.trim() {
                "0" => false,
                "1" => true,
                other => bail!(
                    "{}, line {}, column {} ({label:?}): expected 0 or 1, found {other:?}",
                    path.display(),
                    line_of(&record),
                    targets.len() + 2,
                ),
            });
        }
        rows.push((line_of(&record), LabelRow { image: image_name(path, &record)?, targets }));
    }
    Ok(TableFile { path: path.to_owned(), header, labels, rows })
}

fn label_name(written: &str) -> String {
    let name = written.trim();
    LABEL_ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, meant)| meant).to_owned()
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
