//! Files for the visitor, made in the page.

use crate::{layout, page};
use nadir_plot::report_view::Figure;
use nadir_plot::{Plot, standalone};
use nadir_web_kit::download::save;

/// Width in px of a picture that is downloaded: a figure over the width of a page.
const WIDTH: u32 = 720;

/// A figure as a file: `svg`, `csv` or `json`, of the arms that are shown.
pub fn figure(id: &str, format: &str) {
    let file = page::with(|page| {
        let open = page.open.as_ref()?;
        let name = layout::file_name(open, id, format);
        open.with_sections(&page.hidden, |_, sections| {
            let figure = sections.iter().flat_map(|section| &section.figures).find(|figure| figure.id == id)?;
            Some((name, text(figure, format)))
        })
    });
    if let Some((name, text)) = file.flatten() {
        // A browser that refuses a download says so itself.
        let _ = save(&name, &text);
    }
}

fn text(figure: &Figure, format: &str) -> String {
    match format {
        "svg" => standalone(&figure.svg(WIDTH), &figure.title),
        "csv" => figure.table.csv(),
        _ => {
            let mut json = figure.table.json();
            json["title"] = figure.title.as_str().into();
            json["about"] = figure.about.as_str().into();
            serde_json::to_string_pretty(&json).unwrap_or_default()
        }
    }
}
