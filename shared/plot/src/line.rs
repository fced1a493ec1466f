//! Lines over a common x axis, such as losses by epoch.

use super::axes::{ABOVE, Area, BELOW, nothing, tick_width, ticks_along, x_axis, y_axis};
use super::number::{measured, tick};
use super::scale::{Scale, extent, is_drawable, opened, outward};
use super::spread::spread;
use super::svg::{Anchor, Svg, px};
use super::text::{SIZE, SMALL, fitted, width};
use super::thin::thinned;
use super::{Plot, Series, legend};

/// Up to so many lines are named at their ends; more, or long names, are in a legend.
const DIRECT: usize = 4;
/// A point under the pointer tells its values up to so many points a line; of longer lines every n-th does.
const SPOTS: usize = 80;

/// Several lines over one x axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Title of the x axis, with its unit.
    pub x: &'a str,
    /// Title of the y axis, with its unit.
    pub y: &'a str,
    /// Each line's points in the order of x. A point that is not finite interrupts its line.
    pub lines: Vec<(Series<'a>, &'a [[f64; 2]])>,
    /// For each line where most of the values lie that its points are means of, low and high at each point; none, or
    /// shorter than the line, where there is no such band.
    pub bands: Vec<&'a [[f64; 2]]>,
    /// One domain for both axes, which are then as long as each other, and all lines in the legend; what lies beyond is
    /// drawn on the edge. `None` for axes that follow the data.
    pub square: Option<[f64; 2]>,
    /// A straight line to compare with, from one point to another, and its name. For axes that hold it.
    pub reference: Option<([[f64; 2]; 2], &'a str)>,
}

fn is_point(point: &[f64; 2]) -> bool {
    is_drawable(point[0]) && is_drawable(point[1])
}

impl Plot for LineChart<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let bands = self.bands.iter().copied().chain(std::iter::repeat(&[][..]));
        let all = self.lines.iter().zip(bands).filter(|((_, points), _)| points.iter().any(is_point));
        let (lines, bands): (Vec<_>, Vec<&[[f64; 2]]>) = all.unzip();
        let drawable = || lines.iter().flat_map(|(_, points)| points.iter().filter(|point| is_point(point)));
        let ends = || bands.iter().copied().flatten().flatten().copied().filter(|&value| is_drawable(value));
        let y_values = extent(drawable().map(|p| p[1]).chain(ends()));
        let (Some(x_values), Some(y_values)) = (extent(drawable().map(|p| p[0])), y_values) else {
            return nothing(self.label, total);
        };
        let mut svg = Svg::new(self.label, total);
        let names_width = lines.iter().map(|(series, _)| width(series.name, SIZE)).fold(0.0, f64::max) + 16.0;
        // The lines of a square, such as ROC curves, end in the same corner.
        let direct = self.square.is_none() && lines.len() <= DIRECT && names_width <= total * 0.4;
        let mut top = 0.0;
        if !direct {
            let series: Vec<Series> = lines.iter().map(|(series, _)| *series).collect();
            top = legend::draw(&mut svg, &series, 0.0, total);
        }
        let height = if total < 480.0 { 220.0 } else { 280.0 };
        let names_room = if direct { names_width } else { 12.0 };
        top += ABOVE;
        let domain = self.square.unwrap_or_else(|| outward(opened(y_values), (height / 45.0) as usize));
        let y_ticks = ticks_along(domain, height, 32.0, 0.0);
        let left = tick_width(&y_ticks) + 10.0;
        let right = total - names_room;
        let height = if self.square.is_some() { right - left } else { height };
        let area = Area { left, right, top, bottom: top + height };
        let y = Scale { domain, range: [area.bottom, area.top] };
        let x_domain = self.square.unwrap_or_else(|| opened(x_values));
        let x = Scale { domain: x_domain, range: [area.left, area.right] };
        let is_whole = drawable().all(|point| point[0].fract() == 0.0);
        let x_ticks = match self.square {
            Some(_) => y_ticks.clone(),
            None => ticks_along(x_domain, area.right - area.left, 60.0, if is_whole { 1.0 } else { 0.0 }),
        };
        y_axis(&mut svg, area, y, &y_ticks, self.y, total);
        x_axis(&mut svg, area, x, &x_ticks, self.x, false, total);
        let inside = |value: f64| self.square.map_or(value, |[low, high]| value.clamp(low, high));
        let place = |point: &[f64; 2]| [x.at(inside(point[0])), y.at(inside(point[1]))];
        if let Some((ends, name)) = &self.reference {
            let [from, to] = ends.each_ref().map(place);
            svg.line("reference", from, to);
            // Below the line and before its end, where curves above chance leave space.
            let at = [from[0] + 0.6 * (to[0] - from[0]) + 6.0, from[1] + 0.6 * (to[1] - from[1]) + 14.0];
            svg.titled_text("note over", Anchor::Start, at, &fitted(name, SMALL, total - at[0]), name);
        }
        // Below every line.
        for ((series, points), band) in lines.iter().zip(&bands) {
            let is_end = |(point, [low, high]): &(&[f64; 2], &[f64; 2])| {
                is_point(point) && is_drawable(*low) && is_drawable(*high)
            };
            let ends: Vec<_> = points.iter().zip(*band).filter(is_end).collect();
            if ends.len() > 1 {
                let upper = ends.iter().map(|(point, [_, high])| Some(place(&[point[0], *high])));
                let lower = ends.iter().rev().map(|(point, [low, _])| Some(place(&[point[0], *low])));
                svg.open_series(series.index, series.class());
                svg.path("band", &format!("{}z", path(&upper.chain(lower).collect::<Vec<_>>())), "");
                svg.close();
            }
        }
        for (index, (series, points)) in lines.iter().enumerate() {
            svg.open_series(series.index, series.class());
            let places: Vec<Option<[f64; 2]>> =
                points.iter().map(|point| is_point(point).then(|| place(point))).collect();
            svg.path("curve", &path(&thinned(&places)), series.name);
            for point in marked(points, index, lines.len(), x) {
                series.mark(&mut svg, place(point), 3.5, &self.told(series, point));
            }
            let each = points.len().div_ceil(SPOTS).max(1);
            for point in points.iter().step_by(each).filter(|point| is_point(point)) {
                svg.circle("spot", place(point), 4.0, &self.told(series, point));
            }
            svg.close();
        }
        if direct {
            let ends: Vec<[f64; 2]> =
                lines.iter().filter_map(|(_, points)| points.iter().rev().find(|p| is_point(p))).map(place).collect();
            let targets: Vec<f64> = ends.iter().map(|end| end[1]).collect();
            let places = spread(&targets, 15.0, [area.top, area.bottom]);
            for (((series, _), end), y) in lines.iter().zip(ends).zip(places) {
                svg.open_series(series.index, series.class());
                svg.line("leader", [end[0] + 4.0, end[1]], [area.right + 8.0, y]);
                svg.close();
                svg.text("over", Anchor::Start, [area.right + 12.0, y + 4.0], series.name);
            }
        }
        svg.finish(area.bottom + BELOW)
    }
}

impl LineChart<'_> {
    fn told(&self, series: &Series, point: &[f64; 2]) -> String {
        let x = if point[0].fract() == 0.0 { tick(point[0], 1.0) } else { measured(point[0], 4) };
        format!("{}: {} at {} {x}", series.name, measured(point[1], 4), self.x)
    }
}

/// The line through the places, started again after what cannot be drawn.
fn path(places: &[Option<[f64; 2]>]) -> String {
    let mut path = String::new();
    let mut pen_is_down = false;
    for place in places {
        if let Some(place) = place {
            let [x, y] = place.map(px);
            let command = if pen_is_down { 'L' } else { 'M' };
            path.push_str(&format!("{command}{x} {y}"));
        }
        pen_is_down = place.is_some();
    }
    path
}

/// The points that carry the series' mark: the last one, and one every 90 px, each line's at other places than its
/// neighbours' so that marks of lines that run together stay apart.
fn marked(points: &[[f64; 2]], index: usize, of: usize, x: Scale) -> Vec<&[f64; 2]> {
    let drawn: Vec<&[f64; 2]> = points.iter().filter(|point| is_point(point)).collect();
    let mut next = x.range[0] + 90.0 * (index as f64 + 0.5) / of as f64;
    let mut marked = Vec::new();
    for (index, point) in drawn.iter().enumerate() {
        // A square's points may lie far beyond it, and are drawn on its edge.
        let at = x.at(point[0]).min(x.range[1]).max(x.range[0]);
        let is_last = index + 1 == drawn.len();
        if is_last || (at >= next && at + 20.0 < x.range[1]) {
            marked.push(*point);
            while next <= at {
                next += 90.0;
            }
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    fn chart<'a>(lines: Vec<(Series<'a>, &'a [[f64; 2]])>) -> LineChart<'a> {
        LineChart {
            label: "Loss by epoch",
            x: "epoch",
            y: "loss (nats)",
            lines,
            bands: Vec::new(),
            square: None,
            reference: None,
        }
    }

    #[test]
    fn a_band_is_drawn_around_its_line_and_widens_the_axis() {
        let points = [[1.0, 0.5], [2.0, 0.6], [3.0, 0.7]];
        let band = [[0.1, 0.9], [0.5, 0.8], [0.6, f64::NAN]];
        let line = || vec![(Series { name: "asked", index: 0 }, points.as_slice())];
        let svg = LineChart { bands: vec![&band], ..chart(line()) }.svg(544);
        checked(&svg);
        let path = svg.split("class=\"band\" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a band");
        // Two of three points have both ends: an area of four corners.
        assert_eq!((path.matches(['M', 'L']).count(), path.ends_with('z')), (4, true), "{path}");
        let heights: Vec<f64> =
            path.split(['M', 'L', 'z']).filter_map(|at| at.split_once(' ')?.1.parse().ok()).collect();
        assert!(heights[0] < heights[1] && heights[3] > heights[2], "high above low: {heights:?}");
        assert!(!chart(line()).svg(544).contains("class=\"band\""));
    }

    #[test]
    fn a_point_far_beyond_a_square_is_marked_on_its_edge_and_ends() {
        let points = [[0.0, 0.0], [1e140, 0.5], [1e140, 1e140], [-1e140, 1.0]];
        let svg =
            LineChart { square: Some([0.0, 1.0]), ..chart(vec![(Series { name: "a", index: 0 }, &points)]) }.svg(400);
        assert_eq!(count(checked(&svg), "spot"), 4);
    }

    #[test]
    fn a_square_has_equal_axes_whatever_the_data_and_names_its_diagonal() {
        let points = [[0.0, 0.0], [0.1, 0.7], [0.4, 0.9], [1.0, 1.0 + 1e-12]];
        for total in [200, 318, 510] {
            let lines = vec![(Series { name: "softmax, AUROC 0.912", index: 0 }, points.as_slice())];
            let reference = Some(([[0.0, 0.0], [1.0, 1.0]], "chance"));
            let svg = LineChart { square: Some([0.0, 1.0]), reference, ..chart(lines) }.svg(total);
            let document = roxmltree::Document::parse(checked(&svg)).expect("XML");
            let line = document.descendants().find(|node| node.attribute("class") == Some("reference")).expect("drawn");
            let at = |name: &str| line.attribute(name).expect("placed").parse::<f64>().expect("a number");
            let (across, up) = (at("x2") - at("x1"), at("y1") - at("y2"));
            assert!(across > 0.7 * f64::from(total) && (across - up).abs() <= 0.2, "{across} by {up} of {total}");
            assert!(svg.contains(">chance</text>") && svg.contains("softmax"), "named in the legend");
        }
    }

    #[test]
    fn a_line_passes_through_its_places() {
        let points = [[0.0, 0.0], [10.0, 5.0], [20.0, 10.0]];
        let svg = chart(vec![(Series { name: "SimCLR", index: 0 }, &points)]).svg(544);
        checked(&svg);
        let path = svg.split("class=\"curve\" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a line");
        let places: Vec<f64> = path.split(['M', 'L', ' ']).filter_map(|number| number.parse().ok()).collect();
        let [x0, y0, x1, y1, x2, y2] = places[..] else { panic!("{path}") };
        // The y axis runs from 0 to 10 over the 280 px below its title.
        assert_eq!((y0, y1, y2), (306.0, 166.0, 26.0));
        assert!((x1 - (x0 + x2) / 2.0).abs() <= 0.1, "{path}");
    }

    #[test]
    fn what_is_not_finite_interrupts_the_line_and_leaves_no_trace() {
        let points = [[1.0, 1.0], [2.0, f64::NAN], [3.0, f64::INFINITY], [4.0, 2.0], [5.0, 3.0]];
        let svg = chart(vec![(Series { name: "a", index: 0 }, &points)]).svg(358);
        checked(&svg);
        let path = svg.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a line");
        assert_eq!(path.matches('M').count(), 2);
        assert_eq!(count(&svg, "spot"), 3);
    }

    #[test]
    fn nothing_a_single_point_and_a_flat_line_are_drawn() {
        for width in [200, 358, 1088] {
            assert!(checked(&chart(vec![]).svg(width)).contains("No values"));
            let empty: (Series, &[[f64; 2]]) = (Series { name: "empty", index: 0 }, &[]);
            let nan: (Series, &[[f64; 2]]) = (Series { name: "nan", index: 1 }, &[[f64::NAN, 0.0]]);
            assert!(checked(&chart(vec![empty, nan]).svg(width)).contains("No values"));
            checked(&chart(vec![empty, (Series { name: "one", index: 2 }, &[[1.0, 0.0]])]).svg(width));
            checked(&chart(vec![(Series { name: "flat", index: 2 }, &[[1.0, 7.0], [2.0, 7.0]])]).svg(width));
            checked(&chart(vec![(Series { name: "huge", index: 2 }, &[[1.0, -1e149], [2.0, 1e149]])]).svg(width));
        }
    }

    #[test]
    fn up_to_four_lines_are_named_at_their_ends_without_touching_and_more_by_a_legend() {
        let names = ["random weights, frozen", "SimCLR", "<b>", "given weights & more", "fifth"];
        let points = [[1.0, 0.9], [2.0, 0.901]];
        let series = |index| (Series { name: names[index], index }, points.as_slice());
        let svg = chart((0..4).map(series).collect()).svg(544);
        checked(&svg);
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let mut ends: Vec<f64> = document
            .descendants()
            .filter(|node| node.attribute("class") == Some("over"))
            .map(|node| node.attribute("y").expect("placed").parse().expect("a number"))
            .collect();
        ends.sort_by(f64::total_cmp);
        assert_eq!(ends.len(), 4);
        assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= 14.9), "{ends:?}");
        assert!(!checked(&chart((0..4).map(series).collect()).svg(358)).contains("\"over\""), "names too long");
        let svg = chart((0..5).map(series).collect()).svg(544);
        assert!(!checked(&svg).contains("\"over\""));
        assert!(svg.contains("fifth"));
    }
}
