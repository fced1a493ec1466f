//! The first line of tables of labels and of scores.

use super::first_line::{is_image_column, is_row, no_header};
use crate::data::table::{Line, Table};
use anyhow::{Result, bail, ensure};
use std::path::Path;

/// Spellings in published files, and what they mean. MLRSNet's tables have `habor`; its pool category is
/// `swimmimg_pool`.
const LABEL_ALIASES: [(&str, &str); 3] =
    [("habor", "harbor"), ("swimmimg pool", "swimming pool"), ("swimmimg_pool", "swimming_pool")];

/// What a table's first line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLine {
    /// A header. A line that looks like a row is refused.
    Header,
    /// Likewise, and the user can say otherwise by `--no-header`.
    HeaderUnlessTold,
    /// A row: the user says that there is no header.
    Row,
}

/// A label's name as it is meant.
pub fn label_name(written: &str) -> &str {
    let name = written.trim();
    LABEL_ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, meant)| meant)
}

/// Reads a table whose first column names images. The column in front of it in which pandas counts rows is skipped.
///
/// # Errors
/// As [`Table::read`].
pub fn open(path: &Path) -> Result<Table> {
    let mut table = Table::read(path)?;
    let header: Vec<&str> = table.first_line().cells().take(2).collect();
    if let [first, second] = header.as_slice() {
        let is_index = first.is_empty() || ["Unnamed: 0", "index"].contains(first);
        let counts = |(at, line): (usize, Line<'_>)| line.first().parse() == Ok(at);
        if is_index && !second.is_empty() && is_image_column(second) && table.lines().skip(1).enumerate().all(counts) {
            let note = format!("its first column counts rows and is skipped; images are in the column {second:?}");
            table.skip_first_column(note);
        }
    }
    Ok(table)
}

/// The names of the columns behind the images; `column 2` and so on where there is no header. `what` a column is
/// called in messages.
///
/// # Errors
/// Names the file and the column without a name, or two of one name, or the first line that looks like a row.
pub fn column_names(
    table: &Table,
    first_line: FirstLine,
    what: &str,
    is_value: fn(&str) -> bool,
) -> Result<Vec<String>> {
    let path = table.path.display();
    let line = table.first_line();
    ensure!(
        line.len() > 1,
        "{path}: expected a header with an image column and one column a {what}, separated by commas, semicolons or \
         tabs, found {:?}",
        line.cells().collect::<Vec<_>>(),
    );
    if first_line == FirstLine::Row {
        return Ok((2..=line.len()).map(|column| format!("column {column}")).collect());
    }
    if is_row(line.cells(), is_value) {
        let otherwise = if first_line == FirstLine::HeaderUnlessTold { ", or give --no-header" } else { "" };
        bail!("{}{otherwise}", no_header(&table.path, line.cells()));
    }
    let names: Vec<String> = line.cells().skip(1).map(|cell| label_name(cell).to_owned()).collect();
    for (at, name) in names.iter().enumerate() {
        ensure!(!name.is_empty(), "{path}: column {} has no label in the header", at + 2);
        if let Some(before) = names[..at].iter().position(|other| other == name) {
            bail!("{path}: columns {} and {} are both the label {name:?}", before + 2, at + 2);
        }
    }
    Ok(names)
}
