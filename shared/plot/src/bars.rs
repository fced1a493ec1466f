//! Horizontal bars in groups, such as the average precision of each label for several arms.

use super::axes::{Area, BELOW, nothing, ticks_along, x_axis};
use super::number::measured;
use super::scale::{Scale, extent, is_drawable, outward};
use super::svg::{Anchor, Svg};
use super::text::{SIZE, SMALL, fitted, width};
use super::{Plot, Series, legend};

/// Groups of bars from zero, the highest mean at the top. Within a group the bars stand in the order of the series,
/// so that a bar is known by its place as well as by its colour.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedBars<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Title of the axis, with its unit.
    pub x: &'a str,
    /// Names of the groups, beside their bars.
    pub groups: Vec<&'a str>,
    /// Each series with a value for each group, `None` if there is none.
    pub series: Vec<(Series<'a>, Vec<Option<f64>>)>,
    /// What stands where a group or a bar has no value, for example `no positive`.
    pub none: &'a str,
}

impl GroupedBars<'_> {
    fn value(&self, series: usize, group: usize) -> Option<f64> {
        self.series[series].1.get(group).copied().flatten().filter(|&value| is_drawable(value))
    }

    /// Mean over the series that have a value.
    fn mean(&self, group: usize) -> Option<f64> {
        let values: Vec<f64> = (0..self.series.len()).filter_map(|series| self.value(series, group)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Groups by falling mean, those without a value last.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        let key = |group: usize| self.mean(group).unwrap_or(f64::NEG_INFINITY);
        order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
        order
    }
}

impl Plot for GroupedBars<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let groups = 0..self.groups.len();
        let values = groups.clone().flat_map(|group| (0..self.series.len()).filter_map(move |s| self.value(s, group)));
        let Some(values) = extent(values) else { return nothing(self.label, total) };
        let order = self.order();
        let mut svg = Svg::new(self.label, total);
        let mut top = 0.0;
        if self.series.len() > 1 {
            let series: Vec<Series> = self.series.iter().map(|(series, _)| *series).collect();
            top = legend::draw(&mut svg, &series, 0.0, total);
        }
        let is_partial =
            |group| self.mean(group).is_some() && (0..self.series.len()).any(|s| self.value(s, group).is_none());
        let thickness = match self.series.len() {
            _ if groups.clone().any(is_partial) => 12.0,
            1 => 12.0,
            2 => 10.0,
            3 | 4 => 8.0,
            _ => 6.0,
        };
        let height =
            |group| if self.mean(group).is_some() { (thickness * self.series.len() as f64).max(14.0) } else { 14.0 };
        let gap = if self.series.len() == 1 { 6.0 } else { 10.0 };
        let names = self.groups.iter().map(|name| width(name, SIZE)).fold(0.0, f64::max).min(total * 0.4);
        // Few bars have space for their values beside them.
        let has_values = self.series.len() <= 2 && thickness >= 10.0;
        let bottom = top + groups.map(|group| height(group) + gap).sum::<f64>();
        let right = total - if has_values { 44.0 } else { 12.0 };
        let area = Area { left: names + 10.0, right, top, bottom };
        let domain = match [values[0].min(0.0), values[1].max(0.0)] {
            [0.0, 0.0] => [0.0, 1.0],
            // Shares keep the same axis from plot to plot.
            [0.0, high] if high > 0.5 && high <= 1.0 => [0.0, 1.0],
            domain => outward(domain, 5),
        };
        let x = Scale { domain, range: [area.left, area.right] };
        x_axis(&mut svg, area, x, &ticks_along(domain, area.right - area.left, 60.0, 0.0), self.x, true, total);
        let mut y = area.top + gap / 2.0;
        for group in order {
            let name = self.groups[group];
            let middle = y + height(group) / 2.0;
            svg.titled_text("", Anchor::Start, [0.0, middle + 4.0], &fitted(name, SIZE, names + 0.1), name);
            if self.mean(group).is_none() {
                // Where bars begin, unless most of them go to the left.
                let zero = x.at(0.0);
                let from = if zero < (area.left + area.right) / 2.0 { zero } else { area.left };
                let none = fitted(self.none, SMALL, area.right - from - 6.0);
                svg.titled_text("note", Anchor::Start, [from + 4.0, middle + 4.0], &none, self.none);
            } else {
                let mut bar_y = middle - thickness * self.series.len() as f64 / 2.0;
                for (index, (series, _)) in self.series.iter().enumerate() {
                    svg.open_series(series.index, series.class());
                    self.bar(&mut svg, x, [bar_y, thickness], (index, group), has_values);
                    svg.close();
                    bar_y += thickness;
                }
            }
            y += height(group) + gap;
        }
        svg.line("axis", [x.at(0.0), area.top], [x.at(0.0), area.bottom]);
        svg.finish(area.bottom + BELOW)
    }
}

impl GroupedBars<'_> {
    /// One bar, or the text that stands for no value.
    fn bar(
        &self,
        svg: &mut Svg,
        x: Scale,
        [y, thickness]: [f64; 2],
        (series, group): (usize, usize),
        has_values: bool,
    ) {
        let Some(value) = self.value(series, group) else {
            let space = x.range[1] - x.at(0.0) - 6.0;
            let none = fitted(self.none, SMALL, space);
            svg.titled_text("note", Anchor::Start, [x.at(0.0) + 4.0, y + 10.0], &none, self.none);
            return;
        };
        let (from, to) = (x.at(value.min(0.0)), x.at(value.max(0.0)));
        let text = measured(value, 3);
        let about = format!("{}, {}: {text}", self.groups[group], self.series[series].0.name);
        svg.rectangle("bar", [from, y], [to - from, thickness - 1.0], "", &about);
        if has_values && value >= 0.0 {
            svg.text("note", Anchor::Start, [to + 4.0, y + thickness / 2.0 + 3.5], &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    const NAMES: [&str; 3] = ["SimCLR", "random weights, frozen", "<third>"];

    fn bars(series: Vec<Vec<Option<f64>>>) -> GroupedBars<'static> {
        let series = series.into_iter().enumerate();
        GroupedBars {
            label: "Average precision by label",
            x: "average precision",
            groups: vec!["sea", "airplane & more", "chaparral", "a label with a name too long for any telephone"],
            series: series.map(|(index, values)| (Series { name: NAMES[index], index }, values)).collect(),
            none: "no positive",
        }
    }

    #[test]
    fn groups_fall_by_their_mean_and_those_without_a_value_come_last() {
        let plot =
            bars(vec![vec![Some(0.2), None, Some(0.9), Some(f64::NAN)], vec![Some(0.6), None, Some(0.5), Some(0.3)]]);
        // 0.4, none, 0.7, 0.3
        assert_eq!(plot.order(), [2, 0, 3, 1]);
        for width in [200, 358, 544, 1088] {
            let svg = plot.svg(width);
            checked(&svg);
            assert_eq!(count(&svg, "bar"), 5);
            assert_eq!(svg.matches("no positive").count(), 2, "for the group, and for the one bar");
        }
    }

    #[test]
    fn bars_begin_at_zero_and_are_as_long_as_their_values() {
        let svg = bars(vec![vec![Some(0.25), Some(1.0), Some(0.0), Some(0.5)]]).svg(544);
        checked(&svg);
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let bars: Vec<_> = document.descendants().filter(|node| node.attribute("class") == Some("bar")).collect();
        let number =
            |index: usize, name: &str| bars[index].attribute(name).expect("set").parse::<f64>().expect("a number");
        let whole = number(0, "width");
        assert!((0..4).all(|index| number(index, "x") == number(0, "x")));
        assert!((number(1, "width") - whole / 2.0).abs() <= 0.1 && (number(2, "width") - whole / 4.0).abs() <= 0.1);
        assert_eq!(number(3, "width"), 0.0);
    }

    #[test]
    fn negative_values_and_none_at_all_are_drawn() {
        checked(&bars(vec![vec![Some(-0.3), Some(0.2), None, None]]).svg(358));
        checked(&bars(vec![vec![Some(0.0), None, None, None]; 3]).svg(358));
        assert!(checked(&bars(vec![vec![None; 4]; 2]).svg(358)).contains("No values"));
        assert!(checked(&bars(vec![]).svg(358)).contains("No values"));
    }
}
