//! Plots as SVG text: the same code draws in the page and in the HTML report.
//!
//! A drawing is a text without script, style attribute, id or link, for `inner_html` or an HTML file. Its colours
//! come from [`STYLE`], which the page around it has to hold once, and follow light and dark through that page's
//! `--surface`, `--line` and `--muted`. A px of a drawing is a px of the screen where it is drawn for the width it is
//! shown at; the same plot can be drawn for several widths. Marks tell their values in `<title>`s.

mod axes;
mod bars;
#[cfg(test)]
mod check;
mod dots;
mod forest;
mod lanes;
mod legend;
mod line;
mod matrix;
pub mod number;
mod photographs;
mod reliability;
pub mod report_view;
mod rows;
mod scale;
mod scatter;
mod series;
mod spread;
mod standalone;
mod svg;
mod text;
mod thin;

pub use bars::GroupedBars;
pub use dots::{Dot, DotPlot};
pub use forest::{Difference, ForestPlot};
pub use lanes::{Lane, LanePlot};
pub use legend::legend;
pub use line::LineChart;
pub use matrix::Matrix;
pub use photographs::{Photograph, Photographs, Tile};
pub use reliability::ReliabilityPlot;
pub use scatter::{Cluster, DENSE, ScatterMap, clusters_by_rarest_label};
pub use series::{MARKS, Series, swatch};
pub use standalone::standalone;
pub use svg::escaped;

/// The style sheet of all plots.
pub const STYLE: &str = include_str!("style.css");

/// A drawing that can be made for a width.
pub trait Plot {
    /// An `<svg>` element `width` px wide, 200 at least.
    fn svg(&self, width: u32) -> String;
}
