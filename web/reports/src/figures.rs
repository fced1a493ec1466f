//! The elements of figures: title, buttons, a place for the picture, and the numbers.

use nadir_plot::escaped;
use nadir_plot::report_view::{Figure, Section, Width};
use nadir_web_kit::text::reports as text;

/// Rows of a table that are seen at once.
pub const ROWS: usize = 100;

/// The elements of a section's figures, in the parts that they belong to.
pub fn grids(of: &Section) -> String {
    let mut body = String::new();
    for figures in of.figures.chunk_by(|one, next| (&one.part, one.is_detail) == (&next.part, next.is_detail)) {
        let (part, is_detail) = (escaped(&figures[0].part), figures[0].is_detail);
        let grid_items: String = figures.iter().map(figure).collect();
        let grid = format!("<div class=\"grid\">{grid_items}</div>");
        body.push_str(&match (part.as_str(), is_detail) {
            ("", _) => grid,
            (part, true) => format!("<details class=\"part\"><summary>{part}</summary>{grid}</details>"),
            (part, false) => format!("<h4 class=\"part\">{part}</h4>{grid}"),
        });
    }
    body
}

/// The element of a figure: its title, its buttons, its picture and its numbers.
fn figure(of: &Figure) -> String {
    let (id, title) = (&of.id, escaped(&of.title));
    let width = match of.width {
        Width::Third => "third",
        Width::Half => "half",
        Width::Whole => "whole",
    };
    let has_plot = of.has_plot();
    let tool = |act: &str, shown: &str| {
        let told = escaped(&text::download(&of.title, shown));
        format!("<button type=\"button\" data-do=\"{act}\" aria-label=\"{told}\">{shown}</button>")
    };
    let toggle = match has_plot {
        true => format!("<button type=\"button\" data-do=\"table\" aria-pressed=\"false\">{}</button>", text::TABLE),
        false => String::new(),
    };
    let svg = if has_plot { tool("svg", "SVG") } else { String::new() };
    let picture = match has_plot {
        true => format!(
            "<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"></div>",
            escaped(&text::picture(&of.title))
        ),
        false => String::new(),
    };
    let about =
        if of.about.is_empty() { String::new() } else { format!("<p class=\"hint\">{}</p>", escaped(&of.about)) };
    format!(
        "<figure id=\"{id}\" class=\"{width}\" data-plot=\"{has_plot}\" aria-labelledby=\"{id}-title\">\
         <div class=\"figure-head\"><h4 id=\"{id}-title\"><a href=\"#{id}\" aria-label=\"{link}\">{title}</a></h4>\
         <div class=\"figure-tools\">{toggle}{svg}{csv}{json}</div></div>{picture}\
         <div class=\"numbers\"{hide}></div><p class=\"hint none-shown\" hidden>{none}</p>{about}</figure>",
        link = escaped(&text::link_to(&of.title)),
        csv = tool("csv", "CSV"),
        json = tool("json", "JSON"),
        hide = if has_plot { " hidden" } else { "" },
        none = text::HIDDEN,
    )
}

/// The rows of a figure's table from `first` on, and how to come to the others.
pub fn table(of: &Figure, first: usize) -> String {
    let last = (first + ROWS).min(of.table.length);
    let turn = |act: &str, shown: &str, is_end: bool| {
        let disabled = if is_end { " disabled" } else { "" };
        format!("<button type=\"button\" data-do=\"{act}\"{disabled}>{shown}</button>")
    };
    let pager = match of.table.length > ROWS {
        true => format!(
            "<div class=\"pager\">{}<span role=\"status\">{}</span>{}</div>",
            turn("previous", text::PREVIOUS, first == 0),
            text::rows(first + 1, last, of.table.length),
            turn("next", text::NEXT, last == of.table.length),
        ),
        false => String::new(),
    };
    format!(
        "{pager}<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table><thead>{}</thead>\
         <tbody>{}</tbody></table></div>",
        escaped(&of.title),
        of.table.head_html(),
        of.table.rows_html(first..last),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;
    use crate::shelf::Open;
    use nadir_core::report::Report;
    use std::collections::BTreeSet;
    use std::rc::Rc;

    #[test]
    fn a_table_is_turned_a_hundred_rows_at_a_time() {
        let path = format!("{}/../../static/reports/ranking_vhr10.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("committed");
        let report = Rc::new(Report::from_json(&text).expect("a report"));
        let open = Open { reports: vec![("ranking_vhr10".into(), report)], choice: Choice::default() };
        open.with_sections(&BTreeSet::new(), |_, sections| {
            let figures = || sections.iter().flat_map(|section| &section.figures);
            let map = figures().find(|figure| figure.table.length == 932).expect("a map of 932 crops");
            let last = table(map, 900);
            assert_eq!(last.matches("<tr>").count(), 33, "the heading and what is left");
            assert!(last.contains("Rows 901 to 932 of 932") && last.contains("data-do=\"next\" disabled"));
            let short = figures().find(|figure| figure.table.length < ROWS).expect("a short table");
            assert!(!table(short, 0).contains("pager"));
        });
    }
}
