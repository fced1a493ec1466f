//! A table of shades: confusion between classes, rankings, figures of arms by label.

use super::Plot;
use super::axes::nothing;
use super::number::{decimal, grouped, measured};
use super::scale::{extent, is_drawable};
use super::svg::{Anchor, Svg};
use super::text::{SIZE, SMALL, fitted, width};

/// Cells from nothing (no shade) to the greatest value (full shade), or as `range` has it. Each cell tells its value,
/// written where there is space and under the pointer always.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// What the rows are, for example `true label`.
    pub y: &'a str,
    /// What the columns are, for example `predicted label`.
    pub x: &'a str,
    /// Names of the rows from the top.
    pub rows: Vec<&'a str>,
    /// Names of the columns from the left.
    pub columns: Vec<&'a str>,
    /// Row by row; `None` is drawn as an empty cell.
    pub values: Vec<Vec<Option<f64>>>,
    /// The values without and with full shade; `None` for 0 to the greatest value. The first may be the greater, so
    /// that rank 1 is the deepest.
    pub range: Option<[f64; 2]>,
    /// Whether values are counts, of which a cell shows its share of the row in percent and tells the count under the
    /// pointer. A count of 0 is left blank.
    pub is_share_of_row: bool,
    /// Decimal places of the values, or of the percentages.
    pub places: u32,
}

impl Plot for Matrix<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let drawable = self.values.iter().flatten().flatten().copied();
        let (Some(seen), false) = (extent(drawable), self.columns.is_empty()) else {
            return nothing(self.label, total);
        };
        let [none, full] = match self.range {
            Some(range) => range,
            None if self.is_share_of_row => [0.0, 1.0],
            None => [seen[0].min(0.0), seen[1]],
        };
        let longest = |names: &[&str]| names.iter().map(|name| width(name, SMALL)).fold(0.0, f64::max);
        let names = longest(&self.rows).max(width(self.y, SMALL)).min(total * 0.35);
        let left = names + 8.0;
        let side = ((total - left) / self.columns.len() as f64).min(64.0);
        let cell_height = side.min(28.0);
        // Level where they fit, else upwards.
        let is_level = longest(&self.columns) + 6.0 <= side;
        let above = if is_level { 18.0 } else { longest(&self.columns).min(120.0) + 6.0 };
        let top = 20.0 + above;
        let mut svg = Svg::new(self.label, total);
        let x_title = fitted(self.x, SIZE, total - left);
        svg.titled_text("title", Anchor::Start, [left, 12.0], &x_title, self.x);
        svg.titled_text("note", Anchor::Start, [0.0, top - 5.0], &fitted(self.y, SMALL, names + 0.1), self.y);
        // Cells smaller than a name name themselves under the pointer; every n-th name is written.
        let every = |size: f64| (12.0 / size).ceil().max(1.0) as usize;
        for (index, name) in self.columns.iter().enumerate().step_by(every(side)) {
            let middle = left + side * (index as f64 + 0.5);
            if is_level {
                svg.text("tick", Anchor::Middle, [middle, top - 5.0], name);
            } else {
                svg.upward_text(
                    "tick",
                    [(middle + 4.0).min(total), top - 5.0],
                    &fitted(name, SMALL, above - 6.0 + 0.1),
                );
            }
        }
        for (row, name) in self.rows.iter().enumerate() {
            let y = top + cell_height * row as f64;
            let baseline = y + cell_height / 2.0 + 4.0;
            if row.is_multiple_of(every(cell_height)) {
                svg.titled_text("tick", Anchor::Start, [0.0, baseline], &fitted(name, SMALL, names + 0.1), name);
            }
            for (column, other) in self.columns.iter().enumerate() {
                let x = left + side * column as f64;
                let value = self.values.get(row).and_then(|values| values.get(column)).copied().flatten();
                let (place, size) = ([x + 0.5, y + 0.5], [side - 1.0, cell_height - 1.0]);
                let Some(value) = value.filter(|&value| is_drawable(value)) else {
                    svg.rectangle("cell-none", place, size, "", &format!("{name}, {other}: none"));
                    continue;
                };
                let (shown, text, told) = self.told(row, value);
                let shade = if full == none { 0.0 } else { ((shown - none) / (full - none)).clamp(0.0, 1.0) };
                let opacity = format!(" fill-opacity=\"{}\"", decimal(shade, 2));
                svg.rectangle("cell", place, size, &opacity, &format!("{name}, {other}: {told}"));
                if !text.is_empty() && width(&text, SMALL) + 2.0 <= side && cell_height >= 14.0 {
                    let class = if shade > 0.55 { "cell-text deep" } else { "cell-text" };
                    svg.text(class, Anchor::Middle, [x + side / 2.0, baseline], &text);
                }
            }
        }
        svg.finish(top + cell_height * self.rows.len() as f64 + 4.0)
    }
}

impl Matrix<'_> {
    /// What a cell's shade shows, what is written in it, and what it tells under the pointer.
    fn told(&self, row: usize, value: f64) -> (f64, String, String) {
        if !self.is_share_of_row {
            let text = measured(value, self.places);
            return (value, text.clone(), text);
        }
        let drawable = self.values[row].iter().copied().flatten().filter(|&value| is_drawable(value));
        let whole: f64 = drawable.sum();
        let share = if whole > 0.0 { value / whole } else { 0.0 };
        let least = 0.5 / 10_f64.powi(self.places as i32);
        let percent = match 100.0 * share {
            0.0 => String::new(),
            percent if percent < least => format!("<{}", decimal(2.0 * least, self.places)),
            percent => decimal(percent, self.places),
        };
        (share, percent, format!("{} of {} ({} %)", grouped(value), grouped(whole), decimal(100.0 * share, 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    #[test]
    fn shades_run_from_zero_to_the_greatest_and_values_are_written_where_they_fit() {
        let matrix = Matrix {
            label: "Confusion",
            y: "true",
            x: "predicted",
            rows: vec!["sea", "<ship>"],
            columns: vec!["sea", "ship", "airplane & runway"],
            values: vec![vec![Some(0.5), Some(0.0), None], vec![Some(f64::NAN), Some(1.0)]],
            range: None,
            is_share_of_row: false,
            places: 2,
        };
        let svg = matrix.svg(358);
        checked(&svg);
        assert_eq!((count(&svg, "cell"), count(&svg, "cell-none"), count(&svg, "cell-text")), (3, 3, 3));
        for opacity in ["0.50", "0.00", "1.00"] {
            assert!(svg.contains(&format!("fill-opacity=\"{opacity}\"")));
        }
        let names = vec!["a label of some length"; 40];
        let values = vec![vec![Some(0.25); 40]; 40];
        let large = Matrix { rows: names.clone(), columns: names, values, ..matrix.clone() }.svg(358);
        assert_eq!(count(checked(&large), "cell-text"), 0);
        checked(&Matrix { values: vec![], ..matrix.clone() }.svg(358));
        checked(&Matrix { values: vec![vec![Some(0.0); 3]; 2], ..matrix }.svg(200));
    }

    #[test]
    fn a_range_that_falls_shades_the_first_rank_deepest() {
        let ranking = Matrix {
            label: "Asked ranking",
            y: "class",
            x: "other class",
            rows: vec!["ship"],
            columns: vec!["ship", "harbor", "bridge", "vehicle"],
            values: vec![vec![Some(1.0), Some(2.0), Some(3.0), None]],
            range: Some([4.0, 1.0]),
            is_share_of_row: false,
            places: 0,
        };
        let svg = ranking.svg(358);
        let shades: Vec<&str> =
            checked(&svg).split("fill-opacity=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(shades, ["1.00", "0.67", "0.33"], "a third of the way for each rank from 4 to 1");
        assert!(svg.contains("ship, harbor: 2<"));
        checked(&Matrix { range: Some([2.0, 2.0]), ..ranking }.svg(358));
    }

    #[test]
    fn counts_are_shown_as_shares_of_their_row_and_told_under_the_pointer() {
        let confusion = Matrix {
            label: "Confusion",
            y: "true class",
            x: "predicted class",
            rows: vec!["ship", "harbor", "never seen"],
            columns: vec!["ship", "harbor"],
            values: vec![vec![Some(30.0), Some(10.0)], vec![Some(1.0), Some(999.0)], vec![Some(0.0), Some(0.0)]],
            range: None,
            is_share_of_row: true,
            places: 0,
        };
        let svg = confusion.svg(358);
        for told in
            ["ship, ship: 30 of 40 (75.0 %)", "harbor, ship: 1 of 1,000 (0.1 %)", "never seen, ship: 0 of 0 (0.0 %)"]
        {
            assert!(checked(&svg).contains(told), "{told}");
        }
        assert!(svg.contains("fill-opacity=\"0.75\"") && svg.contains(">75</text>") && svg.contains(">&lt;1</text>"));
        assert_eq!(count(&svg, "cell-text"), 4, "a count of 0 is not written");
    }
}
