//! The HTML page of one or several reports: a file that needs no other, asks nothing of the network and runs no script.

mod comparisons;
mod curves;
mod error_kinds;
#[cfg(test)]
pub(crate) mod example;
mod figures;
mod maps;
mod markup;
mod matrices;
mod per_label;
mod precision_recall;
mod published;
mod reliability;
mod roc;
mod side_by_side;
mod what_ran;

use crate::report_table::arm_names;
use markup::{folded, section};
use nadir_shared::plot::{STYLE, Series, escaped};
use nadir_shared::report::Report;

/// The colours and shapes of arms: the same in all plots of the page.
#[derive(Debug, Clone, Copy)]
struct Palette<'a> {
    /// All arms of the page.
    names: &'a [&'a str],
}

impl Palette<'_> {
    /// An arm by its name.
    fn series<'b>(&self, name: &'b str) -> Series<'b> {
        let index = self.names.iter().position(|other| *other == name).unwrap_or(self.names.len());
        Series { name, index }
    }

    /// `name` in the colour of an arm.
    fn series_of<'b>(&self, arm: &str, name: &'b str) -> Series<'b> {
        Series { name, index: self.series(arm).index }
    }
}

/// The page. `names` are the reports' names in the order of `reports`; several reports are compared first.
pub fn page(names: &[String], reports: &[Report]) -> String {
    let arms = arm_names(reports);
    let palette = Palette { names: &arms };
    let title = match reports {
        [report] => report.title.clone(),
        reports => format!("{} reports side by side", reports.len()),
    };
    let mut body = String::new();
    if reports.len() > 1 {
        let links = names.iter().zip(reports).enumerate().map(|(index, (name, report))| {
            format!("<li><a href=\"#report-{}\">{}: {}</a></li>", index + 1, escaped(name), escaped(&report.title))
        });
        let links: String = links.collect();
        body.push_str(&format!("<header><h1>{}</h1><nav><ul>{links}</ul></nav></header>\n", escaped(&title)));
        body.push_str(&side_by_side::section(names, reports, palette));
    }
    for (index, (name, report)) in names.iter().zip(reports).enumerate() {
        let level = if reports.len() > 1 { "h2" } else { "h1" };
        body.push_str(&format!(
            "<article id=\"report-{}\"><header><{level}>{}</{level}><p>{} · {}</p></header>\n",
            index + 1,
            escaped(&report.title),
            escaped(name),
            escaped(&report.study),
        ));
        body.push_str(&what_ran::section(report, palette));
        body.push_str(&figures::section(report, palette));
        body.push_str(&comparisons::section(report, palette));
        body.push_str(&curves::section(report, palette));
        body.push_str(&per_label::section(report, palette));
        body.push_str(&precision_recall::section(report, palette));
        body.push_str(&error_kinds::section(report, palette));
        body.push_str(&matrices::sections(report, palette));
        body.push_str(&roc::section(report, palette));
        body.push_str(&reliability::section(report, palette));
        body.push_str(&maps::section(report));
        if !report.config.trim().is_empty() {
            let config = folded("The config in force", &format!("<pre>{}</pre>", escaped(&report.config)));
            body.push_str(&section("Config", "", &config));
        }
        body.push_str("</article>\n");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\
         <title>{} - Nadir</title>\n<style>\n{STYLE}{}</style></head>\n<body>\n{body}</body></html>\n",
        escaped(&title),
        include_str!("style.css"),
    )
}

#[cfg(test)]
mod tests;
