//! Several figures of several arms over one axis: a group of lanes for each figure, a lane for each arm.

use super::axes::{Area, BELOW, nothing, ticks_along, x_axis};
use super::number::measured;
use super::scale::{Scale, extent, is_drawable, opened, outward};
use super::svg::{Anchor, Svg};
use super::text::{SIZE, fitted, width};
use super::{Plot, Series, legend};
use nadir_core::report::Scalar;

/// Height of an arm's lane.
const LANE: f64 = 12.0;
/// Space between two figures, px.
const GAP: f64 = 12.0;

/// A figure of a [`LanePlot`].
#[derive(Debug, Clone, PartialEq)]
pub struct Lane<'a> {
    /// The figure's name, at the left.
    pub name: &'a str,
    /// Its value in each of the plot's series, `None` if there is none.
    pub scalars: Vec<Option<&'a Scalar>>,
    /// What papers report for it in each of the series, as hollow marks; empty where they report nothing.
    pub published: Vec<Vec<f64>>,
}

/// Means as marks and intervals as lines, in groups by figure. The figures must have the same unit.
#[derive(Debug, Clone, PartialEq)]
pub struct LanePlot<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Title of the axis, with its unit.
    pub x: &'a str,
    /// The arms, in the order of the lanes.
    pub series: Vec<Series<'a>>,
    /// The figures from the top.
    pub lanes: Vec<Lane<'a>>,
}

impl Plot for LanePlot<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let scalars = self.lanes.iter().flat_map(|lane| lane.scalars.iter().flatten());
        let all = scalars.flat_map(|scalar| [scalar.mean].into_iter().chain(scalar.interval.into_iter().flatten()));
        let published = self.lanes.iter().flat_map(|lane| lane.published.iter().flatten().copied());
        let Some(values) = extent(all.chain(published)) else { return nothing(self.label, total) };
        let mut svg = Svg::new(self.label, total);
        let top = legend::draw(&mut svg, &self.series, 0.0, total);
        let names = self.lanes.iter().map(|lane| width(lane.name, SIZE)).fold(0.0, f64::max).min(total * 0.4);
        let group = LANE * self.series.len() as f64;
        let bottom = top + (group + GAP) * self.lanes.len() as f64;
        let area = Area { left: names + 10.0, right: total - 12.0, top, bottom };
        // Shares begin at 0, where nothing is.
        let domain = match values {
            [low, high] if low >= 0.0 && high <= 1.0 => outward([0.0, high.max(0.1)], 5),
            values => outward(opened(values), 5),
        };
        let x = Scale { domain, range: [area.left, area.right] };
        x_axis(&mut svg, area, x, &ticks_along(domain, area.right - area.left, 60.0, 0.0), self.x, true, total);
        for (row, lane) in self.lanes.iter().enumerate() {
            let from = top + GAP / 2.0 + (group + GAP) * row as f64;
            let name = fitted(lane.name, SIZE, names + 0.1);
            svg.titled_text("", Anchor::Start, [0.0, from + group / 2.0 + 4.0], &name, lane.name);
            if row > 0 {
                svg.line("grid", [0.0, from - GAP / 2.0], [area.right, from - GAP / 2.0]);
            }
            for (index, (series, scalar)) in self.series.iter().zip(&lane.scalars).enumerate() {
                let Some(scalar) = scalar.filter(|scalar| is_drawable(scalar.mean)) else { continue };
                let y = from + LANE * (index as f64 + 0.5);
                let published = lane.published.get(index).map_or(&[][..], Vec::as_slice);
                mark(&mut svg, *series, lane.name, (scalar, published), (x, y));
            }
        }
        svg.finish(area.bottom + BELOW)
    }
}

fn mark(svg: &mut Svg, series: Series, figure: &str, (scalar, published): (&Scalar, &[f64]), (x, y): (Scale, f64)) {
    svg.open_series(series.index, series.class());
    if let Some([low, high]) = scalar.interval.filter(|interval| interval.iter().all(|&end| is_drawable(end))) {
        svg.line("interval", [x.at(low), y], [x.at(high), y]);
    }
    for &value in published.iter().filter(|&&value| is_drawable(value)) {
        let about = format!("{figure}, {}: {} in the paper", series.name, measured(value, 4));
        svg.path("hollow", &series.shape().path([x.at(value), y], 4.0), &about);
    }
    let interval = match scalar.interval {
        Some([low, high]) => format!(" [{}, {}]", measured(low, 3), measured(high, 3)),
        None => scalar.std.map_or(String::new(), |std| format!(" ± {}", measured(std, 3))),
    };
    let about = format!("{figure}, {}: {}{interval}", series.name, measured(scalar.mean, 3));
    series.mark(svg, [x.at(scalar.mean), y], 4.0, &about);
    svg.close();
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    #[test]
    fn each_figure_has_a_mark_for_each_arm_that_has_it() {
        let scalar = |mean: f64| Scalar { interval: Some([mean - 0.02, mean + 0.1]), ..Scalar::over(vec![mean]) };
        let scalars = [0.18, 0.39, 0.13, 0.27].map(scalar);
        let lanes = vec![
            Lane { name: "AP", scalars: vec![Some(&scalars[0]), Some(&scalars[2])], published: vec![] },
            Lane {
                name: "AP50 <&> a name too long for a telephone",
                scalars: vec![Some(&scalars[1]), None],
                published: vec![vec![0.45]],
            },
        ];
        let series = ["box head", "proposals, nearest class mean"].into_iter().enumerate();
        let series = series.map(|(index, name)| Series { name, index }).collect();
        let plot = LanePlot { label: "AP", x: "average precision", series, lanes };
        for width in [200, 358, 720] {
            let svg = plot.svg(width);
            // Two marks more in the legend.
            assert_eq!((count(checked(&svg), "mark"), count(&svg, "interval")), (5, 3));
            assert_eq!(count(&svg, "hollow"), 1, "what a paper reports");
            assert!(svg.contains("AP, box head: 0.180 [0.160, 0.280]"));
        }
        checked(&LanePlot { lanes: vec![], ..plot }.svg(358));
    }
}
