//! The figures of reports, section by section, as HTML.

use super::markup::{folded, heading, plotted, section, table};
use nadir_plot::report_view::{Figure, Section, Width};
use nadir_plot::{Series, escaped, legend};

/// Widths in px that shared legends are drawn for: of the page, and of a telephone.
const LEGEND: [u32; 2] = [1088, 358];

/// All sections of figures as HTML, in their order.
pub(super) fn html(sections: &[Section]) -> String {
    sections.iter().map(of).collect()
}

/// One section: its figures in the parts that they belong to, of which detail is opened on demand.
pub(super) fn of(of: &Section) -> String {
    let mut body = legend_of(of);
    let parts = of.figures.chunk_by(|one, next| (&one.part, one.is_detail) == (&next.part, next.is_detail));
    for figures in parts {
        let (part, is_detail) = (figures[0].part.as_str(), figures[0].is_detail);
        let grids: String = figures.chunk_by(|one, next| class(one) == class(next)).map(grid).collect();
        body.push_str(&match (part, is_detail) {
            ("", _) => grids,
            (part, true) => folded(part, &grids),
            (part, false) => heading(part) + &grids,
        });
    }
    body.push_str(&sources(&of.sources));
    section(&of.title, &of.about, &body)
}

/// Figures of one width.
fn grid(figures: &[Figure]) -> String {
    let class = class(&figures[0]);
    let figures: String = figures.iter().map(figure).collect();
    format!("<div class=\"{class}\">{figures}</div>")
}

fn class(figure: &Figure) -> &'static str {
    match (figure.has_plot(), figure.width) {
        (false, _) => "tables",
        (true, Width::Third) => "plots small",
        (true, Width::Half) => "plots",
        (true, Width::Whole) => "plots single",
    }
}

/// A figure; its table is opened on demand where there is a plot.
fn figure(of: &Figure) -> String {
    let values = table(&of.title, &of.table);
    let about =
        if of.about.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", escaped(&of.about)) };
    let body = match of.has_plot() {
        true => plotted(of, of.width) + &about + &folded("Values", &values),
        false => values + &about,
    };
    format!("<figure><h3>{}</h3>{body}</figure>\n", escaped(&of.title))
}

fn legend_of(section: &Section) -> String {
    if section.legend.is_empty() {
        return String::new();
    }
    let series: Vec<Series> = section.legend.iter().map(|(index, name)| Series { name, index: *index }).collect();
    let [wide, narrow] = LEGEND.map(|width| legend(&series, width));
    format!("<div class=\"legend wide\">{wide}</div><div class=\"legend narrow\">{narrow}</div>")
}

fn sources(names: &[&str]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: String = names.iter().map(|name| format!("<li>{}</li>", escaped(name))).collect();
    format!("<ol class=\"sources\">{names}</ol>\n")
}
