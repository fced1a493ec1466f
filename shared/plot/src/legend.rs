//! The legend: marks and names in rows, for plots whose series cannot be named where they are drawn.

use super::Series;
use super::svg::{Anchor, Svg};
use super::text::{SIZE, fitted, width};

const ROW: f64 = 18.0;
const MARK: f64 = 16.0;
const GAP: f64 = 16.0;

/// Draws a legend from `top` on, over the whole width; returns where it ends.
pub(super) fn draw(svg: &mut Svg, series: &[Series], top: f64, total_width: f64) -> f64 {
    let (mut x, mut y) = (0.0, top);
    for series in series {
        let name = fitted(series.name, SIZE, total_width - MARK);
        let needed = MARK + width(&name, SIZE);
        if x > 0.0 && x + needed > total_width {
            x = 0.0;
            y += ROW;
        }
        svg.open_series(series.index, series.class());
        series.mark(svg, [x + 6.0, y + 9.0], 4.5, "");
        svg.close();
        svg.titled_text("", Anchor::Start, [x + MARK, y + 13.0], &name, series.name);
        x += needed + GAP;
    }
    if series.is_empty() { top } else { y + ROW + 6.0 }
}

/// A legend as a picture of its own, for several plots of the same series.
pub fn legend(series: &[Series], width: u32) -> String {
    let mut svg = Svg::new("Legend", f64::from(width));
    let height = draw(&mut svg, series, 0.0, f64::from(width));
    svg.finish(height)
}
