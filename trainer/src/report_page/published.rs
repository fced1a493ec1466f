//! What papers report for the same figures: beside this run's own numbers, and listed where there is none.

use super::markup::{heading, table};
use nadir_shared::plot::escaped;
use nadir_shared::plot::number::measured;
use nadir_shared::report::{Published, Report};

/// The papers and tables that a report's published figures come from, numbered in their order.
#[derive(Debug, Clone)]
pub(super) struct Sources<'a> {
    names: Vec<&'a str>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for published in &report.published {
            if !names.contains(&published.source.as_str()) {
                names.push(&published.source);
            }
        }
        Self { names }
    }

    /// The number to find a source in the list with.
    fn number(&self, source: &str) -> String {
        let number = self.names.iter().position(|name| *name == source).map_or(0, |place| place + 1);
        format!("<sup>{number}</sup>")
    }

    /// The list, as HTML; nothing where nothing was published.
    pub(super) fn list(&self) -> String {
        if self.names.is_empty() {
            return String::new();
        }
        let sources: String = self.names.iter().map(|name| format!("<li>{}</li>", escaped(name))).collect();
        format!("<ol class=\"sources\">{sources}</ol>\n")
    }
}

/// What is published for a scalar of an arm.
pub(super) fn of<'a>(report: &'a Report, arm: &str, scalar: &str) -> impl Iterator<Item = &'a Published> {
    report.published.iter().filter(move |published| published.arm == arm && published.scalar == scalar)
}

/// What stands below this run's own number in its cell.
pub(super) fn beside(report: &Report, sources: &Sources, arm: &str, scalar: &str) -> String {
    let told = |published: &Published| {
        let value = measured(published.value, 4);
        format!("<small class=\"paper\">paper {value}{}</small>", sources.number(&published.source))
    };
    of(report, arm, scalar).map(told).collect()
}

/// A table of what is published and was not run; nothing where all was.
pub(super) fn not_run_here(report: &Report, sources: &Sources) -> String {
    let rows: Vec<Vec<String>> = crate::report_table::not_run_here(report)
        .map(|published| {
            let value = measured(published.value, 4) + &sources.number(&published.source);
            vec![escaped(&published.arm), escaped(&published.scalar), value]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let name = "In the paper, not run here";
    heading(name) + &table(name, &["Arm", "Figure", "Paper"], &rows)
}
