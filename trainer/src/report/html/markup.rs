//! Pieces of HTML that the sections share. Every text goes through [`escaped`]; the page is well-formed XML too.

use nadir_plot::number::grouped;
use nadir_plot::report_view::{Table, Width};
use nadir_plot::{Plot, escaped};

/// Width in px of a plot of which three stand in a row, on a telephone one.
const SMALL: u32 = 318;
/// Width in px of a plot in a column of two.
const WIDE: u32 = 510;
/// Width in px of a plot that stands alone in its row.
const WHOLE: u32 = 720;
/// Width in px of a plot on a telephone.
const NARROW: u32 = 358;

/// A plot for its place in a row and for a telephone; the style sheet shows one of them. A third of a row is drawn
/// once, since a telephone is about as wide.
pub fn plotted(plot: &dyn Plot, width: Width) -> String {
    let wide = match width {
        Width::Third => return plot.svg(SMALL),
        Width::Half => WIDE,
        Width::Whole => WHOLE,
    };
    let [wide, narrow] = [wide, NARROW].map(|width| plot.svg(width));
    format!("<div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>")
}

/// A section; `body` is HTML. None without a body.
pub fn section(title: &str, hint: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    let hint = if hint.is_empty() { String::new() } else { format!("<p class=\"hint\">{}</p>", escaped(hint)) };
    format!("<section><h2>{}</h2>{hint}{body}</section>\n", escaped(title))
}

/// A heading inside a section, over a table or plots.
pub fn heading(title: &str) -> String {
    format!("<h3 class=\"part\">{}</h3>\n", escaped(title))
}

/// A table of more rows is left to the report: this page is one file, and nobody reads that many numbers in it.
const ROWS: usize = 200;

/// A table. `name` is for those who hear the page.
pub fn table(name: &str, table: &Table) -> String {
    if table.length > ROWS {
        return format!("<p class=\"hint\">The report has these {} rows.</p>", grouped(table.length as f64));
    }
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table><thead>{}</thead>\
         <tbody>{}</tbody></table></div>\n",
        escaped(name),
        table.head_html(),
        table.rows_html(0..table.length),
    )
}

/// Something that opens on demand; `body` is HTML.
pub fn folded(title: &str, body: &str) -> String {
    format!("<details><summary>{}</summary>{body}</details>\n", escaped(title))
}
