//! Differences between arms with their intervals, around a line at zero.

use super::axes::{BELOW, nothing, ticks_along, x_axis};
use super::number::signed;
use super::rows::Rows;
use super::scale::{Scale, extent, is_drawable, opened, padded};
use super::svg::{Anchor, Svg};
use super::text::{SMALL, fitted, width};
use super::{Plot, Series};

/// A row of a [`ForestPlot`].
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'a> {
    /// The arm whose figure the other's is subtracted from; the row's name is both, for example `SimCLR – random`.
    pub series: Series<'a>,
    /// Difference of the means over the seeds.
    pub difference: f64,
    /// Where 95 % of the resampled differences lie.
    pub interval: [f64; 2],
}

impl Difference<'_> {
    /// Whether 0 is outside the interval.
    pub fn is_clear(&self) -> bool {
        self.interval[0] > 0.0 || self.interval[1] < 0.0
    }
}

/// Rows of differences. A filled mark stands for an interval without 0, a hollow one for an interval that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestPlot<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Title of the axis, with its unit.
    pub x: &'a str,
    /// The rows from the top.
    pub rows: Vec<Difference<'a>>,
}

impl Plot for ForestPlot<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let all = self.rows.iter().flat_map(|row| [row.difference, row.interval[0], row.interval[1]]);
        if extent(all.clone()).is_none() {
            return nothing(self.label, total);
        }
        // Zero is always in sight.
        let values = extent(all.chain([0.0])).unwrap_or([0.0, 1.0]);
        let names: Vec<&str> = self.rows.iter().map(|row| row.series.name).collect();
        let texts: Vec<String> = self.rows.iter().map(summary).collect();
        let mut svg = Svg::new(self.label, total);
        let rows = Rows::new(&names, &texts, 26.0, 20.0, total);
        let area = rows.area;
        let length = area.right - area.left;
        let domain = padded(opened(values));
        let x = Scale { domain, range: [area.left, area.right] };
        x_axis(&mut svg, area, x, &ticks_along(domain, length, 36.0, 0.0), self.x, true, total);
        let zero = x.at(0.0);
        svg.line("axis", [zero, area.top], [zero, area.bottom]);
        let note = fitted("no difference", SMALL, total);
        let half = width(&note, SMALL) / 2.0;
        svg.text("note", Anchor::Middle, [zero.min(total - half).max(half), 12.0], &note);
        for (index, (row, text)) in self.rows.iter().zip(&texts).enumerate() {
            rows.label(&mut svg, index, row.series.name, text);
            let y = rows.middle(index);
            svg.open_series(row.series.index, row.series.class());
            if row.interval.iter().all(|&end| is_drawable(end)) {
                svg.line("interval", [x.at(row.interval[0]), y], [x.at(row.interval[1]), y]);
            }
            if is_drawable(row.difference) {
                let class = if row.is_clear() { "mark" } else { "hollow" };
                let told = format!("{}: {text}", row.series.name);
                svg.path(class, &row.series.shape().path([x.at(row.difference), y], 4.5), &told);
            }
            svg.close();
        }
        svg.finish(area.bottom + BELOW)
    }
}

fn summary(row: &Difference) -> String {
    let [low, high] = row.interval.map(|end| signed(end, 3));
    format!("{} [{low}, {high}]", signed(row.difference, 3))
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    #[test]
    fn zero_is_in_sight_and_only_a_clear_difference_is_filled() {
        let row =
            |name, index, difference, interval| Difference { series: Series { name, index }, difference, interval };
        let rows = vec![
            row("SimCLR – random weights, frozen", 1, 0.28, [0.26, 0.3]),
            row("SimCLR – corrected", 2, 0.21, [-0.01, 0.4]),
            row("<a> & b, which is a long name for an arm – against another", 3, f64::NAN, [0.2, f64::INFINITY]),
        ];
        let plot = ForestPlot { label: "Differences", x: "difference in test mAP", rows };
        for width in [200, 358, 544, 1088] {
            let svg = plot.svg(width);
            checked(&svg);
            assert_eq!((count(&svg, "mark"), count(&svg, "hollow")), (1, 1));
            assert!(svg.contains("no difference"));
        }
        checked(&ForestPlot { rows: vec![], ..plot }.svg(358));
    }
}
