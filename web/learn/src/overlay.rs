//! Several loss curves in one plot.

use crate::scale::{HEIGHT, MARGIN, Scale, WIDTH, moving_mean};
use nadir_web_kit::numbers::decimal;

/// Okabe-Ito, readable over light and dark ground.
const COLOURS: [&str; 6] = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2"];
/// Of lines that have a colour for the second time.
const DASHES: [&str; 2] = ["none", "6 3"];

/// How a line is drawn: its colour and its dashes.
pub fn style(number: usize) -> [&'static str; 2] {
    [COLOURS[number % COLOURS.len()], DASHES[number / COLOURS.len() % DASHES.len()]]
}

/// The contents of the SVG: each line is the mean of `over` steps, or of half of those it has, with its letter at its end. `now` is
/// the training that goes on, thin.
pub fn svg(lines: &[(char, Vec<[f64; 2]>)], now: &[[f64; 2]], over: usize, x_name: &str) -> String {
    let smooth = |points: &[[f64; 2]]| moving_mean(points, over.min(points.len() / 2).max(1));
    let means: Vec<Vec<[f64; 2]>> = lines.iter().map(|(_, points)| smooth(points)).collect();
    let now = smooth(now);
    let all: Vec<[f64; 2]> = means.iter().flatten().chain(&now).copied().collect();
    let [left, top, right, bottom] = MARGIN;
    let (ground, end) = (HEIGHT - bottom, WIDTH - right);
    let mut svg = format!(r#"<path class="axis" d="M{left} {top}V{ground}H{end}"/>"#);
    if all.is_empty() {
        return svg;
    }
    let last = all.iter().map(|point| point[0]).fold(1.0, f64::max);
    let scale = Scale { last, ..Scale::new(&all, None) };
    svg += &format!(
        r#"<text x="{beside}" y="{high}" text-anchor="end">{most}</text><text x="{beside}" y="{ground}" text-anchor="end">{least}</text><text x="{end}" y="{under}" text-anchor="end">{x_name} {last}</text>"#,
        beside = left - 6.0,
        high = top + 8.0,
        most = decimal(scale.most, 2),
        least = decimal(scale.least, 2),
        under = HEIGHT - 5.0,
        last = decimal(last, 0),
    );
    if !now.is_empty() {
        svg += &format!(r#"<path class="each" d="{}"/>"#, scale.path(&now));
    }
    for (number, ((letter, points), mean)) in lines.iter().zip(&means).enumerate() {
        let [colour, dashes] = style(number);
        let Some(&at) = mean.last() else { continue };
        let [x, y] = scale.at(at);
        // At the right end the letter stands before the line's end, so that it is not cut off.
        let x = x.min(end - 8.0);
        svg += &format!(
            r#"<path class="kept" data-curve="{letter}" data-points="{count}" stroke="{colour}" stroke-dasharray="{dashes}" d="{path}"/><text class="letter" x="{x:.1}" y="{y:.1}" dy="-4">{letter}</text>"#,
            count = points.len(),
            path = scale.path(mean),
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_share_the_axes_and_a_short_one_is_a_line_too() {
        let line = |count: usize, loss: f64| (1..=count).map(|step| [step as f64, loss]).collect::<Vec<_>>();
        let svg = svg(&[('A', line(40, 3.0)), ('B', line(2, 1.0))], &line(20, 2.0), 10, "step");
        assert!(
            svg.contains(r#"data-curve="A" data-points="40""#) && svg.contains(r#"data-curve="B" data-points="2""#)
        );
        assert_eq!(
            svg.split("data-curve=\"B\"").nth(1).map(|line| line.contains("L348.0")),
            Some(false),
            "it ends early"
        );
        assert!(svg.contains(">step 40<") && svg.contains(r#"class="each""#), "{svg}");
        assert!(svg.matches("NaN").count() == 0 && svg.matches("class=\"letter\"").count() == 2);
        assert_eq!(svg.matches("stroke=\"#").count(), 2);
    }

    #[test]
    fn no_line_is_an_empty_plot_and_twelve_look_different() {
        assert!(!svg(&[], &[], 10, "step").contains("<text"));
        let styles: std::collections::BTreeSet<[&str; 2]> = (0..12).map(style).collect();
        assert_eq!(styles.len(), 12);
    }
}
