//! Pieces of HTML that the sections share. Every text goes through [`escaped`]; the page is well-formed XML too.

use nadir_shared::plot::{Plot, Series, escaped, swatch};

/// Width in px of a plot in a column of two.
const WIDE: u32 = 510;
/// Width in px of a plot that stands alone in its row.
const WHOLE: u32 = 720;
/// Width in px of a plot on a telephone.
const NARROW: u32 = 358;

/// A plot for a column of two, and for a telephone; the style sheet shows one of them.
pub fn plotted(plot: &dyn Plot) -> String {
    in_widths(plot, WIDE)
}

/// A plot for the whole width, and for a telephone.
pub fn plotted_whole(plot: &dyn Plot) -> String {
    in_widths(plot, WHOLE)
}

fn in_widths(plot: &dyn Plot, wide: u32) -> String {
    let [wide, narrow] = [wide, NARROW].map(|width| plot.svg(width));
    format!("<div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>")
}

/// A figure; `body` and `more` are HTML, `title` and `caption` are text.
pub fn figure(title: &str, body: &str, caption: &str, more: &str) -> String {
    let caption =
        if caption.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", escaped(caption)) };
    format!("<figure><h3>{}</h3>{body}{caption}{more}</figure>\n", escaped(title))
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

/// A table of HTML cells; `head` is text. `name` is for those who hear the page.
pub fn table(name: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let head: String = head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escaped(cell))).collect();
    let rows: String = rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div>\n",
        escaped(name)
    )
}

/// Something that opens on demand; `body` is HTML.
pub fn folded(title: &str, body: &str) -> String {
    format!("<details><summary>{}</summary>{body}</details>\n", escaped(title))
}

/// A series' mark and name. `r = 3` stays on one line.
pub fn named(series: Series) -> String {
    let name = ["=", "≤"]
        .iter()
        .fold(series.name.to_owned(), |name, sign| name.replace(&format!(" {sign} "), &format!("\u{a0}{sign}\u{a0}")));
    format!("{}\u{a0}{}", swatch(series), escaped(&name))
}
