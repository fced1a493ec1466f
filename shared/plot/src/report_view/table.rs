//! The numbers of a figure: as HTML, CSV and JSON. Rows are made when they are needed, since there may be 100,000.

use crate::number::{grouped, measured, signed};
use crate::{Series, escaped, swatch};
use nadir_core::csv::line;
use nadir_core::report::Scalar;
use serde_json::{Value, json};
use std::ops::Range;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// No value; the cell stays empty.
    None,
    /// A text as it is.
    Text(String),
    /// An arm, by its mark and name.
    Arm(usize, String),
    /// A number, shown with so many decimal places.
    Number(f64, u32),
    /// A difference, shown with its sign and so many decimal places.
    Signed(f64, u32),
    /// A whole number, its digits grouped by commas.
    Count(f64),
    /// A figure over seeds, and what papers report for it with the number of the source.
    Scalar(&'a Scalar, Vec<(f64, usize)>),
}

/// A column: its heading, and what a CSV file makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading over the column.
    pub name: String,
    /// For columns of [`Cell::Scalar`]: the most seeds that one has. A CSV file has a column for each of its numbers.
    seeds: Option<usize>,
}

impl Column {
    /// A column of one text or number a cell.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), seeds: None }
    }

    /// A column of figures over up to so many seeds.
    pub fn of_scalars(name: impl Into<String>, seeds: usize) -> Self {
        Self { name: name.into(), seeds: Some(seeds) }
    }

    /// Its columns in a CSV file.
    fn fields(&self) -> Vec<String> {
        let name = &self.name;
        let Some(seeds) = self.seeds else { return vec![name.clone()] };
        let whole = [name.clone()].into_iter();
        let more = ["standard deviation", "95 % from", "95 % to", "paper"].map(|part| format!("{name}: {part}"));
        let seeds = (1..=seeds).filter(|_| seeds > 1).map(|seed| format!("{name}: seed {seed}"));
        whole.chain(more).chain(seeds).collect()
    }
}

/// Makes the cells of a row.
type Row<'a> = Box<dyn Fn(usize) -> Vec<Cell<'a>> + 'a>;

/// A table whose rows are made when they are needed.
pub struct Table<'a> {
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// How many rows there are.
    pub length: usize,
    row: Row<'a>,
}

impl<'a> Table<'a> {
    /// A table of `length` rows, of which `row` gives each.
    pub fn new(columns: Vec<Column>, length: usize, row: impl Fn(usize) -> Vec<Cell<'a>> + 'a) -> Self {
        Self { columns, length, row: Box::new(row) }
    }

    /// A table of rows that are there already.
    pub fn of(columns: Vec<Column>, rows: Vec<Vec<Cell<'a>>>) -> Self {
        Self::new(columns, rows.len(), move |row| rows[row].clone())
    }

    /// The cells of a row, one for each column.
    pub fn row(&self, row: usize) -> Vec<Cell<'a>> {
        if row < self.length { (self.row)(row) } else { Vec::new() }
    }

    /// The heading as a `<tr>`.
    pub fn head_html(&self) -> String {
        let cells = self.columns.iter().map(|column| format!("<th scope=\"col\">{}</th>", escaped(&column.name)));
        format!("<tr>{}</tr>", cells.collect::<String>())
    }

    /// Some rows as `<tr>`s.
    pub fn rows_html(&self, rows: Range<usize>) -> String {
        let row = |row: usize| {
            let cells: String = self.row(row).iter().map(|cell| format!("<td>{}</td>", cell.html())).collect();
            format!("<tr>{cells}</tr>\n")
        };
        (rows.start..rows.end.min(self.length)).map(row).collect()
    }

    /// The whole table as CSV (RFC 4180), numbers in full.
    pub fn csv(&self) -> String {
        let mut csv = line(self.columns.iter().flat_map(Column::fields));
        for row in 0..self.length {
            let cells = self.row(row);
            csv.push_str(&line(self.columns.iter().zip(&cells).flat_map(|(column, cell)| cell.fields(column))));
        }
        csv
    }

    /// The whole table as JSON: `columns`, and `rows` of numbers in full.
    pub fn json(&self) -> Value {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let rows = (0..self.length).map(|row| self.row(row).iter().map(Cell::json).collect::<Vec<Value>>());
        json!({ "columns": columns, "rows": rows.collect::<Vec<_>>() })
    }
}

impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("columns", &self.columns).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Cell<'_> {
    /// A number, or nothing.
    pub fn number(value: Option<f64>, places: u32) -> Self {
        value.map_or(Self::None, |value| Self::Number(value, places))
    }

    fn html(&self) -> String {
        match self {
            Self::None => "–".into(),
            Self::Text(text) => escaped(text),
            Self::Arm(index, name) => arm_html(*index, name),
            Self::Number(value, places) => measured(*value, *places),
            Self::Signed(value, places) => signed(*value, *places),
            Self::Count(value) => grouped(*value),
            Self::Scalar(scalar, published) => {
                let papers = published.iter().map(|(value, source)| {
                    format!("<small class=\"paper\">paper {}<sup>{source}</sup></small>", measured(*value, 4))
                });
                scalar_html(scalar) + &papers.collect::<String>()
            }
        }
    }

    /// Its fields in a CSV file, as many as its column has.
    fn fields(&self, column: &Column) -> Vec<String> {
        let mut fields = match self {
            Self::None => vec![],
            Self::Text(text) | Self::Arm(_, text) => vec![text.clone()],
            Self::Number(value, _) | Self::Signed(value, _) | Self::Count(value) => vec![full(*value)],
            Self::Scalar(scalar, published) => {
                let end = |end: usize| scalar.interval.map_or(String::new(), |interval| full(interval[end]));
                let std = scalar.std.map_or(String::new(), full);
                let paper = published.first().map_or(String::new(), |published| full(published.0));
                let mut fields = vec![full(scalar.mean), std, end(0), end(1), paper];
                fields.extend(scalar.values.iter().copied().map(full));
                fields
            }
        };
        fields.resize(column.fields().len(), String::new());
        fields
    }

    fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) | Self::Arm(_, text) => json!(text),
            Self::Number(value, _) | Self::Signed(value, _) | Self::Count(value) => json!(value),
            Self::Scalar(scalar, published) => {
                let published: Vec<f64> = published.iter().map(|published| published.0).collect();
                json!({ "figure": scalar, "published": published })
            }
        }
    }
}

/// An arm's mark and name. `r = 3` stays on one line.
fn arm_html(index: usize, name: &str) -> String {
    let kept = ["=", "≤"]
        .iter()
        .fold(name.to_owned(), |name, sign| name.replace(&format!(" {sign} "), &format!("\u{a0}{sign}\u{a0}")));
    format!("{}\u{a0}{}", swatch(Series { name, index }), escaped(&kept))
}

/// Mean, standard deviation and interval.
fn scalar_html(scalar: &Scalar) -> String {
    let mut text = measured(scalar.mean, 4);
    if let Some(std) = scalar.std {
        text.push_str(&format!(" ± {}", measured(std, 4)));
    }
    if let Some([low, high]) = scalar.interval {
        text.push_str(&format!("<small>[{}, {}]</small>", measured(low, 4), measured(high, 4)));
    }
    text
}

/// A number so that reading it gives the same number; nothing for one that is not finite.
fn full(value: f64) -> String {
    if value.is_finite() { json!(value).to_string() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_csv_are_quoted_as_rfc_4180_has_it() {
        let columns = vec![Column::new("Arm"), Column::new("x")];
        let cell = |text: &str| Cell::Text(text.into());
        let rows = vec![
            vec![cell("plain"), Cell::Number(0.1 + 0.2, 1)],
            vec![cell("SupCon, \"any\" label\nof two"), Cell::None],
            vec![cell(""), Cell::Number(f64::NAN, 1)],
        ];
        let csv = Table::of(columns, rows).csv();
        assert_eq!(csv, "Arm,x\r\nplain,0.30000000000000004\r\n\"SupCon, \"\"any\"\" label\nof two\",\r\n,\r\n");
    }

    #[test]
    fn a_figure_over_seeds_has_a_column_for_each_of_its_numbers() {
        let scalar = Scalar { interval: Some([0.25, 0.75]), ..Scalar::over(vec![0.5, 0.625]) };
        let columns = vec![Column::of_scalars("mAP", 2)];
        let table = Table::of(columns, vec![vec![Cell::Scalar(&scalar, vec![(0.875, 1)])], vec![Cell::None]]);
        let csv = table.csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines[0],
            "mAP,mAP: standard deviation,mAP: 95 % from,mAP: 95 % to,mAP: paper,mAP: seed 1,mAP: seed 2"
        );
        assert!(lines[1].starts_with("0.5625,0.08838") && lines[1].ends_with(",0.25,0.75,0.875,0.5,0.625"), "{csv}");
        assert_eq!(lines[2], ",,,,,,");
        assert!(table.rows_html(0..9).contains("0.5625 ± 0.0884<small>[0.2500, 0.7500]</small>"));
        assert_eq!(table.json()["rows"][0][0]["figure"]["interval"], json!([0.25, 0.75]));
    }
}
