//! What ran: the command, on which device, over which images, and what was compared.

use super::markup;
use nadir_core::report::Report;
use nadir_plot::report_view::{Palette, facts, notes};
use nadir_plot::{Series, escaped, swatch};

/// The section "what ran" as HTML.
pub(super) fn section(report: &Report, palette: &Palette) -> String {
    let fact = |fact: nadir_plot::report_view::Fact| {
        let (name, value) = (fact.name, escaped(&fact.value));
        match fact.is_code {
            true => format!("<div class=\"whole\"><dt>{name}</dt><dd><code>{value}</code></dd></div>"),
            false => format!("<div><dt>{name}</dt><dd>{value}</dd></div>"),
        }
    };
    let facts: String = facts(report).into_iter().map(fact).collect();
    let arms: String = report
        .arms
        .iter()
        .map(|arm| {
            let about = if arm.about.is_empty() { String::new() } else { format!(": {}", escaped(&arm.about)) };
            let mark = swatch(Series { name: &arm.name, index: palette.index(&arm.name) });
            format!("<li>{mark}\u{a0}{}<span class=\"about\">{about}</span></li>", escaped(&arm.name))
        })
        .collect();
    let notes: String = notes(report).iter().map(|note| format!("<li>{}</li>", escaped(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("<ul class=\"notes\">{notes}</ul>") };
    markup::section("What ran", "", &format!("<dl>{facts}</dl><ul class=\"arms\">{arms}</ul>{notes}"))
}
