//! Plots with a row for each name: the name beside its marks where that leaves space, else above them.

use super::axes::Area;
use super::svg::{Anchor, Svg};
use super::text::{SIZE, SMALL, fitted, width};

/// How rows are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rows {
    /// Where the marks go; its bottom is that of the last row.
    pub area: Area,
    row: f64,
    beside: bool,
    total: f64,
    name_room: f64,
    value_room: f64,
}

impl Rows {
    /// `names` and `values` (texts on the right) of the rows, of which each has marks `marks` px high, from `top` on.
    pub fn new(names: &[&str], values: &[String], marks: f64, top: f64, total: f64) -> Self {
        let widest =
            |texts: &mut dyn Iterator<Item = &str>, size| texts.map(|text| width(text, size)).fold(0.0, f64::max);
        let name_width = widest(&mut names.iter().copied(), SIZE);
        let value_width = widest(&mut values.iter().map(String::as_str), SMALL).min(total * 0.6);
        let beside = name_width + value_width + 20.0 <= total * 0.5;
        let row = if beside { marks } else { marks + 18.0 };
        let right = if beside { total - value_width - if value_width > 0.0 { 12.0 } else { 8.0 } } else { total - 8.0 };
        let area = Area {
            left: if beside { name_width + 12.0 } else { 8.0 },
            right,
            top,
            bottom: top + row * names.len() as f64,
        };
        let name_room = if beside { name_width } else { total - value_width - 12.0 };
        Self { area, row, beside, total, name_room, value_room: value_width }
    }

    /// The middle of a row's marks.
    pub fn middle(&self, row: usize) -> f64 {
        let marks = if self.beside { self.row } else { self.row - 18.0 };
        self.area.top + self.row * row as f64 + self.row - marks / 2.0
    }

    /// Writes a row's name and value.
    pub fn label(&self, svg: &mut Svg, row: usize, name: &str, value: &str) {
        let shown = fitted(name, SIZE, self.name_room + 0.1);
        let y = if self.beside { self.middle(row) + 4.0 } else { self.area.top + self.row * row as f64 + 14.0 };
        // Above the marks the texts stand on the grid's lines.
        svg.titled_text("over", Anchor::Start, [0.0, y], &shown, name);
        if !value.is_empty() {
            let shown = fitted(value, SMALL, self.value_room + 0.1);
            svg.titled_text("over value", Anchor::End, [self.total, y], &shown, value);
        }
    }
}
