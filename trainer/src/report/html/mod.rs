//! The HTML page of one or several reports: a file that needs no other, asks nothing of the network and runs no script.

#[cfg(test)]
pub(crate) mod example;
mod markup;
mod sections;
mod what_ran;

use markup::{folded, section};
use nadir_core::report::{NotComparable, Report};
use nadir_plot::report_view;
use nadir_plot::report_view::{Named, Palette, ShownArm, Subject};
use nadir_plot::{STYLE, escaped};

/// The page. `names` are the reports' names in the order of `reports`; several reports are compared first.
pub fn page(names: &[String], reports: &[Report]) -> String {
    let palette = Palette::of(reports);
    let named: Vec<Named> = names.iter().zip(reports).map(|(name, report)| Named { name, report }).collect();
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
        // All else is below, report by report: figures are what one wants to see in one place.
        let overlaid = report_view::sections(&Subject::new(&named, &palette)).into_iter();
        if let Some(mut figures) = overlaid.take(1).find(|section| section.title == "Figures") {
            figures.title = "Side by side".into();
            body.push_str(&sections::of(&figures));
        }
    }
    for (index, (name, report)) in names.iter().zip(reports).enumerate() {
        let level = if reports.len() > 1 { "h2" } else { "h1" };
        body.push_str(&format!(
            "<article id=\"report-{}\"><header><{level}>{}</{level}><p>{} · {}</p>{}</header>\n",
            index + 1,
            escaped(&report.title),
            escaped(name),
            escaped(&report.study),
            report.sentence().map(|found| format!("<p class=\"found\">{}</p>", escaped(&found))).unwrap_or_default(),
        ));
        body.push_str(&what_ran::section(report, &palette));
        body.push_str(&sections::html(&report_view::sections(&Subject::new(&[Named { name, report }], &palette))));
        if !report.config.trim().is_empty() {
            let config = folded("The config in force", &format!("<pre>{}</pre>", escaped(&report.config)));
            body.push_str(&section("Config", "", &config));
        }
        body.push_str("</article>\n");
    }
    document(&title, &body)
}

/// The page of arms against each other, a section for each pair, and what ran of their reports.
///
/// # Errors
/// What cannot be compared.
pub fn compared_page(subject: &Subject, pairs: &[[ShownArm; 2]]) -> Result<String, NotComparable> {
    let title = "Arms compared";
    let mut body = format!("<header><h1>{title}</h1></header>\n");
    for [a, b] in pairs {
        let mut section = report_view::two_arms(a, b)?;
        section.title = format!("{} less {}", a.name, b.name);
        body.push_str(&sections::of(&section));
    }
    let palette = Palette::of(subject.reports.iter().map(|of| of.report));
    for of in &subject.reports {
        let (name, title) = (escaped(of.name), escaped(&of.report.title));
        body.push_str(&format!("<article><header><h2>{title}</h2><p>{name}</p></header>\n"));
        body.push_str(&what_ran::section(of.report, &palette));
        body.push_str("</article>\n");
    }
    Ok(document(title, &body))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\
         <title>{} - Nadir</title>\n<style>\n{STYLE}{}</style></head>\n<body>\n{body}</body></html>\n",
        escaped(title),
        include_str!("style.css"),
    )
}

#[cfg(test)]
mod tests;
