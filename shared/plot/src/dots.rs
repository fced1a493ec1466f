//! A figure of several arms: the mean as a mark, its interval as a line, each seed as a small dot.

use super::axes::{BELOW, nothing, ticks_along, x_axis};
use super::number::measured;
use super::rows::Rows;
use super::scale::{Scale, extent, is_drawable, opened, padded};
use super::svg::{Anchor, Svg};
use super::text::{SMALL, fitted, width};
use super::{Plot, Series};
use nadir_core::report::Scalar;

/// A row of a [`DotPlot`].
#[derive(Debug, Clone, PartialEq)]
pub struct Dot<'a> {
    /// The arm with its colour and shape.
    pub series: Series<'a>,
    /// The arm's mean, interval and values of single seeds.
    pub scalar: &'a Scalar,
    /// What papers report for it, as hollow marks.
    pub published: Vec<f64>,
}

/// Rows of arms over a common axis, which need not begin at 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DotPlot<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Title of the axis, with its unit.
    pub x: &'a str,
    /// The rows from the top.
    pub dots: Vec<Dot<'a>>,
    /// A value to compare with, such as chance, and its name.
    pub reference: Option<(f64, &'a str)>,
}

impl Plot for DotPlot<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let reference = self.reference.filter(|(value, _)| is_drawable(*value));
        let all = self.dots.iter().flat_map(|dot| {
            let scalar = dot.scalar;
            let own = scalar.values.iter().copied().chain([scalar.mean]).chain(scalar.interval.into_iter().flatten());
            own.chain(dot.published.iter().copied())
        });
        let Some(values) = extent(all.chain(reference.map(|(value, _)| value))) else {
            return nothing(self.label, total);
        };
        let names: Vec<&str> = self.dots.iter().map(|dot| dot.series.name).collect();
        let texts: Vec<String> = self.dots.iter().map(|dot| summary(dot.scalar)).collect();
        let mut svg = Svg::new(self.label, total);
        let top = if reference.is_some() { 20.0 } else { 4.0 };
        let rows = Rows::new(&names, &texts, 28.0, top, total);
        let area = rows.area;
        let length = area.right - area.left;
        let domain = padded(opened(values));
        let x = Scale { domain, range: [area.left, area.right] };
        x_axis(&mut svg, area, x, &ticks_along(domain, length, 36.0, 0.0), self.x, true, total);
        if let Some((value, name)) = reference {
            let at = x.at(value);
            svg.line("reference", [at, area.top], [at, area.bottom]);
            let name = fitted(name, SMALL, total);
            let half = width(&name, SMALL) / 2.0;
            svg.text("note", Anchor::Middle, [at.min(total - half).max(half), 12.0], &name);
        }
        for (row, (dot, text)) in self.dots.iter().zip(&texts).enumerate() {
            rows.label(&mut svg, row, dot.series.name, text);
            let y = rows.middle(row) - 2.0;
            svg.open_series(dot.series.index, dot.series.class());
            if let Some([low, high]) =
                dot.scalar.interval.filter(|interval| interval.iter().all(|&end| is_drawable(end)))
            {
                svg.line("interval", [x.at(low), y], [x.at(high), y]);
            }
            if dot.scalar.values.len() > 1 {
                for &value in dot.scalar.values.iter().filter(|&&value| is_drawable(value)) {
                    svg.circle("seed", [x.at(value), y + 9.0], 2.0, &format!("a seed: {}", measured(value, 4)));
                }
            }
            for &value in dot.published.iter().filter(|&&value| is_drawable(value)) {
                let about = format!("{}: {} in the paper", dot.series.name, measured(value, 4));
                svg.path("hollow", &dot.series.shape().path([x.at(value), y], 5.0), &about);
            }
            if is_drawable(dot.scalar.mean) {
                dot.series.mark(&mut svg, [x.at(dot.scalar.mean), y], 5.0, &format!("{}: {text}", dot.series.name));
            }
            svg.close();
        }
        svg.finish(area.bottom + BELOW)
    }
}

/// Mean and interval, or mean and standard deviation, with three places.
fn summary(scalar: &Scalar) -> String {
    let mean = measured(scalar.mean, 3);
    match (scalar.interval, scalar.std) {
        (Some([low, high]), _) => format!("{mean} [{}, {}]", measured(low, 3), measured(high, 3)),
        (None, Some(std)) => format!("{mean} ± {}", measured(std, 3)),
        (None, None) => mean,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    fn scalar(values: &[f64], interval: Option<[f64; 2]>) -> Scalar {
        Scalar { interval, ..Scalar::over(values.to_vec()) }
    }

    fn plot<'a>(scalars: &'a [(&'a str, Scalar)], reference: Option<(f64, &'a str)>) -> DotPlot<'a> {
        let dots = scalars.iter().enumerate();
        DotPlot {
            label: "Test mAP of each arm",
            x: "test mAP",
            dots: dots
                .map(|(index, (name, scalar))| Dot { series: Series { name, index }, scalar, published: vec![] })
                .collect(),
            reference,
        }
    }

    #[test]
    fn interval_mean_and_seeds_stand_at_their_values() {
        let scalars = [("a", scalar(&[0.2, 0.6], Some([0.0, 1.0])))];
        let svg = plot(&scalars, None).svg(544);
        checked(&svg);
        assert_eq!(count(&svg, "seed"), 2);
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let at = |class: &str, attribute: &str| -> Vec<f64> {
            let nodes = document.descendants().filter(|node| node.attribute("class") == Some(class));
            nodes.map(|node| node.attribute(attribute).expect("placed").parse().expect("a number")).collect()
        };
        let (low, high) = (at("interval", "x1")[0], at("interval", "x2")[0]);
        // The interval runs from 0 to 1, so the seeds stand at 0.2 and 0.6 of its length.
        for (seed, share) in at("seed", "cx").iter().zip([0.2, 0.6]) {
            assert!((seed - low - share * (high - low)).abs() <= 0.2, "{seed} between {low} and {high}");
        }
    }

    #[test]
    fn what_a_paper_reports_is_a_hollow_mark_inside_the_axis() {
        let scalars = [("a", scalar(&[0.2, 0.3], None)), ("b", scalar(&[0.25, 0.3], None))];
        let mut with_paper = plot(&scalars, None);
        with_paper.dots[1].published = vec![0.9, f64::NAN];
        for width in [200, 358, 544] {
            let svg = with_paper.svg(width);
            assert_eq!((count(checked(&svg), "hollow"), count(&svg, "mark")), (1, 2));
            assert!(svg.contains("b: 0.9000 in the paper"));
        }
    }

    #[test]
    fn every_row_is_drawn_at_every_width_whatever_its_name_and_value() {
        let scalars = [
            ("an arm whose name is far too long for a telephone, with <b>markup</b>", scalar(&[0.91; 3], None)),
            ("NaN", Scalar { mean: f64::NAN, std: None, values: vec![], interval: Some([f64::NAN, 1.0]) }),
            ("one seed", scalar(&[0.5], Some([0.4, 0.6]))),
            ("large", scalar(&[123_456.0], None)),
        ];
        for width in [200, 358, 544, 1088] {
            checked(&plot(&scalars, Some((0.0, "chance"))).svg(width));
            checked(&plot(&scalars[1..2], None).svg(width));
            checked(&plot(&[], None).svg(width));
        }
    }
}
