//! What ran: the command, on which device, over which images, and what was compared.

use super::Palette;
use super::markup::{self, named};
use crate::report_table::{finished, images, labels_without_positive};
use nadir_shared::plot::escaped;
use nadir_shared::report::Report;

/// The section.
pub(super) fn section(report: &Report, palette: Palette) -> String {
    let revision = report.revision.as_deref().map_or(String::new(), |revision| format!(", revision {revision}"));
    let facts = [
        ("Device", report.device.clone()),
        ("Finished", finished(report)),
        ("Images", images(report)),
        ("Labels", report.labels.len().to_string()),
        ("Nadir", format!("{}{revision}", report.version)),
    ];
    let mut facts: String =
        facts.iter().map(|(name, fact)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escaped(fact))).collect();
    for (name, fact) in [("Command", &report.command), ("Split, SHA-256", &report.split_sha256)] {
        facts.push_str(&format!("<div class=\"whole\"><dt>{name}</dt><dd><code>{}</code></dd></div>", escaped(fact)));
    }
    let arms: String = report
        .arms
        .iter()
        .map(|arm| {
            let about = if arm.about.is_empty() { String::new() } else { format!(": {}", escaped(&arm.about)) };
            format!("<li>{}<span class=\"about\">{about}</span></li>", named(palette.series(&arm.name)))
        })
        .collect();
    let without = labels_without_positive(report);
    let without = (!without.is_empty())
        .then(|| format!("No positive among the test images, so left out of every mean: {}.", without.join(", ")));
    let notes: String = report.notes.iter().chain(&without).map(|note| format!("<li>{}</li>", escaped(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("<ul class=\"notes\">{notes}</ul>") };
    markup::section("What ran", "", &format!("<dl>{facts}</dl><ul class=\"arms\">{arms}</ul>{notes}"))
}
