//! One report, or several in the same plots, laid out: what ran, the arms, and an element for each figure.

use crate::list::{complaints, in_address};
use crate::shelf::Open;
use crate::two_arms;
use nadir_core::report::Report;
use nadir_plot::report_view::{Fact, Figure, Palette, Section, ShownArm, Subject, TWO_ARMS, Width, facts, notes};
use nadir_plot::{Series, escaped, swatch};
use nadir_web_kit::text::reports as text;
use std::collections::BTreeSet;

/// Rows of a table that are seen at once.
pub const ROWS: usize = 100;

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

/// A file name for a figure of these reports.
pub fn file_name(open: &Open, figure: &str, ending: &str) -> String {
    let names: Vec<String> = open.reports.iter().map(|(name, _)| in_address(name).replace('%', "_")).collect();
    format!("{}-{figure}.{ending}", names.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::two_arms::Choice;
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
    fn a_table_is_turned_a_hundred_rows_at_a_time() {
        let open = Open { reports: vec![committed("ranking_vhr10")], choice: Choice::default() };
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

    #[test]
    fn files_are_named_after_reports_and_figure() {
        let reports = vec![("a b".into(), committed("ucm_paper").1), committed("ucm_paper")];
        let open = Open { reports, choice: Choice::default() };
        assert_eq!(file_name(&open, "figures-map", "csv"), "a_20b-ucm_paper-figures-map.csv");
    }
}
