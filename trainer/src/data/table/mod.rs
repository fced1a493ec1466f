//! Tables as spreadsheets and scripts write them: see [`super::text_file`] for encodings; cells separated by commas,
//! semicolons or tabs, quoted or not, with blanks around them; numbers with a decimal point, or with a decimal comma
//! where no comma separates.

mod separator;

use super::text_file::read_text;
use super::truth_value::truth_value;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// A file's cells. Lines whose cells are all empty are not among them, nor empty columns at the end.
#[derive(Debug, Clone)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// What is worth saying about how it was read, a sentence each.
    pub notes: Vec<String>,
    lines: Vec<csv::StringRecord>,
    /// The columns that are read.
    columns: std::ops::Range<usize>,
    separator: u8,
}

/// A line of a table.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    record: &'a csv::StringRecord,
    first_column: usize,
    columns: usize,
    has_decimal_commas: bool,
}

impl Table {
    /// Reads a file. Its first line is a line like others here.
    ///
    /// # Errors
    /// Names the file, and the line that has not as many cells as the first.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let name = path.display();
        ensure!(!text.is_empty(), "the table {name} is empty (0 bytes)");
        let (text, separator, lines_before) = match told_separator(&text) {
            Some((separator, rest)) => (rest, separator, 1),
            None => (text.as_str(), separator::separator(&text), 0),
        };
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.delimiter(separator).has_headers(false).flexible(true);
        let (mut lines, mut counter) = (Vec::new(), LineCounter { at: 0, line: 1 });
        for record in reader.from_reader(text.as_bytes()).into_records() {
            let mut record = record.with_context(|| format!("in {name}"))?;
            if record.iter().all(|cell| plain(cell).is_empty()) {
                continue;
            }
            if let Some(mut position) = record.position().cloned() {
                // The reader's own count stands before empty lines and knows no line that ends with \r.
                counter.advance(text, position.byte() as usize);
                position.set_line(counter.line + lines_before);
                record.set_position(Some(position));
            }
            lines.push(record);
        }
        ensure!(!lines.is_empty(), "the table {name} has no line with a text in it");
        // Spreadsheets write separators up to the last column that ever held something.
        let is_filled = |line: &csv::StringRecord, at: usize| line.get(at).is_some_and(|cell| !plain(cell).is_empty());
        let filled =
            |line: &csv::StringRecord| (0..line.len()).rposition(|at| is_filled(line, at)).map_or(0, |at| at + 1);
        let cells = lines.iter().map(filled).max().unwrap_or(0);
        let columns = cells.max(filled(&lines[0]));
        let first = lines[0].len();
        for line in &lines {
            ensure!(
                line.len() == first,
                "{name}, line {}: it has {} cells, and the first line has {first} ({} separates them)",
                line_number(line),
                line.len(),
                match separator {
                    b'\t' => "a tab",
                    b';' => "\";\"",
                    _ => "\",\"",
                },
            );
        }
        Ok(Self { path: path.to_owned(), notes: Vec::new(), lines, columns: 0..columns, separator })
    }

    /// Every line, the first too.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        self.lines.iter().map(|record| Line {
            record,
            first_column: self.columns.start,
            columns: self.columns.len(),
            has_decimal_commas: self.separator != b',',
        })
    }

    /// The first line.
    pub fn first_line(&self) -> Line<'_> {
        self.lines().next().expect("a table has a line")
    }

    /// Leaves the first column aside.
    pub fn skip_first_column(&mut self, note: String) {
        self.columns.start += 1;
        self.notes.push(note);
    }
}

impl<'a> Line<'a> {
    /// Line of the file, from 1.
    pub fn number(&self) -> u64 {
        line_number(self.record)
    }

    /// How many cells it has, which every line of a table has.
    pub fn len(&self) -> usize {
        self.columns
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.columns == 0
    }

    /// The cells, without blanks and quotes around them.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let record = self.record;
        let first = self.first_column;
        (0..self.columns).map(move |at| plain(record.get(first + at).unwrap_or_default()))
    }

    /// The first cell.
    pub fn first(&self) -> &'a str {
        self.cells().next().unwrap_or_default()
    }

    /// A cell of this line as a number; `None` if it is none.
    pub fn parse_number(&self, cell: &str) -> Option<f64> {
        // Rust reads `infinity` in any case, as Python does.
        cell.parse().ok().or_else(|| self.with_point(cell)?.parse().ok())
    }

    /// A cell of this line as yes or no, as [`truth_value`] has it.
    pub fn parse_truth(&self, cell: &str) -> Option<bool> {
        truth_value(cell).or_else(|| truth_value(&self.with_point(cell)?))
    }

    /// Whether a cell of this line has a decimal comma.
    pub fn has_decimal_comma(&self, cell: &str) -> bool {
        self.with_point(cell).is_some_and(|cell| cell.parse::<f64>().is_ok())
    }

    /// A cell with one comma and no point, with a point instead, where a comma does not separate cells.
    fn with_point(&self, cell: &str) -> Option<String> {
        let has_one = self.has_decimal_commas && cell.matches(',').count() == 1 && !cell.contains('.');
        has_one.then(|| cell.replace(',', "."))
    }
}

/// Counts lines up to where a record begins.
struct LineCounter {
    at: usize,
    line: u64,
}

impl LineCounter {
    /// On to the first byte from `start` that ends no line.
    fn advance(&mut self, text: &str, start: usize) {
        let bytes = text.as_bytes();
        while let Some(&byte) = bytes.get(self.at).filter(|byte| self.at < start || b"\r\n".contains(byte)) {
            self.at += 1;
            self.line += u64::from(byte == b'\n' || byte == b'\r' && bytes.get(self.at) != Some(&b'\n'));
        }
    }
}

/// A text behind Excel's own first line, `sep=;`, and the separator that it tells.
fn told_separator(text: &str) -> Option<(u8, &str)> {
    let (first, rest) = text.split_once('\n')?;
    let told = first.trim_end_matches('\r').trim_matches('"').strip_prefix("sep=")?;
    let separator = *told.as_bytes().first()?;
    (told.len() == 1 && b"\t;,".contains(&separator)).then_some((separator, rest))
}

fn line_number(record: &csv::StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// Without blanks around it, and without quotes that a blank in front hid from the reader.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    let inside = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
    inside.filter(|inside| !inside.contains('"')).map_or(cell, str::trim)
}

#[cfg(test)]
mod tests;
