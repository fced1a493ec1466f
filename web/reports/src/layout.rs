//! One report, or several in the same plots, laid out: what ran, the arms, and an element for each figure.

use crate::figures::grids;
use crate::list::{complaints, in_address};
use crate::shelf::Open;
use crate::two_arms;
use nadir_core::report::Report;
use nadir_plot::report_view::{Fact, Palette, Section, ShownArm, Subject, TWO_ARMS, facts, notes};
use nadir_plot::{Series, escaped, swatch};
use nadir_web_kit::text::reports as text;
use std::collections::BTreeSet;

/// The whole page of these reports. Pictures and tables are drawn into it afterwards. On a narrow page what ran is
/// folded, so that the figures are in sight.
pub fn html(open: &Open, hidden: &BTreeSet<usize>, sentences: &[String], is_wide: bool) -> String {
    let title = match open.reports.as_slice() {
        [(_, report)] => report.title.clone(),
        reports => text::side_by_side(reports.len()),
    };
    let nobody = BTreeSet::new();
    let of_two = open.with_subject(|all| two_arms::section(all, &open.choice));
    let (arms, links, sections) = open.with_sections(&nobody, |subject, sections| {
        let of_arms = || sections.iter().filter(|section| section.id != TWO_ARMS);
        let links: Vec<(&str, &str)> = of_arms().map(|section| (section.id.as_str(), section.title.as_str())).collect();
        let of_two = (!of_two.is_empty()).then_some((TWO_ARMS, text::TWO_ARMS));
        // Who opens several reports is there to compare them.
        let links: String = match open.reports.len() {
            1 => links.into_iter().chain(of_two).map(link).collect(),
            _ => of_two.into_iter().chain(links).map(link).collect(),
        };
        (arms(subject, hidden), links, of_arms().map(section).collect::<String>())
    });
    let sections = if open.reports.len() == 1 { sections + &of_two } else { of_two + &sections };
    let palette = Palette::of(open.reports.iter().map(|(_, report)| report.as_ref()));
    let found: String = open.reports.iter().map(|(name, report)| found(name, report, open.reports.len() > 1)).collect();
    let is_open = is_wide && open.reports.len() == 1;
    let ran: String = open.reports.iter().map(|(name, report)| what_ran(name, report, &palette, is_open)).collect();
    format!(
        "<nav class=\"crumbs\" aria-label=\"{list}\"><a href=\"?page=reports\" data-report=\"\">{all}</a></nav>\
         <h2 tabindex=\"-1\">{title}</h2>{complaints}{found}{ran}\
         <div class=\"read\">{contents}<div class=\"reading\">{arms}{sections}<div id=\"report-end\"></div></div></div>\
         <div id=\"report-tip\" hidden></div><p id=\"report-tip-text\" class=\"unseen\" aria-live=\"polite\"></p>\
         <p class=\"drop-reports\" aria-hidden=\"true\">{drop}</p>",
        list = text::TITLE,
        all = text::ALL,
        title = escaped(&title),
        complaints = complaints(sentences),
        contents = contents(&links),
        drop = text::DROP_HERE,
    )
}

/// The table of contents: a list beside the figures; on a narrow page folded behind the name of the section that is read.
fn contents(links: &str) -> String {
    format!(
        "<nav class=\"contents\" aria-label=\"{on_page}\">\
         <button type=\"button\" data-do=\"contents\" aria-expanded=\"false\" aria-controls=\"report-contents\">{on_page}\
         <span id=\"report-section\"></span></button><ul id=\"report-contents\">{links}</ul></nav>",
        on_page = text::CONTENTS,
    )
}

fn link((id, title): (&str, &str)) -> String {
    format!("<li><a href=\"#section-{id}\">{}</a></li>", escaped(title))
}

/// What a report found, before all figures.
fn found(name: &str, report: &Report, is_one_of_several: bool) -> String {
    let Some(sentence) = report.sentence() else { return String::new() };
    let of = if is_one_of_several { format!("{}: ", escaped(name)) } else { String::new() };
    format!("<p class=\"found\">{of}{}</p>", escaped(&sentence))
}

fn what_ran(name: &str, report: &Report, palette: &Palette, is_open: bool) -> String {
    let fact = |fact: Fact| {
        let value = escaped(&fact.value);
        match fact.is_code {
            true => format!("<div class=\"whole\"><dt>{}</dt><dd><code>{value}</code></dd></div>", fact.name),
            false => format!("<div><dt>{}</dt><dd>{value}</dd></div>", fact.name),
        }
    };
    let facts: String = facts(report).into_iter().map(fact).collect();
    let arms: String = report
        .arms
        .iter()
        .map(|arm| {
            let mark = swatch(Series { name: &arm.name, index: palette.index(&arm.name) });
            format!("<li>{mark} <b>{}</b> <span>{}</span></li>", escaped(&arm.name), escaped(&arm.about))
        })
        .collect();
    let notes: String = notes(report).iter().map(|note| format!("<li>{}</li>", escaped(note))).collect();
    let config = match report.config.trim() {
        "" => String::new(),
        config => format!(
            "<details><summary>{}</summary><pre tabindex=\"0\">{}</pre></details>",
            text::CONFIG,
            escaped(config)
        ),
    };
    format!(
        "<details class=\"ran\"{open}><summary>{ran}: {name}</summary><p class=\"hint\">{title} · {study}</p><dl>{facts}</dl>\
         <ul class=\"notes\">{notes}</ul><ul class=\"arm-list\">{arms}</ul>{config}\
         <p><button type=\"button\" data-do=\"whole\" data-of=\"{name}\">{whole}</button></p></details>",
        open = if is_open { " open" } else { "" },
        ran = text::WHAT_RAN,
        name = escaped(name),
        title = escaped(&report.title),
        study = escaped(&report.study),
        whole = text::WHOLE_JSON,
    )
}

/// A button for each arm, which shows and hides it in all plots and tables.
fn arms(subject: &Subject, hidden: &BTreeSet<usize>) -> String {
    let button = |arm: &ShownArm| {
        format!(
            "<button type=\"button\" data-arm=\"{}\" aria-pressed=\"{}\">{}{}</button>",
            arm.index,
            !hidden.contains(&arm.index),
            swatch(arm.series()),
            escaped(&arm.name),
        )
    };
    let buttons: String = subject.arms.iter().map(button).collect();
    format!("<div class=\"arms-bar\" role=\"group\" aria-label=\"{}\">{buttons}</div>", text::ARMS)
}

fn section(of: &Section) -> String {
    let body = grids(of);
    let sources: String = of.sources.iter().map(|source| format!("<li>{}</li>", escaped(source))).collect();
    let sources = if sources.is_empty() { sources } else { format!("<ol class=\"sources\">{sources}</ol>") };
    let legend: String = of
        .legend
        .iter()
        .map(|(index, name)| format!("<li>{} {}</li>", swatch(Series { name, index: *index }), escaped(name)))
        .collect();
    let legend = if legend.is_empty() { legend } else { format!("<ul class=\"labels-legend\">{legend}</ul>") };
    let about = if of.about.is_empty() {
        String::new()
    } else {
        format!("<p class=\"hint wide-text\">{}</p>", escaped(&of.about))
    };
    format!(
        "<section id=\"section-{id}\" aria-labelledby=\"section-{id}-title\"><h3 id=\"section-{id}-title\">{title}</h3>{about}{legend}{body}{sources}\
         </section>",
        id = of.id,
        title = escaped(&of.title),
    )
}

/// A file name for a figure of these reports.
pub fn file_name(open: &Open, figure: &str, ending: &str) -> String {
    let names: Vec<String> = open.reports.iter().map(|(name, _)| in_address(name).replace('%', "_")).collect();
    format!("{}-{figure}.{ending}", names.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;
    use std::rc::Rc;

    fn committed(name: &str) -> (String, Rc<Report>) {
        let path = format!("{}/../../static/reports/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("committed");
        (name.to_owned(), Rc::new(Report::from_json(&text).expect("a report")))
    }

    #[test]
    fn every_figure_has_one_place_and_text_of_reports_stays_text() {
        let (name, report) = committed("ranking_vhr10");
        let mut report = Report::clone(&report);
        report.title = "<script>".into();
        report.command = "a & b".into();
        let open = Open { reports: vec![(name, Rc::new(report))], choice: Choice::default() };
        let html = html(&open, &BTreeSet::from([1]), &[], true);
        assert!(!html.contains("<script") && html.contains("a &amp; b"));
        assert_eq!(html.matches("aria-pressed=\"false\">RINCE").count(), 0, "only the second arm is off");
        open.with_sections(&BTreeSet::new(), |subject, sections| {
            for figure in sections.iter().flat_map(|section| &section.figures) {
                assert_eq!(html.matches(&format!("<figure id=\"{}\"", figure.id)).count(), 1, "{}", figure.id);
            }
            assert_eq!(html.matches("data-arm=").count(), subject.arms.len());
        });
        assert_eq!(html.matches("data-arm=\"1\" aria-pressed=\"false\"").count(), 1);
    }

    #[test]
    fn files_are_named_after_reports_and_figure() {
        let reports = vec![("a b".into(), committed("ucm_paper").1), committed("ucm_paper")];
        let open = Open { reports, choice: Choice::default() };
        assert_eq!(file_name(&open, "figures-map", "csv"), "a_20b-ucm_paper-figures-map.csv");
    }
}
